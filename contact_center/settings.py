"""Django's settings for the site: the only file that reads the environment.

Values come from the environment, and below it from one file of `NAME=value` lines: `.env`, or the
file named by ENV_FILE. `.env.example` lists every variable. With nothing but DEMO=1 the site runs
embedded (SQLite, memory, the simulated phone network); each variable of a real installation moves
one part of it out: DATABASE_URL, REDIS_URL, the TWILIO_* credentials.

The settings of the contact center itself are the DJANGO_TWILIO_CALL dictionaries; they are read and
checked in `contact_center/conf`.
"""

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from dotenv import dotenv_values

from contact_center.conf.regions import Location, locate
from contact_center.demo_environment import demo_environment

BASE_DIR = Path(__file__).resolve().parent.parent


# Reading the environment

# A test run must not depend on a developer's own .env; pytest sets PYTEST_VERSION.
_default_file = BASE_DIR / ("tests/test.env" if "PYTEST_VERSION" in os.environ else ".env")
_env_file = Path(os.environ.get("ENV_FILE", _default_file))
if "ENV_FILE" in os.environ and not _env_file.is_file():
    raise ImproperlyConfigured(f"ENV_FILE names {_env_file}, and there is no such file.")
_env: dict[str, str] = {k: v or "" for k, v in dotenv_values(_env_file).items()} | dict(os.environ)


def _text(name: str, default: str = "") -> str:
    return _env.get(name, "").strip() or default


def _optional(name: str) -> str | None:
    return _text(name) or None


def _yes(name: str, default: bool = False) -> bool:
    value = _text(name).lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    if value:
        raise ImproperlyConfigured(f"{name} is {value!r}: say 1 or 0, true or false, yes or no.")
    return default


def _number(name: str, default: int) -> int:
    value = _text(name)
    if not value:
        return default
    try:
        return int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is {value!r}: a whole number is needed.") from error


def _list(name: str) -> list[str]:
    return [part.strip() for part in _text(name).split(",") if part.strip()]


DEMO = _yes("DEMO")  # the embedded demo: sample people, a simulated phone network, one machine
DEBUG = _yes("DEBUG", default=DEMO)
DATA_DIR = Path(_text("DATA_DIR", str(BASE_DIR / ".data"))).resolve()
if DEMO:
    _env = demo_environment(DATA_DIR) | _env

_local = DEBUG or DEMO  # plain http on this machine, not https before the public


# The site

# Django itself refuses to sign anything with an empty key, and contact_center.E001 says what to do.
SECRET_KEY = _text("SECRET_KEY")
SECRET_KEY_FALLBACKS = _list("SECRET_KEY_FALLBACKS")

BASE_URL = _text("BASE_URL", f"http://localhost:{_number('PORT', 8000)}" if _local else "")
TWILIO_WEBHOOK_BASE_URL = _text("TWILIO_WEBHOOK_BASE_URL", BASE_URL)
ALLOWED_HOSTS = _list("ALLOWED_HOSTS")
if _local and not ALLOWED_HOSTS:
    ALLOWED_HOSTS = ["localhost", ".localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [
    f"{part.scheme}://{part.netloc}" for part in (urlsplit(BASE_URL),) if part.netloc
]
if DEMO:  # each role has its own host: alice.localhost, carol.localhost …
    CSRF_TRUSTED_ORIGINS.append(f"http://*.localhost:{_number('PORT', 8000)}")

INSTALLED_APPS = [
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "django_htmx",
    "axes",
    "csp",
    "contact_center",
    "agents",
    "supervisors",
    "realtime",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "contact_center.webhooks.middleware.PhoneNetworkMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    # Speaks no async, and so does everything that stands around it: under daphne a page changes
    # thread twice instead of twenty times.
    "contact_center.middleware.LanguageMiddleware",
    "contact_center.middleware.PermissionsPolicyMiddleware",
]

ROOT_URLCONF = "contact_center.urls"
ASGI_APPLICATION = "contact_center.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]


