"""An agent consults an outside number: who hears whom by the network's own account, who has him."""

import pytest

from contact_center.domain.consults import Wish
from contact_center.errors import NotAllowed
from contact_center.models import Call, Command, Consult, Leg, PhoneNumber, Supervision, Tenant
from contact_center.selectors.calls import Outcome, calls_list
from contact_center.selectors.scopes import Scope
from contact_center.services import consulting, taking_over, talking, transferring, wrapping_up
from contact_center.simulator.core.readings import Readings
from tests.cast import Cast
from tests.contact_center.services.test_consulting import ALL, CONSULT, WITH_CALLER, Talk
from tests.contact_center.services.test_reconciling import REPORTS, lose
from tests.universe.floor import Floor, open_floor

PARTNER = "+14155550177"
BUSY, SILENT, DEAD, DECLINES = "+14155550199", "+14155550198", "+14155550197", "+14155550195"


class OutsideTalk(Talk):
    """Alice talks with a caller of Support, and a partner outside may be asked."""

    def ask_outside(self, number: str = PARTNER) -> None:
        consulting.ask_outside(offer=self.offer, agent=self.cast.alice, written=number)

    def consults(self) -> None:
        """Alice asks, the partner answers, and they talk."""
        self.ask_outside()
        self.floor.until(lambda: self.consult.state == "live", within=20)
        self.bob_leg = self.line.sid

    def completes_outside(self) -> None:
        self.wish(Wish.COMPLETE)
        self.floor.until(lambda: self.consult.end_reason == "completed", within=6)

    @property
    def line(self) -> Leg:
        return Leg.objects.get(consult=self.consult)

    def shown_to(self, sid: str) -> str:
        [leg] = [leg for leg in self.floor.network.truth()["legs"] if leg["sid"] == sid]
        return str(leg["from"])

    def outcome(self) -> tuple[str, str]:
        call = Call.objects.get(pk=self.call.pk)
        return call.ended_by, call.end_reason


@pytest.fixture
def talk(floor: Floor, cast: Cast) -> OutsideTalk:
    return OutsideTalk(floor, cast)


# --- who may be asked ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("911", "emergency"),
        ("+19005550123", "costs extra"),
        ("+33 1 99 00 12 34", "does not call this country"),
        ("12", "no such number"),
        ("+14155550101", "one of your own"),
    ],
)
def test_a_number_to_which_nobody_is_sent_is_not_asked_either(
    talk: OutsideTalk, number: str, why: str
) -> None:
    with pytest.raises(NotAllowed, match=why):
        talk.ask_outside(number)
    with pytest.raises(NotAllowed, match=why):
        transferring.send_to_number(offer=talk.offer, agent=talk.cast.alice, written=number)
    talk.floor.pass_seconds(3)
    assert talk.state == "connected", "he hears no music"
    assert not Consult.objects.exists()


def test_the_countries_that_are_called_are_those_that_are_asked(talk: OutsideTalk) -> None:
    Tenant.objects.filter(pk=talk.cast.tenant.pk).update(calls_to=["FR"])
    talk.cast.alice.tenant.refresh_from_db()
    with pytest.raises(NotAllowed, match="It calls: FR"):
        talk.ask_outside(PARTNER)
    talk.ask_outside("+33 1 99 00 12 34")
    assert talk.consult.to_number == "+33199001234"


def test_the_partner_sees_the_number_of_ours_that_was_rung(talk: OutsideTalk) -> None:
    talk.consults()
    rung = PhoneNumber.objects.get(pk=talk.call.number_id).e164
    assert talk.shown_to(talk.line.sid) == rung
    assert talk.call.from_number != rung


# --- it rings ------------------------------------------------------------------------------------


def test_at_no_moment_does_the_caller_hear_the_partner_come(talk: OutsideTalk) -> None:
    talk.ask_outside()
    assert talk.consult.state == "holding"
    assert not Command.objects.filter(kind="dial_consulted").exists(), "he is on hold first"
    for _ in range(80):
        talk.floor.pass_seconds(0.1)
        lines = Leg.objects.filter(consult=talk.consult)
        talk.bob_leg = lines[0].sid if lines else ""
        assert not talk.pairs() & {"c<a", "c<b", "b<c"}
    assert talk.pairs() == CONSULT
    assert talk.state == "on_hold"


