"""Where Twilio processes our calls: region codes, edge names, and the hosts they make.

The reference offers *edge* names as values of TWILIO_REGION (dublin, sydney, singapore, tokyo,
sao-paulo). Twilio processes voice in the regions us1, ie1 and au1 only; an edge is where traffic
enters its network. So a name that is an edge is understood as that edge and the region behind it.
Source: Twilio, "Regions and edge locations" (twilio.com/docs/global-infrastructure).
"""

from dataclasses import dataclass

REGION_CODES = ("us1", "ie1", "au1")
EDGE_OF_REGION = {"us1": "ashburn", "ie1": "dublin", "au1": "sydney"}
REGION_OF_EDGE = {
    "ashburn": "us1",
    "umatilla": "us1",
    "dublin": "ie1",
    "frankfurt": "us1",
    "sydney": "au1",
    "singapore": "us1",
    "tokyo": "us1",
    "sao-paulo": "us1",
}
EDGE_NAMES = tuple(REGION_OF_EDGE)


@dataclass(frozen=True)
class Location:
    """A region and the edge used to reach it; both None means Twilio's own default (us1)."""

    region: str | None = None
    edge: str | None = None

    @property
    def api_host(self) -> str:
        """Host of the REST API, `api.dublin.ie1.twilio.com`."""
        return f"api.{self.edge}.{self.region}.twilio.com" if self.region else "api.twilio.com"

    @property
    def signalling_host(self) -> str:
        """Host the browser's softphone registers with."""
        return f"voice-js.{self.edge or 'roaming'}.twilio.com"

    @property
    def event_gateway_host(self) -> str:
        """Host the softphone reports its call quality to."""
        inside = f"{self.region}." if self.region and self.region != "us1" else ""
        return f"eventgw.{inside}twilio.com"


def locate(region: str | None, edge: str | None) -> Location:
    """Return the place that TWILIO_REGION and TWILIO_EDGE name together.

    A region code without an edge is reached through its nearest edge: a host without one is
    Twilio's legacy form. An edge alone reaches us1, as Twilio documents. Raises ValueError, naming
    the values there are, for a name that is neither.
    """
    region, edge = region or None, edge or None
    if edge is not None and edge not in REGION_OF_EDGE:
        raise ValueError(f"{edge!r} is not an edge; there are {', '.join(EDGE_NAMES)}")
    if region is None:
        return Location("us1", edge) if edge else Location()
    if region in REGION_OF_EDGE:
        return Location(REGION_OF_EDGE[region], edge or region)
    if region in EDGE_OF_REGION:
        return Location(region, edge or EDGE_OF_REGION[region])
    known = ", ".join((*REGION_CODES, *EDGE_NAMES))
    raise ValueError(f"{region!r} is not a region; there are {known}")
