"""What is called built is read by the code and shown by a test; the page says exactly that."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from contact_center.conf.built import BUILT, BUILT_VALUES, TOP_LEVEL
from contact_center.conf.documentation import documented_keys, settings_page
from contact_center.conf.loading import ALIASES, SECTIONS
from contact_center.conf.operations import General
from contact_center.conf.recordings import STORAGES

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("contact_center", "agents", "supervisors", "realtime")
#: Read while the settings are checked, and nowhere else: it bounds DEFAULT_LANGUAGE.
READ_BY_CONF = {"IVR.SUPPORTED_LANGUAGES"}


def keys_of_the_sections() -> list[str]:
    keys = [
        key
        for name, model in SECTIONS.items()
        if name != "storage"
        for key, _info in documented_keys(name.upper(), model)
    ]
    for model in STORAGES.values():
        keys += [key for key, _info in documented_keys("STORAGE", model)]
    return keys


def keys_of_the_general_dictionary() -> list[str]:
    return [*(key for key, _info in documented_keys("", General)), *ALIASES]


@cache
def everything_read() -> frozenset[tuple[str, str]]:
    """(section, field) of whatever the code outside conf/ reads of anything like a section."""
    return frozenset(
        pair
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if "simulator" not in path.parts and path.parent.name != "conf"
        for pair in read_in(ast.parse(path.read_text(encoding="utf-8")))
    )


def read_in(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield (b, c) for `a.b.c`, and for `x.c` after `x = a.b`."""
    nodes = list(ast.walk(module))
    sections: dict[str, set[str]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    sections.setdefault(target.id, set()).add(node.value.attr)
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute):
            yield node.value.attr, node.attr
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            for section in sections.get(node.value.id, ()):
                yield section, node.attr


def is_read(key: str) -> bool:
    *_outer, section, field = key.lower().split(".")
    return (section, field) in everything_read()


@pytest.mark.parametrize("key", sorted(set(BUILT) & set(keys_of_the_sections())))
def test_every_key_that_is_called_built_is_read_by_the_code(key: str) -> None:
    only_one_value = len(BUILT_VALUES.get(key, ())) == 1  # whatever else is written is refused
    assert is_read(key) or only_one_value or key in READ_BY_CONF


@pytest.mark.parametrize("key", sorted(set(keys_of_the_sections()) - set(BUILT)))
def test_no_key_that_is_called_not_yet_built_is_read_by_the_code(key: str) -> None:
    assert not is_read(key)


def test_nothing_is_called_built_that_does_not_exist() -> None:
    known = {*keys_of_the_sections(), *keys_of_the_general_dictionary()}
    assert set(BUILT) <= known
    assert set(BUILT_VALUES) <= set(BUILT)


@pytest.mark.parametrize(
    "test", sorted({*BUILT.values(), *(row.shown_by for row in TOP_LEVEL if row.shown_by)})
)
def test_whatever_is_built_is_shown_by_a_test_that_exists(test: str) -> None:
    path, _colons, name = test.partition("::")
    assert re.search(rf"^(async )?def {name}\(", (ROOT / "tests" / path).read_text(), re.MULTILINE)


# The page


def test_the_page_is_what_the_code_says_today() -> None:
    """`manage.py document_settings` writes it."""
    assert (ROOT / "docs/settings.md").read_text(encoding="utf-8") == settings_page()


def test_the_page_lists_every_key_of_every_dictionary_once() -> None:
    tables = dict(
        re.findall(
            r"^## DJANGO_TWILIO_CALL_?(\S*?):?(?: \w+)?\n(.*?)(?=^## |\Z)",
            settings_page(),
            re.M | re.S,
        )
    )
    listed = {
        f"{name}.{key}" if name else key
        for name, table in tables.items()
        for key in re.findall(r"^\| `([\w.]+)` \|", table, re.MULTILINE)
    }
    expected = {
        key
        for key in [*keys_of_the_sections(), *keys_of_the_general_dictionary()]
        if not key.startswith("STORAGE.")
    }
    assert {key for key in listed if not key.startswith("STORAGE.")} == expected
    for model in STORAGES.values():
        for key, _info in documented_keys("STORAGE", model):
            assert f"| `{key.partition('.')[2]}` |" in settings_page()


def test_the_page_says_of_each_key_whether_it_is_built() -> None:
    lines = settings_page().splitlines()
    for key in ("DEFAULT_NAME", "BREAK_TYPES", "DIGIT_TIMEOUT"):
        (line,) = (line for line in lines if line.startswith(f"| `{key}` |"))
        assert "not yet" not in line
    (graphql,) = (line for line in lines if line.startswith("| `GRAPHQL_API` |"))
    assert graphql.endswith("| *not yet* |")