def test_a_second_press_rings_one_telephone(talk: OutsideTalk) -> None:
    talk.ask_outside()
    talk.ask_outside("(415) 555-0177")
    talk.floor.pass_seconds(5)
    talk.ask_outside()
    with pytest.raises(NotAllowed, match="consulting"):
        talk.ask_outside("+14155550178")
    with pytest.raises(NotAllowed, match="consulting"):
        talk.ask()
    assert Consult.objects.count() == 1
    assert Command.objects.filter(kind="dial_consulted").count() == 1
    assert talk.activity(talk.cast.bob) == "idle"


@pytest.mark.parametrize(
    ("number", "over"),
    [
        (BUSY, "engaged"),
        (DECLINES, "engaged"),
        (SILENT, "no_answer"),
        (DEAD, "not_reached"),
    ],
)
def test_who_does_not_answer_leaves_the_caller_held_and_one_press_resumes_him(
    talk: OutsideTalk, number: str, over: str
) -> None:
    talk.ask_outside(number)
    for _ in range(5):
        talk.floor.keep_beating(talk.cast.alice)
        talk.floor.pass_seconds(8)
    assert talk.consult.end_reason == over
    assert talk.state == "on_hold"
    assert talk.pairs() == set()
    talking.resume(offer=talk.offer, agent=talk.cast.alice)
    talk.floor.until(lambda: talk.state == "connected", within=2)
    assert talk.pairs() == WITH_CALLER
    # And another may be asked.
    talk.consults()
    assert talk.pairs() == CONSULT


def test_what_the_network_refuses_to_ring_is_told_with_its_reason(talk: OutsideTalk) -> None:
    PhoneNumber.objects.filter(pk=talk.call.number_id).update(e164="+14155550999")
    talk.ask_outside()
    talk.floor.until(lambda: talk.consult.state == "ended", within=5)
    assert talk.consult.end_reason == "refused"
    assert talk.consult.problem["reason"]
    assert talk.state == "on_hold"


# --- swap, merge, complete, cancel ---------------------------------------------------------------


def test_swapping_holds_one_before_the_other_hears(talk: OutsideTalk) -> None:
    talk.consults()
    for wished, then in ((Wish.CUSTOMER, WITH_CALLER), (Wish.COLLEAGUE, CONSULT)):
        before = frozenset(talk.pairs())
        talk.wish(wished)
        seen = set()
        while talk.consult.talk != wished.value:
            talk.floor.pass_seconds(0.05)
            seen.add(frozenset(talk.pairs()))
        assert seen <= {before, frozenset(), frozenset(then)}
        assert talk.pairs() == then


def test_all_three_hear_each_other_and_either_is_held_or_removed(talk: OutsideTalk) -> None:
    talk.consults()
    talk.does(Wish.TOGETHER)
    assert talk.pairs() == ALL
    talk.does(Wish.CUSTOMER)
    assert talk.pairs() == WITH_CALLER
    talk.does(Wish.TOGETHER)
    talk.does(Wish.COLLEAGUE)
    assert talk.pairs() == CONSULT
    talk.does(Wish.TOGETHER)
    talk.wish(Wish.CANCEL)
    talk.floor.until(lambda: talk.consult.end_reason == "cancelled", within=4)
    talk.floor.pass_seconds(1)
    assert talk.pairs() == WITH_CALLER
    assert talk.floor.ended[talk.bob_leg]


