"""Conferences: who is in, who hears whom, what is told of it, and how it ends."""

import pytest

from contact_center.simulator.core.effects import HoldTone, PlayUrl, RequestOutcome, Speak
from contact_center.simulator.core.readings import Readings
from tests.contact_center.simulator.core.exchange import SITE, Exchange
from tests.contact_center.simulator.core.talk import Talk, agent_room, customer_room, room


def test_two_people_hear_each_other_and_each_step_is_told_in_order() -> None:
    talk = Talk()

    assert talk.hears(talk.agent, talk.customer)
    assert talk.hears(talk.customer, talk.agent)
    assert not talk.hears(talk.agent, talk.agent)
    assert talk.events() == ["participant-join", "participant-join", "conference-start"]
    told = talk.exchange.to("/conference")
    assert [fields["SequenceNumber"] for fields in told] == ["0", "1", "2"]
    assert told[1]["ParticipantLabel"] == "customer"
    assert told[1]["EndConferenceOnExit"] == "true"
    assert "CallSid" not in told[2], "the beginning is nobody's own"
    assert talk.exchange.fetch(f"Conferences/{talk.conference}")["status"] == "in-progress"


def test_nobody_is_heard_before_the_conference_begins() -> None:
    exchange = Exchange({"/voice": customer_room()})

    first, second = exchange.rings(), exchange.rings()

    assert not exchange.network.hears(first, second)
    assert exchange.network.bridges() == []
    assert exchange.heard(first) == [HoldTone()]
    [conference] = exchange.fetch("Conferences")["conferences"]
    assert conference["status"] == "init"


def test_waiting_music_ends_when_the_conference_begins() -> None:
    exchange = Exchange(
        {
            "/voice": room(startConferenceOnEnter="false", waitUrl="/music"),
            "/browser": agent_room(),
            "/music": "<Play loop='0'>/tune.mp3</Play>",
        }
    )
    customer = exchange.rings()
    assert exchange.heard(customer) == [PlayUrl(f"{SITE}/tune.mp3")]

    exchange.connects("alice")

    assert exchange.heard(customer) == []


def test_the_first_participant_fixes_where_events_go() -> None:
    exchange = Exchange(
        {
            "/browser": agent_room(),
            "/voice": room(statusCallback="/elsewhere", statusCallbackEvent="start end join leave"),
        }
    )

    exchange.connects("alice")
    exchange.rings()

    assert len(exchange.to("/conference")) == 3
    assert exchange.to("/elsewhere") == []


def test_on_hold_neither_hears_the_other_and_the_customer_hears_music() -> None:
    talk = Talk()
    talk.exchange.app["/hold"] = "<Play loop='0'>/hold.mp3</Play>"

    body = talk.exchange.change(
        f"{talk.participants}/customer", Hold="true", HoldUrl=f"{SITE}/hold", HoldMethod="POST"
    )

    assert body["hold"] is True
    assert not talk.hears(talk.agent, talk.customer)
    assert not talk.hears(talk.customer, talk.agent)
    assert talk.exchange.heard(talk.customer) == [PlayUrl(f"{SITE}/hold.mp3")]
    assert talk.exchange.heard(talk.agent) == []
    assert talk.events()[-1] == "participant-hold"

    talk.exchange.change(f"{talk.participants}/{talk.customer}", Hold="false")

    assert talk.hears(talk.agent, talk.customer)
    assert talk.hears(talk.customer, talk.agent)
    assert talk.exchange.heard(talk.customer) == []
    assert talk.events()[-1] == "participant-unhold"


def test_a_sound_file_as_hold_music_is_repeated() -> None:
    talk = Talk()
    talk.exchange.app["/hold.mp3"] = RequestOutcome(200, "audio/mpeg", b"sound")

    talk.exchange.change(f"{talk.participants}/customer", Hold="true", HoldUrl=f"{SITE}/hold.mp3")

    assert talk.exchange.last("/hold.mp3").request.method == "GET"
    talk.exchange.hears_out(talk.customer)
    assert talk.exchange.heard(talk.customer) == [PlayUrl(f"{SITE}/hold.mp3")]


def test_hold_without_music_of_ones_own_plays_the_networks() -> None:
    talk = Talk()

    talk.exchange.change(f"{talk.participants}/customer", Hold="true")

    assert talk.exchange.heard(talk.customer) == [HoldTone()]


def test_holding_twice_is_told_once() -> None:
    talk = Talk()

    for _ in range(2):
        talk.exchange.change(f"{talk.participants}/customer", Hold="true")

    assert talk.events().count("participant-hold") == 1


def test_a_muted_agent_hears_and_is_not_heard() -> None:
    talk = Talk()

    talk.exchange.change(f"{talk.participants}/agent", Muted="true")

    assert talk.hears(talk.agent, talk.customer)
    assert not talk.hears(talk.customer, talk.agent)
    assert talk.events()[-1] == "participant-mute"


