"""The icons of every screen: one small sprite, put together from Lucide (ISC) as npm installed it.

A page says ``{% icon "hold" %}``; the names are ours, so that a state keeps its icon everywhere.
"""

import hashlib
import re
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

#: Our word → the file of Lucide's that draws it.
LUCIDE = {
    # the states of an agent
    "available": "circle-check",
    "ringing": "bell-ring",
    "connecting": "phone-outgoing",
    "on-call": "phone",
    "hold": "pause",
    "wrap-up": "pencil-line",
    "break": "coffee",
    "not-responding": "triangle-alert",
    "offline": "power",
    # levels
    "ok": "check",
    "info": "info",
    "warn": "triangle-alert",
    "breach": "octagon-alert",
    # lights
    "mic": "mic",
    "mic-off": "mic-off",
    "signal": "wifi",
    "lost": "wifi-off",
    "volume": "volume-2",
    # deeds
    "resume": "play",
    "keypad": "grip",
    "hang-up": "phone-off",
    "missed": "phone-missed",
    "declined": "phone-off",
    "answered": "phone-incoming",
    "voice": "audio-lines",
    "help": "hand",
    "sign-out": "log-out",
    "password": "key-round",
    "back": "undo-2",
    "other-tab": "monitor",
    "listen": "ear",
    "coach": "headset",
    "barge": "megaphone",
    "take-over": "arrow-left-right",
    "leave": "log-out",
    # furniture
    "down": "chevron-down",
    "menu": "menu",
    "question": "circle-question-mark",
    "user": "circle-user-round",
    "clock": "clock",
    "close": "x",
    "search": "search",
    "outside": "external-link",
    "queue": "users",
    "hours": "calendar-clock",
    "closed": "door-closed",
    "opened": "door-open",
    "emergency": "siren",
    "bell": "bell",
    "mail": "mail",
    "webhook": "webhook",
    "set-up": "settings-2",
    "skill": "graduation-cap",
    "voicemail": "voicemail",
    "routing": "split",
    "previous": "chevron-left",
    "next": "chevron-right",
}

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_OUTSIDE = re.compile(r"\A.*?<svg[^>]*>|</svg>\s*\Z", re.DOTALL)


def _drawing(name: str) -> str:
    path = f"vendor/lucide/icons/{name}.svg"
    found = finders.find(path)
    if isinstance(found, str):
        text = Path(found).read_text(encoding="utf-8")
    else:  # a deployment that keeps only what collectstatic gathered
        with staticfiles_storage.open(path) as stored:
            text = stored.read().decode()
    return " ".join(_OUTSIDE.sub("", _COMMENT.sub("", text)).split())


@cache
def sprite() -> str:
    """Return the sprite: one symbol for each of our names. Raises OSError without Lucide."""
    symbols = "".join(
        f'<symbol id="{name}" viewBox="0 0 24 24">{_drawing(file)}</symbol>'
        for name, file in LUCIDE.items()
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg">{symbols}</svg>'


@cache
def version() -> str:
    """Return what changes when the sprite does, for its address."""
    return hashlib.sha256(sprite().encode()).hexdigest()[:12]


@require_safe
def icons(request: HttpRequest) -> HttpResponse:
    """Serve the sprite. Its address carries its version, so a browser may keep it for ever."""
    response = HttpResponse(sprite(), content_type="image/svg+xml")
    patch_cache_control(response, public=True, max_age=31_536_000, immutable=True)
    return response
