"""The core as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ContactCenterConfig(AppConfig):
    """Registers the system checks and the Celery app when Django has loaded its apps."""

    name = "contact_center"
    label = "contact_center"
    verbose_name = _("Contact center")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import what registers itself: the checks, and the app `@shared_task` binds to."""
        from contact_center import celery, checks  # noqa: F401  (imported to register themselves)