# Data

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES: dict[str, dict[str, Any]]
if _text("DATABASE_URL"):
    DATABASES = {"default": dict(dj_database_url.parse(_text("DATABASE_URL")))}
    if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
        # The same, except that an outage is noticed once and not by every caller in turn.
        DATABASES["default"]["ENGINE"] = "contact_center.postgresql"
        # Under ASGI every request thread would open a connection of its own, so a pool is not
        # optional; it wants CONN_MAX_AGE 0. The phone network waits 5 s for an answer, and a
        # caller longer than that in silence: fail in 2 s. After an outage a connection is made when
        # it is wanted, for the pool's own attempts come at ever longer intervals.
        DATABASES["default"]["CONN_MAX_AGE"] = 0
        DATABASES["default"].setdefault("OPTIONS", {})["connect_timeout"] = 3
        DATABASES["default"]["OPTIONS"]["pool"] = {
            "min_size": 2,
            "max_size": _number("DATABASE_POOL_SIZE", 16),
            "timeout": 2,
            "reconnect_timeout": 0,
        }
        # The same few statements come thousands of times a minute: the server keeps its plan of
        # what a connection asked before. A pooler in between must pass prepared statements on.
        DATABASES["default"]["OPTIONS"] |= {"server_side_binding": True, "prepare_threshold": 5}
else:
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    DATABASES = {
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA_DIR / "db.sqlite3"}
    }
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # WAL lets screens read while a call is written; IMMEDIATE takes the write lock where the
    # transaction begins, so that two writers wait in line (20 s) instead of failing halfway.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }

REDIS_URL = _text("REDIS_URL")
CACHES: dict[str, dict[str, Any]]
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "twilio_call",
            "OPTIONS": {
                "CLIENT_CLASS": "django_redis.client.DefaultClient",
                "CONNECTION_POOL_KWARGS": {"max_connections": 50, "retry_on_timeout": True},
                "SOCKET_CONNECT_TIMEOUT": 5,
                "SOCKET_TIMEOUT": 5,
                "COMPRESSOR": "django_redis.compressors.zlib.ZlibCompressor",
                "IGNORE_EXCEPTIONS": True,  # a cache that is down is a cache that misses
            },
        }
    }
    DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "KEY_PREFIX": "twilio_call",
        }
    }

# The capacity is counted per process, not per socket: the default of 100 drops messages.
CHANNEL_LAYERS: dict[str, dict[str, Any]]
if REDIS_URL:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {
                # redis-py's default of 5 s equals the 5 s for which the layer waits for a
                # message: a quiet floor would lose its sockets with code 1011.
                "hosts": [{"address": REDIS_URL, "socket_timeout": None}],
                "capacity": 10_000,
            },
        }
    }
else:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels.layers.InMemoryChannelLayer",
            "CONFIG": {"capacity": 10_000},
        }
    }

CELERY_BROKER_URL = _text("CELERY_BROKER_URL", REDIS_URL or "memory://")
CELERY_RESULT_BACKEND = _optional("CELERY_RESULT_BACKEND") or REDIS_URL or None
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Who gives work to a broker that is down is told so at once: the work waits in the database.
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.2,
    "socket_connect_timeout": 2,
}
# The app that takes heavy work. A site with an app of its own names it here.
CELERY_APP = "contact_center.celery.app"

# E-mail: to the server that EMAIL_HOST names; a site that has none keeps what it would send, for
# supervisors to read (contact_center/kept_mail.py).
EMAIL_HOST = _text("EMAIL_HOST")
EMAIL_PORT = _number("EMAIL_PORT", 25)
EMAIL_HOST_USER = _text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = _text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = _yes("EMAIL_USE_TLS")
EMAIL_USE_SSL = _yes("EMAIL_USE_SSL")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = _text("DEFAULT_FROM_EMAIL", "contact-center@localhost")
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if EMAIL_HOST
    else "contact_center.kept_mail.KeptMailBackend"
)

