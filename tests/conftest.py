"""What every test may ask for: the cast in a database, and real servers on free ports.

`cast`           Alice and Bob, Carol, Dana, Dave, and Erin of another organisation (tests/cast.py)
`simulator`      a phone network of this test's own
`site`           the contact center beside it, with the demo's people, on SQLite; on PostgreSQL
                 and Redis when the run names them (DATABASE_URL, REDIS_URL)
`start_site`     the same with settings of the test's choice: start_site(PORT="8001")
`start_browser`  Chromium with a tone for a microphone: start_browser(tone=440)
"""

import contextlib
import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import pytest_django
from django.conf import settings
from playwright.sync_api import Playwright, sync_playwright

from tests.harness.browser import Browser
from tests.harness.parts import PARTS, belongs
from tests.harness.simulator import Simulator
from tests.harness.site import Site

# A machine with much to do is no counterexample. Where a change is judged, the same examples are
# tried each time; at a developer's desk new ones, and what once failed again.
hypothesis.settings.register_profile(
    "ours",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("ours")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--part`: how `make test` divides the suite (tests/harness/parts.py)."""
    parser.addoption("--part", choices=PARTS, help="run only the tests of that part of `make test`")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the chosen part; without one, skip what these settings cannot run, and say why.

    What takes long comes first, so that at the end of a part no worker is left alone with it.
    """
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    part = config.getoption("--part")
    if part is not None:
        elsewhere = [item for item in items if not belongs(item, part)]
        items[:] = [item for item in items if belongs(item, part)]
        config.hook.pytest_deselected(items=elsewhere)
        return
    on_postgres = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
    for item in items:
        for name in ("postgres", "redis"):
            if item.get_closest_marker(name) and not on_postgres:
                reason = f"needs {name}: `python -m tests.harness again again-servers` starts one"
                item.add_marker(pytest.mark.skip(reason=reason))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Let the garbage collector leave alone what is there before the first test, and stays.

    Thousands of tests and all that they import are looked through for what can go, every time that
    enough was made, and nothing of them ever can: a tenth of what the tests take.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """On SQLite the test database is a file, as in the demo.

    Django would take a shared in-memory database, where a second thread fails at once with "table
    is locked" instead of waiting its turn.
    """
    default = settings.DATABASES["default"]
    if default["ENGINE"].endswith("sqlite3"):
        path = tmp_path_factory.mktemp("database") / "test.sqlite3"
        default.setdefault("TEST", {})["NAME"] = str(path)


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker
) -> Iterator[None]:
    """Who commits leaves an empty database behind, and quickly; nobody is left in it at the end."""
    from tests.harness import emptying  # it needs Django

    emptying.empty_instead_of_flushing()
    yield
    with django_db_blocker.unblock():
        emptying.send_everybody_else_out()


@pytest.fixture
def cast(db: None) -> Any:
    """Everybody (tests/cast.py), written into this test's database."""
    from tests.cast import make_cast  # models can be imported only when Django is ready

    return make_cast()


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    """A phone network of this test's own."""
    with Simulator(tmp_path) as running:
        yield running


@pytest.fixture
def start_site(tmp_path: Path, simulator: Simulator) -> Iterator[Callable[..., Site]]:
    """Starts the contact center beside the simulator; keyword arguments are its environment.

    With `fresh=True` on an empty database, as on the first day.
    """
    with contextlib.ExitStack() as stack:

        def start(*, fresh: bool = False, **environment: str) -> Site:
            site = Site(
                tmp_path,
                simulator,
                database_url=os.environ.get("DATABASE_URL", ""),
                redis_url=os.environ.get("REDIS_URL", ""),
                settings=environment,
                fresh=fresh,
            )
            return stack.enter_context(site)

        yield start


@pytest.fixture
def site(start_site: Callable[..., Site]) -> Site:
    """The contact center with the demo's people and settings."""
    return start_site()


@pytest.fixture
def playwright() -> Iterator[Playwright]:
    """The driver of this test's browsers.

    Not of the whole run: while it is there an event loop counts as running in this thread, and
    Django refuses to touch the database beside one.
    """
    with sync_playwright() as driver:
        yield driver


@pytest.fixture
def start_browser(playwright: Playwright, tmp_path: Path) -> Iterator[Callable[..., Browser]]:
    """Starts Chromium; what `Browser` takes may be said: `tone=440`, `viewport=(390, 844)`."""
    with contextlib.ExitStack() as stack:

        def start(**options: Any) -> Browser:
            return stack.enter_context(Browser(playwright, tmp_path, **options))

        yield start
