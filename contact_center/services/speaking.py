"""In which language the desk speaks to whom."""

from django.conf import settings
from django.utils.translation import gettext as _

from contact_center.errors import NotAllowed
from contact_center.models import User


def speak(code: str, *, to: User) -> None:
    """Have the desk speak that language to somebody, on every computer, until they choose another.

    Raises NotAllowed for one that it does not speak.
    """
    if code not in dict(settings.LANGUAGES):
        raise NotAllowed(_("The desk does not speak that language."))
    User.objects.filter(pk=to.pk).update(language=code)
