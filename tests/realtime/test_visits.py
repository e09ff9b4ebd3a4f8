"""Visits to the database: who asks at once goes together, and each is answered for itself."""

import asyncio
import threading

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import AnonymousUser
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from contact_center.models import Role, Team, TeamSupervisor
from contact_center.selectors import access
from realtime.entrance import people_of
from realtime.visits import MOST, Visits
from tests.builders import signed_in
from tests.cast import Cast, make_user


@pytest.fixture(autouse=True)
async def a_thread_without_a_connection() -> None:
    """The thread that visits go to is everybody's: another test may have left one open in it, which
    the visit would look at, and no test without a database may."""
    await sync_to_async(connections.close_all)()


async def test_who_asks_while_a_visit_is_under_way_takes_part_in_the_next_one() -> None:
    visits, gate = Visits(), threading.Event()

    def first() -> str:
        gate.wait(5)
        return "first"

    async def open_the_gate() -> None:
        gate.set()

    asked = [visits.do(first), *(visits.do(lambda n=n: n) for n in range(20))]
    answers, _opened = await asyncio.gather(asyncio.gather(*asked), open_the_gate())
    assert answers == ["first", *range(20)]
    assert visits.count <= 2


async def test_nobody_waits_for_more_than_a_visit_holds() -> None:
    visits = Visits()
    answers = await asyncio.gather(*(visits.do(lambda n=n: n) for n in range(3 * MOST)))
    assert answers == list(range(3 * MOST))
    assert visits.count >= 3


async def test_what_one_raises_concerns_no_other() -> None:
    visits = Visits()

    def fails() -> None:
        raise LookupError("only mine")

    good, bad, other = await asyncio.gather(
        visits.do(lambda: "good"),
        visits.do(fails),
        visits.do(lambda: "other"),
        return_exceptions=True,
    )
    assert (good, other) == ("good", "other")
    assert isinstance(bad, LookupError)


async def test_who_has_gone_is_not_asked_for_and_holds_up_nobody() -> None:
    visits, done = Visits(), []
    gone = asyncio.ensure_future(visits.do(lambda: done.append("gone")))
    await asyncio.sleep(0)
    gone.cancel()
    stays = await visits.do(lambda: "stays")
    assert stays == "stays"
    assert await visits.do(lambda: "and afterwards, too") == "and afterwards, too"


async def test_a_visit_that_comes_to_nothing_is_told_to_all_and_the_next_one_goes() -> None:
    visits = Visits()
    # There is no database here: nobody can be known.
    outcomes = await asyncio.gather(
        visits.admit("a", lambda _person: 1),
        visits.admit("b", lambda _person: 2),
        return_exceptions=True,
    )
    assert [type(one) for one in outcomes] == [RuntimeError, RuntimeError]
    assert await visits.do(lambda: "well again") == "well again"


@pytest.mark.django_db
def test_two_who_come_back_cost_as_many_statements_as_one(cast: Cast) -> None:
    keys = {signed_in(user).session.session_key or "" for user in (cast.carol, cast.dana)}
    counts = []
    for asked in ({min(keys)}, keys):
        with CaptureQueriesContext(connection) as statements:
            people = people_of(asked)
        counts.append(len(statements))
    assert counts[0] == counts[1] == 2
    assert set(people.values()) == {cast.carol, cast.dana}
    assert people_of({"nobody's"}) == {"nobody's": AnonymousUser()}


async def test_what_those_who_come_back_may_see_is_read_once_for_all_of_them(
    transactional_db: None, cast: Cast
) -> None:
    def sign_in() -> list[str]:
        nora, nick = (make_user(cast.tenant, name, Role.SUPERVISOR) for name in ("nora", "nick"))
        team = Team.objects.create(tenant=cast.tenant, name="North")
        TeamSupervisor.objects.create(team=team, user=nora)
        return [signed_in(user).session.session_key or "" for user in (cast.carol, nora, nick)]

    keys, visits = await sync_to_async(sign_in)(), Visits()
    statements = CaptureQueriesContext(connection)
    # Begun and ended where the statements are asked.
    await visits.do(statements.__enter__)
    scopes = await asyncio.gather(*(visits.admit(key, access.scope_of) for key in keys))
    number = await visits.do(lambda: len(statements))
    await visits.do(lambda: statements.__exit__(None, None, None))
    await sync_to_async(connections.close_all)()
    assert number == 3, "their sessions, themselves, and their teams"
    assert [len(scope.team_ids) for scope in scopes] == [0, 1, 0]
