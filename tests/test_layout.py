"""The conventions that let a newcomer find things by name alone, kept true.

Each test reads the files as they lie in the checkout, so it speaks of what is written, not of what
happens to be imported. A finding names the file and the line.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("contact_center", "agents", "supervisors", "realtime")


def python_files(*folders: str) -> list[Path]:
    """Every module under these folders, migrations apart: those are written by Django."""
    return [
        path
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def text_files(*folders: str) -> list[Path]:
    """Every Python, template, script and style file under these folders."""
    kinds = {".py", ".html", ".js", ".css", ".txt"}
    return [
        path
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in kinds and path.is_file()
    ]


def place(path: Path, line: int) -> str:
    """`contact_center/clock.py:12`, as an editor opens it."""
    return f"{path.relative_to(ROOT)}:{line}"


def syntax(path: Path) -> ast.Module:
    """The module, parsed."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


# Python


def test_every_folder_of_python_is_a_package_and_no_package_is_empty() -> None:
    findings = []
    for package in (*PACKAGES, "tests"):
        folders = {path.parent for path in python_files(package)} | {ROOT / package}
        for folder in sorted(folders):
            name = folder.relative_to(ROOT)
            if not (folder / "__init__.py").exists():
                findings.append(f"{name} has no __init__.py")
            elif not any(
                file.read_text(encoding="utf-8").strip()
                for file in folder.rglob("*")
                if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".pyc"
            ):
                findings.append(f"{name} holds nothing yet: add it with its first module")
    assert not findings, "\n".join(findings)


def test_every_module_says_what_it_is_for() -> None:
    """A package's `__init__.py` may be empty: importing the rules must load nothing else."""
    silent = [
        str(path.relative_to(ROOT))
        for path in python_files(*PACKAGES, "deploy")
        if path.read_text(encoding="utf-8").strip() and ast.get_docstring(syntax(path)) is None
    ]
    assert not silent, "no docstring at the top of " + ", ".join(silent)


def test_the_tests_mirror_the_tree() -> None:
    """`tests/contact_center/services/test_offering.py` is about `contact_center/services/`."""
    findings = []
    for package in PACKAGES:
        for path in python_files(f"tests/{package}"):
            folder = path.parent.relative_to(ROOT / "tests")
            # A contract with the outside has no folder of its own: it is about a whole package.
            about = folder.parent if folder.name == "contract" else folder
            if not (ROOT / about).is_dir():
                findings.append(f"{path.relative_to(ROOT)}: there is no folder {about}/")
    assert not findings, "\n".join(findings)


def called_name(node: ast.Call) -> str:
    """`time.sleep` for `time.sleep(1)`; empty for what has no plain name."""
    return ast.unparse(node.func) if isinstance(node.func, (ast.Name, ast.Attribute)) else ""


def imported_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of everything imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


# Tests wait in one place, which asks a condition again and again; the gateway's tests run inside an
# event loop and have a place of their own. Benchmarks let time pass because they measure it.
MAY_SLEEP = {
    ROOT / "tests/harness/waiting.py",
    ROOT / "tests/contact_center/simulator/gateway/floor.py",
    *(ROOT / "tests/benchmarks").glob("*.py"),
}


def test_no_test_sleeps() -> None:
    findings = []
    for path in python_files("tests"):
        if path in MAY_SLEEP:
            continue
        for node in ast.walk(syntax(path)):
            if not isinstance(node, ast.Call):
                continue
            name = called_name(node)
            # asyncio.sleep(0) lets other tasks run and takes no time.
            gives_way = name == "asyncio.sleep" and [ast.unparse(a) for a in node.args] == ["0"]
            if name in ("sleep", "time.sleep", "asyncio.sleep") and not gives_way:
                findings.append(f"{place(path, node.lineno)}: {name}; see tests/harness/waiting.py")
            if name.endswith((".wait_for_timeout", "page.pause")):
                findings.append(f"{place(path, node.lineno)}: {name}; wait for what you expect")
    assert not findings, "\n".join(findings)


