"""The Celery app and its timetable: heavy work that may wait (retention, downloads, exports).

Nothing a caller waits for runs here; that is the clock's. Without a broker the same tasks run in
a worker embedded in the site's own process (`memory://`).
"""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contact_center.settings")

app = Celery("contact_center")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "tidy up": {"task": "contact_center.tasks.tidy_up", "schedule": crontab(minute="17")},
}