# ---- supervisors


def test_a_listening_supervisor_hears_both_and_nobody_hears_her() -> None:
    talk = Talk()

    carol = talk.supervisor()

    assert talk.hears(carol, talk.agent)
    assert talk.hears(carol, talk.customer)
    assert not talk.hears(talk.agent, carol)
    assert not talk.hears(talk.customer, carol)


def test_a_coach_is_heard_by_the_agent_alone_and_a_barge_by_both() -> None:
    talk = Talk()
    carol = talk.supervisor()
    place = f"{talk.participants}/supervisor"

    talk.exchange.change(place, Muted="false", Coaching="true", CallSidToCoach=talk.agent)
    assert talk.hears(talk.agent, carol)
    assert not talk.hears(talk.customer, carol)

    talk.exchange.change(place, Muted="false", Coaching="false")
    assert talk.hears(talk.agent, carol)
    assert talk.hears(talk.customer, carol)

    talk.exchange.change(place, Muted="true", Coaching="false")
    assert not talk.hears(talk.agent, carol)
    assert not talk.hears(talk.customer, carol)


def test_no_report_of_a_switch_tells_of_a_moment_that_never_was() -> None:
    """Everything is changed before anything is told: in no report is a coach heard by all."""
    talk = Talk()
    talk.supervisor()
    place = f"{talk.participants}/supervisor"

    for muted, coaching in (("false", "true"), ("true", "false"), ("false", "true")):
        before = len(talk.reports())
        coach = {"CallSidToCoach": talk.agent} if coaching == "true" else {}
        talk.exchange.change(place, Muted=muted, Coaching=coaching, **coach)
        told = talk.reports()[before:]
        assert len(told) == 2
        assert {(report["Muted"], report["Coaching"]) for report in told} == {(muted, coaching)}


def test_a_coach_needs_somebody_who_is_there() -> None:
    talk = Talk()
    carol = talk.supervisor()

    refusal = talk.exchange.refused(
        "POST",
        f"{talk.participants}/supervisor",
        Muted="false",
        Coaching="true",
        CallSidToCoach="CA" + "0" * 32,
    )

    assert refusal == (400, 16028)
    assert not talk.hears(talk.customer, carol), "a refused request changes nothing"
    body = talk.exchange.fetch(f"{talk.participants}/supervisor")
    assert (body["muted"], body["coaching"]) == (True, False)


def test_a_coach_by_document_of_somebody_absent_goes_to_the_action() -> None:
    talk = Talk()
    talk.exchange.app["/browser"] = room(coach="CA" + "0" * 32)

    talk.exchange.connects("carol")

    assert talk.exchange.to("/after")[-1]["DialCallStatus"] == "failed"
    assert any(problem.startswith("13240") for problem in talk.exchange.problems())


# ---- endings


def test_when_the_customer_hangs_up_the_conference_ends_for_all() -> None:
    talk = Talk()
    conference = talk.conference

    talk.exchange.hangs_up(talk.customer)

    assert talk.events()[3:] == ["participant-leave", "participant-leave", "conference-end"]
    told = talk.exchange.to("/conference")[3:]
    assert told[0]["ReasonParticipantLeft"] == "participant_hung_up"
    assert told[0]["ParticipantCallStatus"] == "completed"
    assert told[1]["ReasonParticipantLeft"] == "moderator_ended_conference"
    assert told[1]["ParticipantCallStatus"] == "in-progress"
    assert told[2]["ReasonConferenceEnded"] == "participant-with-end-conference-on-exit-left"
    assert told[2]["CallSidEndingConference"] == talk.customer
    body = talk.exchange.fetch(f"Conferences/{conference}")
    assert body["status"] == "completed"
    assert body["call_sid_ending_conference"] == talk.customer
    after = [fields for fields in talk.exchange.to("/after") if fields["CallSid"] == talk.agent]
    assert [fields["DialCallStatus"] for fields in after] == ["answered"]
    assert talk.exchange.heard(talk.agent) == [Speak("Goodbye", "man", "en-US")]


def test_when_the_agent_leaves_the_customer_stays_alone_in_silence() -> None:
    talk = Talk()

    talk.exchange.hangs_up(talk.agent)

    assert talk.exchange.fetch(f"Conferences/{talk.conference}")["status"] == "in-progress"
    assert talk.exchange.heard(talk.customer) == []
    assert talk.exchange.status(talk.customer) == "in-progress"
    talk.exchange.hangs_up(talk.customer)
    assert talk.events()[-1] == "conference-end"