def test_no_test_mocks_our_own_code() -> None:
    banned = ("unittest.mock", "mock", "pytest_mock")
    findings = [
        f"{place(path, line)}: {name}; use the simulator, a fake of the port, or time-machine"
        for path in python_files("tests")
        for line, name in imported_names(syntax(path))
        if name.startswith(banned)
    ]
    assert not findings, "\n".join(findings)


# Steady time is for measuring how long something took and for pacing a loop, never for a deadline:
# a deadline is a row with a date, so that a test can move time and a restart forgets nothing.
MAY_MEASURE = {
    ROOT / "contact_center/clock.py",
    ROOT / "contact_center/health.py",
    ROOT / "contact_center/telephony/twilio/http_client.py",
}


def test_the_product_reads_one_clock() -> None:
    """timezone.now() alone, so that a test may move time."""
    findings = []
    for path in python_files(*PACKAGES):
        # Commands start processes and wait for them in real time; the simulator is real time.
        if {"management", "simulator"} & set(path.parts):
            continue
        tree = syntax(path)
        findings += [
            f"{place(path, line)}: {name}; use timezone.now()"
            for line, name in imported_names(tree)
            if name in ("django.db.models.functions.Now", "time.monotonic", "time.time")
        ]
        banned = {"Now", "functions.Now", "time.time", "datetime.utcnow"}
        if path not in MAY_MEASURE:
            banned |= {"time.monotonic", "time.perf_counter"}
        findings += [
            f"{place(path, node.lineno)}: {called_name(node)}; use timezone.now()"
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and called_name(node) in banned
        ]
    assert not findings, "\n".join(findings)


def test_only_settings_read_the_environment() -> None:
    may_read = {
        ROOT / "contact_center/settings.py",
        ROOT / "contact_center/asgi.py",
        ROOT / "contact_center/wsgi.py",
        ROOT / "contact_center/celery.py",
    }
    findings = []
    for path in python_files(*PACKAGES):
        # The simulator is a program of its own; a command hands an environment to what it starts.
        if path in may_read or {"simulator", "management"} & set(path.parts):
            continue
        findings += [
            f"{place(path, node.lineno)}: os.{node.attr}"
            for node in ast.walk(syntax(path))
            if isinstance(node, ast.Attribute)
            and node.attr in ("environ", "getenv")
            and ast.unparse(node.value) == "os"
        ]
    assert not findings, "\n".join(findings)


def test_only_transitions_write_a_state() -> None:
    """`services/transitions.py` moves calls, offers and agents; nobody else assigns or updates."""
    findings = []
    for path in python_files(*PACKAGES):
        if path == ROOT / "contact_center/services/transitions.py" or "simulator" in path.parts:
            continue
        findings += [
            f"{place(path, node.lineno)}: update(state=…)"
            for node in ast.walk(syntax(path))
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("update", "aupdate")
            and any(keyword.arg == "state" for keyword in node.keywords)
        ]
    assert not findings, "\n".join(findings)


# Hosts


# Names that may be written down without being asked: this machine, reserved names, Twilio's own
# addresses (settings and documentation hold them), and the namespaces of XML.
KNOWN_HOSTS = re.compile(
    r"""(^|\.)(
        localhost | 127(\.\d+){3} | 0\.0\.0\.0 | 10\.0\.0\.1  # the last: a test that it is refused
        | example\.(com|org|net) | example | test | invalid
        | twilio\.com | twiliocdn\.com | w3\.org
        # What Twilio's manual writes:
        | com\.twilio\.sounds\.music(\.s3\.amazonaws\.com)? | mycompany\.com
        | docs\.djangoproject\.com | developer\.mozilla\.org
        | datatracker\.ietf\.org | rfc-editor\.org | mermaid\.js\.org
    )$""",
    re.VERBOSE,
)
URL_HOST = re.compile(r"\b(?:https?|wss?)://([A-Za-z0-9.-]+\.[A-Za-z]{2,}|\d+(?:\.\d+){3})")


def test_no_code_names_a_foreign_host() -> None:
    findings = []
    for path in text_files(*PACKAGES, "templates", "static", "tests", "deploy"):
        if path.name == "test_layout.py":
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            findings += [
                f"{place(path, number)}: {host}"
                for host in URL_HOST.findall(line)
                if not KNOWN_HOSTS.search(host)
            ]
    assert not findings, "\n".join(findings)


