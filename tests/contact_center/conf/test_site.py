"""A site that serves people is held to more than a laptop is."""

import pytest

from tests.contact_center.conf.written import loaded, problems, the_problem


def test_a_site_without_a_secret_key_is_told_how_to_make_one() -> None:
    problem = the_problem(SECRET_KEY="")
    assert (problem.id, problem.key) == ("E001", "SECRET_KEY")
    assert "token_urlsafe" in problem.hint


def test_in_production_signatures_must_be_checked() -> None:
    problem = the_problem(TWILIO_WEBHOOK_VALIDATE=False)
    assert (problem.id, problem.level) == ("E020", "error")


@pytest.mark.parametrize("laptop", [{"DEBUG": True}, {"DEMO": True}])
def test_on_a_laptop_signatures_may_go_unchecked(laptop: dict[str, bool]) -> None:
    assert problems(TWILIO_WEBHOOK_VALIDATE=False, **laptop) == []


def test_in_production_the_public_address_is_https() -> None:
    written = {"TWILIO_WEBHOOK_BASE_URL": "http://calls.example.org"}
    problem = the_problem(**written)
    assert (problem.id, problem.key) == ("E005", "TWILIO_WEBHOOK_BASE_URL")
    assert problems(**written, DEBUG=True) == []


def test_plain_http_is_well_between_the_site_and_a_simulator_on_the_same_machine() -> None:
    assert problems(
        TWILIO_WEBHOOK_BASE_URL="http://localhost:8000",
        ALLOWED_HOSTS=["localhost"],
        MOCK_TWILIO=True,
    ) == [("W004", "MOCK_TWILIO")]


@pytest.mark.parametrize("hosts", [[], ["other.example.org"]])
def test_the_public_host_must_be_one_that_is_served(hosts: list[str]) -> None:
    assert problems(ALLOWED_HOSTS=hosts) == [("E021", "ALLOWED_HOSTS")]
    assert problems(ALLOWED_HOSTS=hosts, DEBUG=True) == []


def test_a_pattern_that_covers_the_public_host_is_enough() -> None:
    assert problems(ALLOWED_HOSTS=[".example.org"]) == []


@pytest.mark.parametrize(
    ("voice", "speaks"),
    [("Polly.Vicki", "de"), ("Polly.Lucia-Neural", "es"), ("Google.fr-FR-Neural2-A", "fr")],
)
def test_a_voice_of_another_language_is_warned_about(voice: str, speaks: str) -> None:
    problem = the_problem(DJANGO_TWILIO_CALL_IVR={"DEFAULT_VOICE": voice})
    assert problem.id == "W003"
    assert repr(speaks) in problem.message


@pytest.mark.parametrize("voice", ["Polly.Joanna-Neural", "Google.en-US-Neural2-C", "man"])
def test_a_voice_of_the_language_or_of_all_is_not(voice: str) -> None:
    assert problems(DJANGO_TWILIO_CALL_IVR={"DEFAULT_VOICE": voice}) == []


def test_a_log_handler_that_shows_phone_numbers_is_warned_about() -> None:
    logging = {
        "filters": {"mask": {"()": "contact_center.log_filters.MaskPhoneNumbers"}},
        "handlers": {
            "console": {"class": "logging.StreamHandler", "filters": ["mask"]},
            "file": {"class": "logging.FileHandler", "filename": "calls.log"},
        },
    }
    assert the_problem(LOGGING=logging).key == "LOGGING['handlers']['file']"
    shown = {"MASK_PHONE_NUMBERS": False}
    _result, found = loaded(LOGGING=logging, DJANGO_TWILIO_CALL_SECURITY=shown)
    assert found == []


ON = {"DJANGO_TWILIO_CALL": {"HIGH_AVAILABILITY": True}}
POSTGRES = {"default": {"ENGINE": "django.db.backends.postgresql"}}
REDIS_LAYER = {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer"}}
REDIS_CACHE = {"default": {"BACKEND": "django_redis.cache.RedisCache"}}
SHARED: dict[str, object] = {
    "DATABASES": POSTGRES,
    "CHANNEL_LAYERS": REDIS_LAYER,
    "CACHES": REDIS_CACHE,
    "CELERY_BROKER_URL": "redis://127.0.0.1:6379/0",
}
ALONE: dict[str, object] = {
    "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3"}},
    "CHANNEL_LAYERS": {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}},
    "CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    "CELERY_BROKER_URL": "memory://",
}


@pytest.mark.parametrize("key", ALONE)
def test_several_nodes_must_share_what_one_of_them_knows(key: str) -> None:
    problem = the_problem(**ON, **{**SHARED, key: ALONE[key]})
    assert (problem.id, problem.key, problem.level) == ("E022", key, "error")
    assert "HIGH_AVAILABILITY" in problem.message
    assert problems(**ON, **SHARED) == []


def test_one_node_may_keep_all_of_it_to_itself() -> None:
    assert problems(**ALONE) == []
    assert problems(DJANGO_TWILIO_CALL={"HIGH_AVAILABILITY": False}, **ALONE) == []


def test_several_nodes_need_no_broker_where_the_clocks_do_the_heavy_work() -> None:
    without = {"DJANGO_TWILIO_CALL_PERFORMANCE": {"ASYNC_TASKS": {"USE_CELERY": False}}}
    assert problems(**ON, **without, **{**SHARED, "CELERY_BROKER_URL": "memory://"}) == []


@pytest.mark.parametrize("cache", ["memcached.PyMemcacheCache", "redis.RedisCache"])
def test_any_cache_that_all_nodes_reach_is_well(cache: str) -> None:
    caches = {"default": {"BACKEND": f"django.core.cache.backends.{cache}"}}
    assert problems(**ON, **{**SHARED, "CACHES": caches}) == []


def test_a_task_is_told_to_stop_before_it_is_ended() -> None:
    limits = {"TASK_TIME_LIMIT": 100, "TASK_SOFT_TIME_LIMIT": 100}
    problem = the_problem(DJANGO_TWILIO_CALL_PERFORMANCE={"ASYNC_TASKS": limits})
    assert (problem.id, problem.level) == ("E012", "error")
    assert "TASK_SOFT_TIME_LIMIT must be smaller" in problem.message
