"""What stands on Alice's desk, in every state it can be in."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from contact_center.domain.alerting import AlertKind
from contact_center.domain.states import Activity, Presence
from contact_center.models import (
    AlertRule,
    Call,
    EndedBy,
    Offer,
    OfferOutcome,
    Supervision,
    SupervisionState,
)
from contact_center.panels import paint_all
from contact_center.selectors.desk import DESK_PANELS
from tests import builders
from tests.builders import signed_in
from tests.cast import Cast

pytestmark = pytest.mark.once


def desk_of(cast: Cast) -> str:
    """Alice's desk as her browser gets it."""
    answer = signed_in(cast.alice.user).get(reverse("agents:desk"))
    assert answer.status_code == 200
    return answer.content.decode()


def buttons(page: str) -> list[str]:
    """The names of the buttons in the middle, as they are read out."""
    middle = page.partition('id="middle"')[2].partition("<aside")[0]
    found = re.findall(r"<button[^>]*>(.*?)</button>", middle, re.S)
    shown = [
        re.sub(r'<(\w+)[^>]*aria-hidden="true".*?</\1>', "", inside, flags=re.S) for inside in found
    ]
    return [" ".join(re.sub(r"<[^>]+>", "", text).split()) for text in shown]


def ringing(cast: Cast) -> Offer:
    return builders.offer(builders.waiting_call(cast.support), cast.alice)


def test_off_duty_there_is_one_way_to_begin(cast: Cast) -> None:
    assert buttons(desk_of(cast)) == ["Go on duty"]


