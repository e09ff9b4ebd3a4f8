"""Wallboards: who makes them, what they show, and what a link opens to whoever has it."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contact_center.domain.alerting import AlertKind
from contact_center.domain.states import Activity
from contact_center.models import (
    EndedBy,
    EventLog,
    OfferOutcome,
    Queue,
    Tenant,
    Tile,
    User,
    Wallboard,
    WallboardLink,
)
from contact_center.selectors.wallboards import QUEUES_PER_PAGE, wall_board
from contact_center.services import alerting, displaying
from contact_center.services.alerting import Said
from contact_center.services.displaying import Board
from supervisors.templatetags import wallboards as words
from tests.builders import (
    CALLER,
    doing,
    end,
    offer,
    on_duty,
    over,
    signed_in,
    talking,
    waiting_call,
)
from tests.cast import Cast, make_agent
from tests.supervisors.reading import said

pytestmark = [pytest.mark.django_db, pytest.mark.once]

LIST = reverse("supervisors:wallboards")
NEW = reverse("supervisors:wallboard-new")
GUESSED = "A" * 43


@pytest.fixture(autouse=True)
def nothing_kept(settings: Any) -> None:
    """Today's figures are read anew each time."""
    settings.DJANGO_TWILIO_CALL_ANALYTICS = {"REAL_TIME_CACHE": 0}


def make(actor: User, name: str = "Hall", **values: Any) -> Wallboard:
    """A board with every tile there is."""
    asked = {"name": name, "tiles": list(Tile), "queues": None, "page_seconds": 15} | values
    return displaying.make_wallboard(board=Board(**asked), actor=actor)


def link(board: Wallboard, actor: User, name: str = "TV") -> tuple[WallboardLink, str]:
    return displaying.make_link(wallboard_id=board.pk, name=name, actor=actor)


def address(token: str) -> str:
    return reverse("wall", args=[token])


def written(**values: Any) -> dict[str, Any]:
    """What the form sends."""
    tiles = {"tile_1": "longest_wait", "tile_2": "waiting"}
    return {"name": "Hall", "which": "all", "page_seconds": "15", "ground": ""} | tiles | values


def pages_of(board: Wallboard) -> list[str]:
    """The doors of a board."""
    names = ("wallboard", "wallboard-show", "wallboard-panels")
    return [reverse(f"supervisors:{name}", args=[board.pk]) for name in names]


def deeds_to(board: Wallboard, link_id: int) -> list[str]:
    return [
        reverse("supervisors:wallboard", args=[board.pk]),
        reverse("supervisors:wallboard-link", args=[board.pk]),
        reverse("supervisors:wallboard-link-revoke", args=[board.pk, link_id]),
        reverse("supervisors:wallboard-remove", args=[board.pk]),
    ]


# --- who may -----------------------------------------------------------------------------------


def test_supervisors_and_admins_have_boards_and_nobody_else_learns_of_them(cast: Cast) -> None:
    board = make(cast.carol)
    made, _token = link(board, cast.carol)
    for person in (cast.carol, cast.dana):
        for page in (LIST, NEW, *pages_of(board)):
            assert signed_in(person).get(page).status_code == 200, page
    for person in (cast.alice.user, cast.dave, cast.erin.user):
        browser = signed_in(person)
        for page in (LIST, NEW, *pages_of(board)):
            answer = browser.get(page)
            assert answer.status_code == 404, page
            assert "Hall" not in said(answer)
        for deed in (NEW, *deeds_to(board, made.pk)):
            assert browser.post(deed, written(name="Theirs")).status_code == 404, deed
    made.refresh_from_db()
    assert made.revoked_at is None
    assert [each.name for each in Wallboard.objects.all()] == ["Hall"]


def test_who_is_signed_out_is_sent_to_sign_in(cast: Cast) -> None:
    board = make(cast.carol)
    for page in (LIST, NEW, *pages_of(board)):
        assert Client().get(page).headers["Location"].startswith(reverse("sign-in"))


