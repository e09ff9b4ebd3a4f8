"""An agent and a customer in one conference: where most tests of conferences begin."""

from contact_center.simulator.core.effects import RequestOutcome
from contact_center.simulator.core.readings import Readings
from tests.contact_center.simulator.core.exchange import Exchange

EVENTS = "start end join leave mute hold modify"


def agent_room(**attributes: str) -> str:
    return room(
        participantLabel="agent",
        startConferenceOnEnter="true",
        waitUrl="",
        statusCallback="/conference",
        statusCallbackEvent=EVENTS,
        **attributes,
    )


def customer_room(**attributes: str) -> str:
    words = {"startConferenceOnEnter": "false", "endConferenceOnExit": "true", **attributes}
    return room(participantLabel="customer", **words)


def room(name: str = "c-1", **attributes: str) -> str:
    words = " ".join(f'{key}="{value}"' for key, value in attributes.items())
    return f"<Dial action='/after'><Conference {words}>{name}</Conference></Dial>"


class Talk:
    """An agent and a customer in one conference."""

    def __init__(self, readings: Readings | None = None) -> None:
        self.exchange = Exchange(
            {
                "/browser": agent_room(),
                "/voice": customer_room(),
                "/after": "<Say>Goodbye</Say>",
                "/conference": RequestOutcome(204),
                "/supervisor": "",
            },
            readings=readings,
        )
        self.agent = self.exchange.connects("alice")
        self.customer = self.exchange.rings()

    @property
    def conference(self) -> str:
        [conference] = self.exchange.fetch("Conferences", FriendlyName="c-1")["conferences"]
        return str(conference["sid"])

    @property
    def participants(self) -> str:
        return f"Conferences/{self.conference}/Participants"

    def hears(self, listener: str, speaker: str) -> bool:
        return self.exchange.network.hears(listener, speaker)

    def events(self) -> list[str]:
        return [fields["StatusCallbackEvent"] for fields in self.exchange.to("/conference")]

    def reports(self) -> list[dict[str, str]]:
        """What was told of the conference, in order."""
        return list(self.exchange.to("/conference"))

    def supervisor(self, **attributes: str) -> str:
        """Carol joins, listening only."""
        words = {"muted": "true", "startConferenceOnEnter": "false", **attributes}
        self.exchange.app["/browser"] = room(participantLabel="supervisor", **words)
        return self.exchange.connects("carol")