# Templates and scripts


def templates() -> list[Path]:
    """Every template of ours."""
    return [
        path
        for folder in ("templates", *(f"{package}/templates" for package in PACKAGES))
        for path in sorted((ROOT / folder).rglob("*.html"))
    ]


def root_id(source: str) -> str | None:
    """The id of a template's outermost element; None when it has none."""
    source = re.sub(r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", source, flags=re.DOTALL)
    first_tag = re.search(r"<[a-z](?:[^<>{]|{%.*?%}|{{.*?}}|{)*>", source, re.DOTALL)
    found = re.search(r'\sid="([^"]+)"', first_tag[0]) if first_tag else None
    return found[1] if found else None


def test_a_partials_element_is_named_after_its_file() -> None:
    """`_call_offer.html` is one element, id `call-offer`; a repeated one adds `-{{ key }}`.

    A template that begins with an underscore is a layout (it has blocks), a partial (its element
    has an id, and can be painted anew by itself) or a fragment that others include (no id).
    """
    findings = []
    python = "\n".join(path.read_text(encoding="utf-8") for path in python_files(*PACKAGES))
    for path in templates():
        source = path.read_text(encoding="utf-8")
        if not path.name.startswith("_") or re.search(r"{% (block|extends) ", source):
            continue
        own = path.stem.removeprefix("_").replace("_", "-")
        found = root_id(source)
        if found is None:
            if path.name in python:
                findings.append(f"{path.relative_to(ROOT)} is painted by itself and has no id")
            continue
        # The same panel in another state may be drawn by a template of its own.
        neighbours = {p.stem.removeprefix("_").replace("_", "-") for p in path.parent.glob("_*")}
        name = found.split("-{{")[0]
        if name != own and name not in neighbours:
            findings.append(f"{path.relative_to(ROOT)}: id {found!r}, expected {own!r}")
    assert not findings, "\n".join(findings)


def test_no_template_holds_a_script_or_a_style() -> None:
    inline = re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>|\son[a-z]+=\"|style=\""
    )
    findings = []
    for path in templates():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if inline.search(line):
                findings.append(f"{place(path, number)}: {line.strip()} (our CSP refuses it)")
    assert not findings, "\n".join(findings)


# Documents


def test_every_page_of_the_docs_that_is_named_is_there() -> None:
    pages = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
    findings = []
    for path in [*pages, *text_files(*PACKAGES, "templates", "static")]:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            named = [(ROOT, name) for name in re.findall(r"docs/[\w/.-]*\.(?:md|png)", line)]
            if path in pages:
                linked = re.findall(r"\]\(([\w/.-]+\.(?:md|png))[)#]", line)
                named += [(path.parent, name) for name in linked]
            findings += [
                f"{place(path, number)} names {name}"
                for folder, name in named
                if not (folder / name).exists()
            ]
    assert not findings, "\n".join(findings)


# This file itself


def test_the_rules_above_find_what_they_forbid() -> None:
    """A rule that can find nothing guards nothing."""
    tree = ast.parse("import unittest.mock\nimport time\ntime.sleep(1)\nawait_ = Now()\n")
    assert (1, "unittest.mock") in list(imported_names(tree))
    calls = [called_name(node) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert "time.sleep" in calls
    assert "Now" in calls
    assert root_id('{# id="no" #}<p class="{% if a > b %}x{% endif %}" id="offer">') == "offer"
    assert root_id('<p><b id="inner"></b></p>') is None
    assert URL_HOST.findall("see https://cdn.somebody.io/x.js") == ["cdn.somebody.io"]


@pytest.mark.parametrize("host", ["localhost", "alice.localhost", "api.twilio.com", "www.w3.org"])
def test_known_hosts_are_known(host: str) -> None:
    assert KNOWN_HOSTS.search(host)


@pytest.mark.parametrize("host", ["nottwilio.com", "cdn.somebody.io", "example.io"])
def test_other_hosts_are_foreign(host: str) -> None:
    assert not KNOWN_HOSTS.search(host)