def test_nothing_of_another_organisation_is_seen_or_touched(cast: Cast) -> None:
    mallory = User.objects.create(tenant=cast.other_tenant, username="mallory", role="supervisor")
    theirs = make(mallory, "Their hall")
    made, _token = link(theirs, mallory)
    carol = signed_in(cast.carol)
    assert "Their hall" not in said(carol.get(LIST))
    for page in pages_of(theirs):
        assert carol.get(page).status_code == 404
    for deed in deeds_to(theirs, made.pk):
        assert carol.post(deed, written()).status_code == 404
    # Nor is a link of theirs touched by way of a board of ours.
    ours = make(cast.carol)
    carol.post(reverse("supervisors:wallboard-link-revoke", args=[ours.pk, made.pk]))
    # Nor a queue of theirs chosen.
    refused = carol.post(NEW, written(name="B", which="these", queues=[cast.other_queue.pk]))
    assert refused.status_code == 422
    made.refresh_from_db()
    assert made.revoked_at is None
    assert set(Wallboard.objects.values_list("name", flat=True)) == {"Their hall", "Hall"}


# --- making and changing -----------------------------------------------------------------------


def test_a_supervisor_makes_changes_and_removes_a_board_and_each_is_on_record(cast: Cast) -> None:
    carol = signed_in(cast.carol)
    assert "No board yet" in said(carol.get(LIST))
    made = carol.post(NEW, written(), follow=True)
    assert "Made. Open it, or make a link" in said(made)
    board = Wallboard.objects.get()
    assert board.shown_tiles == [Tile.LONGEST_WAIT, Tile.WAITING]
    assert board.all_queues
    page = reverse("supervisors:wallboard", args=[board.pk])
    carol.post(
        page, written(name="Lobby", which="these", queues=[cast.sales.pk], page_seconds="30")
    )
    board.refresh_from_db()
    assert (board.name, board.all_queues, board.page_seconds) == ("Lobby", False, 30)
    assert list(board.queues.all()) == [cast.sales]
    carol.post(reverse("supervisors:wallboard-remove", args=[board.pk]))
    assert not Wallboard.objects.exists()
    rows = EventLog.objects.filter(name__startswith="wallboard.").order_by("pk")
    assert [row.name for row in rows] == [
        "wallboard.made",
        "wallboard.changed",
        "wallboard.removed",
    ]
    assert {(row.actor_id, row.tenant_id) for row in rows} == {(cast.carol.pk, cast.tenant.pk)}


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "Give the board a name."),
        ({"name": "x" * 61}, "at most 60 letters; this one has 61"),
        ({"name": "Taken"}, "Another wallboard has this name already."),
        ({"page_seconds": "4"}, "in less than 5 seconds"),
        ({"page_seconds": "soon"}, "Write whole seconds"),
        ({"page_seconds": "601"}, "at most 600 seconds"),
        ({"tile_2": "longest_wait"}, "“Longest wait” is chosen already."),
        ({"tile_3": "moon"}, "Choose one from the list."),
        ({"ground": "pink"}, "Choose one from the list."),
        ({"which": ""}, "Choose one from the list."),
        ({"which": "these"}, "Choose a queue, or all queues."),
        ({"which": "these", "queues": ["x"]}, "Choose queues from the list."),
        ({"which": "these", "queues": ["99999"]}, "is not there any more"),
    ],
)
def test_what_cannot_be_understood_is_answered_with_a_sentence(
    wrong: dict[str, Any], sentence: str, cast: Cast
) -> None:
    make(cast.carol, "Taken")
    answer = signed_in(cast.carol).post(NEW, written(**wrong))
    assert answer.status_code == 422
    assert sentence in said(answer)
    assert Wallboard.objects.count() == 1


# --- links -------------------------------------------------------------------------------------


