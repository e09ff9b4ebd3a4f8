"""The pages of alerts: who reads them, who acts, who sets limits, and what they say."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contact_center.domain.alerting import AlertKind
from contact_center.models import (
    Alert,
    AlertMessage,
    AlertRule,
    AlertWebhook,
    KeptMail,
    MessageOutcome,
    Role,
    Tenant,
)
from contact_center.selectors import alert_words
from contact_center.selectors.alerts import MOST_ON_STRIP, PAGE_SIZE, Period
from contact_center.services import alerting
from supervisors.templatetags import alerts as words
from tests.builders import signed_in
from tests.cast import Cast, make_user

pytestmark = pytest.mark.django_db

PAGE = reverse("supervisors:alerts")
RULES = reverse("supervisors:alert-rules")
MAIL = reverse("supervisors:kept-mail")


def read(client: Any, address: str = PAGE) -> str:
    """What a person reads there."""
    return said(client.get(address).content.decode())


def said(html: str) -> str:
    shown = re.sub(r"<(script|style|title)\b.*?</\1>", "", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", shown).split())


def alert(
    cast: Cast,
    kind: AlertKind = AlertKind.LONGEST_WAIT,
    *,
    ago: float = 3,
    tenant: Tenant | None = None,
    over: bool = False,
    **values: Any,
) -> Alert:
    """Something has been wrong for so many minutes."""
    began = timezone.now() - timedelta(minutes=ago)
    return Alert.objects.create(
        tenant=tenant or cast.tenant,
        kind=kind,
        subject=values.pop("subject", f"queue {Alert.objects.count()}"),
        level=values.pop("level", "breach"),
        threshold=120,
        value=130,
        worst=200,
        began_at=began,
        ended_at=began + timedelta(seconds=95) if over else None,
        **{"queue": cast.sales, **values},
    )


READ_BY_SUPERVISORS = [
    PAGE,
    RULES,
    MAIL,
    reverse("supervisors:alert-panels"),
    reverse("supervisors:alert-bell"),
]


@pytest.mark.parametrize("address", READ_BY_SUPERVISORS)
def test_supervisors_and_admins_read_them_and_nobody_else_learns_of_them(
    address: str, cast: Cast
) -> None:
    alert(cast)
    for person in (cast.carol, cast.dana):
        assert signed_in(person).get(address).status_code == 200
    for person in (cast.alice.user, cast.dave, cast.erin.user):
        answer = signed_in(person).get(address)
        assert answer.status_code == 404
        assert "Sales" not in answer.content.decode()


def test_nothing_of_another_organisation_is_read_or_touched(cast: Cast) -> None:
    theirs = alert(cast, tenant=cast.other_tenant, queue=cast.other_queue)
    theirs_over = alert(
        cast, tenant=cast.other_tenant, queue=cast.other_queue, over=True, subject="theirs"
    )
    hook = AlertWebhook.objects.create(
        tenant=cast.other_tenant, url="https://hooks.example.org/", created_at=timezone.now()
    )
    KeptMail.objects.create(
        tenant=cast.other_tenant, sent_at=timezone.now(), subject="theirs", body="theirs"
    )
    dana = signed_in(cast.dana)
    assert "All is well" in read(dana)
    assert "Nothing was over its limit" in read(dana)
    assert "hooks.example.org" not in read(dana, RULES)
    assert "No e-mail yet" in read(dana, MAIL)
    for one in (theirs, theirs_over):
        assert dana.get(reverse("supervisors:alert", args=[one.pk])).status_code == 404
    for address in (
        reverse("supervisors:alert-acknowledge", args=[theirs.pk]),
        reverse("supervisors:alert-snooze", args=[theirs.pk, 15]),
    ):
        assert dana.post(address).status_code == 404
    dana.post(reverse("supervisors:alert-webhook", args=[hook.pk, "remove"]))
    rule = reverse("supervisors:alert-rule", args=["waiting"])
    assert dana.get(f"{rule}?queue={cast.other_queue.pk}").status_code == 404
    assert dana.post(f"{rule}?queue={cast.other_queue.pk}", {"threshold": "1"}).status_code == 404
    theirs.refresh_from_db()
    assert (theirs.acknowledged_at, theirs.snoozed_until) == (None, None)
    assert AlertWebhook.objects.count() == 1
    assert not AlertRule.objects.exists()


def test_an_open_alert_is_on_the_page_the_floor_and_the_bell_of_every_page(cast: Cast) -> None:
    alert(cast)
    carol = signed_in(cast.carol)
    sentence = "Sales the first caller has waited for over 2:00."
    assert sentence in read(carol)
    assert sentence in read(carol, reverse("supervisors:floor"))
    for name in ("floor", "calls", "healed", "set-aside", "alerts", "alert-rules"):
        html = carol.get(reverse(f"supervisors:{name}")).content.decode()
        (bell,) = re.findall(r'<a [^>]*id="alert-bell".*?</a>', html, re.DOTALL)
        assert 'data-level="breach"' in bell
        assert '<span class="count">1</span>' in bell
        assert "js/supervisors/bell.js" in html
    # An agent's pages have none.
    desk = signed_in(cast.alice.user).get(reverse("agents:desk")).content.decode()
    assert "alert-bell" not in desk
    assert "bell.js" not in desk


def test_who_acknowledges_quiets_bell_and_strip_and_is_named_on_the_page(cast: Cast) -> None:
    waits = alert(cast)
    carol = signed_in(cast.carol)
    deed = reverse("supervisors:alert-acknowledge", args=[waits.pk])
    assert carol.get(deed).status_code == 405
    assert carol.post(deed).status_code == 200
    assert "Carol takes care of it since" in read(carol)
    floor = carol.get(reverse("supervisors:floor")).content.decode()
    assert 'id="strip-alert-' not in floor
    assert '<span class="count">' not in floor
    again = signed_in(cast.dana).post(deed)
    assert again.status_code == 409
    assert "Somebody takes care of it already" in again.json()["message"]


def test_what_is_put_off_is_quiet_until_then(cast: Cast) -> None:
    waits = alert(cast)
    carol = signed_in(cast.carol)
    snooze = "supervisors:alert-snooze"
    assert carol.post(reverse(snooze, args=[waits.pk, 15])).status_code == 200
    html = carol.get(PAGE).content.decode()
    assert "quiet until" in said(html)
    assert "Wake" in said(html)
    assert '<span class="count">' not in html
    Alert.objects.update(snoozed_until=timezone.now() - timedelta(seconds=1))
    assert '<span class="count">1</span>' in carol.get(PAGE).content.decode()
    assert carol.post(reverse(snooze, args=[waits.pk, 7])).status_code == 409
    assert carol.post(reverse(snooze, args=[waits.pk, 5])).status_code == 200
    assert carol.post(reverse(snooze, args=[waits.pk, 0])).status_code == 200
    waits.refresh_from_db()
    assert waits.snoozed_until is None


def test_the_floor_shows_the_most_pressing_and_counts_the_rest(cast: Cast) -> None:
    for number in range(5):
        alert(cast, level="warn", ago=10 - number)
    urgent = alert(cast, AlertKind.NETWORK_FAILING, ago=1, queue=None, subject="site")
    html = signed_in(cast.carol).get(reverse("supervisors:floor")).content.decode()
    shown = [int(pk) for pk in re.findall(r'id="strip-alert-(\d+)"', html)]
    assert len(shown) == MOST_ON_STRIP
    assert shown[0] == urgent.pk
    assert "and 3 alerts more" in said(html)


def test_the_history_is_narrowed_in_the_address(cast: Cast) -> None:
    alert(cast, over=True)
    alert(cast, AlertKind.NOT_RESPONDING, over=True, queue=None, agent=cast.alice, ago=60)
    alert(cast, over=True, queue=cast.support, ago=60 * 24 * 3)
    carol = signed_in(cast.carol)

    def listed(query: str) -> list[str]:
        html = carol.get(f"{PAGE}?{query}").content.decode()
        return re.findall(r'<a class="clip"[^>]*>([^<]+)</a>', html)

    assert listed("") == ["Sales", "Alice"]
    assert listed("period=week") == ["Sales", "Alice", "Support"]
    assert listed("period=all&kind=longest_wait") == ["Sales", "Support"]
    assert listed("q=ALI") == ["Alice"]
    assert listed("q=nobody") == []
    assert listed("period=nonsense&kind=nonsense&page=x") == ["Sales", "Alice"]
    assert "1:35" in read(carol)
    assert "3:20" in read(carol)  # the worst


def test_a_page_costs_the_same_however_many_there_are(
    cast: Cast, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    alert(cast)
    alert(cast, over=True)
    carol = signed_in(cast.carol)
    with CaptureQueriesContext(connection) as few:
        carol.get(PAGE)
    for _number in range(PAGE_SIZE + 5):
        alert(cast, over=True)
        alert(cast, AlertKind.NOT_RESPONDING, queue=None, agent=cast.bob)
    with django_assert_max_num_queries(len(few)):
        html = carol.get(PAGE).content.decode()
    assert "Page 1 of 2" in html


def test_an_alert_says_what_was_seen_and_what_became_of_every_message(cast: Cast) -> None:
    waits = alert(cast, acknowledged_by=cast.carol, acknowledged_at=timezone.now())
    for outcome in MessageOutcome:
        AlertMessage.objects.create(
            alert=waits,
            news="began",
            number=1,
            channel="webhook",
            target=f"https://hooks.example.org/{outcome}",
            asked_at=timezone.now(),
            attempts=2,
            next_attempt_at=timezone.now(),
            outcome=outcome,
            answer="503 <b>closed</b>",
        )
    html = signed_in(cast.carol).get(reverse("supervisors:alert", args=[waits.pk])).content.decode()
    told = said(html)
    assert "Long wait: Sales" in told
    assert "Limit 2:00" in told
    assert "Carol," in told
    for word in ("On its way", "Delivered", "Given up", "Held back", "2 attempts"):
        assert word in told
    assert "<b>closed</b>" not in html


def test_every_kind_says_itself_in_words(cast: Cast) -> None:
    assert set(alert_words.KIND_WORDS) == set(alert_words.KIND_MEANINGS) == set(AlertKind)
    assert set(words.PERIODS) == set(Period)
    assert set(words.OUTCOMES) == set(MessageOutcome)
    sentences = {alert_words.sentence(Alert(kind=kind, threshold=3)) for kind in AlertKind}
    assert len(sentences) == len(AlertKind)
    assert not any("%" in sentence.replace("3 %", "") for sentence in sentences)
    # What another version wrote is shown by its name.
    assert alert_words.sentence(Alert(kind="moon_is_full", threshold=3)) == "moon is full"


# --- what is watched ---------------------------------------------------------------------------


def rule(kind: str, query: str = "") -> str:
    return reverse("supervisors:alert-rule", args=[kind]) + query


def test_a_supervisor_reads_the_limits_and_an_admin_sets_them(cast: Cast) -> None:
    carol, dana = signed_in(cast.carol), signed_in(cast.dana)
    assert (
        "Long wait The first caller in line has waited for so long. 1:00 2:00 Yes Yes default"
        in read(carol, RULES)
    )
    assert rule("longest_wait") not in carol.get(RULES).content.decode()
    assert carol.get(rule("longest_wait")).status_code == 404
    assert carol.post(rule("longest_wait"), {"threshold": "1:00"}).status_code == 404
    assert not AlertRule.objects.exists()
    page = read(dana, rule("longest_wait"))
    assert "Minutes and seconds, like 2:00. Empty: 2:00." in page
    answer = dana.post(rule("longest_wait"), {"threshold": "1:30", "by_email": "off"}, follow=True)
    shown = said(answer.content.decode())
    assert "Saved. It holds from now on." in shown
    assert "0:45 1:30 No Yes" in shown
    row = AlertRule.objects.get()
    assert (row.threshold, row.by_email, row.is_on) == (90, False, None)
    assert 'value="1:30"' in dana.get(rule("longest_wait")).content.decode()


def test_an_exception_for_a_queue_or_an_agent(cast: Cast) -> None:
    dana = signed_in(cast.dana)
    assert "Support" in read(dana, rule("waiting"))
    dana.post(rule("waiting", f"?queue={cast.support.pk}"), {"threshold": "3"})
    dana.post(rule("long_call", f"?agent={cast.alice.pk}"), {"is_on": "off"})
    assert "Support 1 3 No Yes exception" in read(dana, RULES)
    assert "Alice Off No Yes exception" in read(dana, RULES)
    # Emptied, it follows the general word again.
    dana.post(rule("waiting", f"?queue={cast.support.pk}"), {})
    assert not AlertRule.objects.filter(kind="waiting").exists()
    for wrong in (f"?agent={cast.alice.pk}", "?queue=0", "?queue=x", "?queue=1&agent=1"):
        assert dana.get(rule("waiting", wrong)).status_code == 404
    assert dana.get(rule("healed", f"?queue={cast.sales.pk}")).status_code == 404
    assert dana.get(rule("nonsense")).status_code == 404


@pytest.mark.parametrize(
    ("kind", "written", "sentence"),
    [
        ("longest_wait", "2:75", "is no length of time"),
        ("longest_wait", "soon", "Write minutes and seconds like 2:00"),
        ("longest_wait", "0", "between 0:01 and 24 hours"),
        ("longest_wait", "99:00:00", "between 0:01 and 24 hours"),
        ("service_level", "101", "whole number from 1 to 100"),
        ("service_level", "-1", "whole number from 1 to 100"),
        ("waiting", "2.5", "whole number from 1 to 10000"),
        ("waiting", "<script>", "is no count"),
        ("waiting", "1" * 11, "too long for a limit"),
    ],
)
def test_a_limit_that_cannot_be_understood_is_answered_with_a_sentence(
    kind: str, written: str, sentence: str, cast: Cast
) -> None:
    answer = signed_in(cast.dana).post(rule(kind), {"threshold": written})
    assert answer.status_code == 422
    html = answer.content.decode()
    assert sentence in said(html)
    assert 'aria-invalid="true"' in html
    assert "<script>&" not in html
    assert not AlertRule.objects.exists()


@pytest.mark.parametrize(
    ("kind", "written", "means"),
    [
        ("longest_wait", "90", 90),
        ("longest_wait", "1:30", 90),
        ("longest_wait", "1:00:00", 3600),
        ("service_level", "80 %", 80),
        ("waiting", "12", 12),
    ],
)
def test_a_limit_is_read_as_people_write_it(
    kind: str, written: str, means: int, cast: Cast
) -> None:
    signed_in(cast.dana).post(rule(kind), {"threshold": written})
    assert AlertRule.objects.get().threshold == means


@pytest.mark.parametrize("written", ["-1", "1441", "often"])
def test_a_pause_that_makes_no_sense_is_refused(written: str, cast: Cast) -> None:
    answer = signed_in(cast.dana).post(rule("waiting"), {"repeat_minutes": written})
    assert answer.status_code == 422
    assert "Write" in said(answer.content.decode())
    assert not AlertRule.objects.exists()


def test_an_admin_adds_a_webhook_and_only_an_admin_sees_its_secret(
    cast: Cast, settings: Any
) -> None:
    settings.ALERT_WEBHOOK_HOSTS = ["hooks.example.org"]
    dana, carol = signed_in(cast.dana), signed_in(cast.carol)
    add = reverse("supervisors:alert-webhook-add")
    assert carol.post(add, {"url": "https://hooks.example.org/a"}).status_code == 404
    refused = dana.post(add, {"url": "https://10.0.0.1/<b>"})
    assert refused.status_code == 422
    assert "is not among the hosts this site may send to" in said(refused.content.decode())
    assert "/<b>" not in refused.content.decode()
    assert not AlertWebhook.objects.exists()
    dana.post(add, {"url": "https://hooks.example.org/a"})
    hook = AlertWebhook.objects.get()
    assert hook.secret in dana.get(RULES).content.decode()
    seen = carol.get(RULES).content.decode()
    assert "https://hooks.example.org/a" in seen
    assert hook.secret not in seen
    for deed in ("stop", "start"):
        address = reverse("supervisors:alert-webhook", args=[hook.pk, deed])
        assert carol.post(address).status_code == 404
        dana.post(address)
        hook.refresh_from_db()
        assert hook.is_on is (deed == "start")
    assert dana.post(reverse("supervisors:alert-webhook", args=[hook.pk, "eat"])).status_code == 404
    dana.post(reverse("supervisors:alert-webhook", args=[hook.pk, "remove"]))
    assert not AlertWebhook.objects.exists()


def test_kept_e_mail_is_read_as_text(cast: Cast) -> None:
    KeptMail.objects.create(
        tenant=cast.tenant,
        sent_at=timezone.now(),
        recipients="carol@example.com",
        subject="Sales: Long wait",
        body="<script>alert(1)</script>",
    )
    html = signed_in(cast.carol).get(MAIL).content.decode()
    assert "Sales: Long wait" in html
    assert "<script>alert" not in html


def test_another_organisations_admin_sets_their_limits_and_not_ours(cast: Cast) -> None:
    frank = make_user(cast.other_tenant, "frank", Role.ADMIN)
    signed_in(frank).post(rule("waiting"), {"threshold": "3"})
    assert AlertRule.objects.get().tenant == cast.other_tenant
    assert "default" in read(signed_in(cast.dana), RULES)
    assert alerting.rule_of(AlertRule.objects.get()).threshold == 3


def test_what_is_near_a_limit_is_said_beside_it_and_must_lie_on_the_good_side(cast: Cast) -> None:
    dana = signed_in(cast.dana)
    assert "in amber. Empty: 1:00." in read(dana, rule("longest_wait"))
    dana.post(rule("longest_wait"), {"threshold": "2:00", "near": "1:30"})
    row = AlertRule.objects.get()
    assert (row.threshold, row.near) == (120, 90)
    refused = dana.post(rule("longest_wait"), {"threshold": "1:00", "near": "1:30"})
    assert refused.status_code == 422
    assert "The limit is 1:00. Write that or less." in said(refused.content.decode())
    # An exception that says nothing of its own is near where everybody's is.
    own = rule("longest_wait", f"?queue={cast.sales.pk}")
    assert "in amber. Empty: 1:30." in read(dana, own)
    # Of a service level its queue's goal says it, of what no screen shows as a figure nobody.
    for kind in ("service_level", "nobody_signed_in", "long_call", "healed"):
        assert 'name="near"' not in dana.get(rule(kind)).content.decode()


def test_few_free_agents_colour_screens_and_nobody_is_told(cast: Cast) -> None:
    dana = signed_in(cast.dana)
    page = dana.get(rule("free_agents")).content.decode()
    for name in ("level", "by_email", "by_webhook", "repeat_minutes"):
        assert f'name="{name}"' not in page
    dana.post(rule("free_agents"), {"threshold": "0", "near": "2"})
    row = AlertRule.objects.get()
    assert (row.threshold, row.near) == (0, 2)
    refused = dana.post(rule("free_agents"), {"threshold": "3", "near": "2"})
    assert "The limit is 3. Write that or more." in said(refused.content.decode())
    assert "Few agents free" in read(dana, RULES)
    assert "Few agents free" not in read(dana)