# Alerts are sent to webhooks on these hosts alone (https, public addresses): "hooks.example.org",
# or "hooks.example.org:8443".
ALERT_WEBHOOK_HOSTS = [host.lower() for host in _list("ALERT_WEBHOOK_HOSTS")]
# While developing: "host:port" that may be of this machine, and plain http.
ALERT_WEBHOOK_LOCAL_HOSTS = [host.lower() for host in _list("ALERT_WEBHOOK_LOCAL_HOSTS")]
if ALERT_WEBHOOK_LOCAL_HOSTS and not _local:
    raise ImproperlyConfigured(
        "ALERT_WEBHOOK_LOCAL_HOSTS is for DEBUG: name public hosts in ALERT_WEBHOOK_HOSTS."
    )

STORAGES: dict[str, dict[str, Any]] = {
    # Wait music that was uploaded; the site serves it itself, so it has no address of its own.
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "files", "base_url": None},
    },
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if _local
            else "contact_center.staticfiles.HashedStaticFiles"
        )
    },
    "recordings": {
        # The folder and the rest say DJANGO_TWILIO_CALL_STORAGE.
        "BACKEND": "contact_center.kept_recordings.KeptRecordings",
    },
}

STATIC_URL = "/static/"
STATIC_ROOT = Path(_text("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
_node_modules = BASE_DIR / "node_modules"
STATICFILES_DIRS: list[Path | tuple[str, Path]] = [
    entry
    for entry in (
        BASE_DIR / "static",
        ("vendor/htmx", _node_modules / "htmx.org/dist"),
        ("vendor/voice-sdk", _node_modules / "@twilio/voice-sdk/dist"),
        ("vendor/lucide/icons", _node_modules / "lucide-static/icons"),
        ("vendor/inter", _node_modules / "@fontsource-variable/inter/files"),
    )
    if (entry[1] if isinstance(entry, tuple) else entry).is_dir()
]


# People

AUTH_USER_MODEL = "contact_center.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "sign-in"

# Five wrong passwords for one name from one address, then a quarter of an hour's pause: enough to
# stop guessing, and nobody can lock a colleague out from elsewhere.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "contact_center.middleware.client_address"
AXES_VERBOSE = False
AXES_COOLOFF_MESSAGE = _(
    "Too many wrong passwords. Wait 15 minutes and sign in again, or ask an administrator."
)

LANGUAGE_CODE = "en"
#: Those in which the desk speaks, each under its own name; what has no words yet is in English.
LANGUAGES = [("en", "English"), ("es", "Español"), ("fr", "Français")]
LOCALE_PATHS = [BASE_DIR / "contact_center" / "locale"]
TIME_ZONE = _text("TIME_ZONE", "UTC")
USE_I18N = True
USE_TZ = True


# Safety on the way

# No domain on any cookie: a session belongs to the one host it was opened on.
# Pages that come back together have theirs read together (realtime/entrance.py), from there.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
BEHIND_PROXY = _yes("BEHIND_PROXY")  # our own proxy sets X-Forwarded-Proto and -For; believe them
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
if not _local:
    SESSION_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_SECURE = True
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    SECURE_SSL_REDIRECT = _yes("SECURE_SSL_REDIRECT", default=True)
    # A redirected POST loses its body, and a health probe comes from this machine.
    SECURE_REDIRECT_EXEMPT = [r"^webhooks/", r"^health/$"]
    SECURE_HSTS_SECONDS = _number("SECURE_HSTS_SECONDS", 31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = _yes("SECURE_HSTS_INCLUDE_SUBDOMAINS")
    SECURE_HSTS_PRELOAD = _yes("SECURE_HSTS_PRELOAD")

PERMISSIONS_POLICY = (
    "microphone=(self), speaker-selection=(self), camera=(), geolocation=(), payment=(), usb=()"
)


# The contact center: DJANGO_TWILIO_CALL and DJANGO_TWILIO_CALL_<GROUP>, listed in docs/settings.md.
# Write a dictionary here, or give it as JSON in the environment variable of the same name.

for _name in sorted(_env):
    if _name.startswith("DJANGO_TWILIO_CALL"):
        try:
            globals()[_name] = json.loads(_env[_name])
        except ValueError as error:
            raise ImproperlyConfigured(
                f"{_name} in the environment is not JSON: {error}."
            ) from error

# Beside everything else of ours where nobody says otherwise.
globals().setdefault("DJANGO_TWILIO_CALL_STORAGE", {"LOCAL_PATH": str(DATA_DIR / "recordings")})


# The phone network

# True: the simulator is the phone network. The dictionary's word counts more than the variable's.
_general = globals().get("DJANGO_TWILIO_CALL", {})
MOCK_TWILIO = _yes("MOCK_TWILIO", default=DEMO)
if isinstance(_general, dict) and isinstance(_general.get("MOCK_TWILIO"), bool):
    MOCK_TWILIO = _general["MOCK_TWILIO"]
SIMULATOR_URL = _text("SIMULATOR_URL", f"http://localhost:{_number('SIM_PORT', 8100)}")
TWILIO_ACCOUNT_SID = _text("TWILIO_ACCOUNT_SID")
TWILIO_AUTH_TOKEN = _text("TWILIO_AUTH_TOKEN")
TWILIO_API_KEY_SID = _text("TWILIO_API_KEY_SID")
TWILIO_API_KEY_SECRET = _text("TWILIO_API_KEY_SECRET")
TWILIO_TWIML_APP_SID = _text("TWILIO_TWIML_APP_SID")
TWILIO_PHONE_NUMBER = _text("TWILIO_PHONE_NUMBER")
TWILIO_REGION = _optional("TWILIO_REGION")
TWILIO_EDGE = _optional("TWILIO_EDGE")
TWILIO_SUBACCOUNT_SID = _optional("TWILIO_SUBACCOUNT_SID")
if _text("TWILIO_WEBHOOK_VALIDATE"):  # left out, another spelling or the default decides
    TWILIO_WEBHOOK_VALIDATE = _yes("TWILIO_WEBHOOK_VALIDATE")

#: How many calls the account may begin in a second (Twilio: 1, until it is raised).
CALLS_PER_SECOND = max(_number("CALLS_PER_SECOND", 1), 1)

TELEPHONY_ADAPTER = "contact_center.telephony.twilio.provider.TwilioTelephony"
TELEPHONY_HTTP_CLIENT = "contact_center.telephony.twilio.http_client.TimedHttpClient"
EVENT_SUBSCRIBERS = [
    "realtime.broadcast.push_to_browsers",
    "contact_center.metrics.counting.count_events",
]

#: Where each process of this machine keeps its figures for Prometheus; emptied when the whole site
#: is restarted.
METRICS_DIR = Path(_text("PROMETHEUS_MULTIPROC_DIR", str(DATA_DIR / "metrics")))
# prometheus_client takes it from nowhere else, and at the moment it is imported.
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(METRICS_DIR))


def _voice_hosts() -> tuple[list[str], list[str]]:
    """Return what the softphone connects to and plays from, as the Voice SDK documents it."""
    if MOCK_TWILIO:
        host = urlsplit(SIMULATOR_URL)
        return [f"{host.scheme}://{host.netloc}", f"ws://{host.netloc}"], []
    try:
        place = locate(TWILIO_REGION, TWILIO_EDGE)
    except ValueError:
        place = Location()  # contact_center.E006 names the wrong value
    sounds = ["https://media.twiliocdn.com", "https://sdk.twilio.com"]
    gateway = [f"wss://{place.signalling_host}", f"https://{place.event_gateway_host}"]
    return gateway + sounds, sounds


_connect_hosts, _media_hosts = _voice_hosts()
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'", *_connect_hosts],
        "media-src": ["'self'", "mediastream:", *_media_hosts],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname:<7} {name}: {message}", "style": "{"},
    },
    "filters": {"mask": {"()": "contact_center.log_filters.MaskPhoneNumbers"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["mask"],
        },
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "contact_center": {"level": "INFO"},
        "agents": {"level": "INFO"},
        "supervisors": {"level": "INFO"},
        "realtime": {"level": "INFO"},
        # Django gives these two handlers of their own, which mask nothing: take them away.
        "django": {"handlers": [], "level": "INFO"},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
        "daphne": {"level": "INFO"},
    },
}
