"""Every test belongs somewhere, and the parts of `make test` leave nothing out."""

from dataclasses import dataclass, field

import pytest

from tests.harness import __main__ as make_test
from tests.harness.parts import PARTS, belongs


@dataclass
class Example:
    """What a test asks for: as much of a pytest item as the division looks at."""

    fixturenames: list[str] = field(default_factory=list)
    marks: set[str] = field(default_factory=set)

    def get_closest_marker(self, name: str) -> str | None:
        return name if name in self.marks else None


@pytest.mark.parametrize(
    ("example", "parts"),
    [
        (Example(), {"fast"}),
        (Example(["cast", "db"]), {"fast", "again"}),
        (Example(marks={"django_db"}), {"fast", "again"}),
        (Example(marks={"django_db", "once"}), {"fast"}),
        (Example(["simulator"]), {"servers"}),
        (Example(["simulator", "start_browser"], {"browser"}), {"servers"}),
        (Example(["start_site", "site"]), {"servers", "again-servers"}),
        (Example(["db"], {"postgres"}), {"again"}),
        (Example(marks={"redis"}), {"again"}),
        (Example(["start_site"], {"postgres"}), {"again-servers"}),
    ],
)
def test_a_test_is_run_where_what_it_asks_for_is(example: Example, parts: set[str]) -> None:
    assert {part for part in PARTS if belongs(example, part)} == parts  # type: ignore[arg-type]


def test_an_unknown_part_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert make_test.main(["fats"]) == 2
    assert "there is no part 'fats'; there are fast, servers" in capsys.readouterr().out


def test_each_part_is_run_in_one_lane() -> None:
    assert sorted(part for lane in make_test.LANES for part in lane) == sorted(PARTS)