def test_a_conference_ended_by_rest_sends_everybody_on() -> None:
    talk = Talk()
    conference = talk.conference

    body = talk.exchange.change(f"Conferences/{conference}", Status="completed")

    assert body["reason_conference_ended"] == "conference-ended-via-api"
    reasons = [
        fields["ReasonParticipantLeft"]
        for fields in talk.exchange.to("/conference")
        if fields["StatusCallbackEvent"] == "participant-leave"
    ]
    assert reasons == ["conference_ended_via_api"] * 2
    assert len(talk.exchange.to("/after")) == 2
    again = talk.exchange.change(f"Conferences/{conference}", Status="completed")
    assert again["status"] == "completed"
    assert talk.events().count("conference-end") == 1


def test_a_participant_who_is_removed_goes_on_with_his_action() -> None:
    talk = Talk()
    place = f"{talk.participants}/agent"

    assert talk.exchange.rest("DELETE", place).status == 204

    assert talk.exchange.heard(talk.agent) == [Speak("Goodbye", "man", "en-US")]
    assert talk.exchange.status(talk.customer) == "in-progress"
    assert talk.exchange.rest("DELETE", place).status == 404


def test_a_customer_sent_elsewhere_by_rest_ends_the_conference_too() -> None:
    talk = Talk()
    talk.exchange.app["/lost"] = "<Say>One moment</Say>"

    talk.exchange.change(f"Calls/{talk.customer}", Url=f"{SITE}/lost")

    assert talk.exchange.heard(talk.customer) == [Speak("One moment", "man", "en-US")]
    leave = talk.exchange.to("/conference")[3]
    assert leave["ReasonParticipantLeft"] == "participant_updated_via_api"
    assert talk.events()[-1] == "conference-end"
    asked = [fields["CallSid"] for fields in talk.exchange.to("/after")]
    assert asked == [talk.agent], "an interrupted dial is silent under this reading"


def test_under_the_other_reading_an_interrupted_dial_asks_its_action_and_ignores_it() -> None:
    talk = Talk(readings=Readings(interrupted_dial_requests_action=True))
    talk.exchange.app["/lost"] = "<Say>One moment</Say>"

    talk.exchange.change(f"Calls/{talk.customer}", Url=f"{SITE}/lost")

    assert talk.customer in [fields["CallSid"] for fields in talk.exchange.to("/after")]
    assert talk.exchange.heard(talk.customer) == [Speak("One moment", "man", "en-US")]


def test_under_the_other_reading_who_stays_alone_hears_music_until_somebody_comes() -> None:
    talk = Talk(readings=Readings(music_for_who_is_left_alone=True))

    talk.exchange.hangs_up(talk.agent)
    assert talk.exchange.heard(talk.customer) == [HoldTone()]

    talk.exchange.connects("bob")
    assert talk.exchange.heard(talk.customer) == []


@pytest.mark.parametrize(("ignored", "ends"), [(True, True), (False, False)])
def test_both_readings_of_changing_the_exit_rule_on_hold(ignored: bool, ends: bool) -> None:
    talk = Talk(readings=Readings(end_on_exit_ignored_while_held=ignored))
    place = f"{talk.participants}/customer"
    talk.exchange.change(place, Hold="true")

    body = talk.exchange.change(place, EndConferenceOnExit="false")

    assert body["end_conference_on_exit"] is ends


def test_a_name_is_free_again_after_its_conference_has_ended() -> None:
    talk = Talk()
    first = talk.conference
    talk.exchange.hangs_up(talk.customer)
    talk.exchange.hangs_up(talk.agent)

    talk.exchange.rings()

    sids = [one["sid"] for one in talk.exchange.fetch("Conferences")["conferences"]]
    assert len(sids) == 2
    assert sids[1] == first


def test_a_dial_ends_with_its_time_limit() -> None:
    talk = Talk()
    talk.exchange.app["/browser"] = (
        "<Dial timeLimit='60' action='/after'><Conference>c-2</Conference></Dial>"
    )
    bob = talk.exchange.connects("bob")

    talk.exchange.passes(60)

    assert [fields["CallSid"] for fields in talk.exchange.to("/after")] == [bob]


def test_a_taken_label_falls_to_the_next_verb() -> None:
    talk = Talk()
    talk.exchange.app["/browser"] = agent_room() + "<Say>Taken</Say>"

    bob = talk.exchange.connects("bob")

    assert talk.exchange.heard(bob) == [Speak("Taken", "man", "en-US")]
    assert any(problem.startswith("16025") for problem in talk.exchange.problems())
    assert not talk.hears(bob, talk.customer)


def test_a_waiting_document_that_fails_keeps_its_participant_out() -> None:
    exchange = Exchange(
        {"/voice": room(waitUrl="/broken"), "/after": "<Say>Sorry</Say>"},
    )

    caller = exchange.rings()

    assert exchange.to("/after")[0]["DialCallStatus"] == "failed"
    assert exchange.heard(caller) == [Speak("Sorry", "man", "en-US")]
