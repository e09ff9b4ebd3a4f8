"""The demo's settings, with one socket more: what painting is measured against."""

from contact_center.settings import *  # noqa: F403 - settings are read by name from one module

ASGI_APPLICATION = "tests.benchmarks.painting_app.application"
