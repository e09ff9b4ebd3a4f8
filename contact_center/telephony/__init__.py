"""The phone network, as the rest of the product sees it: `network()` and the values of `port`."""

from functools import cache

from django.conf import settings
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from contact_center.telephony.port import Telephony

__all__ = ["network"]


@cache
def network() -> Telephony:
    """Return the phone network that the settings name; one per process, safe for many threads.

    Raises ImproperlyConfigured or ImportError when ``TELEPHONY_ADAPTER`` or what it needs is wrong.
    """
    adapter: Telephony = import_string(settings.TELEPHONY_ADAPTER)()
    return adapter


def _forget_network(**_: object) -> None:
    network.cache_clear()


# Settings move only in tests; keeping a list of those that matter here would one day be wrong.
setting_changed.connect(_forget_network, dispatch_uid="contact_center.telephony.network")
