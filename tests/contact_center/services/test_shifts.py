"""What ends by itself: a break, a shift, and the patience with who does not answer."""

import itertools
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from contact_center.domain.breaks import AfterBreak
from contact_center.domain.states import Presence
from contact_center.models import (
    Agent,
    Alert,
    AlertRule,
    BreakRule,
    Command,
    EventLog,
    Offer,
    OfferState,
    PhoneLease,
    Timer,
    User,
)
from contact_center.selectors import alert_words
from contact_center.services import alerting, offering, overruling, presence, shifts, timing
from tests.builders import signed_in
from tests.cast import Cast
from tests.realtime.world import World

pytestmark = pytest.mark.django_db

Clock = time_machine.Traveller


@pytest.fixture(autouse=True)
def noon() -> Iterator[Clock]:
    with time_machine.travel("2026-03-02T12:00:00+00:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(cast: Cast, noon: Clock) -> World:
    """The cast on duty since noon, and calls that go their way through the real services."""
    return World(cast)


def rule(cast: Cast, code: str, minutes: int, after: AfterBreak) -> BreakRule:
    return BreakRule.objects.create(
        tenant=cast.tenant, code=code, most_minutes=minutes, after=after.value
    )


def later(noon: Clock, **length: float) -> None:
    """Time passes, and the clock does what is due."""
    noon.shift(timedelta(**length))
    timing.run_due_timers(timezone.now())


def on_break(world: World, agent: Agent, code: str = "short") -> None:
    presence.set_presence(agent=agent, presence=Presence.BREAK, reason=code)


def is_now(agent: Agent) -> tuple[str, str]:
    agent = Agent.objects.get(pk=agent.pk)
    return agent.presence, agent.presence_reason


def happened(agent: Agent, name: str) -> list[dict[str, Any]]:
    rows = EventLog.objects.filter(agent_id=agent.pk, name=name).order_by("pk")
    return [row.details for row in rows]


def ringing(world: World, agent: Agent) -> Offer:
    """A call rings at this agent's desk, for the other one is on a break."""
    other = world.bob if agent == world.alice else world.alice
    on_break(world, other, "training")
    world.ring_in()
    offer = world.dispatch()
    assert offer.agent_id == agent.pk
    return Offer.objects.select_related("agent__user", "call").get(pk=offer.pk)


def talking(world: World, agent: Agent) -> Offer:
    offer = ringing(world, agent)
    world.accept(offer)
    world.connect(offer)
    return Offer.objects.select_related("agent__user", "call").get(pk=offer.pk)


def page(user: User, name: str, *args: object) -> str:
    return " ".join(signed_in(user).get(reverse(name, args=args)).content.decode().split())


# --- breaks -------------------------------------------------------------------------------------


def test_the_desk_counts_a_break_down_and_says_what_comes_then(
    world: World, cast: Cast, noon: Clock
) -> None:
    rule(cast, "short", 15, AfterBreak.RETURN)
    on_break(world, world.alice)
    later(noon, minutes=5)
    desk = page(world.alice.user, "agents:panels")
    until = int(timezone.now().timestamp() + 600) * 1000
    assert desk.count(f'data-until="{until}"') == 2, "in the corner and in the middle"
    assert "Then you are made available." in desk
    assert "This break is over" not in desk


def test_a_type_of_break_without_a_rule_lasts_as_long_as_it_lasts(
    world: World, cast: Cast, noon: Clock
) -> None:
    rule(cast, "short", 15, AfterBreak.OFFLINE)
    on_break(world, world.alice, "lunch")
    assert "data-until" not in page(world.alice.user, "agents:panels")
    later(noon, hours=3)
    assert is_now(world.alice) == ("break", "lunch")
    assert happened(world.alice, "break.over") == []


def test_a_rule_of_another_organisation_is_not_ours(world: World, cast: Cast, noon: Clock) -> None:
    BreakRule.objects.create(
        tenant=cast.other_tenant, code="short", most_minutes=5, after=AfterBreak.OFFLINE.value
    )
    on_break(world, world.alice)
    on_break(world, world.erin)
    later(noon, minutes=6)
    assert is_now(world.alice) == ("break", "short")
    assert is_now(world.erin) == ("offline", "break_over")


def test_who_is_only_reminded_stays_on_the_break_and_desk_and_floor_say_that_it_is_over(
    world: World, cast: Cast, noon: Clock
) -> None:
    rule(cast, "short", 15, AfterBreak.REMIND)
    on_break(world, world.alice)
    later(noon, minutes=14, seconds=59)
    assert happened(world.alice, "break.over") == []
    assert "Break is over" not in page(cast.carol, "supervisors:floor")
    later(noon, seconds=1)
    assert is_now(world.alice) == ("break", "short")
    assert happened(world.alice, "break.over") == [{"reason": "short", "then": "remind"}]
    assert "This break is over" in page(world.alice.user, "agents:panels")
    assert page(cast.carol, "supervisors:floor").count("Break is over") == 1
    said = page(cast.carol, "supervisors:agent", world.alice.pk)
    assert "The break has lasted as long as it may: Short Break" in said


def test_nobody_is_reminded_twice_or_gets_a_longer_break_by_choosing_it_again(
    world: World, cast: Cast, noon: Clock
) -> None:
    rule(cast, "short", 15, AfterBreak.REMIND)
    on_break(world, world.alice)
    later(noon, minutes=10)
    on_break(world, world.alice)
    later(noon, minutes=6)
    assert len(happened(world.alice, "break.over")) == 1
    on_break(world, world.alice)
    later(noon, minutes=20)
    assert len(happened(world.alice, "break.over")) == 1


def test_a_break_that_ends_in_time_ends_nothing_later(
    world: World, cast: Cast, noon: Clock
) -> None:
    rule(cast, "short", 15, AfterBreak.OFFLINE)
    on_break(world, world.alice)
    later(noon, minutes=14)
    lease = world.leases[world.alice.pk]
    presence.set_presence(agent=world.alice, presence=Presence.AVAILABLE, lease_key=lease.key)
    later(noon, minutes=5)
    on_break(world, world.alice)
    later(noon, minutes=14)
    assert is_now(world.alice) == ("break", "short"), "the second break has its own fifteen minutes"
    assert happened(world.alice, "break.over") == []


def test_who_is_to_return_is_available_again_and_is_offered_the_next_call(
    world: World, cast: Cast, noon: Clock
) -> None:
    rule(cast, "short", 15, AfterBreak.RETURN)
    on_break(world, world.bob, "training")
    on_break(world, world.alice)
    world.ring_in()
    later(noon, minutes=15)
    assert is_now(world.alice) == ("available", "break_over")
    assert happened(world.alice, "presence.changed")[-1]["reason"] == "break_over"
    assert "Your break was over: you are available again" in page(world.alice.user, "agents:panels")
    said = page(cast.carol, "supervisors:agent", world.alice.pk)
    assert "Available again: the break was over" in said
    assert world.dispatch().agent_id == world.alice.pk


@pytest.mark.parametrize(
    "change",
    [{"silent_since": "2026-03-02T12:01:00Z"}, {"ring_heard_at": None}, {"microphone_ok": False}],
)
def test_nobody_is_made_available_whose_phone_cannot_ring(
    world: World, cast: Cast, noon: Clock, change: dict[str, Any]
) -> None:
    rule(cast, "short", 15, AfterBreak.RETURN)
    on_break(world, world.alice)
    PhoneLease.objects.filter(agent=world.alice).update(**change)
    later(noon, minutes=15)
    assert is_now(world.alice) == ("break", "short")
    assert happened(world.alice, "break.over") == [{"reason": "short", "then": "remind"}]


def test_who_is_to_go_is_taken_off_duty_and_told_why(world: World, cast: Cast, noon: Clock) -> None:
    rule(cast, "short", 15, AfterBreak.OFFLINE)
    on_break(world, world.alice)
    later(noon, minutes=15)
    assert is_now(world.alice) == ("offline", "break_over")
    assert "Your break was over, so you were taken off duty." in page(
        world.alice.user, "agents:panels"
    )
    assert not Timer.objects.filter(agent=world.alice).exists()


@pytest.mark.parametrize("after", [AfterBreak.RETURN, AfterBreak.OFFLINE])
def test_a_break_that_is_over_during_a_call_ends_with_the_wrap_up_and_cuts_nothing(
    world: World, cast: Cast, noon: Clock, after: AfterBreak
) -> None:
    rule(cast, "short", 1, after)
    offer = talking(world, world.alice)
    on_break(world, world.alice)
    later(noon, minutes=2)
    assert is_now(world.alice) == ("break", "short")
    assert Offer.objects.get(pk=offer.pk).state == OfferState.CONNECTED
    assert not Command.objects.filter(kind__startswith="end_").exists()
    world.caller_hangs_up(offer.call)
    timing.run_due_timers(timezone.now())
    assert is_now(world.alice) == ("break", "short"), "the notes are not written yet"
    world.finish(offer)
    to = "available" if after is AfterBreak.RETURN else "offline"
    assert is_now(world.alice) == (to, "break_over")


def test_what_was_chosen_for_after_the_call_comes_before_the_end_of_a_break(
    world: World, cast: Cast, noon: Clock
) -> None:
    rule(cast, "short", 1, AfterBreak.RETURN)
    offer = talking(world, world.alice)
    on_break(world, world.alice)
    presence.choose_next_presence(agent=world.alice, presence=Presence.OFFLINE)
    later(noon, minutes=2)
    world.caller_hangs_up(offer.call)
    world.finish(offer)
    assert is_now(world.alice) == ("offline", "")


def test_a_break_that_is_over_while_a_call_rings_ends_although_no_wrap_up_follows(
    world: World, cast: Cast, noon: Clock
) -> None:
    rule(cast, "short", 1, AfterBreak.OFFLINE)
    Timer.objects.all().delete()
    offer = ringing(world, world.alice)
    Timer.objects.filter(kind="ring").delete()
    on_break(world, world.alice)
    later(noon, minutes=1)
    assert is_now(world.alice) == ("break", "short")
    world.decline(offer)
    later(noon, seconds=shifts.AGAIN_SECONDS)
    assert is_now(world.alice) == ("offline", "break_over")


def test_an_admin_says_how_long_a_break_may_last_and_only_of_breaks_there_are(cast: Cast) -> None:
    browser = signed_in(cast.dana)
    add = reverse("admin:contact_center_breakrule_add")
    assert "Lunch Break" in browser.get(add).content.decode()
    said = {"most_minutes": "30", "after": "return"}
    browser.post(add, {"code": "lunch", **said})
    made = BreakRule.objects.get()
    assert (made.tenant, made.code, made.most_minutes) == (cast.tenant, "lunch", 30)
    for wrong in ({"code": "yoga"}, {"code": "lunch"}, {"code": "short", "most_minutes": "0"}):
        assert browser.post(add, {**said, **wrong}).status_code == 200, "a form with a sentence"
    assert BreakRule.objects.count() == 1


def test_the_seconds_of_each_type_of_break_can_be_counted_from_the_log(
    world: World, noon: Clock
) -> None:
    for code, minutes in (("short", 5), ("lunch", 30), ("short", 7)):
        on_break(world, world.alice, code)
        later(noon, minutes=minutes)
    presence.go_off_duty(agent=world.alice)
    later(noon, minutes=60)
    rows = list(
        EventLog.objects.filter(agent_id=world.alice.pk, name="presence.changed").order_by("pk")
    )
    lasted: dict[str, float] = {}
    for row, following in itertools.pairwise(rows):
        if row.details["presence"] == "break":
            code = row.details["reason"]
            lasted[code] = lasted.get(code, 0) + (following.at - row.at).total_seconds()
    assert lasted == {"short": 720, "lunch": 1800}


# --- shifts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("said", "hours"), [({}, 12), ({"AUTO_LOGOUT_HOURS": 1.5}, 1.5)])
def test_whoever_is_on_duty_for_too_long_is_taken_off_duty_after_the_hours_of_the_setting(
    cast: Cast, noon: Clock, settings: Settings, said: dict[str, float], hours: float
) -> None:
    settings.DJANGO_TWILIO_CALL_AGENT = said
    world = World(cast)
    later(noon, hours=hours, seconds=-1)
    assert is_now(world.alice) == ("available", "")
    later(noon, seconds=1)
    assert is_now(world.alice) == ("offline", "auto")
    assert happened(world.alice, "presence.changed")[-1] == {
        "presence": "offline",
        "reason": "auto",
        "why": "",
    }
    desk = page(world.alice.user, "agents:panels")
    assert "Your shift has lasted as long as it may" in desk
    said_of_her = page(cast.carol, "supervisors:agent", world.alice.pk)
    assert "Taken off duty: the shift lasted as long as it may" in said_of_her


@pytest.mark.parametrize("never", [0, None])
def test_where_the_setting_says_never_nobody_is_taken_off_duty(
    cast: Cast, noon: Clock, settings: Settings, never: int | None
) -> None:
    settings.DJANGO_TWILIO_CALL_AGENT = {"AUTO_LOGOUT_HOURS": never}
    world = World(cast)
    later(noon, days=3)
    assert is_now(world.alice) == ("available", "")
    assert not Timer.objects.filter(kind="shift").exists()


def test_breaks_do_not_begin_a_shift_anew_and_going_off_duty_does(
    world: World, noon: Clock
) -> None:
    later(noon, hours=6)
    on_break(world, world.alice, "lunch")
    presence.go_off_duty(agent=world.bob)
    later(noon, hours=1)
    world.go_on_duty(world.bob)
    later(noon, hours=5)
    assert is_now(world.alice) == ("offline", "auto")
    assert is_now(world.bob) == ("available", "")
    assert Timer.objects.filter(kind="shift", agent=world.bob).count() == 1


def test_a_shift_that_is_over_during_a_call_ends_after_the_wrap_up_and_cuts_nothing(
    world: World, noon: Clock
) -> None:
    later(noon, hours=11, minutes=59)
    offer = talking(world, world.alice)
    later(noon, minutes=2)
    assert is_now(world.bob) == ("offline", "auto")
    assert is_now(world.alice) == ("available", "")
    assert Offer.objects.get(pk=offer.pk).state == OfferState.CONNECTED
    assert not Command.objects.filter(kind__startswith="end_").exists()
    world.caller_hangs_up(offer.call)
    assert is_now(world.alice) == ("available", ""), "the wrap-up goes on"
    world.ring_in()
    world.finish(offer)
    assert is_now(world.alice) == ("offline", "auto")
    assert offering.dispatch(world.cast.tenant.pk) == 0, "not one more call"


def test_the_end_of_a_shift_comes_before_a_break_that_was_chosen_for_after_the_call(
    world: World, noon: Clock
) -> None:
    offer = talking(world, world.alice)
    presence.choose_next_presence(agent=world.alice, presence=Presence.BREAK, reason="lunch")
    later(noon, hours=13)
    world.caller_hangs_up(offer.call)
    world.finish(offer)
    assert is_now(world.alice) == ("offline", "auto")


def test_a_sign_out_that_a_supervisor_chose_is_still_a_sign_out(world: World, noon: Clock) -> None:
    offer = talking(world, world.alice)
    overruling.sign_out(agent=world.alice, actor=world.carol)
    later(noon, hours=13)
    world.caller_hangs_up(offer.call)
    world.finish(offer)
    assert is_now(world.alice) == ("offline", "")
    assert happened(world.alice, "agent.signed_out") == [{"why": ""}]


def test_a_call_that_rings_when_the_shift_is_over_may_still_be_taken(
    world: World, noon: Clock
) -> None:
    later(noon, hours=11, minutes=59, seconds=55)
    offer = ringing(world, world.alice)
    later(noon, seconds=6)
    assert is_now(world.alice) == ("available", "")
    world.accept(offer)
    world.connect(offer)
    later(noon, minutes=10)
    assert is_now(world.alice) == ("available", "")
    offer = Offer.objects.select_related("call").get(pk=offer.pk)
    world.caller_hangs_up(offer.call)
    world.finish(offer)
    assert is_now(world.alice) == ("offline", "auto")


def test_a_setting_that_was_shortened_holds_from_the_next_start_of_a_clock(
    world: World, noon: Clock, settings: Settings
) -> None:
    later(noon, hours=2)
    settings.DJANGO_TWILIO_CALL_AGENT = {"AUTO_LOGOUT_HOURS": 1}
    later(noon, minutes=1)
    assert is_now(world.alice) == ("available", "")
    shifts.follow_the_setting()
    shifts.follow_the_setting()
    assert Timer.objects.filter(kind="shift", agent=world.alice).count() == 1
    later(noon, seconds=0)
    assert is_now(world.alice) == ("offline", "auto")


def test_a_setting_that_was_lengthened_or_switched_off_takes_nobody_off_duty_too_early(
    world: World, noon: Clock, settings: Settings
) -> None:
    settings.DJANGO_TWILIO_CALL_AGENT = {"AUTO_LOGOUT_HOURS": 14}
    later(noon, hours=13)
    assert is_now(world.alice) == ("available", "")
    settings.DJANGO_TWILIO_CALL_AGENT = {"AUTO_LOGOUT_HOURS": 0}
    later(noon, hours=2)
    assert is_now(world.alice) == ("available", "")
    settings.DJANGO_TWILIO_CALL_AGENT = {"AUTO_LOGOUT_HOURS": 16}
    shifts.follow_the_setting()
    later(noon, hours=1)
    assert is_now(world.alice) == ("offline", "auto")


def test_a_restart_loses_no_end_of_a_shift(world: World, noon: Clock) -> None:
    before = set(Timer.objects.filter(kind="shift").values_list("pk", "due_at"))
    assert len(before) == 3
    shifts.follow_the_setting()
    assert set(Timer.objects.filter(kind="shift").values_list("pk", "due_at")) == before


# --- a new agent --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "presence_of_frida"),
    [
        (None, ("offline", "")),
        ("offline", ("offline", "")),
        ("available", ("available", "")),
        ("on_break", ("break", "tea")),
    ],
)
def test_a_new_agent_is_what_the_setting_says(
    world: World,
    cast: Cast,
    settings: Settings,
    status: str | None,
    presence_of_frida: tuple[str, str],
) -> None:
    settings.DJANGO_TWILIO_CALL_AGENT = {
        "BREAK_TYPES": [("tea", "Tea"), ("nap", "Nap")],
        **({"DEFAULT_STATUS": status} if status else {}),
    }
    signed_in(cast.dana).post(
        reverse("admin:contact_center_user_add"),
        {
            "username": "frida",
            "usable_password": "true",
            "password1": "a long enough pass phrase",
            "password2": "a long enough pass phrase",
            "role": "agent",
        },
    )
    frida = Agent.objects.get(user__username="frida")
    assert is_now(frida) == presence_of_frida
    frida.memberships.create(queue=cast.support)
    for other in (world.alice, world.bob):
        presence.go_off_duty(agent=other)
    world.ring_in()
    assert offering.dispatch(cast.tenant.pk) == 0, "no call before her phone has been heard"
    presence.claim_phone(agent=frida)
    assert is_now(frida)[0] != "available", "her tab asks for the ring first"