def test_a_link_is_shown_once_and_only_its_digest_is_kept(cast: Cast) -> None:
    board = make(cast.carol)
    carol = signed_in(cast.carol)
    page = reverse("supervisors:wallboard", args=[board.pk])
    answer = carol.post(reverse("supervisors:wallboard-link", args=[board.pk]), {"name": "TV 1"})
    found = re.search(r"http://testserver/wall/([\w-]+)/", answer.content.decode())
    assert found is not None
    token = found[1]
    assert len(token) == 43  # 256 bits
    assert Client().get(address(token)).status_code == 200
    assert token not in carol.get(page).content.decode()
    (row,) = WallboardLink.objects.all()
    assert token not in {str(value) for value in vars(row).values()}
    event = EventLog.objects.get(name="wallboard_link.made")
    assert token not in str(event.details)
    assert (event.actor_id, event.details["link_id"]) == (cast.carol.pk, row.pk)
    # Two links are two secrets.
    assert link(board, cast.carol)[1] != token
    assert "Say which screen it is for" in said(
        carol.post(reverse("supervisors:wallboard-link", args=[board.pk]), {"name": " "})
    )


def test_a_screen_opens_the_board_with_nobody_signed_in_and_leaves_nothing_behind(
    cast: Cast,
) -> None:
    board = make(cast.carol)
    _row, token = link(board, cast.carol)
    screen = Client()
    for path in (address(token), reverse("wall-panels", args=[token])):
        answer = screen.get(path)
        assert answer.status_code == 200
        assert not answer.cookies
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "no-store" in answer.headers["Cache-Control"]
        assert "Cookie" not in answer.headers.get("Vary", "")
        assert screen.post(path).status_code == 405
    # It is a key to nothing else.
    assert screen.get(LIST).status_code == 302


def test_a_withdrawn_or_guessed_link_opens_nothing(cast: Cast) -> None:
    board = make(cast.carol)
    row, token = link(board, cast.carol)
    _other, still_good = link(board, cast.carol, "other")
    carol = signed_in(cast.carol)
    revoke = reverse("supervisors:wallboard-link-revoke", args=[board.pk, row.pk])
    assert "Withdrawn. The screens" in said(carol.post(revoke, follow=True))
    for path in (token, GUESSED, token[:-1], row.digest, "x"):
        for name in ("wall", "wall-panels"):
            answer = Client().get(reverse(name, args=[path]))
            assert answer.status_code == 404
            assert "Hall" not in answer.content.decode()
    assert Client().get(address(still_good)).status_code == 200
    # Not even for somebody who could see the board otherwise.
    assert carol.get(address(token)).status_code == 404
    assert "withdrawn already" in said(carol.post(revoke, follow=True))
    (event,) = EventLog.objects.filter(name="wallboard_link.revoked")
    assert event.actor_id == cast.carol.pk
    board.delete()
    assert Client().get(address(still_good)).status_code == 404
    assert "opens nothing any more" in said(Client().get(reverse("wall-ended")))


def test_a_link_says_who_made_it_and_when_it_was_last_shown(cast: Cast) -> None:
    board = make(cast.carol)
    with time_machine.travel("2026-03-02T12:00:00+00:00", tick=False) as noon:
        _row, token = link(board, cast.carol, "TV by the window")
        page = reverse("supervisors:wallboard", args=[board.pk])
        carol = signed_in(cast.carol)
        shown = said(carol.get(page))
        assert "TV by the window Made by Carol on 2026-03-02 12:00. Never opened." in shown
        noon.shift(timedelta(minutes=30))
        Client().get(address(token))
        assert "Last shown 2026-03-02 12:30." in said(carol.get(page))
        assert not EventLog.objects.filter(name__contains="seen").exists()


