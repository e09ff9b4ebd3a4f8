"""Where a number leads, and what a menu says: read once, kept for a moment.

Every arrival asks the same questions. The answers change when an administrator changes them, so
each process keeps them for KEEP_SECONDS; saving a row in this process drops them at once. A
version of a menu that calls are in is not changed but followed by the next one.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from django.core.signals import setting_changed
from django.db.models.signals import post_delete, post_save
from django.utils import timezone

from contact_center.conf import current
from contact_center.domain.menus import MenuFlow, MenuOption
from contact_center.domain.skills import Levels
from contact_center.domain.telephone_numbers import known_number
from contact_center.models import (
    BlockedCaller,
    BranchSkill,
    CallerSkill,
    Menu,
    MenuChoice,
    MenuVersion,
    NumberSkill,
    PhoneNumber,
    Tenant,
)
from contact_center.models.prepared import Given, Prepared

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
    #: What the number asks of whoever takes the call.
    needs: Levels = field(default_factory=dict)
    #: Whether any caller of the organisation asks for something: if not, nobody is looked up.
    knows_callers: bool = False
    #: Whether the organisation blocks anybody: if not, nobody is looked up for that.
    blocks_callers: bool = False


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


def needs_of_caller(route: Route, from_number: str) -> dict[int, int]:
    """Return what a caller asks for, whoever takes the call; nothing where the number is withheld.

    Customers are many and come seldom, so they are not kept but asked about, where there are any.
    """
    number = known_number(from_number) if route.knows_callers else ""
    return dict(_NEEDS_OF_CALLER.all(tenant_id=route.tenant_id, e164=number)) if number else {}


_NEEDS_OF_CALLER = Prepared(
    CallerSkill.objects.filter(tenant_id=Given("tenant_id"), e164=Given("e164"))
    .order_by()
    .values_list("skill_id", "level")
)


def menu_of(version_id: int) -> KnownMenu:
    """Return a version of a menu."""
    return _menus.get(version_id)


def _read_route(e164: str) -> Route | None:
    number = PhoneNumber.objects.filter(e164=e164).first()
    if number is None:
        tenant_id = Tenant.objects.order_by("pk").values_list("pk", flat=True).first()
        if tenant_id is None:
            return None
        return Route(
            tenant_id,
            None,
            None,
            None,
            knows_callers=_knows_callers(tenant_id),
            blocks_callers=_blocks_callers(tenant_id),
        )
    version_id = _published_version(number.menu_id) if number.menu_id is not None else None
    return Route(
        number.tenant_id,
        number.pk,
        version_id,
        number.queue_id,
        number.is_room,
        needs=dict(number.skills.values_list("skill_id", "level")),
        knows_callers=_knows_callers(number.tenant_id),
        blocks_callers=_blocks_callers(number.tenant_id),
    )


def _knows_callers(tenant_id: int) -> bool:
    return CallerSkill.objects.filter(tenant_id=tenant_id).exists()


def _blocks_callers(tenant_id: int) -> bool:
    return BlockedCaller.objects.filter(tenant_id=tenant_id).exists()


def _published_version(menu_id: int) -> int | None:
    """Return the newest published version, of those in the default language if there are any."""
    published = MenuVersion.objects.filter(menu_id=menu_id, published_at__isnull=False)
    ids = published.order_by("-number").values_list("pk", flat=True)
    return ids.filter(language__in=["", current().ivr.default_language]).first() or ids.first()


def _read_menu(version_id: int) -> KnownMenu:
    versions = MenuVersion.objects.select_related("menu").prefetch_related("choices")
    version = versions.get(pk=version_id)
    ivr = current().ivr
    needs: dict[str, dict[int, int]] = defaultdict(dict)
    for key, skill_id, level in version.menu.skills.values_list("key", "skill_id", "level"):
        needs[key][skill_id] = level
    flow = MenuFlow(
        greeting=version.greeting,
        options=tuple(
            MenuOption(
                key=choice.key,
                label=choice.label,
                queue_id=choice.queue_id,
                needs=needs.get(choice.key, {}),
            )
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


for _model in (
    BlockedCaller,
    BranchSkill,
    CallerSkill,
    Menu,
    MenuChoice,
    MenuVersion,
    NumberSkill,
    PhoneNumber,
    Tenant,
):
    post_save.connect(forget, sender=_model, dispatch_uid=f"routes.saved.{_model.__name__}")
    post_delete.connect(forget, sender=_model, dispatch_uid=f"routes.deleted.{_model.__name__}")
# Settings move only in tests.
setting_changed.connect(forget, dispatch_uid="routes.settings")
