"""The site's settings with the benchmark's addresses."""

from contact_center import settings as site
from contact_center.settings import *  # noqa: F403 - settings are read by name from one module

ROOT_URLCONF = "tests.benchmarks.bare_view"
EVENT_SUBSCRIBERS = ["realtime.broadcast.push_to_browsers"]
MIDDLEWARE = [site.MIDDLEWARE[0], "tests.benchmarks.bare_view.Straight", *site.MIDDLEWARE[1:]]