def test_a_board_has_as_many_links_as_a_house_has_walls(cast: Cast) -> None:
    board = make(cast.carol)
    for number in range(displaying.MOST_LINKS):
        link(board, cast.carol, f"TV {number}")
    refused = signed_in(cast.carol).post(
        reverse("supervisors:wallboard-link", args=[board.pk]), {"name": "one more"}
    )
    assert "Withdraw one first." in said(refused)
    assert WallboardLink.objects.count() == displaying.MOST_LINKS


# --- what it shows -----------------------------------------------------------------------------


def read(token: str) -> str:
    return said(Client().get(reverse("wall-panels", args=[token])))


def test_a_board_counts_its_queues_and_shows_nobodys_number_or_name(cast: Cast) -> None:
    board = make(cast.carol, queues=[cast.sales])
    _row, token = link(board, cast.carol)
    on_duty(cast.alice)
    on_duty(cast.bob)
    waiting_call(cast.sales, waited_seconds=30)
    waiting_call(cast.support, waited_seconds=500)
    talking(offer(waiting_call(cast.sales), cast.alice))
    theirs = waiting_call(cast.other_queue)
    html = Client().get(address(token)).content.decode()
    for secret in (CALLER, CALLER[-4:], "Alice", "Bob", "Support", theirs.from_number, "Erin"):
        assert secret not in html
    shown = read(token)
    assert "In conversation 1 none on hold" in shown
    assert "On call 1" in shown
    assert "Available 1" in shown


def test_a_board_of_no_queue_says_so_and_counts_nothing(cast: Cast) -> None:
    board = make(cast.carol, queues=[cast.sales])
    board.queues.clear()
    waiting_call(cast.support)
    shown = wall_board(board)
    assert [tile.number for tile in shown["pages"][0].tiles if tile.tile == Tile.WAITING] == [0]
    _row, token = link(board, cast.carol)
    assert "No queue is chosen for this board." in read(token)
    assert "Support" not in read(token)


def test_the_tile_names_the_queue_that_is_over_its_limit_though_another_waits_longer(
    cast: Cast,
) -> None:
    alerting.set_rule(
        kind=AlertKind.LONGEST_WAIT, said=Said(threshold=30), queue=cast.sales, actor=cast.dana
    )
    waiting_call(cast.sales, waited_seconds=33)
    waiting_call(cast.support, waited_seconds=50)
    _row, token = link(make(cast.carol), cast.carol)
    html = Client().get(address(token)).content.decode()
    tile = re.search(r'<section class="wall-tile" data-level="breach">(.*?)</section>', html, re.S)
    assert tile is not None
    words = " ".join(re.sub(r"<[^>]+>", " ", tile[1]).split())
    assert re.fullmatch(r"Longest wait 0:5\d Sales, over 0:30", words)
    assert "#breach" in tile[1], "an icon stands beside the colour"


TODAY = (Tile.SERVICE_LEVEL, Tile.ABANDONED, Tile.ANSWERED, Tile.AVERAGE_WAIT)


def today(board: Wallboard, tile: Tile) -> tuple[str, str, str]:
    """The figure of a tile, the words under it, its level."""
    pages = wall_board(board)["pages"]
    (found,) = {id(t): t for page in pages for t in page.tiles if t.tile == tile}.values()
    figure = re.sub(r"<[^>]+>", "", words.tile_figure(found))
    return figure, words.tile_note(found), found.level


def answered(queue: Queue, agent: Any, waited: int) -> None:
    """Somebody waited so long and was answered a moment ago."""
    call = waiting_call(queue, waited_seconds=waited)
    taken = talking(offer(call, agent), talked_seconds=0)
    call.segments.update(ended_at=timezone.now(), end_reason="answered")
    over(taken, OfferOutcome.HANDLED)
    end(call, EndedBy.CUSTOMER, "customer_hung_up")


def abandoned(queue: Queue, waited: int) -> None:
    """Somebody waited so long and gave up."""
    call = waiting_call(queue, waited_seconds=waited)
    call.segments.update(ended_at=timezone.now(), end_reason="abandoned")
    end(call, EndedBy.CUSTOMER, "abandoned")


