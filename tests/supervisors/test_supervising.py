"""The doors through which supervisors come to a conversation: who may, and what is refused."""

from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from contact_center.models import (
    Command,
    EventLog,
    Leg,
    Offer,
    Role,
    Supervision,
    SupervisionState,
    User,
)
from contact_center.selectors.supervising import present_supervisors, supervision_bar
from contact_center.services import supervising
from tests.builders import offer, signed_in, talking, waiting_call
from tests.cast import Cast, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.once]

DEEDS = ("joined", "failed", "mode", "take-over", "leave", "hold", "resume", "hang-up")


@pytest.fixture
def talk(cast: Cast) -> Offer:
    """Alice talks with a caller."""
    return talking(offer(waiting_call(cast.support), cast.alice))


def lease(user: User) -> str:
    return supervising.claim_phone(supervisor=user).key


def join(user: User, talk: Offer, mode: str = "listen", **said: Any) -> Any:
    return signed_in(user).post(
        reverse("supervisors:supervise-join", args=[talk.pk]),
        {"lease": lease(user), "mode": mode, **said},
    )


def deed(who: Client, supervision: Supervision, name: str, **said: Any) -> Any:
    return who.post(reverse(f"supervisors:supervision-{name}", args=[supervision.pk]), said)


def there(user: User, talk: Offer) -> Supervision:
    """The supervisor's line is in the conversation, by all we know."""
    assert join(user, talk).status_code == 200
    stay = Supervision.objects.get(supervisor=user, ended_at=None)
    Leg.objects.create(
        tenant=stay.tenant,
        sid=f"CA{stay.pk:032x}",
        kind="supervisor",
        supervision=stay,
        started_at=stay.started_at,
    )
    supervising.joined(stay, conference_sid=talk.conference_sid)
    return Supervision.objects.get(pk=stay.pk)


def test_a_supervisor_gets_a_token_for_this_very_conversation(cast: Cast, talk: Offer) -> None:
    answer = join(cast.carol, talk, "coach")
    stay = Supervision.objects.get()
    assert answer.json()["supervision"] == stay.pk
    assert answer.json()["join"]
    assert (stay.supervisor, stay.offer, stay.state) == (cast.carol, talk, "joining")
    assert (stay.mode, stay.mode_asked) == ("", "coach")
    again = join(cast.carol, talk, "barge").json()
    assert again["supervision"] == stay.pk, "the answer may have been lost"
    assert Supervision.objects.count() == 1


def test_the_line_of_the_page_is_told_where_the_network_is(cast: Cast) -> None:
    carol = signed_in(cast.carol)
    claimed = carol.post(reverse("supervisors:supervise-claim")).json()
    token = carol.post(reverse("supervisors:supervise-token"), {"lease": claimed["lease"]}).json()
    assert set(token) == {"token", "ttl", "gateway", "edge"}
    newer = carol.post(reverse("supervisors:supervise-claim")).json()
    assert newer["claimed"] >= claimed["claimed"]
    old = carol.post(reverse("supervisors:supervise-token"), {"lease": claimed["lease"]})
    assert (old.status_code, old.json()["error"]) == (409, "phone-elsewhere")


def strangers(cast: Cast) -> list[User]:
    mallory = make_user(cast.other_tenant, "mallory", Role.SUPERVISOR)
    return [cast.alice.user, cast.bob.user, cast.dave, cast.erin.user, mallory]


def test_whoever_is_no_supervisor_here_finds_nothing(cast: Cast, talk: Offer) -> None:
    stay = there(cast.carol, talk)
    events = EventLog.objects.count()
    for stranger in strangers(cast):
        answer = signed_in(stranger).post(
            reverse("supervisors:supervise-join", args=[talk.pk]),
            {"lease": "0" * 32, "mode": "listen"},
        )
        assert answer.status_code == 404, stranger
        for name in DEEDS:
            said = {"mode": "barge", "reason": "x"}
            assert deed(signed_in(stranger), stay, name, **said).status_code == 404, stranger
    assert EventLog.objects.count() == events
    assert Supervision.objects.get().state == SupervisionState.LIVE
    assert not Command.objects.exists()


def test_nobody_touches_the_stay_of_another_supervisor(cast: Cast, talk: Offer) -> None:
    stay = there(cast.carol, talk)
    for name in DEEDS:
        assert deed(signed_in(cast.dana), stay, name, mode="barge", reason="x").status_code == 404
    assert Supervision.objects.get(pk=stay.pk).mode == "listen"


def test_whoever_is_signed_out_is_told_so(cast: Cast, talk: Offer) -> None:
    stay = there(cast.carol, talk)
    for path in ("supervisors:supervise-claim", "supervisors:supervise-token"):
        assert Client().post(reverse(path)).status_code == 401
    path = reverse("supervisors:supervise-join", args=[talk.pk])
    assert Client().post(path).status_code == 401
    for name in DEEDS:
        assert deed(Client(), stay, name).status_code == 401


def test_only_a_post_does_anything(cast: Cast, talk: Offer) -> None:
    carol = signed_in(cast.carol)
    assert carol.get(reverse("supervisors:supervise-join", args=[talk.pk])).status_code == 405
    assert carol.get(reverse("supervisors:supervise-claim")).status_code == 405
    assert not Supervision.objects.exists()


