"""``/health/``: which database, cache, channel layer, broker and network, and how each is."""

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import redis
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from contact_center import conf
from contact_center.telephony import network

Probe = Callable[[], None]


@require_GET
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 when everything is well, 503 when a part is not, with every part by name."""
    parts = look_at_everything()
    well = all(part["ok"] for part in parts.values())
    return JsonResponse({"ok": well, **parts}, status=200 if well else 503)


def look_at_everything() -> dict[str, dict[str, Any]]:
    """Return for each part what it is, whether it answers, and in how many milliseconds."""
    return {
        "database": _look(connection.vendor, _database),
        "cache": _look(_kind(settings.CACHES["default"]["BACKEND"]), _cache),
        "channel_layer": _look(
            _kind(settings.CHANNEL_LAYERS["default"]["BACKEND"]), _channel_layer
        ),
        "broker": _look(_broker_kind(), _broker),
        "phone_network": _look(_network_kind(), _phone_network),
    }


def _broker_kind() -> str:
    uses_celery = conf.current().performance.async_tasks.use_celery
    return urlsplit(settings.CELERY_BROKER_URL).scheme if uses_celery else "unused"


def _network_kind() -> str:
    return "simulator" if conf.current().general.mock_twilio else "twilio"


def _look(kind: str, probe: Probe) -> dict[str, Any]:
    started = time.monotonic()
    try:
        probe()
    except Exception as error:
        # Whatever a part answers, the page must say so instead of failing itself.
        return {"kind": kind, "ok": False, "problem": type(error).__name__}
    return {"kind": kind, "ok": True, "ms": round((time.monotonic() - started) * 1000, 1)}


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _cache() -> None:
    cache.set("health", "ok", 10)
    if cache.get("health") != "ok":
        raise ConnectionError("the cache does not keep what it is given")


def _channel_layer() -> None:
    if settings.REDIS_URL:
        redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1).ping()
    else:
        layer = get_channel_layer()
        async_to_sync(layer.group_send)("health", {"type": "health"})


def _broker() -> None:
    if _broker_kind() in ("redis", "rediss"):
        redis.Redis.from_url(settings.CELERY_BROKER_URL, socket_timeout=1).ping()


def _phone_network() -> None:
    network().fetch_account()


KINDS: Mapping[str, str] = {
    "LocMemCache": "memory",
    "RedisCache": "redis",
    "PyMemcacheCache": "memcached",
    "InMemoryChannelLayer": "memory",
    "RedisChannelLayer": "redis",
}


def _kind(dotted_path: str) -> str:
    name = dotted_path.rsplit(".", 1)[-1]
    return KINDS.get(name, name)
