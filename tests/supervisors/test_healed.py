"""The page of what was put right: who reads it, what it says, and that it stays with its own."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contact_center.domain.healing import Done, Found
from contact_center.models import Call, EventLog, Reconciliation, Role, Tenant
from contact_center.selectors.healed import PAGE_SIZE, Period
from supervisors.templatetags import healed as words
from tests.cast import Cast, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.once]

PAGE = reverse("supervisors:healed")
ADDRESSES = [PAGE, reverse("supervisors:healed-rows"), reverse("supervisors:healed-panels")]


def signed_in(user: object) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def read(client: Client, address: str = PAGE) -> str:
    """What a person reads there without unfolding anything."""
    shown = re.sub(r"<pre\b.*?</pre>", "", client.get(address).content.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", shown).split())


def make_call(tenant: Tenant, number: str = "+14155550142") -> Call:
    now = timezone.now()
    return Call.objects.create(
        tenant=tenant,
        sid=f"CA{Call.objects.count():032}",
        account_sid="AC",
        from_number=number,
        state="ended",
        arrived_at=now,
        heard_at=now,
        ended_at=now,
    )


def heal(
    tenant: Tenant,
    found: Found = Found.CALL_WAS_OVER,
    done: Done = Done.CALL_ENDED,
    *,
    ago: float = 1,
    **about: Any,
) -> EventLog:
    """Something was found so many minutes ago."""
    return EventLog.objects.create(
        tenant=tenant,
        name="reality.healed",
        at=timezone.now() - timedelta(minutes=ago),
        details={"found": found, "done": done, "sid": "CA" + "7" * 32},
        **about,
    )


@pytest.mark.parametrize("address", ADDRESSES)
def test_supervisors_and_admins_read_it_and_nobody_else_learns_of_it(
    address: str, cast: Cast
) -> None:
    heal(cast.tenant)
    for person in (cast.carol, cast.dana):
        assert signed_in(person).get(address).status_code == 200
    for person in (cast.alice.user, cast.dave):
        answer = signed_in(person).get(address)
        assert answer.status_code == 404
        assert "Call was over" not in answer.content.decode()
    assert Client().get(address).status_code == 302
    assert signed_in(cast.carol).post(address).status_code == 405


def test_it_says_what_was_found_what_was_done_when_and_which_call(cast: Cast) -> None:
    call = make_call(cast.tenant)
    told = heal(
        cast.tenant,
        Found.AGENT_LEG_GONE,
        Done.BACK_TO_LINE,
        call_id=call.pk,
        agent_id=cast.alice.pk,
    )
    carol = signed_in(cast.carol)
    said = read(carol)
    at = timezone.localtime(told.at).strftime("%H:%M:%S")
    assert (
        f"{at} Agent&#x27;s line was gone. The agent&#x27;s line had ended during a call and "
        "nobody had told us. The caller went back to the line, place kept. +1 415 555 0142 Alice"
    ) in said
    assert reverse("supervisors:call", args=[call.pk]) in carol.get(PAGE).content.decode()
    story = read(carol, reverse("supervisors:call", args=[call.pk]))
    assert "The agent&#x27;s line had ended during a call and nobody had told us." in story
    assert "The caller went back to the line, place kept." in story
    assert "agent_leg_gone" not in said + story


def test_nothing_of_another_organisation_is_shown(cast: Cast) -> None:
    theirs = make_call(cast.other_tenant, "+14155550199")
    heal(cast.other_tenant, call_id=theirs.pk)
    # An id that leads elsewhere shows nothing of what it leads to.
    heal(cast.tenant, Found.LEG_WAS_OVER, Done.NOTED, call_id=theirs.pk, agent_id=cast.erin.pk)
    said = read(signed_in(cast.carol), f"{PAGE}?period=month")
    assert "Call was over" not in said
    assert "0199" not in said
    assert "Erin" not in said
    mallory = make_user(cast.other_tenant, "mallory", Role.SUPERVISOR)
    assert "0199" in read(signed_in(mallory))


def test_it_is_chosen_by_kind_and_by_how_far_back(cast: Cast) -> None:
    heal(cast.tenant, Found.CALL_WAS_OVER, ago=5)
    heal(cast.tenant, Found.CALL_WAS_OVER, ago=90)
    heal(cast.tenant, Found.HOLD_DIFFERS, Done.NOTED, ago=100)
    heal(cast.tenant, Found.MUTE_DIFFERS, Done.NOTED, ago=60 * 24 * 3)
    carol = signed_in(cast.carol)

    def listed(query: str) -> list[str]:
        html = carol.get(f"{ADDRESSES[1]}?{query}").content.decode()
        return re.findall(r"<b>([^<]+)\.</b>", html)

    assert listed("") == ["Call was over", "Call was over", "Hold differed"]
    assert listed("period=hour") == ["Call was over"]
    assert listed("period=week")[-1] == "Mute differed"
    assert listed("found=hold_differs") == ["Hold differed"]
    assert listed("found=hold_differs&period=hour") == []
    assert listed("found=no-such&period=no-such") == listed("")
    said = read(carol)
    assert "Everything 3 Call was over 2 Hold differed 1" in said
    assert "Nothing of this kind was found" in read(carol, f"{PAGE}?found=hold_differs&period=hour")


def test_when_all_agreed_it_says_so(cast: Cast) -> None:
    said = read(signed_in(cast.carol))
    assert "Nothing had to be put right" in said
    assert "agreed about every call, line and queue" in said


def test_it_says_when_the_network_was_last_compared_and_when_that_is_too_long_ago(
    cast: Cast,
) -> None:
    carol = signed_in(cast.carol)
    assert "Nothing has been compared yet." in read(carol)
    now = timezone.now()
    Reconciliation.objects.create(pk=1, due_at=now, started_at=now, finished_at=now, found=1)
    said = read(carol)
    assert timezone.localtime(now).strftime("compared at %H:%M:%S") in said
    assert "1 thing differed and was put right." in said
    long_ago = now - timedelta(minutes=5)
    Reconciliation.objects.update(finished_at=long_ago, problem="The phone network was away.")
    said = read(carol, reverse("supervisors:healed-panels"))
    assert "was not compared with us for a while" in said
    assert timezone.localtime(long_ago).strftime("at %H:%M:%S") in said
    assert "The phone network was away." in said


def test_it_is_read_in_pages_and_a_page_costs_the_same_however_long_the_list(
    cast: Cast, django_assert_num_queries: Callable[..., Any]
) -> None:
    call = make_call(cast.tenant)
    heal(cast.tenant, call_id=call.pk, agent_id=cast.alice.pk)
    carol = signed_in(cast.carol)
    with CaptureQueriesContext(connection) as few:
        carol.get(PAGE)
    for number in range(PAGE_SIZE + 9):
        heal(cast.tenant, ago=number, call_id=call.pk, agent_id=cast.bob.pk)
    with django_assert_num_queries(len(few)):
        first = carol.get(PAGE).content.decode()
    assert first.count('id="healed-') - 2 >= PAGE_SIZE
    assert "Page 1 of 2" in first
    last = carol.get(f"{PAGE}?page=99").content.decode()
    assert "Page 2 of 2" in last
    assert len(re.findall(r'<li id="healed-\d', last)) == 10


def test_the_database_finds_them_by_their_own_index(cast: Cast) -> None:
    heal(cast.tenant)
    with CaptureQueriesContext(connection) as queries:
        signed_in(cast.carol).get(PAGE)
    asked = [q["sql"] for q in queries if "reality.healed" in q["sql"] and "ORDER BY" in q["sql"]]
    assert asked
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + asked[0].replace("%", "%%"))
            assert "event_healed" in str(cursor.fetchall())


def test_what_another_version_wrote_is_shown_by_its_name(cast: Cast) -> None:
    call = make_call(cast.tenant)
    told = heal(cast.tenant, call_id=call.pk)
    EventLog.objects.filter(pk=told.pk).update(details={"found": "moon_was_full", "done": ""})
    EventLog.objects.create(
        tenant=cast.tenant, name="reality.healed", at=timezone.now(), call_id=call.pk, details={}
    )
    carol = signed_in(cast.carol)
    assert "Moon was full" in read(carol)
    assert "Moon was full" in read(carol, reverse("supervisors:call", args=[call.pk]))


def test_everything_that_can_be_found_or_done_has_words() -> None:
    assert set(Found) == set(words.FOUND)
    assert set(Done) == set(words.DONE)
    assert set(Period) == set(words.PERIODS)


def test_the_pages_of_the_floor_lead_to_each_other(cast: Cast) -> None:
    carol = signed_in(cast.carol)
    for name in ("floor", "healed", "set-aside"):
        html = carol.get(reverse(f"supervisors:{name}")).content.decode()
        for other in ("floor", "healed", "set-aside"):
            assert f'<a href="{reverse(f"supervisors:{other}")}"' in html
        assert re.search(
            rf'<a href="{reverse(f"supervisors:{name}")}" aria-current="page">', html
        ), f"{name} does not say that one is there"
