"""What is wrong with the site around the contact center: secrets, hosts, https, logs."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.http.request import validate_host

from contact_center.conf.problems import Problem, missing
from contact_center.conf.voices import language_of

if TYPE_CHECKING:
    from contact_center.conf.loading import Configuration

MASK = "contact_center.log_filters.MaskPhoneNumbers"
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def site_problems(settings: Any, configuration: "Configuration") -> list[Problem]:
    """Return what is wrong between the settings of Django and those of the contact center."""
    problems = _secret_problems(settings)
    if not getattr(settings, "DEBUG", False) and not getattr(settings, "DEMO", False):
        problems += _production_problems(settings, configuration)
    if configuration.general.high_availability:
        problems += _availability_problems(settings, configuration)
    problems += _voice_problems(configuration)
    problems += _log_problems(settings, configuration)
    return problems


def _secret_problems(settings: Any) -> list[Problem]:
    # Asked of the settings below Django's own guard, which raises for an empty key.
    key = getattr(getattr(settings, "_wrapped", settings), "SECRET_KEY", "")
    if key:
        return []
    hint = (
        "Give it in the environment: python -c 'import secrets; print(secrets.token_urlsafe(50))' "
        "makes one. DEMO=1 makes its own."
    )
    return [missing("SECRET_KEY", hint)]


def _production_problems(settings: Any, configuration: "Configuration") -> list[Problem]:
    problems = []
    mocked = configuration.general.mock_twilio
    if mocked:
        problems.append(
            Problem(
                "W004",
                "MOCK_TWILIO",
                "the simulator is the phone network: nobody outside can ring",
                "Leave MOCK_TWILIO out to use Twilio, or set DEBUG=1 or DEMO=1 to try things out.",
            )
        )
    if not configuration.webhooks.validate_signature:
        problems.append(
            Problem(
                "E020",
                "TWILIO_WEBHOOK_VALIDATE",
                "is off: anybody could tell us what happens in calls",
                "Leave it out; it may be off only with DEBUG=1.",
            )
        )
    hosts = list(getattr(settings, "ALLOWED_HOSTS", []))
    base = urlsplit(configuration.twilio.webhook_base_url)
    if not hosts:
        like = base.hostname or "calls.example.org"
        problems.append(
            Problem(
                "E021",
                "ALLOWED_HOSTS",
                "is empty: every request would be refused",
                f"Write the host that people and Twilio use, like {like}.",
            )
        )
    elif base.hostname and not validate_host(base.hostname, hosts):
        problems.append(
            Problem(
                "E021",
                "ALLOWED_HOSTS",
                f"does not hold {base.hostname}, the host of TWILIO_WEBHOOK_BASE_URL",
                "Add it, or Twilio's requests are refused with 400.",
            )
        )
    if base.scheme == "http" and not (mocked and base.hostname in _LOOPBACK):
        problems.append(
            Problem(
                "E005",
                "TWILIO_WEBHOOK_BASE_URL",
                "is plain http: whatever is said about callers could be read on the way",
                "Write https://; behind a proxy that ends TLS set BEHIND_PROXY=1.",
            )
        )
    return problems


#: Back ends that keep what they are told in one process, or on one machine.
_IN_PROCESS_CACHES = ("locmem.LocMemCache", "dummy.DummyCache", "filebased.FileBasedCache")


def _availability_problems(settings: Any, configuration: "Configuration") -> list[Problem]:
    """Find what would keep the state of calls, or the news of them, from a second node.

    Everything else that a second node needs holds in any case: no state lives in a process, each
    piece of work is claimed by one, and numbers are given a fallback address.
    """
    found = []
    databases = getattr(settings, "DATABASES", {})
    if databases.get("default", {}).get("ENGINE", "").endswith(("sqlite3", "dummy")):
        found.append(("DATABASES", "is a file of one machine", "Set DATABASE_URL to PostgreSQL."))
    layers = getattr(settings, "CHANNEL_LAYERS", {})
    if layers.get("default", {}).get("BACKEND", "").endswith("InMemoryChannelLayer"):
        found.append(("CHANNEL_LAYERS", "tells the screens of one process only", "Set REDIS_URL."))
    caches = getattr(settings, "CACHES", {})
    if caches.get("default", {}).get("BACKEND", "").endswith(_IN_PROCESS_CACHES):
        found.append(("CACHES", "is a cache of one node", "Set REDIS_URL, or use memcached."))
    uses_celery = configuration.performance.async_tasks.use_celery
    if uses_celery and getattr(settings, "CELERY_BROKER_URL", "").startswith("memory:"):
        found.append(
            (
                "CELERY_BROKER_URL",
                "is in the memory of one process",
                "Set REDIS_URL, or ASYNC_TASKS.USE_CELERY to False: the clocks then do the work.",
            )
        )
    return [
        Problem("E022", key, f"{wrong}, and HIGH_AVAILABILITY is on", hint)
        for key, wrong, hint in found
    ]


def _voice_problems(configuration: "Configuration") -> list[Problem]:
    ivr = configuration.ivr
    speaks = language_of(ivr.default_voice)
    if speaks is None or ivr.default_language.partition("-")[0] == speaks:
        return []
    return [
        Problem(
            "W003",
            "DJANGO_TWILIO_CALL_IVR['DEFAULT_VOICE']",
            f"{ivr.default_voice} speaks {speaks!r}, and DEFAULT_LANGUAGE is "
            f"{ivr.default_language!r}",
            "Choose a voice of that language, or leave both out.",
        )
    ]


def _log_problems(settings: Any, configuration: "Configuration") -> list[Problem]:
    """Find handlers of ours that would show phone numbers although they are to be masked."""
    logging = getattr(settings, "LOGGING", None)
    if not configuration.security.mask_phone_numbers or not isinstance(logging, dict):
        return []
    masks = {name for name, each in logging.get("filters", {}).items() if each.get("()") == MASK}
    return [
        Problem(
            "W005",
            f"LOGGING['handlers']['{name}']",
            "would show phone numbers, and SECURITY.MASK_PHONE_NUMBERS is on",
            f"Give it the filter {MASK}, as settings.py does for 'console'.",
        )
        for name, handler in logging.get("handlers", {}).items()
        if not masks.intersection(handler.get("filters", []))
    ]
