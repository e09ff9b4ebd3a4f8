"""Whose page it is that connects.

After a restart everybody's page comes back at once. So a page is let in in one visit to the thread
of the database, and whose session it has is asked in a statement that is compiled once a process.
"""

from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.utils.crypto import constant_time_compare

from contact_center.models import User
from contact_center.models.prepared import Given, Prepared

_PERSON = Prepared(User.objects.select_related("tenant").filter(pk=Given("user_id")))


def person_of(session: Any) -> User | AnonymousUser:
    """Return who is signed in with this session, by the rules of ``django.contrib.auth``.

    Nobody who was switched off since, whose password was changed or whose session was ended.
    Django's own way gives a session that was signed by an earlier key a new name, which a socket
    cannot tell the browser; that of Channels ends it. Here it is only read.
    """
    user_id, signature = session.get(SESSION_KEY), session.get(HASH_SESSION_KEY)
    known = session.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
    if user_id is None or not signature or not known:
        return AnonymousUser()
    user = _PERSON.first(user_id=int(user_id))
    if user is None or not user.is_active:
        return AnonymousUser()
    # Also by a key that was in force before: whoever changes it signs nobody out by that.
    hashes = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    same = any(constant_time_compare(signature, each) for each in hashes)
    return user if same else AnonymousUser()


def stored_again(session: Any) -> Any:
    """Return the same session as it is stored now; a session keeps what it has once read."""
    return import_module(settings.SESSION_ENGINE).SessionStore(session.session_key)