@pytest.mark.parametrize("before", [None, Wish.CUSTOMER, Wish.TOGETHER])
def test_completing_leaves_the_two_to_themselves_until_both_hang_up(
    talk: OutsideTalk, before: Wish | None
) -> None:
    talk.consults()
    if before is not None:
        talk.does(before)
    talk.completes_outside()
    assert talk.activity(talk.cast.alice) == "wrapping_up"
    talk.floor.until(lambda: bool(talk.floor.ended.get(talk.alice_leg)), within=3)
    wrapping_up.finish(offer=talk.offer, agent=talk.cast.alice)
    # The reconciler has looked meanwhile, and left them alone.
    for _ in range(6):
        talk.floor.pass_seconds(10)
        assert talk.pairs() == {"c<b", "b<c"}
    assert talk.state == "outside"
    assert not talk.said("reality.healed")
    talk.floor.hang_up(talk.caller)
    talk.floor.until(lambda: talk.state == "ended", within=2)
    talk.floor.pass_seconds(2)
    assert talk.outcome() == ("agent", "left_outside")
    assert talk.floor.ended[talk.bob_leg]
    assert talk.floor.network.live_legs == 0
    listed = calls_list(Scope(talk.cast.tenant.pk), {"outcome": Outcome.ANSWERED})["page"]
    assert [row.pk for row in listed] == [talk.call.pk]


def test_a_partner_who_hangs_up_last_gives_the_caller_a_goodbye(talk: OutsideTalk) -> None:
    talk.consults()
    talk.completes_outside()
    talk.floor.pass_seconds(5)
    talk.floor.hang_up(talk.bob_leg)
    talk.floor.until(lambda: talk.state == "leaving", within=2)
    talk.floor.until(lambda: talk.state == "ended", within=10)
    assert talk.outcome() == ("agent", "left_outside")
    assert talk.said("outside.ended") == [{"reached": True}]


def test_cancelling_lets_the_partner_go_and_then_resumes_the_caller(talk: OutsideTalk) -> None:
    talk.consults()
    talk.wish(Wish.CANCEL)
    for _ in range(60):
        talk.floor.pass_seconds(0.05)
        assert not talk.pairs() & {"c<b", "b<c"}
    assert talk.consult.end_reason == "cancelled"
    assert talk.state == "connected"
    assert talk.pairs() == WITH_CALLER


@pytest.mark.parametrize("after", [0.0, 0.3, 0.8, 1.5])
def test_cancelling_while_it_rings_stops_it_and_nobody_who_answers_is_heard(
    talk: OutsideTalk, after: float
) -> None:
    talk.ask_outside()
    talk.floor.pass_seconds(after)
    talk.wish(Wish.CANCEL)
    for _ in range(60):
        talk.floor.pass_seconds(0.1)
        lines = Leg.objects.filter(consult=talk.consult)
        talk.bob_leg = lines[0].sid if lines else ""
        assert not talk.pairs() & {"c<b", "b<c", "a<b", "b<a"}
    assert talk.consult.end_reason == "cancelled"
    assert talk.state == "connected"
    assert talk.floor.network.live_legs == 2


# --- who goes away -------------------------------------------------------------------------------


def test_a_partner_who_hangs_up_leaves_the_caller_held(talk: OutsideTalk) -> None:
    talk.consults()
    talk.floor.hang_up(talk.bob_leg)
    talk.floor.until(lambda: talk.consult.end_reason == "colleague_left", within=5)
    talk.floor.pass_seconds(5)
    assert talk.state == "on_hold"
    assert talk.pairs() == set()
    talking.resume(offer=talk.offer, agent=talk.cast.alice)
    talk.floor.until(lambda: talk.state == "connected", within=2)


@pytest.mark.parametrize("while_it_rings", [True, False])
def test_a_caller_who_hangs_up_ends_it_for_the_partner(
    talk: OutsideTalk, while_it_rings: bool
) -> None:
    if while_it_rings:
        talk.ask_outside(SILENT)
        talk.floor.pass_seconds(3)
    else:
        talk.consults()
    talk.floor.hang_up(talk.caller)
    talk.floor.until(lambda: talk.state == "ended", within=3)
    talk.floor.pass_seconds(3)
    assert talk.consult.end_reason == "call_ended"
    assert talk.activity(talk.cast.alice) == "wrapping_up"
    assert talk.floor.network.live_legs == 0


@pytest.mark.parametrize("together", [False, True])
def test_an_agent_who_is_lost_leaves_the_caller_to_nobody_outside(
    talk: OutsideTalk, together: bool
) -> None:
    talk.consults()
    if together:
        talk.does(Wish.TOGETHER)
    talk.floor.hang_up(talk.alice_leg)
    talk.floor.until(lambda: talk.state == "queued", within=10)
    talk.floor.pass_seconds(2)
    assert talk.consult.end_reason == "agent_gone"
    assert talk.floor.ended[talk.bob_leg]
    assert not talk.said("call.left_outside")


