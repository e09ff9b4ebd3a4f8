"""Whose page it is that connects: by the rules by which everybody else is signed in."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from pytest_django import Settings

from contact_center.models import User
from realtime.entrance import Person, people_of
from tests.builders import signed_in
from tests.cast import Cast


def session_of(user: User) -> Any:
    """The session of somebody who has just signed in, as the server keeps it."""
    return SessionStore(signed_in(user).session.session_key)


def person_of(session: Any) -> Person:
    """Who comes in with it, as it is stored."""
    [person] = people_of({session.session_key or ""}).values()
    return person


def test_who_signed_in_is_known_with_the_organisation(cast: Cast) -> None:
    person = person_of(session_of(cast.carol))
    assert person == cast.carol
    assert isinstance(person, User)
    assert person.tenant == cast.tenant


def test_nobody_is_known_by_no_session(cast: Cast) -> None:
    for key in (None, "guessed" * 5):
        assert person_of(SessionStore(key)) == AnonymousUser()


def test_who_signed_in_before_the_key_was_changed_stays_until_the_old_key_is_forgotten(
    cast: Cast, settings: Settings
) -> None:
    session = session_of(cast.carol)
    key, earlier = session.session_key, settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 8, [earlier]
    assert person_of(session) == cast.carol
    assert SessionStore(key).load(), "a socket cannot give the browser another session"
    settings.SECRET_KEY_FALLBACKS = []
    assert person_of(SessionStore(key)) == AnonymousUser()


def change_password(user: User, _session: Any) -> None:
    user.set_password("another word")
    user.save()


def switch_off(user: User, _session: Any) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def remove(user: User, _session: Any) -> None:
    User.objects.filter(pk=user.pk).delete()


def sign_out(_user: User, session: Any) -> None:
    session.flush()


def forge_the_signature(_user: User, session: Any) -> None:
    session[HASH_SESSION_KEY] = "0" * 64
    session.save()


def lose_the_signature(_user: User, session: Any) -> None:
    del session[HASH_SESSION_KEY]
    session.save()


def come_in_another_way(_user: User, session: Any) -> None:
    session[BACKEND_SESSION_KEY] = "a.way.that.was.Closed"
    session.save()


@pytest.mark.parametrize(
    "then",
    [
        change_password,
        switch_off,
        remove,
        sign_out,
        forge_the_signature,
        lose_the_signature,
        come_in_another_way,
    ],
)
def test_a_session_that_is_worth_nothing_any_more_lets_nobody_in(
    cast: Cast, then: Callable[[User, Any], None]
) -> None:
    session = session_of(cast.carol)
    assert person_of(session) == cast.carol
    key = session.session_key
    then(cast.carol, session)
    assert person_of(SessionStore(key)) == AnonymousUser()
