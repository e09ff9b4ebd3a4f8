"""What holds on the network whatever anybody does, in any order."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)

from contact_center.simulator.core.effects import (
    LegEnded,
    SendRequest,
    StartAudio,
    StartRecording,
    StopAudio,
    StopRecording,
)
from contact_center.simulator.core.legs import FINAL
from contact_center.simulator.core.readings import Readings
from tests.contact_center.simulator.core.exchange import NUMBER, SITE, Exchange

ROOM = (
    "<Dial action='/after'><Conference {} statusCallback='/conference'"
    " statusCallbackEvent='start end join leave mute hold modify'>{}</Conference></Dial>"
)
APP = {
    "/voice": "<Gather numDigits='1' action='/menu' timeout='3'><Say>Press</Say></Gather>"
    "<Redirect>/menu</Redirect>",
    "/menu": "<Enqueue waitUrl='/wait' action='/left'>support</Enqueue>",
    "/wait": "<Gather numDigits='1' action='/wait-key' timeout='1'><Play>/m</Play></Gather>",
    "/wait-key": "<Leave/>",
    "/message": "<Record action='/after' timeout='2' recordingStatusCallback='/recording'"
    " recordingStatusCallbackEvent='in-progress completed absent'/><Redirect>/menu</Redirect>",
    "/recording": "",
    "/dial": "<Dial action='/after' hangupOnStar='true'><Number url='/screen'>+14155550177</Number>"
    "<Number>+14155550178</Number></Dial>",
    "/screen": "<Gather numDigits='1' action='/accepted'/><Hangup/>",
    "/accepted": "<Pause length='0'/>",
    "/left": ROOM.format("startConferenceOnEnter='false' endConferenceOnExit='true'", "c-1"),
    "/connect": ROOM.format("startConferenceOnEnter='false' endConferenceOnExit='true'", "c-1"),
    "/browser": ROOM.format("startConferenceOnEnter='true' waitUrl=''", "c-1"),
    "/outbound": "<Say>It is us</Say><Redirect>/menu</Redirect>",
    "/after": "<Say>Goodbye</Say>",
    "/conference": "",
    "/status": "",
}
FLAGS = st.sampled_from(["true", "false"])


class Anybody(RuleBasedStateMachine):
    """Customers, agents and a REST client who do things at random."""

    legs = Bundle("legs")
    readings = Readings()

    def __init__(self) -> None:
        super().__init__()
        self.exchange = Exchange(dict(APP), seed=3, readings=self.readings)
        self.ended: dict[str, str] = {}

    # ---- people

    @initialize(target=legs)
    def the_first_customer_rings(self) -> str:
        return self.exchange.rings()

    @rule(target=legs)
    def a_customer_rings(self) -> str:
        return self.exchange.rings()

    @rule(target=legs)
    def an_agent_connects(self) -> str:
        return self.exchange.connects("alice")

    @rule(leg=legs, key=st.sampled_from("1#*"))
    def somebody_presses(self, leg: str, key: str) -> None:
        self.exchange.presses(leg, key)

    @rule(leg=legs)
    def somebody_hangs_up(self, leg: str) -> None:
        self.exchange.hangs_up(leg)

    @rule(leg=legs)
    def somebody_picks_up(self, leg: str) -> None:
        self.exchange.picks_up(leg)

    @rule(leg=legs)
    def somebody_is_busy(self, leg: str) -> None:
        if self.exchange.status(leg) in ("queued", "ringing"):
            self.exchange.network.far_end_busy(leg)
            self.exchange.settle()

    @rule(leg=legs)
    def somebody_hears_it_out(self, leg: str) -> None:
        self.exchange.hears_out(leg)

    @rule(seconds=st.sampled_from([0.5, 3, 70]))
    def time_passes(self, seconds: float) -> None:
        self.exchange.passes(seconds)

    # ---- REST

    @rule(target=legs)
    def rest_calls_somebody(self) -> str:
        form = {"From": NUMBER, "To": "+14155550177", "Url": f"{SITE}/outbound"}
        return str(self.exchange.change("Calls", **form)["sid"])

    @rule(target=legs)
    def rest_adds_somebody(self) -> Any:
        response = self.exchange.rest(
            "POST", "Conferences/c-1/Participants", From=NUMBER, To="+14155550177"
        )
        assert response.status == 201
        assert response.body is not None
        return response.body["call_sid"]

    @rule(leg=legs, path=st.sampled_from(["/connect", "/menu", "/message", "/dial"]))
    def rest_redirects(self, leg: str, path: str) -> None:
        response = self.exchange.rest("POST", f"Calls/{leg}", Url=SITE + path)
        assert response.status in (200, 400)

    @rule(leg=legs)
    def rest_dequeues(self, leg: str) -> None:
        for queue in self.exchange.fetch("Queues")["queues"]:
            path = f"Queues/{queue['sid']}/Members/{leg}"
            was_in = self.exchange.rest("GET", path).status == 200
            first = self.exchange.rest("POST", path, Url=f"{SITE}/connect")
            again = self.exchange.rest("POST", path, Url=f"{SITE}/connect")
            if self.readings.second_dequeue_refused:
                assert first.status == (200 if was_in else 400)
                assert again.status == 400
            elif was_in:
                assert first.status == 200
                assert (again.status, again.body) == (200, first.body)
            else:
                assert first.status == again.status

    @rule(leg=legs, hold=FLAGS, muted=FLAGS)
    def rest_changes_a_participant(self, leg: str, hold: str, muted: str) -> None:
        for conference in self.exchange.fetch("Conferences")["conferences"]:
            path = f"Conferences/{conference['sid']}/Participants/{leg}"
            self.exchange.rest("POST", path, Hold=hold, Muted=muted)

    @rule(leg=legs)
    def rest_kicks(self, leg: str) -> None:
        for conference in self.exchange.fetch("Conferences", Status="in-progress")["conferences"]:
            self.exchange.rest("DELETE", f"Conferences/{conference['sid']}/Participants/{leg}")

    @rule()
    def rest_ends_conferences(self) -> None:
        for conference in self.exchange.fetch("Conferences")["conferences"]:
            self.exchange.change(f"Conferences/{conference['sid']}", Status="completed")

    @rule(leg=legs)
    def rest_ends_a_call(self, leg: str) -> None:
        self.exchange.rest("POST", f"Calls/{leg}", Status="completed")

    @rule(leg=legs)
    def somebody_speaks(self, leg: str) -> None:
        self.exchange.network.speech_began(leg)
        self.exchange.settle()

    @rule(leg=legs)
    def somebody_falls_silent(self, leg: str) -> None:
        self.exchange.network.speech_ended(leg)
        self.exchange.settle()

    @rule(target=legs, data=st.data())
    def somebody_who_is_dialled_picks_up(self, data: st.DataObject) -> Any:
        calls = self.exchange.fetch("Calls")["calls"]
        ringing = sorted(
            call["sid"]
            for call in calls
            if call["direction"] == "outbound-dial" and call["status"] == "queued"
        )
        if not ringing:
            return multiple()
        leg = data.draw(st.sampled_from(ringing))
        self.exchange.picks_up(leg)
        return leg

    # ---- what always holds

    @invariant()
    def everybody_is_in_one_place(self) -> None:
        truth: Any = self.exchange.network.truth()
        queued = [m["call_sid"] for queue in truth["queues"] for m in queue["members"]]
        inside = [one["call_sid"] for room in truth["conferences"] for one in room["participants"]]
        assert len(set(queued + inside)) == len(queued + inside)
        for leg in truth["legs"]:
            assert (leg["place"] == "queue") == (leg["sid"] in queued)
            assert (leg["place"] == "conference") == (leg["sid"] in inside)

    @invariant()
    def an_end_is_final_and_told_once(self) -> None:
        truth: Any = self.exchange.network.truth()
        for leg in truth["legs"]:
            was = self.ended.setdefault(leg["sid"], leg["status"])
            if was in FINAL:
                assert leg["status"] == was
            self.ended[leg["sid"]] = leg["status"]
            told = [one for one in self.exchange.to("/status") if one["CallSid"] == leg["sid"]]
            if leg["direction"] == "inbound" and leg["to"] == NUMBER:
                assert len(told) == (leg["status"] in FINAL)

    @invariant()
    def whoever_is_held_or_gone_hears_nobody(self) -> None:
        truth: Any = self.exchange.network.truth()
        hears = self.exchange.network.hears
        for room in truth["conferences"]:
            people = room["participants"]
            for one in people:
                for other in people:
                    if one["hold"] or other["hold"] or other["muted"] or one is other:
                        assert not hears(one["call_sid"], other["call_sid"])
        for leg in truth["legs"]:
            if leg["place"] not in ("conference", "dial"):
                assert leg["hears"] == []

    @invariant()
    def who_is_dialled_hears_the_caller_and_nobody_else(self) -> None:
        truth: Any = self.exchange.network.truth()
        legs = {leg["sid"]: leg for leg in truth["legs"]}
        for leg in legs.values():
            if leg["place"] == "dial":
                [other] = leg["hears"]
                assert legs[other]["hears"] == [leg["sid"]]
                assert leg["sid"] == legs[other]["parent_sid"] or other == leg["parent_sid"]

    @invariant()
    def nothing_is_kept_of_who_is_gone(self) -> None:
        kept: dict[str, str] = {}
        for effect in self.exchange.effects:
            if isinstance(effect, StartRecording):
                kept[effect.recording_sid] = effect.leg_sid
            elif isinstance(effect, StopRecording):
                assert kept.pop(effect.recording_sid) == effect.leg_sid
            elif isinstance(effect, LegEnded):
                assert effect.leg_sid not in kept.values()
        assert len(set(kept.values())) == len(kept), "nobody is recorded twice at once"

    @invariant()
    def a_dead_conference_is_empty_and_a_live_one_is_not(self) -> None:
        truth: Any = self.exchange.network.truth()
        for room in truth["conferences"]:
            assert bool(room["participants"]) == (room["status"] != "completed")

    @invariant()
    def nobody_who_is_gone_hears_a_clip(self) -> None:
        playing: set[tuple[str, int]] = set()
        for effect in self.exchange.effects:
            if isinstance(effect, StartAudio):
                playing.add((effect.leg_sid, effect.token))
            elif isinstance(effect, StopAudio):
                playing.discard((effect.leg_sid, effect.token))
            elif isinstance(effect, LegEnded):
                assert effect.leg_sid not in {leg for leg, _ in self._unfinished(playing)}

    def _unfinished(self, playing: set[tuple[str, int]]) -> set[tuple[str, int]]:
        return playing - self.exchange.heard_out

    @invariant()
    def numbers_of_callbacks_have_no_gaps(self) -> None:
        seen: dict[str, int] = {}
        for effect in self.exchange.effects:
            if isinstance(effect, SendRequest) and effect.purpose == "conference":
                fields = dict(effect.params)
                room = fields["ConferenceSid"]
                assert int(fields["SequenceNumber"]) == seen.get(room, 0)
                seen[room] = seen.get(room, 0) + 1


class AnybodyUnderTheOtherReadings(Anybody):
    """The same under the other readings of what the documentation leaves open."""

    readings = Readings(
        enqueue_action_executed_after_redirect=False,
        end_on_exit_ignored_while_held=False,
        interrupted_dial_requests_action=True,
        second_dequeue_refused=False,
        music_for_who_is_left_alone=True,
        first_to_answer_silences_the_others=False,
    )


MODEST = settings(max_examples=30, stateful_step_count=40, deadline=None)
TestAnybody = Anybody.TestCase
TestAnybody.settings = MODEST
TestAnybodyUnderTheOtherReadings = AnybodyUnderTheOtherReadings.TestCase
TestAnybodyUnderTheOtherReadings.settings = MODEST


def test_one_seed_and_one_order_of_inputs_give_one_history() -> None:
    def history() -> list[object]:
        exchange = Exchange(dict(APP), seed=11)
        caller = exchange.rings()
        agent = exchange.connects("alice")
        exchange.presses(caller, "1")
        exchange.passes(20)
        exchange.presses(caller, "1")
        exchange.passes(20)
        exchange.hangs_up(agent)
        exchange.hangs_up(caller)
        return [*exchange.effects, exchange.network.truth()]

    assert history() == history()