def test_an_available_agent_reads_which_queues_ring(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    page = desk_of(cast)
    assert "Ready for calls" in page
    assert "Sales, Support" in page
    assert "Accept" not in buttons(page)


def test_the_ringing_call_can_be_accepted_and_declined(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    ringing(cast)
    page = desk_of(cast)
    assert buttons(page) == ["Accept", "Decline"]
    assert "+1 415 555 0142" in page
    assert "Support is calling you" in page
    assert "1:06" in page, "how long the caller has waited"


def test_nobody_is_shown_talking_before_the_caller_is_there(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    builders.accepted(ringing(cast))
    page = desk_of(cast)
    assert "Connecting" in page
    assert buttons(page) == ["Cancel"]
    assert "Who hears whom" not in page


def test_the_call_card_has_its_controls_in_their_order(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    builders.talking(ringing(cast))
    page = desk_of(cast)
    assert buttons(page)[:6] == ["Mute", "Hold", "Keypad", "Transfer", "Help", "Hang up"]
    assert "6:31" in page
    assert "heard by the caller" in page


def test_on_hold_the_same_place_says_resume(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    builders.talking(ringing(cast), held_at=timezone.now())
    page = desk_of(cast)
    assert buttons(page)[:6] == ["Mute", "Resume", "Keypad", "Transfer", "Help", "Hang up"]
    assert "hears music, nobody else" in page
    assert "heard by the caller" not in page


def test_a_hold_knows_from_when_on_it_is_long(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    held_at = timezone.now()
    builders.talking(ringing(cast), held_at=held_at)
    limit = int((held_at.timestamp() + 180) * 1000)
    found = re.search(r'data-remind-at="(\d+)"[^>]* hidden', desk_of(cast))
    assert found is not None
    assert abs(int(found[1]) - limit) <= 1
    AlertRule.objects.create(
        tenant=cast.tenant, kind=AlertKind.LONG_HOLD, agent=cast.alice, threshold=60
    )
    assert f'data-remind-at="{int(found[1]) - 120_000}"' in desk_of(cast)
    AlertRule.objects.update(is_on=False)
    assert "data-remind-at" not in desk_of(cast), "where nobody is told of it, nor is the agent"


def test_who_is_not_on_hold_is_not_reminded_of(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    builders.talking(ringing(cast))
    assert "data-remind-at" not in desk_of(cast)


def test_hold_that_was_asked_for_is_not_shown_as_held(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    builders.talking(ringing(cast), hold_asked="hold", hold_asked_at=timezone.now())
    page = desk_of(cast)
    assert buttons(page)[1] == "Holding"
    assert re.search(r'id="call-hold"[^>]*data-outcome="asked" aria-busy="true"', page)
    assert "hears music" not in page


def test_hold_that_failed_says_what_is_still_true(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    problem = {"asked": "hold", "reason": "The phone network has not confirmed it."}
    builders.talking(ringing(cast), control_problem=problem)
    page = desk_of(cast)
    assert "The caller still hears you. Press Hold to try again." in page
    assert re.search(r'id="call-hold"[^>]*data-outcome="failed"', page)
    assert buttons(page)[1] == "Hold"


def test_muted_says_who_hears_whom(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    builders.talking(ringing(cast), muted_at=timezone.now())
    page = desk_of(cast)
    assert re.search(r'id="call-mute"[^>]*aria-pressed="true"', page)
    assert buttons(page)[0] == "Mute", "a switch keeps its name"
    assert "heard by nobody" in page


def joined(cast: Cast, offer: Offer, mode: str, **values: Any) -> Supervision:
    """Carol is with Alice's conversation."""
    now = timezone.now()
    return Supervision.objects.create(
        tenant=offer.tenant,
        call=offer.call,
        offer=offer,
        supervisor=cast.carol,
        state=SupervisionState.LIVE,
        started_at=now,
        joined_at=now,
        mode=mode,
        **values,
    )


@pytest.mark.parametrize(
    ("mode", "carol", "caller", "you"),
    [
        ("listen", "listening: heard by nobody", "you and Carol", "the caller and Carol"),
        (
            "coach",
            "coaching: heard by you only, never by +1 415 555 0142",
            "you and Carol",
            "the caller and Carol",
        ),
        (
            "barge",
            "in the call: heard by you and by +1 415 555 0142",
            "you and Carol",
            "the caller and Carol",
        ),
    ],
)
def test_the_card_says_who_of_the_supervisors_hears_and_is_heard(
    cast: Cast, mode: str, carol: str, caller: str, you: str
) -> None:
    builders.on_duty(cast.alice)
    joined(cast, builders.talking(ringing(cast)), mode)
    page = desk_of(cast)
    assert carol in page
    assert f"heard by {caller}" in page
    assert f"heard by {you}" in page


def test_a_supervisor_is_not_heard_by_a_caller_on_hold(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    joined(cast, builders.talking(ringing(cast), held_at=timezone.now()), "barge")
    page = desk_of(cast)
    assert "in the call: heard by you; +1 415 555 0142 hears music" in page
    assert "heard by the caller" not in page


def test_who_listens_unseen_is_not_on_the_card(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    joined(cast, builders.talking(ringing(cast)), "listen", is_private=True)
    assert "Carol" not in desk_of(cast)


def test_wrap_up_counts_down_and_offers_outcomes(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    builders.wrapping_up(ringing(cast), notes="Sleeve torn.")
    page = desk_of(cast)
    assert buttons(page)[:2] == ["Finish", "More time"]
    assert "Solved" in page
    assert "Sleeve torn." in page
    assert "talked 9:12" in page


def test_more_time_that_is_used_up_stays_reachable_and_says_why(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    builders.wrapping_up(ringing(cast), wrap_up_extended=cast.support.wrap_up_extensions)
    page = desk_of(cast)
    assert "More time" in buttons(page)
    assert re.search(
        r'id="more-time"[^>]*aria-disabled="true" aria-describedby="more-time-why"', page
    )
    assert "as often as the queue allows" in page


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        ("no_answer", "nobody answered it"),
        ("connect_failed", "your line did not come up"),
        ("lost", "Your line broke"),
        ("", "kept your last call from reaching you"),
    ],
)
def test_not_responding_says_why_and_has_a_plain_way_back(
    cast: Cast, problem: str, words: str
) -> None:
    builders.on_duty(cast.alice)
    builders.doing(cast.alice, Activity.NOT_RESPONDING, problem)
    page = desk_of(cast)
    assert words in page
    assert buttons(page)[0] == "I am back"


def test_on_a_break_the_break_is_named_and_ended_with_one_button(cast: Cast) -> None:
    builders.present(cast.alice, Presence.BREAK, "lunch")
    page = desk_of(cast)
    assert buttons(page) == ["Back from break"]
    assert "Lunch" in page


def test_during_a_call_the_menu_chooses_what_comes_after_it(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    builders.talking(ringing(cast))
    page = desk_of(cast)
    assert "After this call" in page
    assert reverse("agents:presence") not in page.partition('id="middle"')[0]


ENDINGS: list[tuple[Callable[[Offer], Offer], str]] = [
    (lambda o: builders.handled(o), "the caller hung up"),
    (lambda o: builders.over(o, OfferOutcome.DECLINED), "you declined"),
    (lambda o: builders.over(o, OfferOutcome.TIMED_OUT), "not answered in time"),
    (lambda o: builders.over(o, OfferOutcome.LOST), "your line broke"),
    (lambda o: builders.over(o, OfferOutcome.FAILED), "your line did not come up"),
]


@pytest.mark.parametrize(("ended", "words"), ENDINGS)
def test_my_last_calls_say_how_each_ended(
    cast: Cast, ended: Callable[[Offer], Offer], words: str
) -> None:
    ended(ringing(cast))
    assert words in desk_of(cast)


@pytest.mark.parametrize(
    ("ended_by", "reason", "words"),
    [
        (EndedBy.AGENT, "agent_hung_up", "you hung up"),
        (EndedBy.NETWORK, "", "ended by the phone network"),
        (EndedBy.NETWORK, "failed", "ended by the phone network: failed"),
        (EndedBy.SYSTEM, "longest_duration", "the longest time for a call was over"),
        (EndedBy.SYSTEM, "completed", "ended by the system"),
    ],
)
def test_my_last_calls_say_who_ended_them_and_why(
    cast: Cast, ended_by: EndedBy, reason: str, words: str
) -> None:
    offer = builders.handled(ringing(cast))
    builders.end(offer.call, ended_by, reason)
    assert words in desk_of(cast)


def test_who_gave_up_before_the_answer_is_told_apart(cast: Cast) -> None:
    offer = ringing(cast)
    builders.end(offer.call, EndedBy.CUSTOMER, "abandoned")
    builders.over(offer, OfferOutcome.WITHDRAWN)
    assert "the caller gave up" in desk_of(cast)


def test_what_a_caller_or_an_agent_writes_is_shown_and_never_run(cast: Cast) -> None:
    script = "<script>alert(1)</script>"
    builders.wrapping_up(
        builders.offer(builders.waiting_call(cast.support, script[:60]), cast.alice), notes=script
    )
    page = desk_of(cast)
    assert script not in page
    assert "&lt;script&gt;" in page


def test_polling_gets_the_same_paint_as_a_push(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    ringing(cast)
    polled = signed_in(cast.alice.user).get(reverse("agents:panels")).content.decode()
    pushed = paint_all(DESK_PANELS, cast.alice)
    moving = re.compile(r'data-version="\d+"|as of [\d:]+|data-as-of="[\d:]+"|PT\d+S">[\d:]+')
    assert moving.sub("", pushed) in moving.sub("", polled)
    for panel_id in DESK_PANELS:
        assert f'hx-target="#{panel_id}"' in polled


def test_the_calls_page_finds_by_what_the_address_says_and_leads_to_the_pad(cast: Cast) -> None:
    builders.handled(ringing(cast))
    client = signed_in(cast.alice.user)
    page = client.get(reverse("agents:calls"), {"who": "(415) 555-0142"}).content.decode()
    assert ">+1 415 555 0142</a>" in page
    assert "?dial=%2B14155550142" in page
    assert 'value="(415) 555-0142"' in page
    for asked in ({"who": "Nobody"}, {"kind": "outgoing"}, {"came_to": "declined"}):
        page = client.get(reverse("agents:calls"), asked).content.decode()
        assert "No call of yours is like that." in page
        assert "Show all" in page
        assert ">+1 415 555 0142</a>" not in page
    assert not Call.objects.filter(kind="outgoing").exists()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"who": "9" * 101}, "No name is that long"),
        ({"who": "\x00"}, "Write letters or digits"),
        ({"kind": "x"}, "Choose from the list"),
        ({"came_to": "x"}, "Choose from the list"),
        ({"since": "yesterday"}, "Write a day as"),
        ({"until": "9999-12-31"}, "Write a day as"),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "This day is before the first"),
    ],
)
def test_a_nonsense_search_gets_a_sentence_and_the_whole_list(
    cast: Cast, asked: dict[str, str], words: str
) -> None:
    builders.handled(ringing(cast))
    answer = signed_in(cast.alice.user).get(reverse("agents:calls"), asked)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "+1 415 555 0142" in answer.content.decode()


def test_the_next_page_of_calls_keeps_what_was_asked(cast: Cast) -> None:
    for _ in range(51):
        builders.handled(ringing(cast))
    page = signed_in(cast.alice.user).get(reverse("agents:calls"), {"who": "0142"})
    assert 'href="?who=0142&amp;page=2"' in page.content.decode()