def test_an_own_call_is_not_supervised(cast: Cast, talk: Offer) -> None:
    User.objects.filter(pk=cast.alice.user_id).update(role=Role.SUPERVISOR)
    alice = User.objects.get(pk=cast.alice.user_id)
    refused = join(alice, talk)
    assert refused.status_code == 409
    assert "your own call" in refused.json()["message"]
    assert not Supervision.objects.exists()


def test_what_is_over_cannot_be_come_to(cast: Cast) -> None:
    ringing = offer(waiting_call(cast.support), cast.alice)
    refused = join(cast.carol, ringing)
    assert refused.status_code == 409
    assert "no conversation" in refused.json()["message"]


@pytest.mark.parametrize(
    "said", [{"mode": "shout"}, {"mode": ""}, {"lease": ""}, {"lease": "x" * 33}, {"lease": "?!"}]
)
def test_nonsense_is_answered_with_a_sentence(
    cast: Cast, talk: Offer, said: dict[str, str]
) -> None:
    path = reverse("supervisors:supervise-join", args=[talk.pk])
    answer = signed_in(cast.carol).post(path, {"lease": "0" * 32, "mode": "listen", **said})
    assert (answer.status_code, answer.json()["error"]) == (422, "nonsense")
    assert answer.json()["message"]


@override_settings(DJANGO_TWILIO_CALL_CONFERENCE={"COACH_MODE_ENABLED": False})
def test_where_coaching_is_switched_off_it_is_refused_and_nobody_is_asked(
    cast: Cast, talk: Offer
) -> None:
    refused = join(cast.carol, talk, "coach")
    assert (refused.status_code, refused.json()["error"]) == (403, "switched-off")
    assert not Supervision.objects.exists()
    stay = there(cast.carol, talk)
    answer = deed(signed_in(cast.carol), stay, "mode", mode="coach")
    assert (answer.status_code, answer.json()["error"]) == (403, "switched-off")
    assert Supervision.objects.get().mode_asked == ""
    assert not Command.objects.filter(kind="supervise").exists()
    assert not supervision_bar(cast.carol)["may_coach"]


def test_to_listen_in_private_is_for_organisations_that_allow_it(cast: Cast, talk: Offer) -> None:
    refused = join(cast.carol, talk, private="true")
    assert (refused.status_code, refused.json()["error"]) == (403, "switched-off")
    cast.tenant.private_listening = True
    cast.tenant.save()
    cast.carol.refresh_from_db()
    assert join(cast.carol, talk, "coach", private="true").status_code == 409
    assert not Supervision.objects.exists()
    assert join(cast.carol, talk, private="true").status_code == 200
    stay = Supervision.objects.get()
    supervising.joined(stay, conference_sid=talk.conference_sid)

    assert present_supervisors(talk, for_agent=True) == []
    [seen] = present_supervisors(talk)
    assert (seen.name, seen.mode, seen.is_private) == ("Carol", "listen", True)
    about = EventLog.objects.filter(name__startswith="supervision.")
    assert about.exists()
    assert not about.exclude(agent_id=None).exists(), "the desk would be repainted"

    deed(signed_in(cast.carol), stay, "mode", mode="coach")
    [shown] = present_supervisors(talk, for_agent=True)
    assert shown.mode_asked == "coach", "whom an agent is to hear is shown before"


def test_the_mode_that_is_so_already_is_nothing(cast: Cast, talk: Offer) -> None:
    stay = there(cast.carol, talk)
    before = EventLog.objects.count()
    assert deed(signed_in(cast.carol), stay, "mode", mode="listen").status_code == 200
    assert EventLog.objects.count() == before
    assert not Command.objects.exists()


def test_the_buttons_of_a_call_that_was_taken_over_are_not_there_before(
    cast: Cast, talk: Offer
) -> None:
    stay = there(cast.carol, talk)
    for name in ("hold", "resume", "hang-up"):
        assert deed(signed_in(cast.carol), stay, name).status_code == 404
    assert not Command.objects.exists()


def test_who_goes_elsewhere_leaves_first(cast: Cast, talk: Offer) -> None:
    stay = there(cast.carol, talk)
    other = talking(offer(waiting_call(cast.sales), cast.bob))
    assert join(cast.carol, other).status_code == 200
    stay.refresh_from_db()
    assert (stay.state, stay.end_reason) == ("ended", "moved")
    assert Command.objects.get(kind="end_call").params["call_sid"] == stay.legs.get().sid
    assert Supervision.objects.get(ended_at=None).offer == other


def test_a_supervisor_with_a_call_of_their_own_takes_no_other(cast: Cast, talk: Offer) -> None:
    User.objects.filter(pk=cast.bob.user_id).update(role=Role.SUPERVISOR)
    bob = User.objects.get(pk=cast.bob.user_id)
    stay = there(bob, talk)
    offer(waiting_call(cast.sales), cast.bob)
    refused = deed(signed_in(bob), stay, "take-over")
    assert refused.status_code == 409
    assert "call of your own" in refused.json()["message"]
    talk.refresh_from_db()
    assert talk.state == "connected"
