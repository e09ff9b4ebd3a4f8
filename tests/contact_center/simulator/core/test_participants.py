"""Participants whom REST calls into a conference, and the list of who is in."""

from tests.contact_center.simulator.core.exchange import NUMBER
from tests.contact_center.simulator.core.talk import Talk


def add(talk: Talk, **form: str) -> dict[str, object]:
    words = {"From": NUMBER, "To": "+14155550177", "Label": "third", **form}
    return talk.exchange.change(talk.participants, **words)


def test_somebody_called_into_the_conference_is_heard_once_he_answers() -> None:
    talk = Talk()

    body = add(talk)
    third = str(body["call_sid"])

    assert body["status"] == "queued"
    assert not talk.hears(talk.customer, third)
    talk.exchange.passes(0)
    talk.exchange.network.far_end_ringing(third)
    assert talk.exchange.fetch(f"{talk.participants}/third")["status"] == "ringing"
    assert talk.exchange.refused("POST", f"{talk.participants}/third", Muted="true")[0] == 400

    talk.exchange.picks_up(third)

    assert talk.exchange.fetch(f"{talk.participants}/third")["status"] == "connected"
    assert talk.hears(talk.customer, third)
    assert talk.hears(third, talk.agent)
    assert talk.events()[-1] == "participant-join"
    talk.exchange.hangs_up(third)
    assert talk.exchange.rest("GET", f"{talk.participants}/third").status == 404
    assert talk.hears(talk.customer, talk.agent)


def test_somebody_who_is_busy_never_joined() -> None:
    talk = Talk()
    third = str(add(talk)["call_sid"])
    talk.exchange.passes(0)

    talk.exchange.network.far_end_busy(third)
    talk.exchange.settle()

    leave = talk.exchange.to("/conference")[-1]
    assert leave["ReasonParticipantLeft"] == "participant_add_failed"
    assert leave["ParticipantCallStatus"] == "busy"
    assert talk.events().count("participant-join") == 2
    assert talk.hears(talk.customer, talk.agent)


def test_a_label_is_given_once() -> None:
    talk = Talk()

    refusal = talk.exchange.refused(
        "POST", talk.participants, From=NUMBER, To="+14155550177", Label="agent"
    )

    assert refusal == (400, 16026)
    talk.exchange.passes(1)
    assert talk.exchange.rung == []


def test_a_dead_conference_cannot_be_joined_by_its_sid_and_can_by_its_name() -> None:
    talk = Talk()
    dead = talk.participants
    talk.exchange.hangs_up(talk.customer)

    assert talk.exchange.refused("POST", dead, From=NUMBER, To="+14155550177") == (404, 20404)
    body = talk.exchange.change(
        "Conferences/c-1/Participants", From=NUMBER, To="+14155550177", Label="x"
    )

    assert body["conference_sid"] not in dead


def test_somebody_still_ringing_is_given_up_when_the_conference_ends() -> None:
    talk = Talk()
    third = str(add(talk)["call_sid"])
    talk.exchange.passes(0)

    talk.exchange.hangs_up(talk.customer)

    assert talk.exchange.status(third) == "canceled"


def test_participants_are_listed_while_they_are_in() -> None:
    talk = Talk()
    talk.exchange.change(f"{talk.participants}/customer", Hold="true")

    listed = talk.exchange.fetch(talk.participants)["participants"]
    held = talk.exchange.fetch(talk.participants, Hold="true")["participants"]

    assert [one["label"] for one in listed] == ["agent", "customer"]
    assert [one["label"] for one in held] == ["customer"]
