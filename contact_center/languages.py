"""In which language a page speaks to whom.

The desk speaks English, Spanish and French, as each agent chooses in the account menu. Pages of
supervisors and of set-up are English for everybody; who has not signed in is spoken to in the
language of the browser.
"""

from django.conf import settings

from contact_center.models import User


def language_of(user: User) -> str:
    """Return the code of the language in which the desk of ``user`` speaks."""
    known = user.language in dict(settings.LANGUAGES)
    return user.language if known else settings.LANGUAGE_CODE
