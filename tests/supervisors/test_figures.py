"""The page behind a figure: its meaning, the sum that gave it, its calls, and their file."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contact_center.domain.service_level import Counts, Variant, Waits
from contact_center.domain.states import Presence
from contact_center.domain.waits import Measured, Predictor
from contact_center.models import Call, EndedBy, QueueEstimate
from contact_center.selectors import estimates, figure_rows, figure_words
from contact_center.selectors.figures import Figures, Rules, Work
from contact_center.services import estimating
from supervisors.templatetags.figures import percent
from supervisors.views.figures import harmless
from tests import builders
from tests.cast import Cast
from tests.contact_center.domain.queues_of_the_past import queue_of_the_past
from tests.contact_center.past import write_past
from tests.supervisors.test_floor import text

ADDED_UP = [name for name, one in figure_words.DEFINITIONS.items() if not one.is_live]


@pytest.fixture
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-03-02T12:00:00+00:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def carol(cast: Cast, noon: time_machine.Traveller) -> Client:
    return builders.signed_in(cast.carol)


def page(client: Client, figure: str, **address: object) -> str:
    """What a person reads."""
    answer = client.get(reverse("supervisors:figure", args=[figure]), address)
    assert answer.status_code == 200
    return text(answer.content.decode())


def file(client: Client, figure: str, **address: object) -> list[list[str]]:
    answer = client.get(reverse("supervisors:figure-csv", args=[figure]), address)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="{figure}.csv"'
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))


@pytest.fixture
def day(cast: Cast, noon: time_machine.Traveller) -> Cast:
    """Four calls of Support: answered after 10 and after 30 s, abandoned after 4 and after 50."""
    for waited, caller in ((10, "+14155550110"), (30, "+14155550130")):
        call = builders.waiting_call(cast.support, caller, waited_seconds=waited)
        offered = builders.offer(call, cast.alice)
        builders.talking(offered, talked_seconds=0)
        noon.shift(timedelta(seconds=60))
        builders.end(call, EndedBy.CUSTOMER, "customer_hung_up")
        offered.conversation_ended_at = timezone.now()
        builders.over(offered, builders.OfferOutcome.HANDLED)
    for waited, caller in ((4, "+14155550104"), (50, "+14155550150")):
        call = builders.waiting_call(cast.support, caller, waited_seconds=waited)
        builders.end(call, EndedBy.CUSTOMER, "abandoned")
    return cast


# What it says


@pytest.mark.django_db
def test_a_service_level_shows_its_formula_the_numbers_in_it_and_every_other_way_to_count(
    day: Cast, carol: Client
) -> None:
    told = page(carol, "service-level", queue=day.support.pk)
    assert "33 % Goal 80 %. In time: within 20 s. Flowed out beside it: 0." in told
    assert "answered in time / (answered + abandoned - short abandons)" in told
    assert "= 1 / (2 + 2 - 1) = 33 %" in told
    assert "answered in time / answered 50 % 1 / 2 Asterisk" in told
    assert told.count("the headline") == 1
    assert "+1 415 555 0110" in told
    assert "Answered late" in told


@pytest.mark.django_db
def test_a_speed_of_answer_has_its_median_and_p90_beside_it(day: Cast, carol: Client) -> None:
    told = page(carol, "asa", queue=day.support.pk)
    assert "0:20 Median 0:10, nine of ten within 0:30." in told
    assert "= 40.0 / 2 = 0:20" in told
    assert "+1 415 555 0150" not in told, "who gave up was not answered"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("figure", "callers"),
    [
        ("offered", {"0110", "0130", "0104", "0150"}),
        ("answered", {"0110", "0130"}),
        ("abandoned", {"0104", "0150"}),
        ("short-abandons", {"0104"}),
        ("flowed-out", set()),
        ("requeued", set()),
        ("aht", {"0110", "0130"}),
        ("abandoned-wait", {"0104", "0150"}),
    ],
)
def test_the_calls_behind_a_figure_are_those_it_counts_and_so_is_their_file(
    day: Cast, carol: Client, figure: str, callers: set[str]
) -> None:
    for queue in ({"queue": day.support.pk}, {}):
        told = page(carol, figure, **queue)
        assert set(re.findall(r"\+1 415 555 (\d{4})", told)) == callers
        rows = file(carol, figure, **queue)[1:]
        assert {row[1].removeprefix("'+1415555") for row in rows} == callers
    assert file(carol, figure, queue=day.sales.pk)[1:] == []


@pytest.mark.django_db
def test_a_call_leads_to_its_page_and_the_file_to_the_same_calls(day: Cast, carol: Client) -> None:
    call = Call.objects.get(from_number="+14155550104")
    address = reverse("supervisors:figure", args=["short-abandons"])
    html = carol.get(address, {"queue": day.support.pk, "since": "hour"}).content.decode()
    assert reverse("supervisors:call", args=[call.pk]) in html
    assert f'calls.csv?queue={day.support.pk}&amp;since=hour"' in html


@pytest.mark.django_db
def test_a_period_can_be_named_and_nonsense_is_today(
    day: Cast, carol: Client, noon: time_machine.Traveller
) -> None:
    noon.shift(timedelta(minutes=45))
    assert len(file(carol, "offered", since="half-hour")) == 1
    assert len(file(carol, "offered", since="hour")) == 5
    assert len(file(carol, "offered", since=timezone.now().isoformat())) == 1
    for nonsense in ("yesterday", "2026-99-99T00:00", "", "'"):
        assert len(file(carol, "offered", since=nonsense)) == 5


@pytest.mark.django_db
def test_who_waits_and_which_agents_are_free_stands_behind_the_live_figures(
    day: Cast, carol: Client
) -> None:
    builders.waiting_call(day.support, "+14155550166", waited_seconds=66)
    builders.on_duty(day.bob)
    assert re.search(r"\+1 415 555 0166 Support — Waiting 1:06", page(carol, "waiting"))
    assert "1:06" in page(carol, "longest-wait", queue=day.support.pk)
    assert "Bob Available" in page(carol, "agents-available", queue=day.sales.pk)
    assert "Bob" not in page(carol, "agents-break")


@pytest.mark.django_db
def test_a_queue_has_a_page_with_its_day_its_line_and_its_agents(day: Cast, carol: Client) -> None:
    builders.waiting_call(day.support, "+14155550166", waited_seconds=66)
    told = text(carol.get(reverse("supervisors:queue", args=[day.support.pk])).content.decode())
    for words in (
        "Service level 33 %",
        "Offered 4",
        "Handle time 1:00",
        "+1 415 555 0166 1 near the limit 1:06",
    ):
        assert words in told
    assert re.search(r"Agents 2 .*Alice", told)
    panels = carol.get(reverse("supervisors:queue-panels", args=[day.support.pk]))
    assert "0166" in text(panels.content.decode())
    assert panels.headers["X-As-Of"]


@pytest.mark.django_db
def test_the_page_of_a_queue_says_what_callers_are_told_and_how_wrong_that_has_been(
    cast: Cast, carol: Client
) -> None:
    past = queue_of_the_past(3, agents=4, load=1.4, calls=250, patience_seconds=600)
    write_past(cast.support, past, timezone.now())
    builders.on_duty(cast.alice)
    call = builders.waiting_call(cast.support, "+14155550166", waited_seconds=66)
    call.segments.update(told_place=2, told_wait=300)
    address = reverse("supervisors:queue", args=[cast.support.pk])
    told = text(carol.get(address).content.decode())
    assert "Callers are told nothing of the wait. Too few callers" in told
    assert "0 of 30." in told
    assert "+1 415 555 0166 1 near the limit 1:06 number 2, up to 5 min" in told
    estimating.look(timezone.now())
    estimating.measure_queue(QueueEstimate.objects.get(), timezone.now())
    told = text(carol.get(address).content.decode())
    assert re.search(r"The wait measured 12:00 .*min what a caller who enters now", told)
    assert re.search(r"Length of the line believed 1:0\d \d+ % 0\.\d\d 1\d\d", told)
    assert "First in line believed" not in told
    assert "told nothing" not in told
    builders.present(cast.alice, Presence.BREAK, "lunch")
    told = text(carol.get(address).content.decode())
    assert "Callers are told nothing of the wait. Nobody who serves the queue is on duty." in told


@pytest.mark.django_db
def test_a_line_too_long_to_speak_of_and_one_nobody_looked_at_are_told_apart(
    cast: Cast, carol: Client
) -> None:
    measured = Measured(200, 40.0, 0.3, 1.0, 0.8, 1.25, 0.1)
    row = QueueEstimate.objects.create(
        queue=cast.support,
        looked_at=timezone.now(),
        gap=4000.0,
        last_wait=30.0,
        predictor="queue_length",
        measured=estimates.as_written({Predictor.QUEUE_LENGTH: measured}),
    )
    builders.on_duty(cast.alice)
    for _number in range(4):
        builders.waiting_call(cast.support)
    address = reverse("supervisors:queue", args=[cast.support.pk])
    assert "more than four hours" in text(carol.get(address).content.decode())
    QueueEstimate.objects.filter(pk=row.pk).update(gap=60.0)
    assert re.search(r"\d to \d+ min what a caller", text(carol.get(address).content.decode()))
    QueueEstimate.objects.update(looked_at=timezone.now() - timedelta(seconds=61))
    assert "Nobody has looked at this line" in text(carol.get(address).content.decode())


@pytest.mark.django_db
def test_an_empty_queue_has_no_shares_and_says_that_nothing_was_counted(
    cast: Cast, carol: Client
) -> None:
    for figure in ADDED_UP:
        told = page(carol, figure, queue=cast.sales.pk)
        assert "Nothing was counted" in told
        assert "100 %" not in told


# The file


@pytest.mark.django_db
def test_a_file_of_more_calls_than_a_piece_has_each_once(
    cast: Cast, carol: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figure_rows, "PIECE", 3)
    for _number in range(8):
        call = builders.waiting_call(cast.sales, waited_seconds=30)
        builders.end(call, EndedBy.CUSTOMER, "abandoned")
    numbers = [row[0] for row in file(carol, "abandoned")[1:]]
    assert len(numbers) == len(set(numbers)) == 8


@pytest.mark.django_db
def test_nothing_a_caller_sends_is_a_formula_in_the_file(cast: Cast, carol: Client) -> None:
    for caller in ("=1+1", "@SUM(A1)", "-2", '=HYPERLINK("x")'):
        builders.end(builders.waiting_call(cast.sales, caller), EndedBy.CUSTOMER, "abandoned")
    rows = file(carol, "abandoned")[1:]
    assert len(rows) == 4
    assert all(row[1].startswith("'") for row in rows)


def test_plain_text_is_left_as_it_is() -> None:
    assert [harmless(word) for word in ("Sales", "", "4", "a=b")] == ["Sales", "", "4", "a=b"]


# Who may


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["figure", "figure-csv"])
def test_only_supervisors_of_the_organisation_learn_anything(
    day: Cast, carol: Client, name: str
) -> None:
    address = reverse(f"supervisors:{name}", args=["offered"])
    for person in (day.alice.user, day.dave, day.erin.user):
        assert builders.signed_in(person).get(address).status_code == 404
    assert Client().get(address).status_code == 302
    for queue in (day.other_queue.pk, 999_999, "x", "²"):
        assert carol.get(address, {"queue": queue}).status_code == 404
    assert carol.get(reverse(f"supervisors:{name}", args=["no-such-figure"])).status_code == 404
    assert carol.post(address).status_code == 405


@pytest.mark.django_db
def test_the_page_of_a_queue_is_for_its_own_supervisors(day: Cast, carol: Client) -> None:
    theirs = reverse("supervisors:queue", args=[day.other_queue.pk])
    assert carol.get(theirs).status_code == 404
    ours = reverse("supervisors:queue", args=[day.support.pk])
    assert builders.signed_in(day.alice.user).get(ours).status_code == 404


@pytest.mark.django_db
def test_nothing_of_another_organisation_is_behind_a_figure(day: Cast, carol: Client) -> None:
    call = builders.waiting_call(day.other_queue, "+14155550199")
    builders.handled(builders.offer(call, day.erin))
    for figure in ADDED_UP:
        assert "0199" not in page(carol, figure)
        assert not any("0199" in row[1] for row in file(carol, figure))


# What it costs, and that words and sums agree


@pytest.mark.django_db
def test_the_number_of_statements_does_not_grow_with_the_calls_behind_it(
    day: Cast, carol: Client
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as statements:
            page(carol, "offered")
        return len(statements)

    few = asked()
    for _number in range(20):
        call = builders.waiting_call(day.sales, waited_seconds=30)
        builders.end(call, EndedBy.CUSTOMER, "abandoned")
    assert asked() == few


HUNDRED = Figures(
    rules=Rules(threshold=20),
    counts=Counts(80, 64, 15, 9, 5, 5),
    answered_waits=Waits({10: 79, 30: 1}, {}, 850.0),
    abandoned_waits=Waits({7: 15}, {}, 110.0),
    handled=70,
    handle_seconds=21_000.0,
    agents=Work(70, 21_000.0, busy=22_000.0, idle=8_000.0, signed_in=40_000.0),
)


@pytest.mark.parametrize(
    "figure", [one for one in ADDED_UP if figure_words.DEFINITIONS[one].formula]
)
def test_the_numbers_that_are_shown_in_a_formula_give_the_figure(figure: str) -> None:
    formula = figure_words.formula_of(figure, HUNDRED)
    numbers = figure_words.in_numbers(formula, HUNDRED)
    assert worked_out(numbers) == pytest.approx(figure_words.value_of(figure, HUNDRED))


@pytest.mark.parametrize("variant", list(Variant))
def test_each_service_level_is_explained_by_the_sum_it_is(variant: Variant) -> None:
    numbers = figure_words.in_numbers(figure_words.VARIANT_FORMULAS[variant], HUNDRED)
    assert worked_out(numbers) == pytest.approx(HUNDRED.service_levels[variant])


def worked_out(numbers: str) -> float:
    assert re.fullmatch(r"[\d.() +/-]+", numbers)
    return float(eval(numbers))


def test_a_share_under_its_goal_is_never_rounded_up_to_it() -> None:
    assert [percent(share) for share in (0.7999, 0.8, 0.29, 1, 0, None)] == [
        "79 %",
        "80 %",
        "29 %",
        "100 %",
        "0 %",
        "—",
    ]
