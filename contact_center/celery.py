"""Our Celery app, for sites that have none of their own: heavy work that may wait.

Nothing a caller waits for runs here; that is the clock's. A host that has its own app names it in
the setting CELERY_APP; its `autodiscover_tasks()` finds our tasks, and timetable.py has the rest.
"""

import os

from celery import Celery

from contact_center.timetable import TIMETABLE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contact_center.settings")

app = Celery("contact_center")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = TIMETABLE
# For every thread: Celery would else remember it for the one that imported this.
app.set_default()