# --- calls missed in a row ----------------------------------------------------------------------


def nobody_answers(noon: Clock) -> None:
    """What rings rings to the end of its time."""
    later(noon, seconds=60)


def miss(world: World, noon: Clock, agent: Agent, times: int = 1) -> None:
    """Calls ring in vain at this desk; each time the agent says that they are back."""
    for _time in range(times):
        offer = ringing(world, agent)
        nobody_answers(noon)
        world.caller_hangs_up(offer.call)
        presence.come_back(agent=agent, lease_key=world.leases[agent.pk].key)


def told() -> list[str]:
    alerting.look(timezone.now())
    rows = Alert.objects.filter(ended_at=None, kind="missed_in_a_row")
    return [f"{alert_words.subject_word(row)} {alert_words.sentence(row)}" for row in rows]


def test_three_calls_missed_in_a_row_are_told_to_supervisors_once_and_in_one_line(
    world: World, cast: Cast, noon: Clock
) -> None:
    miss(world, noon, world.alice, times=2)
    assert told() == []
    assert "in a row" not in page(cast.carol, "supervisors:floor")
    miss(world, noon, world.alice)
    assert told() == ["Alice missed 3 calls or more in a row"]
    miss(world, noon, world.alice)
    assert told() == ["Alice missed 3 calls or more in a row"]
    assert Alert.objects.filter(kind="missed_in_a_row").count() == 1
    assert page(cast.carol, "supervisors:floor").count("Missed 4 calls in a row") == 1


