"""What a person reads on a page that was answered, and what was written down meanwhile."""

import re
from html import unescape
from typing import Any

from contact_center.models import EventLog


def said(answer: Any) -> str:
    """What a person reads there."""
    text = re.sub(r"<title>.*?</title>", "", answer.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def events() -> list[str]:
    """The names of what happened, the oldest first."""
    return list(EventLog.objects.order_by("pk").values_list("name", flat=True))
