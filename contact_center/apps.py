"""The core as a Django app."""

import gc

from django.apps import AppConfig
from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _


class ContactCenterConfig(AppConfig):
    """Registers the system checks and the Celery app when Django has loaded its apps."""

    name = "contact_center"
    label = "contact_center"
    verbose_name = _("Contact center")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import what registers itself, and let our loggers be as talkative as the settings say."""
        from contact_center import checks, log_filters  # noqa: F401  (checks register themselves)

        import_string(settings.CELERY_APP)
        log_filters.apply_verbosity()
        # From here on there is garbage to look for, but not in what was loaded (manage.py).
        gc.freeze()
        gc.enable()
