"""Where a number leads, and what a menu says: read once, kept for a moment.

Every arrival asks the same questions. The answers change when an administrator changes them, so
each process keeps them for KEEP_SECONDS; saving a row in this process drops them at once. A
version of a menu that calls are in is not changed but followed by the next one.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from django.core.signals import setting_changed
from django.db.models.signals import post_delete, post_save
from django.utils import timezone

from contact_center.conf import current
from contact_center.domain.menus import MenuFlow, MenuOption
from contact_center.models import Menu, MenuChoice, MenuVersion, PhoneNumber, Tenant

KEEP_SECONDS = 1.0
#: Numbers that nobody has set up are kept too; a stranger may not fill the memory with them.
MOST_KEPT = 1000

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True)
class Route:
    """Where calls to a number go; ids, for nothing else of these rows is needed."""

    tenant_id: int
    number_id: int | None
    menu_version_id: int | None
    queue_id: int | None
    is_room: bool = False


@dataclass(frozen=True)
class KnownMenu:
    """A version of a menu as the rules see it; ``timeout_seconds`` is the wait for a key."""

    flow: MenuFlow
    timeout_seconds: int
    asks_language: bool = False
    #: The newest published version of the same menu in each language.
    in_language: Mapping[str, int] = field(default_factory=dict)


class Kept(Generic[Key, Value]):
    """Answers by key, each for a moment. Safe for many threads: at worst two of them ask."""

    def __init__(self, ask: Callable[[Key], Value]) -> None:
        self._ask = ask
        self._answers: dict[Key, tuple[datetime, Value]] = {}
        self._lock = threading.Lock()

    def get(self, key: Key) -> Value:
        now = timezone.now()
        kept = self._answers.get(key)
        if kept is not None and abs(now - kept[0]) < timedelta(seconds=KEEP_SECONDS):
            return kept[1]
        value = self._ask(key)
        with self._lock:
            if len(self._answers) >= MOST_KEPT:
                self._answers.clear()
            self._answers[key] = (now, value)
        return value

    def forget(self) -> None:
        with self._lock:
            self._answers.clear()


def route_of(number: str) -> Route | None:
    """Return where calls to ``number`` go; None when there is no organisation at all."""
    return _routes.get(number[:64])


def menu_of(version_id: int) -> KnownMenu:
    """Return a version of a menu."""
    return _menus.get(version_id)


def _read_route(e164: str) -> Route | None:
    number = PhoneNumber.objects.filter(e164=e164).first()
    if number is None:
        tenant_id = Tenant.objects.order_by("pk").values_list("pk", flat=True).first()
        return Route(tenant_id, None, None, None) if tenant_id is not None else None
    version_id = _published_version(number.menu_id) if number.menu_id is not None else None
    return Route(number.tenant_id, number.pk, version_id, number.queue_id, number.is_room)


def _published_version(menu_id: int) -> int | None:
    """Return the newest published version, of those in the default language if there are any."""
    published = MenuVersion.objects.filter(menu_id=menu_id, published_at__isnull=False)
    ids = published.order_by("-number").values_list("pk", flat=True)
    return ids.filter(language__in=["", current().ivr.default_language]).first() or ids.first()


def _read_menu(version_id: int) -> KnownMenu:
    versions = MenuVersion.objects.select_related("menu").prefetch_related("choices")
    version = versions.get(pk=version_id)
    ivr = current().ivr
    flow = MenuFlow(
        greeting=version.greeting,
        options=tuple(
            MenuOption(key=choice.key, label=choice.label, queue_id=choice.queue_id)
            for choice in version.choices.all()
        ),
        no_input_text=version.no_input_text,
        wrong_key_text=version.wrong_key_text,
        rounds=version.retries or ivr.max_retries,
        fallback_queue_id=version.fallback_queue_id,
        language=version.language or ivr.default_language,
    )
    published = MenuVersion.objects.filter(menu=version.menu_id, published_at__isnull=False)
    return KnownMenu(
        flow,
        version.timeout_seconds or ivr.digit_timeout,
        version.menu.asks_language,
        {
            language or ivr.default_language: pk
            for language, pk in published.order_by("number").values_list("language", "pk")
        }
        if version.menu.asks_language
        else {},
    )


_routes: Kept[str, Route | None] = Kept(_read_route)
_menus: Kept[int, KnownMenu] = Kept(_read_menu)


def forget(**_: Any) -> None:
    """Drop what is kept: a row it was read from has changed, or a setting."""
    _routes.forget()
    _menus.forget()


for _model in (Menu, MenuChoice, MenuVersion, PhoneNumber, Tenant):
    post_save.connect(forget, sender=_model, dispatch_uid=f"routes.saved.{_model.__name__}")
    post_delete.connect(forget, sender=_model, dispatch_uid=f"routes.deleted.{_model.__name__}")
# Settings move only in tests.
setting_changed.connect(forget, dispatch_uid="routes.settings")
