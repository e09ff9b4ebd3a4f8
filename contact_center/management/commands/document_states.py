"""`manage.py document_states`: write docs/call-states.md from the tables of the states."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from contact_center.domain import diagrams


class Command(BaseCommand):
    """Write the page; a test fails when it is out of date."""

    help = "Write docs/call-states.md from the tables of the states."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the page and say where it is."""
        path = settings.BASE_DIR / "docs" / "call-states.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(diagrams.document(), encoding="utf-8")
        self.stdout.write(f"Wrote {path.relative_to(settings.BASE_DIR)}.")
