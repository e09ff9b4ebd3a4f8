"""What `manage.py serve` prints when everything is ready: where to click, and what it runs on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Doorway:
    """One address to open, and who or what is behind it."""

    url: str
    what: str


def own_host(base_url: str, username: str, path: str = "/") -> str:
    """`http://alice.localhost:8000/`: a host for each person, because tabs share a cookie jar."""
    parts = urlsplit(base_url)
    host = f"{username}.{parts.hostname}"
    return f"{parts.scheme}://{host}:{parts.port}{path}" if parts.port else f"{base_url}{path}"


def demo_doorways(base_url: str, simulator_url: str) -> list[Doorway]:
    """The addresses of the demo, in the order in which a newcomer wants them."""
    return [
        Doorway(own_host(base_url, "alice"), _("an agent's desk (also bob, chen)")),
        Doorway(f"{simulator_url}/phone", _("a customer's phone")),
        Doorway(
            own_host(base_url, "carol", "/supervisors/"), _("the supervisor's floor (also nora)")
        ),
        Doorway(
            own_host(base_url, "dana", "/supervisors/set-up/"), _("the administrator's set-up")
        ),
        Doorway(f"{simulator_url}/", _("what happens inside the phone network")),
    ]


def describe_health(health: Mapping[str, object]) -> list[tuple[str, str]]:
    """`/health/` in lines: which database, cache, channel layer, broker and phone network."""
    lines = []
    for name, part in health.items():
        if not isinstance(part, Mapping):
            continue
        words = str(part.get("kind", ""))
        if not part.get("ok"):
            words += " · " + _("NOT WELL: %(problem)s") % {"problem": part.get("problem", "?")}
        lines.append((name.replace("_", " "), words))
    return lines


def banner(
    doorways: Sequence[Doorway],
    numbers: Sequence[tuple[str, str]],
    facts: Sequence[tuple[str, str]],
    *,
    password: str,
) -> str:
    """The whole text. `numbers` are (number, what it is), `facts` (name, value) lines."""
    wide = max((len(door.url) for door in doorways), default=0)
    lines = ["", _("The contact center is ready. Open:"), ""]
    lines += [f"  {door.url:<{wide}}   {door.what}" for door in doorways]
    if password:
        lines += ["", _("Everybody's password is: %(password)s") % {"password": password}]
    if numbers:
        lines += ["", _("Ring one of these numbers from the customer's phone:"), ""]
        lines += [f"  {number}   {what}" for number, what in numbers]
    wide = max((len(name) for name, _value in facts), default=0)
    lines += ["", *(f"  {name:<{wide}}   {value}" for name, value in facts)]
    lines += ["", _("Ctrl-C ends all of it. Your data stays; `make clean` forgets it."), ""]
    return "\n".join(lines)
