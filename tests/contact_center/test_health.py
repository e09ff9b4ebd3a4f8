"""/health/ says of each part what it is and whether it is well, and fails with none of them."""

from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client, override_settings

from tests.universe.floor import open_floor

PARTS = ("database", "cache", "channel_layer", "broker", "phone_network")


@pytest.fixture
def looked_at(transactional_db: None) -> Any:
    """Asks a site whose phone network answers."""

    def look() -> Any:
        with open_floor(), override_settings(ROOT_URLCONF="contact_center.urls"):
            return Client().get("/health/")

    return look


def test_a_site_that_is_well_says_what_it_runs_on(looked_at: Any) -> None:
    answer = looked_at()
    assert answer.status_code == 200
    said = answer.json()
    assert said["ok"] is True
    assert set(said) == {"ok", *PARTS}
    on_redis = bool(django_settings.REDIS_URL)
    kinds = {part: said[part]["kind"] for part in PARTS}
    assert kinds == {
        "database": connection.vendor,
        "cache": "redis" if on_redis else "memory",
        "channel_layer": "redis" if on_redis else "memory",
        "broker": "redis" if on_redis else "memory",
        "phone_network": "simulator",
    }
    assert all(said[part]["ok"] for part in PARTS)
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_phone_network_that_is_gone_is_named_and_the_rest_is_still_looked_at(
    db: None, settings: Any
) -> None:
    settings.SIMULATOR_URL = "http://127.0.0.1:9"  # nobody listens there
    answer = Client().get("/health/")
    assert answer.status_code == 503
    said = answer.json()
    assert said["ok"] is False
    assert said["phone_network"]["ok"] is False
    assert said["phone_network"]["problem"]
    assert said["database"]["ok"] is True


def test_a_broker_that_is_gone_is_named(looked_at: Any, settings: Any) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:9/0"
    answer = looked_at()
    assert answer.status_code == 503
    said = answer.json()
    assert said["broker"] == {"kind": "redis", "ok": False, "problem": "ConnectionError"}
    assert said["database"]["ok"] is True


def test_a_broker_that_nobody_uses_is_not_missed(looked_at: Any, settings: Any) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:9/0"
    settings.DJANGO_TWILIO_CALL_PERFORMANCE = {"ASYNC_TASKS": {"USE_CELERY": False}}
    answer = looked_at()
    assert answer.status_code == 200
    assert answer.json()["broker"]["kind"] == "unused"


def test_a_problem_tells_a_stranger_neither_address_nor_password(
    looked_at: Any, settings: Any
) -> None:
    settings.CELERY_BROKER_URL = "redis://user:a-password@127.0.0.1:9/0"
    assert b"a-password" not in looked_at().content
    assert b"127.0.0.1" not in looked_at().content


def test_it_is_only_looked_at() -> None:
    for method in ("post", "put", "delete"):
        assert getattr(Client(), method)("/health/").status_code == 405


def test_it_says_which_phone_network_wherever_the_simulator_was_switched_on(
    looked_at: Any, settings: Any
) -> None:
    settings.MOCK_TWILIO = False
    settings.DJANGO_TWILIO_CALL = {"MOCK_TWILIO": True}
    assert looked_at().json()["phone_network"]["kind"] == "simulator"
    settings.DJANGO_TWILIO_CALL = {"MOCK_TWILIO": False}
    assert looked_at().json()["phone_network"]["kind"] == "twilio"
