"""The site's settings, with a point after every commit and around every request to the network."""

from contact_center.settings import *  # noqa: F403 - settings are read by name from one module
from contact_center.settings import DATABASES

DATABASES["default"]["ENGINE"] = "tests.under_fire.crash.database"
TELEPHONY_HTTP_CLIENT = "tests.under_fire.crash.http_client.CrashingHttpClient"