def test_while_she_does_not_respond_her_row_says_it_in_one_flag(
    world: World, cast: Cast, noon: Clock
) -> None:
    miss(world, noon, world.alice, times=2)
    ringing(world, world.alice)
    nobody_answers(noon)
    floor = page(cast.carol, "supervisors:floor")
    assert "Missed 3 calls in a row" in floor
    assert "Did not answer" not in floor


def test_an_accepted_call_begins_anew(world: World, cast: Cast, noon: Clock) -> None:
    miss(world, noon, world.alice, times=3)
    assert told() != []
    offer = ringing(world, world.alice)
    assert told() != [], "it only rings"
    world.accept(offer)
    assert told() == []
    assert "in a row" not in page(cast.carol, "supervisors:floor")
    assert world.alice.slots.get().missed_in_a_row == 0


def test_a_declined_call_is_neither_missed_nor_accepted(world: World, noon: Clock) -> None:
    miss(world, noon, world.alice, times=2)
    offer = ringing(world, world.alice)
    world.decline(offer)
    assert world.alice.slots.get().missed_in_a_row == 2
    assert told() == []


def test_the_end_of_a_shift_begins_anew_and_nobody_is_told_of_who_is_not_there(
    world: World, noon: Clock
) -> None:
    miss(world, noon, world.alice, times=3)
    assert told() != []
    presence.go_off_duty(agent=world.alice)
    assert told() == []
    world.go_on_duty(world.alice)
    assert told() == []


def test_an_organisation_may_be_told_earlier_or_never(world: World, noon: Clock) -> None:
    AlertRule.objects.create(tenant=world.cast.tenant, kind="missed_in_a_row", threshold=2)
    miss(world, noon, world.alice, times=2)
    assert told() == ["Alice missed 2 calls or more in a row"]
    AlertRule.objects.update(is_on=False)
    assert told() == []


def test_misses_of_one_agent_are_nobody_elses(world: World, noon: Clock) -> None:
    miss(world, noon, world.alice, times=2)
    key = world.leases[world.bob.pk].key
    presence.set_presence(agent=world.bob, presence=Presence.AVAILABLE, lease_key=key)
    miss(world, noon, world.bob)
    assert told() == []
    assert world.bob.slots.get().missed_in_a_row == 1
