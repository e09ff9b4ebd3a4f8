"""What the page of the floor shows: each panel, and as whom it is painted.

The page itself, a page that polls and the socket all go by ``floor_panels``.
"""

from collections.abc import Iterator
from typing import NamedTuple

from contact_center.panels import Panel
from contact_center.selectors.alerts import ALERT_PANELS
from contact_center.selectors.floor import FLOOR_PANELS
from contact_center.selectors.grid import GRID_PANELS
from contact_center.selectors.help_requests import HELP_PANELS
from contact_center.selectors.looks import Look
from contact_center.selectors.scopes import Scope


class Shown(NamedTuple):
    """One panel of a page."""

    panel_id: str
    panel: Panel
    #: What it is read for.
    seen: Scope | Look


def floor_panels(look: Look) -> Iterator[Shown]:
    """Yield every panel of the floor as ``look`` has it.

    A team and a queue narrow the figures; how the agents are sorted changes these alone. Who asks
    for help and what is over its limit is always shown as far as one may see: nobody filters a cry
    for help away.
    """
    for panels, seen in (
        (FLOOR_PANELS, look.scope),
        (GRID_PANELS, look),
        (HELP_PANELS, look.scope.widest),
        (ALERT_PANELS, look.scope.widest),
    ):
        for panel_id, panel in panels.items():
            yield Shown(panel_id, panel, seen)
