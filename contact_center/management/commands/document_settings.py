"""`manage.py document_settings`: write docs/settings.md from the models of the settings."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from contact_center.conf.documentation import settings_page


class Command(BaseCommand):
    """Write the page; a test fails when it is out of date."""

    help = "Write docs/settings.md from the models of the settings."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the page and say where it is."""
        path = settings.BASE_DIR / "docs" / "settings.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(settings_page(), encoding="utf-8")
        self.stdout.write(f"Wrote {path.relative_to(settings.BASE_DIR)}.")
