"""Celery's timetable, for its beat: what is asked for by the hour.

Plain values, so that a host's own Celery app can take them over:

    app.conf.beat_schedule = {**app.conf.beat_schedule, **TIMETABLE}
"""

from celery.schedules import crontab

TIMETABLE = {
    "contact center: tidy up": {
        "task": "contact_center.tasks.ask_for",
        "args": ["tidy_up"],
        "schedule": crontab(minute="17"),
    },
}
