"""Set-up of queues: who may, what is said to wrong input, what is inherited, what holds then."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contact_center.domain.states import Presence
from contact_center.models import (
    Calendar,
    Consult,
    Disposition,
    EventLog,
    Menu,
    MenuVersion,
    Offer,
    PhoneNumber,
    Queue,
    QueueMember,
    Role,
    Team,
    User,
    Wallboard,
)
from contact_center.selectors import queue_pages
from contact_center.services import keeping_queues
from contact_center.services.offering import dispatch
from supervisors.queue_forms import GROUPS, LEFT_OUT
from tests.builders import offer as ringing
from tests.builders import on_duty, present, signed_in, waiting_call
from tests.cast import Cast, make_agent, make_user
from tests.supervisors.reading import events, said

pytestmark = pytest.mark.django_db

INDEX = reverse("supervisors:set-up:index")
LIST = reverse("supervisors:set-up:queues")
NEW = reverse("supervisors:set-up:queues-new")


def page(name: str, queue: Queue) -> str:
    return reverse(f"supervisors:set-up:queues-{name}", args=[queue.pk])


def written(**values: Any) -> dict[str, Any]:
    """What the form of a new queue sends when only its name was written."""
    blank = dict.fromkeys((name for group in GROUPS for name in group.fields), "")
    del blank["announce_only_if_better"]
    return (
        blank
        | {
            "name": "Returns",
            "wrap_up_extensions": "3",
            "announce": "both",
            "when_nobody": "wait",
            "when_closed": "sentence",
            "announce_first_after": "0",
            "redial_minutes": "0",
            "announce_every": "60",
            "service_level_formula": Queue().service_level_formula,
            "service_level_goal": "80",
            "short_abandon_seconds": "5",
            "callback_first": "agent",
            "callback_attempts": "3",
            "callback_retry_minutes": "15",
            "callback_from_hour": "8",
            "callback_until_hour": "21",
        }
        | values
    )


def serving(queue: Queue) -> set[str]:
    return set(queue.agents.values_list("user__username", flat=True))


def empty_queue(cast: Cast, name: str = "Returns") -> Queue:
    return Queue.objects.create(tenant=cast.tenant, name=name)


def value_of(page_: str, field: str) -> str:
    """What stands in a field of the form."""
    found = re.search(rf'<input[^>]*name="{field}"[^>]*>', page_)
    assert found is not None, field
    value = re.search(r'value="([^"]*)"', found[0])
    return unescape(value[1]) if value else ""


# --- every field ---------------------------------------------------------------------------------


def test_every_field_of_a_queue_can_be_set_up_or_is_left_out_for_a_reason() -> None:
    fields = [*Queue._meta.fields, *Queue._meta.many_to_many]
    there_are = {field.name for field in fields if field.editable and not field.primary_key}
    shown = [name for group in GROUPS for name in group.fields]
    forgotten = there_are - set(shown) - set(LEFT_OUT)
    assert not forgotten, (
        f"{', '.join(sorted(forgotten))}: put it into a group of supervisors/queue_forms.py, "
        "or into LEFT_OUT with the reason"
    )
    assert len(shown) == len(set(shown)), "a field stands in two groups"
    assert not set(shown) & set(LEFT_OUT)
    assert set(shown) | set(LEFT_OUT) <= there_are, "a group names what is no field any more"


def test_every_field_stands_on_the_page_under_its_group(cast: Cast) -> None:
    shown = signed_in(cast.dana).get(page("queue", cast.sales)).content.decode()
    for group in GROUPS:
        assert f"<h2>{group.title}</h2>" in shown
        for name in group.fields:
            assert f'name="{name}"' in shown, name


# --- who may -------------------------------------------------------------------------------------

DEEDS = ("queue", "members-add", "members-remove", "remove")


def test_an_admin_sets_queues_up_and_nobody_else_learns_that_one_could(cast: Cast) -> None:
    row = empty_queue(cast)
    pages = [LIST, NEW, page("queue", row), page("members", row)]
    for address in pages:
        assert signed_in(cast.dana).get(address).status_code == 200, address
    for person in (cast.carol, cast.alice.user, cast.dave, cast.erin.user):
        browser = signed_in(person)
        for address in pages:
            answer = browser.get(address)
            assert answer.status_code == 404, address
            assert "Returns" not in said(answer)
        for address in [NEW, *(page(deed, row) for deed in DEEDS)]:
            data = written(name="Taken over", agents=[cast.alice.pk])
            assert browser.post(address, data).status_code == 404, address
    row.refresh_from_db()
    assert (row.name, row.members.count()) == ("Returns", 0)
    assert events() == []


def test_who_is_signed_out_is_sent_to_sign_in(cast: Cast) -> None:
    row = empty_queue(cast)
    for address in (LIST, NEW, page("queue", row), page("members", row)):
        assert Client().get(address).headers["Location"].startswith(reverse("sign-in"))
    for deed in DEEDS:
        assert Client().post(page(deed, row)).headers["Location"].startswith(reverse("sign-in"))


def test_nothing_of_another_organisation_is_seen_or_touched(cast: Cast) -> None:
    theirs = cast.other_queue
    theirs.name = "Theirs"
    theirs.save()
    their_hours = Calendar.objects.create(tenant=cast.other_tenant, name="Their hours", zone="UTC")
    dana = signed_in(cast.dana)
    assert "Theirs" not in said(dana.get(LIST))
    for address in (page("queue", theirs), page("members", theirs)):
        assert dana.get(address).status_code == 404
    for deed in DEEDS:
        data = written(agents=[cast.alice.pk])
        assert dana.post(page(deed, theirs), data).status_code == 404, deed
    # Nor do their people serve us, or their hours hold for us, by way of a queue of ours.
    answer = dana.post(page("members-add", cast.sales), {"agents": [cast.erin.pk]})
    assert answer.status_code == 422
    assert "One of these agents is gone. Load the page again." in said(answer)
    assert (
        keeping_queues.add_members(
            queue_id=cast.sales.pk, agent_ids=[cast.erin.pk], actor=cast.dana
        )
        == 0
    )
    shown = dana.get(page("queue", cast.sales))
    assert "Their hours" not in said(shown)
    assert "Erin" not in said(shown)
    answer = dana.post(page("queue", cast.sales), written(name="Sales", calendar=their_hours.pk))
    assert answer.status_code == 422
    assert "Choose one from the list." in said(answer)
    theirs.refresh_from_db()
    cast.sales.refresh_from_db()
    assert (theirs.name, theirs.members.count()) == ("Theirs", 1)
    assert cast.sales.calendar is None
    assert serving(cast.sales) == {"alice", "bob"}


def test_who_belongs_to_no_organisation_makes_no_queue(cast: Cast) -> None:
    installer = User.objects.create(username="root", role=Role.ADMIN, is_superuser=True)
    assert signed_in(installer).get(LIST).status_code == 404
    with pytest.raises(keeping_queues.NotAllowed, match="Only somebody of an organisation"):
        keeping_queues.make_queue(values={"name": "Nobody's"}, actor=installer)


# --- what is inherited ---------------------------------------------------------------------------


def test_an_empty_field_shows_what_it_inherits_and_follows_the_setting(
    cast: Cast, settings: Any
) -> None:
    dana = signed_in(cast.dana)
    shown = dana.get(page("queue", cast.sales)).content.decode()
    for words in ("default (30 s)", "default (60 s)", "default (5)"):
        assert f'placeholder="{words}"' in shown
    assert "default (In turn: who was rung longest ago in this queue)" in shown
    assert "default (open all the time)" in shown
    assert value_of(shown, "ring_seconds") == ""
    assert "default (30 s) default (60 s) default (5)" in said(dana.get(LIST))

    settings.DJANGO_TWILIO_CALL_CALL = {"DEFAULT_TIMEOUT": 35}
    settings.DJANGO_TWILIO_CALL_QUEUE = {
        "DEFAULT_ROUTING_STRATEGY": "longest_idle",
        "DEFAULT_PRIORITY": 7,
    }
    settings.DJANGO_TWILIO_CALL_IVR = {"BUSINESS_HOURS": {"sunday": None}}
    shown = dana.get(page("queue", cast.sales)).content.decode()
    assert 'placeholder="default (35 s)"' in shown
    assert "default (Who has been free for the longest)" in shown
    assert "default (the setting BUSINESS_HOURS)" in shown
    assert "default (35 s) default (60 s) default (7)" in said(dana.get(LIST))


def test_what_was_written_stays_and_what_was_left_empty_goes_on_inheriting(
    cast: Cast, settings: Any
) -> None:
    dana = signed_in(cast.dana)
    dana.post(page("queue", cast.sales), written(name="Sales", ring_seconds="20"))
    cast.sales.refresh_from_db()
    assert (cast.sales.ring_seconds, cast.sales.wrap_up_seconds) == (20, None)
    settings.DJANGO_TWILIO_CALL_CALL = {"DEFAULT_TIMEOUT": 35}
    assert "20 s default (60 s)" in said(dana.get(LIST))  # its own, which was the setting's then
    dana.post(page("queue", cast.sales), written(name="Sales", ring_seconds=""))
    cast.sales.refresh_from_db()
    assert cast.sales.ring_seconds is None
    assert "default (35 s)" in said(dana.get(LIST))


def test_what_is_set_up_holds_for_who_waits_already(cast: Cast) -> None:
    on_duty(cast.alice)
    dana = signed_in(cast.dana)
    first = waiting_call(cast.sales, "+14155550142", waited_seconds=90)
    second = waiting_call(cast.support, "+14155550143", waited_seconds=30)
    dana.post(page("queue", cast.support), written(name="Support", priority="9", ring_seconds="45"))
    dispatch(cast.tenant.pk)
    offer = Offer.objects.get()
    assert offer.call == second
    assert (offer.deadline - offer.offered_at).total_seconds() == 45
    assert not first.offers.exists()


# --- making and changing -------------------------------------------------------------------------


def test_an_admin_makes_a_queue(cast: Cast) -> None:
    hours = Calendar.objects.create(tenant=cast.tenant, name="Office hours", zone="UTC")
    answer = signed_in(cast.dana).post(
        NEW, written(priority="8", strategy="longest_idle", calendar=hours.pk), follow=True
    )
    assert "Made. Say who serves it, then lead callers here." in said(answer)
    assert "Nobody yet: whoever waits here is not answered." in said(answer)
    made = Queue.objects.get(name="Returns")
    assert (made.tenant, made.priority, made.ring_seconds) == (cast.tenant, 8, None)
    assert (made.strategy, made.calendar) == ("longest_idle", hours)
    logged = EventLog.objects.get()
    assert (logged.name, logged.queue_id, logged.actor_id) == (
        "queue.made",
        made.pk,
        cast.dana.pk,
    )


def test_an_outside_number_is_kept_in_one_way_however_it_was_written(cast: Cast) -> None:
    dana = signed_in(cast.dana)
    sent = written(name="Returns", overflow_to="number", overflow_number=" +1 (415) 555-0177 ")
    assert dana.post(NEW, sent).status_code == 302
    made = Queue.objects.get(name="Returns")
    assert (made.overflow_to, made.overflow_number) == ("number", "+14155550177")
    # Written once more in another way it is the same.
    assert dana.post(page("queue", made), sent | {"overflow_number": "+1-415-555-0177"})
    assert events() == ["queue.made"]


def test_the_log_says_what_was_changed_and_who_did(cast: Cast) -> None:
    dana = signed_in(cast.dana)
    address = page("queue", cast.sales)
    answer = dana.post(address, written(name="Selling", ring_seconds="30"), follow=True)
    assert "Saved. It holds for who waits and for the next call." in said(answer)
    logged = EventLog.objects.get()
    assert (logged.name, logged.queue_id, logged.actor_id) == (
        "queue.changed",
        cast.sales.pk,
        cast.dana.pk,
    )
    assert logged.details == {"changes": {"name": ["Sales", "Selling"], "ring_seconds": [None, 30]}}
    dana.post(address, written(name="Selling", ring_seconds="30"))
    assert EventLog.objects.count() == 1  # nothing was changed


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "Give this queue a name, like “Sales”."),
        ({"name": "x" * 61}, "At most 60 letters; these are 61."),
        ({"priority": "11"}, "Write a whole number from 1 to 10."),
        ({"priority": "high"}, "Write a whole number from 1 to 10."),
        (
            {"ring_seconds": "3"},
            "Write a whole number from 5 to 120. Left empty it follows the setting.",
        ),
        (
            {"ring_seconds": "60", "auto_answer_seconds": "31"},
            "Write a whole number from 1 to 30. Or leave it empty.",
        ),
        ({"auto_answer_seconds": "30"}, "It rings for 30 s. Write less than that."),
        (
            {"ring_seconds": "8", "auto_answer_seconds": "8"},
            "It rings for 8 s. Write less than that.",
        ),
        ({"ring_seconds": "-1"}, "Write a whole number from 5 to 120."),
        ({"wrap_up_seconds": "1.5"}, "Write a whole number from 5 to 1800."),
        ({"wrap_up_extensions": ""}, "Write a whole number from 0 to 20."),
        ({"wrap_up_extensions": "99999999999"}, "Write a whole number from 0 to 20."),
        ({"comfort_every": "5"}, "Write a whole number from 20 to 3600. Or leave it empty."),
        ({"redial_minutes": "61"}, "Write a whole number from 0 to 60."),
        ({"comfort_text": "x" * 301}, "At most 300 letters; these are 301."),
        ({"announce": "shouting"}, "Choose one from the list."),
        ({"announce": ""}, "Choose one from the list."),
        ({"overflow_to": "queue"}, "Choose the queue that callers overflow to."),
        ({"overflow_to": "number"}, "Write the number that callers are connected with."),
        ({"overflow_number": "0800 12345"}, "There is no such number. Write it with its country"),
        ({"overflow_number": "+1 900 555 1234"}, "This number costs extra."),
        ({"overflow_number": "911"}, "Nobody is sent to an emergency number."),
        ({"overflow_number": "+14155550101"}, "This is one of your own numbers"),
        ({"overflow_queue": "9" * 25}, "Choose one from the list."),
        ({"strategy": "ring_all"}, "Choose one from the list."),
        ({"calendar": "999999"}, "Choose one from the list."),
        ({"calendar": "9" * 25}, "Choose one from the list."),
        ({"music_url": "music.mp3"}, "Write an address like https://example.com/music.mp3"),
        ({"music_url": "javascript:alert(1)"}, "Write an address like"),
        ({"service_level_goal": "101"}, "Write a whole number from 1 to 100."),
        ({"name": "Sales"}, "Another queue has this name already. Choose a different one."),
    ],
)
def test_what_cannot_be_is_said_beside_the_field_and_nothing_is_saved(
    cast: Cast, wrong: dict[str, str], sentence: str
) -> None:
    dana = signed_in(cast.dana)
    for address in (NEW, page("queue", cast.support)):
        answer = dana.post(address, written(name="Support") | wrong)
        assert answer.status_code == 422, address
        assert sentence in said(answer)
        assert 'aria-invalid="true"' in answer.content.decode()
        # What was written is still there to be put right, and the page is still called the same.
        if address != NEW:
            assert "<h1>Support</h1>" in answer.content.decode()
    assert set(Queue.objects.filter(tenant=cast.tenant).values_list("name", flat=True)) == {
        "Sales",
        "Support",
    }
    assert events() == []


def test_there_are_not_more_queues_than_a_floor_can_show(cast: Cast, monkeypatch: Any) -> None:
    monkeypatch.setattr(keeping_queues, "MOST_QUEUES", 2)
    answer = signed_in(cast.dana).post(NEW, written())
    assert "There are 2 queues already. Remove one first." in said(answer)
    assert Queue.objects.filter(tenant=cast.tenant).count() == 2


# --- who serves it -------------------------------------------------------------------------------


def test_several_agents_are_added_and_removed_at_once(cast: Cast) -> None:
    row = empty_queue(cast)
    dana = signed_in(cast.dana)
    both = {"agents": [cast.alice.pk, cast.bob.pk]}
    answer = dana.post(page("members-add", row), both, follow=True)
    assert "2 agents added." in said(answer)
    assert serving(row) == {"alice", "bob"}
    dana.post(page("members-add", row), both)  # again: nothing is doubled
    assert row.members.count() == 2
    answer = dana.post(page("members-remove", row), {"agents": [cast.bob.pk]}, follow=True)
    assert "1 agent removed. A call at the desk goes on." in said(answer)
    assert serving(row) == {"alice"}
    assert serving(cast.sales) == {"alice", "bob"}  # of another queue nothing is taken
    logged = [(one.name, one.details) for one in EventLog.objects.order_by("pk")]
    assert logged == [
        ("queue.members_changed", {"added": [cast.alice.pk, cast.bob.pk], "removed": []}),
        ("queue.members_changed", {"added": [], "removed": [cast.bob.pk]}),
    ]


@pytest.mark.parametrize("deed", ["members-add", "members-remove"])
@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "Choose at least one agent first."),
        ({"agents": ["999999"]}, "One of these agents is gone. Load the page again."),
        ({"agents": ["9" * 25]}, "One of these agents is gone. Load the page again."),
        ({"agents": ["alice"]}, "One of these agents is gone. Load the page again."),
    ],
)
def test_who_chooses_nobody_or_somebody_who_is_gone_is_told_so(
    cast: Cast, deed: str, data: dict[str, list[str]], sentence: str
) -> None:
    answer = signed_in(cast.dana).post(page(deed, cast.sales), data)
    assert answer.status_code == 422
    assert sentence in said(answer)
    assert serving(cast.sales) == {"alice", "bob"}


def test_a_caller_who_waits_is_offered_to_who_was_added_just_now(cast: Cast) -> None:
    row = empty_queue(cast)
    on_duty(cast.alice)
    waiting_call(row)
    assert dispatch(cast.tenant.pk) == 0
    signed_in(cast.dana).post(page("members-add", row), {"agents": [cast.alice.pk]})
    assert dispatch(cast.tenant.pk) == 1


def test_who_was_removed_keeps_the_call_that_rings_and_is_offered_no_other(cast: Cast) -> None:
    row = empty_queue(cast)
    QueueMember.objects.create(queue=row, agent=cast.alice)
    on_duty(cast.alice)
    waiting_call(row)
    dispatch(cast.tenant.pk)
    signed_in(cast.dana).post(page("members-remove", row), {"agents": [cast.alice.pk]})
    assert Offer.objects.get().state == "pending"
    on_duty_again = make_agent(cast.tenant, "gina", row)
    on_duty(on_duty_again)
    waiting_call(row, "+14155550143")
    dispatch(cast.tenant.pk)
    assert {offer.agent for offer in Offer.objects.all()} == {cast.alice, on_duty_again}


def test_agents_are_found_by_name_or_team_and_a_tick_outlives_the_search(cast: Cast) -> None:
    row = empty_queue(cast)
    team = Team.objects.create(tenant=cast.tenant, name="Evening")
    gina = make_agent(cast.tenant, "gina")
    gina.team = team
    gina.save()
    QueueMember.objects.create(queue=row, agent=cast.bob)
    dana = signed_in(cast.dana)
    everybody = said(dana.get(page("members", row)))
    assert "1 agent, 0 on duty" in everybody
    assert re.search(r"They serve it Bob .* They do not Alice .* Gina Evening", everybody)
    found = said(dana.get(page("members", row), {"called": "even"}))
    assert "Gina" in found
    assert "Alice" not in found
    assert "None of that name." in found
    answer = dana.get(page("members", row), {"called": "gin", "agents": [cast.alice.pk, "x"]})
    assert re.search(
        rf'value="{cast.alice.pk}" checked> <span class="clip">Alice</span>',
        answer.content.decode(),
    )
    assert "Gina" in said(answer)
    # The page itself searches, too, where no script runs.
    assert "Alice" not in said(dana.get(page("queue", row), {"called": "gina"}))


def test_who_cannot_sign_in_any_more_is_not_offered(cast: Cast) -> None:
    row = empty_queue(cast)
    cast.alice.user.is_active = False
    cast.alice.user.save()
    assert "Alice" not in said(signed_in(cast.dana).get(page("members", row)))
    added = keeping_queues.add_members(queue_id=row.pk, agent_ids=[cast.alice.pk], actor=cast.dana)
    assert (added, row.members.count()) == (0, 0)


def test_how_many_are_on_duty_is_counted_breaks_and_all(cast: Cast) -> None:
    on_duty(cast.alice)
    present(cast.bob, Presence.BREAK, "lunch")
    make_agent(cast.tenant, "gina", cast.sales)
    dana = signed_in(cast.dana)
    assert "3 agents, 2 on duty" in said(dana.get(page("queue", cast.sales)))
    assert re.search(r"Sales 3, 2 on duty", said(dana.get(LIST)))
    assert re.search(r"Support 2, 2 on duty", said(dana.get(LIST)))
    empty_queue(cast)
    assert re.search(r"Returns nobody", said(dana.get(LIST)))


def test_of_many_agents_a_page_full_is_shown_and_the_rest_counted(
    cast: Cast, monkeypatch: Any
) -> None:
    monkeypatch.setattr(queue_pages, "MOST_OTHERS", 1)
    row = empty_queue(cast)
    shown = said(signed_in(cast.dana).get(page("members", row)))
    assert "Alice" in shown
    assert "Bob" not in shown
    assert "and 1 more: write a name" in shown


# --- removing ------------------------------------------------------------------------------------


def test_a_queue_in_which_no_call_has_been_is_removed_with_what_hangs_on_it(cast: Cast) -> None:
    row = empty_queue(cast)
    QueueMember.objects.create(queue=row, agent=cast.alice)
    Disposition.objects.create(tenant=cast.tenant, queue=row, label="Sent back")
    answer = signed_in(cast.dana).post(page("remove", row), follow=True)
    assert "Removed." in said(answer)
    assert not Queue.objects.filter(pk=row.pk).exists()
    assert set(Disposition.objects.values_list("label", flat=True)) == {"Solved"}
    logged = EventLog.objects.get()
    assert (logged.name, logged.queue_id, logged.details) == (
        "queue.removed",
        row.pk,
        {"label": "Returns"},
    )


def call_waits(cast: Cast, row: Queue) -> None:
    waiting_call(row)


def call_has_been(cast: Cast, row: Queue) -> None:
    call = waiting_call(row)
    call.segments.update(ended_at=timezone.now(), end_reason="abandoned")
    call.state, call.ended_at, call.queue = "ended", timezone.now(), None
    call.save()


def was_consulted(cast: Cast, row: Queue) -> None:
    offer = ringing(waiting_call(cast.sales), cast.alice)
    Consult.objects.create(
        tenant=cast.tenant, call=offer.call, offer=offer, queue=row, asked_at=timezone.now()
    )


def number_leads(cast: Cast, row: Queue) -> None:
    PhoneNumber.objects.create(tenant=cast.tenant, e164="+14155550199", queue=row)


def menu_leads(cast: Cast, row: Queue) -> None:
    version = make_menu_named(cast, "Returns menu")
    version.choices.create(key="1", label="returns", queue=row)


def menu_falls_back(cast: Cast, row: Queue) -> None:
    version = make_menu_named(cast, "Night menu")
    version.fallback_queue = row
    version.save()


def make_menu_named(cast: Cast, name: str) -> MenuVersion:
    menu = Menu.objects.create(tenant=cast.tenant, name=name)
    return MenuVersion.objects.create(
        menu=menu, number=1, greeting="Hello.", published_at=timezone.now()
    )


def board_shows(cast: Cast, row: Queue) -> None:
    board = Wallboard.objects.create(
        tenant=cast.tenant, name="Hall", all_queues=False, created_at=timezone.now()
    )
    board.queues.add(row)


def is_the_default(cast: Cast, row: Queue) -> None:
    Queue.objects.filter(pk=row.pk).update(name="support")


@pytest.mark.parametrize(
    ("because", "sentence"),
    [
        (call_waits, "A call is in this queue now."),
        (call_has_been, "Calls have been in this queue, and their figures stay."),
        (was_consulted, "Agents have consulted this queue, and that stays with their calls."),
        (number_leads, "+14155550199 leads here. Lead it elsewhere first."),
        (menu_leads, "The menu Returns menu leads here, or an earlier version of it does."),
        (menu_falls_back, "The menu Night menu leads here"),
        (board_shows, "The wallboard Hall shows it. Take it off there first."),
        (is_the_default, "it is DEFAULT_NAME of the settings"),
    ],
)
def test_a_queue_that_must_stay_says_why_and_offers_nothing_that_loses_figures(
    cast: Cast, because: Callable[[Cast, Queue], None], sentence: str
) -> None:
    row = empty_queue(cast)
    dana = signed_in(cast.dana)
    assert "Remove the queue" in said(dana.get(page("queue", row)))
    because(cast, row)
    shown = said(dana.get(page("queue", row)))
    assert sentence in shown
    assert "Remove the queue" not in shown
    answer = dana.post(page("remove", row), follow=True)
    assert sentence in said(answer)
    assert Queue.objects.filter(pk=row.pk).exists()
    assert events() == []


def test_what_another_admin_has_removed_meanwhile_is_gone_in_words(cast: Cast) -> None:
    row = empty_queue(cast)
    gone = row.pk
    keeping_queues.remove_queue(queue_id=gone, actor=cast.dana)
    for deed in (
        lambda: keeping_queues.change_queue(queue_id=gone, values={"name": "x"}, actor=cast.dana),
        lambda: keeping_queues.add_members(queue_id=gone, agent_ids=[1], actor=cast.dana),
        lambda: keeping_queues.remove_members(queue_id=gone, agent_ids=[1], actor=cast.dana),
        lambda: keeping_queues.remove_queue(queue_id=gone, actor=cast.dana),
    ):
        with pytest.raises(keeping_queues.NotAllowed, match="is not there any more"):
            deed()


# --- the list ------------------------------------------------------------------------------------


def test_the_list_says_what_leads_callers_to_each_queue(cast: Cast) -> None:
    old = cast.menu
    newer = MenuVersion.objects.create(
        menu=old.menu, number=2, greeting="Hi.", published_at=timezone.now()
    )
    newer.choices.create(key="1", label="sales", queue=cast.sales)
    empty_queue(cast)
    led_by = {row.queue.name: row.led_by for row in queue_pages.queue_rows(cast.tenant)}
    assert led_by == {
        "Sales": ["+14155550101", "Main menu"],
        "Support": ["+14155550102"],  # the newest version of the menu has no key for it
        "Returns": [],
    }


def test_the_overview_counts_queues_and_leads_to_them(cast: Cast) -> None:
    answer = signed_in(cast.dana).get(INDEX)
    assert "2 queues" in said(answer)
    assert f'href="{LIST}"' in answer.content.decode()
    shown = signed_in(cast.dana).get(LIST).content.decode()
    assert f'<a href="{LIST}" aria-current="page">Queues</a>' in shown
    hours = signed_in(cast.dana).get(reverse("supervisors:set-up:hours")).content.decode()
    assert f'<a href="{LIST}">Queues</a>' in hours


def test_an_organisation_without_queues_is_led_to_the_first(cast: Cast) -> None:
    mallory = make_user(cast.other_tenant, "mallory", Role.ADMIN, is_superuser=False)
    cast.erin.memberships.all().delete()
    cast.other_queue.delete()
    assert "No queue yet" in said(signed_in(mallory).get(LIST))