def test_a_partner_lost_while_it_is_completed_leaves_the_caller_with_the_agent(
    talk: OutsideTalk,
) -> None:
    talk.consults()
    talk.floor.fate = lose(*REPORTS)
    talk.floor.hang_up(talk.bob_leg)
    talk.wish(Wish.COMPLETE)
    talk.floor.until(lambda: talk.consult.state == "ended", within=25)
    assert talk.consult.end_reason == "colleague_left"
    assert talk.activity(talk.cast.alice) in ("on_call", "on_hold")
    assert not talk.said("call.left_outside")


def test_hanging_up_in_a_consult_ends_it_for_all(talk: OutsideTalk) -> None:
    talk.consults()
    talking.hang_up(offer=talk.offer, agent=talk.cast.alice)
    talk.floor.until(lambda: talk.state in ("leaving", "ended"), within=3)
    talk.floor.pass_seconds(5)
    assert talk.consult.end_reason == "call_ended"
    assert talk.floor.network.live_legs == 0


# --- when the network is late, silent, or of another mind ----------------------------------------


@pytest.mark.parametrize("ignored_while_held", [False, True])
@pytest.mark.parametrize("copies", [1, 2])
def test_under_both_readings_of_the_network_and_with_everything_twice_it_comes_to_the_same(
    cast: Cast, ignored_while_held: bool, copies: int
) -> None:
    readings = Readings(end_on_exit_ignored_while_held=ignored_while_held)
    with open_floor(readings=readings) as floor:
        talk = OutsideTalk(floor, cast)
        floor.fate = lambda request: copies
        talk.consults()
        talk.does(Wish.CUSTOMER)
        talk.does(Wish.TOGETHER)
        talk.completes_outside()
        floor.pass_seconds(20)
        assert talk.pairs() == {"c<b", "b<c"}
        assert len(talk.said("call.left_outside")) == 1
        floor.hang_up(talk.bob_leg)
        floor.until(lambda: talk.state == "ended", within=10)
        floor.pass_seconds(2)
        assert floor.network.live_legs == 0


def test_lost_reports_delay_it_and_a_look_finds_what_is_so(talk: OutsideTalk) -> None:
    talk.floor.fate = lose(*REPORTS)
    talk.ask_outside()
    talk.floor.until(lambda: talk.consult.state == "live", within=40)
    talk.bob_leg = talk.line.sid
    talk.wish(Wish.CUSTOMER)
    talk.floor.until(lambda: talk.consult.talk == "customer", within=15)
    assert talk.pairs() == WITH_CALLER
    talk.wish(Wish.COMPLETE)
    talk.floor.until(lambda: talk.consult.end_reason == "completed", within=15)
    talk.floor.pass_seconds(3)
    assert talk.pairs() == {"c<b", "b<c"}
    # The partner's end is found by the reconciler, and the caller is not left in silence.
    talk.floor.hang_up(talk.bob_leg)
    talk.floor.until(lambda: talk.state in ("leaving", "ended"), within=60)


def test_a_busy_line_whose_reports_are_lost_is_found_out(talk: OutsideTalk) -> None:
    talk.floor.fate = lose(*REPORTS)
    talk.ask_outside(BUSY)
    talk.floor.until(lambda: talk.consult.state == "ended", within=60)
    assert talk.consult.end_reason in ("engaged", "not_reached", "no_answer")
    assert talk.state == "on_hold"


# --- supervisors ---------------------------------------------------------------------------------


def test_who_listens_is_gone_when_the_caller_is_left_outside(talk: OutsideTalk) -> None:
    supervised = talk.floor.supervise(talk.cast.carol, talk.offer)
    talk.consults()
    with pytest.raises(NotAllowed, match="consulting"):
        taking_over.take_over(supervision=supervised.stay, supervisor=talk.cast.carol)
    talk.completes_outside()
    talk.floor.pass_seconds(3)
    assert Supervision.objects.get(pk=supervised.stay.pk).end_reason == "transferred"
    assert talk.floor.ended[supervised.leg]
    assert talk.pairs() == {"c<b", "b<c"}
