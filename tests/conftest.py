"""What every test may ask for. The cast is always the same people.

Alice and Bob answer calls, Carol supervises, Dana administers, Dave is signed in and has no rights,
and Erin answers for another tenant and must never see, or be seen in, ours.
"""

import pytest
from django.conf import settings

from tests.harness.parts import PARTS, belongs


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--part`: how `make test` divides the suite (tests/harness/parts.py)."""
    parser.addoption("--part", choices=PARTS, help="run only the tests of that part of `make test`")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the chosen part; without one, skip what these settings cannot run, and say why."""
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