def test_todays_figures_are_those_of_the_boards_queues_and_judged(cast: Cast) -> None:
    with time_machine.travel("2026-03-02T12:00:00+00:00", tick=False):
        board = make(cast.carol, queues=[cast.sales])
        assert [today(board, tile) for tile in TODAY] == [
            ("—", "goal 80 %", ""),
            ("—", "nobody yet today", ""),
            ("0", "nobody yet today", ""),
            ("—", "until answered, today", ""),
        ]
        on_duty(cast.alice)
        for waited in (10, 12, 50):
            answered(cast.sales, cast.alice, waited)
        abandoned(cast.sales, 40)
        abandoned(cast.support, 40)
        assert [today(board, tile) for tile in TODAY] == [
            ("50 %", "goal 80 %", "breach"),
            ("25 %", "1 of 4, over 15 %", "breach"),
            ("3", "of 4 today", ""),
            ("0:24", "until answered, today", ""),
        ]
        (row,) = wall_board(board)["pages"][0].rows
        assert (row.service_level, row.service_level_level) == (50.0, "breach")
        Queue.objects.update(service_level_seconds=60, service_level_goal=76)
        assert today(board, Tile.SERVICE_LEVEL) == ("75 %", "goal 76 %", "warn")


def test_nobody_free_is_said_while_somebody_waits_and_not_otherwise(cast: Cast) -> None:
    board = make(cast.carol)

    def tile() -> Any:
        (found,) = [t for t in wall_board(board)["pages"][0].tiles if t.tile == Tile.FREE_AGENTS]
        return found

    assert (tile().number, tile().level) == (0, "")
    waiting_call(cast.sales, waited_seconds=1)
    assert (tile().level, tile().queue) == ("warn", "Sales")
    on_duty(cast.alice)
    assert (tile().number, tile().of, tile().level) == (1, 1, "")


def test_an_agent_on_a_call_is_nowhere_available(cast: Cast) -> None:
    board = make(cast.carol)
    two = make_agent(cast.tenant, "two", cast.sales, slots=2)
    on_duty(two)
    doing(two, Activity.ON_CALL, number=1)
    states = {state.value: number for state, number in wall_board(board)["states"]}
    assert (states["available"], states["on-call"]) == (0, 1)


def test_more_queues_and_tiles_than_a_page_holds_take_turns(cast: Cast) -> None:
    for number in range(2 * QUEUES_PER_PAGE):
        Queue.objects.create(tenant=cast.tenant, name=f"Line {number:02}")
    pages = wall_board(make(cast.carol))["pages"]
    assert [len(page.rows) for page in pages] == [7, 7, 2]
    assert [page.number for page in pages] == [1, 2, 3]
    names = [row.queue.queue.name for page in pages for row in page.rows]
    assert len(set(names)) == 16
    _row, token = link(Wallboard.objects.get(), cast.carol)
    html = Client().get(address(token)).content.decode()
    hidden = re.findall(r'id="wall-page-(\d)" data-keep="hidden"( hidden)?', html)
    assert hidden == [("1", ""), ("2", " hidden"), ("3", " hidden")]


def test_a_board_costs_the_same_however_many_queues_and_agents_there_are(
    cast: Cast, django_assert_num_queries: Callable[..., Any]
) -> None:
    board = make(cast.carol)
    with CaptureQueriesContext(connection) as few:
        wall_board(board)
    fill(cast.tenant, cast.sales)
    with django_assert_num_queries(len(few)):
        wall_board(board)


def fill(tenant: Tenant, queue: Queue) -> None:
    for number in range(10):
        Queue.objects.create(tenant=tenant, name=f"Line {number}")
        on_duty(make_agent(tenant, f"agent{number}", queue))
        waiting_call(queue)
