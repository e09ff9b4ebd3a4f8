"""Whose page it is that connects.

After a restart everybody's page comes back at once. So whoever asks in one visit to the database
(visits.py) is read together: their sessions, and themselves.
"""

from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from contact_center.models import User
from contact_center.selectors.access import Person


def people_of(session_keys: Collection[str]) -> dict[str, Person]:
    """Return who is signed in with each of these sessions, by the rules of ``django.contrib.auth``.

    Nobody who was switched off since, whose password was changed or whose session was ended.
    Django's own way gives a session that was signed by an earlier key a new name, which a socket
    cannot tell the browser; that of Channels ends it. Here it is only read, as it is stored now.
    """
    stored = Session.objects.filter(session_key__in=session_keys, expire_date__gt=timezone.now())
    reader = SessionStore()
    sessions = {one.session_key: reader.decode(one.session_data) for one in stored}
    users = User.objects.select_related("tenant").in_bulk(
        {int(one[SESSION_KEY]) for one in sessions.values() if SESSION_KEY in one}
    )
    nobody: dict[str, Person] = {key: AnonymousUser() for key in session_keys}
    return nobody | {key: _person(session, users) for key, session in sessions.items()}


def _person(session: dict[str, Any], users: dict[int, User]) -> Person:
    user_id, signature = session.get(SESSION_KEY), session.get(HASH_SESSION_KEY)
    known = session.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
    if user_id is None or not signature or not known:
        return AnonymousUser()
    user = users.get(int(user_id))
    if user is None or not user.is_active:
        return AnonymousUser()
    # Also by a key that was in force before: whoever changes it signs nobody out by that.
    hashes = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    same = any(constant_time_compare(signature, each) for each in hashes)
    return user if same else AnonymousUser()
