"""The few Lucide icons of the pages, as one sprite, read from the installed package."""

import re
from pathlib import Path

NAMES = (
    "bell-ring",
    "circle-check",
    "delete",
    "ear",
    "external-link",
    "hash",
    "info",
    "list-ordered",
    "message-square",
    "mic",
    "music",
    "phone",
    "phone-incoming",
    "phone-off",
    "phone-outgoing",
    "pause",
    "scroll-text",
    "triangle-alert",
    "users",
    "voicemail",
)

_INSIDE = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


def sprite(node_modules: Path) -> str:
    """An SVG document with one symbol for each name: `<use href="….svg#phone">`.

    Raises FileNotFoundError when lucide-static is not installed.
    """
    symbols = []
    for name in NAMES:
        source = (node_modules / "lucide-static" / "icons" / f"{name}.svg").read_text()
        inside = _INSIDE.search(source)
        assert inside is not None  # every icon of the pinned package is one <svg>
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{inside[1].strip()}</symbol>')
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'
