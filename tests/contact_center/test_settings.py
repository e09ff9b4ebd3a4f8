"""What the environment makes of the site. Each test starts it as an operator would."""

import ast
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values

ROOT = Path(__file__).resolve().parents[2]
SHOW = """
import json, sys
from django.conf import settings
settings.DEBUG
def shown(name):  # below Django's guard, which raises for an empty SECRET_KEY
    return getattr(settings._wrapped, name, None)
print(json.dumps({name: shown(name) for name in sys.argv[1:]}, default=str))
"""


def run(
    env_file: Path, names: tuple[str, ...], env: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Read settings in a process of its own that knows nothing but `env`."""
    base = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "contact_center.settings"}
    return subprocess.run(
        [sys.executable, "-c", SHOW, *names],
        cwd=ROOT,
        env={**base, "ENV_FILE": str(env_file), **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    """An environment file that says nothing but where data goes."""
    path = tmp_path / "site.env"
    path.write_text(f"DATA_DIR={tmp_path / 'data'}\n")
    return path


def settings_of(env_file: Path, *names: str, **env: str) -> dict[str, Any]:
    """Return settings by name as the site has them under `env`."""
    done = run(env_file, names, env)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def refusal(env_file: Path, **env: str) -> str:
    """Return the last line of what the site says when it refuses to start."""
    done = run(env_file, (), env)
    assert done.returncode != 0
    return done.stderr.strip().splitlines()[-1]


def test_a_site_that_is_told_nothing_has_no_secret_and_serves_nobody(env_file: Path) -> None:
    site = settings_of(env_file, "SECRET_KEY", "DEBUG", "DEMO", "ALLOWED_HOSTS", "MOCK_TWILIO")
    assert site == {
        "SECRET_KEY": "",
        "DEBUG": False,
        "DEMO": False,
        "ALLOWED_HOSTS": [],
        "MOCK_TWILIO": False,
    }


def test_in_production_cookies_and_pages_are_for_https_only(env_file: Path) -> None:
    site = settings_of(
        env_file,
        "SESSION_COOKIE_SECURE",
        "SESSION_COOKIE_NAME",
        "CSRF_COOKIE_SECURE",
        "SECURE_SSL_REDIRECT",
        "SECURE_HSTS_SECONDS",
        "SECURE_PROXY_SSL_HEADER",
        SECRET_KEY="k",
    )
    assert site["SESSION_COOKIE_SECURE"] is True
    assert site["SESSION_COOKIE_NAME"] == "__Host-sessionid"
    assert site["CSRF_COOKIE_SECURE"] is True
    assert site["SECURE_SSL_REDIRECT"] is True
    assert site["SECURE_HSTS_SECONDS"] >= 31_536_000
    assert site["SECURE_PROXY_SSL_HEADER"] is None


def test_forwarded_headers_are_believed_only_behind_a_proxy(env_file: Path) -> None:
    site = settings_of(env_file, "SECURE_PROXY_SSL_HEADER", BEHIND_PROXY="1")
    assert site["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]


@pytest.mark.parametrize(
    ("written", "hosts"),
    [("", []), (",", []), (" a.example.org , b.example.org", ["a.example.org", "b.example.org"])],
)
def test_hosts_are_split_at_commas_and_nothing_is_no_host(
    env_file: Path, written: str, hosts: list[str]
) -> None:
    assert settings_of(env_file, "ALLOWED_HOSTS", ALLOWED_HOSTS=written)["ALLOWED_HOSTS"] == hosts


def test_the_public_address_is_where_twilio_reaches_us(env_file: Path) -> None:
    names = ("TWILIO_WEBHOOK_BASE_URL", "CSRF_TRUSTED_ORIGINS")
    public = "https://calls.example.org"
    site = settings_of(env_file, *names, BASE_URL=public)
    assert site == {"TWILIO_WEBHOOK_BASE_URL": public, "CSRF_TRUSTED_ORIGINS": [public]}
    tunnel = "https://tunnel.example.org"
    other = settings_of(env_file, *names, BASE_URL=public, TWILIO_WEBHOOK_BASE_URL=tunnel)
    assert other == {"TWILIO_WEBHOOK_BASE_URL": tunnel, "CSRF_TRUSTED_ORIGINS": [public]}


def test_variables_win_over_the_file(env_file: Path) -> None:
    env_file.write_text(
        env_file.read_text() + "TWILIO_PHONE_NUMBER=+14155550100\nTIME_ZONE=Asia/Tokyo\n"
    )
    site = settings_of(
        env_file, "TWILIO_PHONE_NUMBER", "TIME_ZONE", TWILIO_PHONE_NUMBER="+14155550101"
    )
    assert site == {"TWILIO_PHONE_NUMBER": "+14155550101", "TIME_ZONE": "Asia/Tokyo"}


def test_a_named_file_that_is_missing_is_said(tmp_path: Path) -> None:
    assert "there is no such file" in refusal(tmp_path / "nowhere.env")


@pytest.mark.parametrize(
    ("name", "value"), [("DEBUG", "maybe"), ("PORT", "eighty"), ("DJANGO_TWILIO_CALL_QUEUE", "{")]
)
def test_what_cannot_be_read_is_refused_by_name(env_file: Path, name: str, value: str) -> None:
    assert name in refusal(env_file, **{"DEBUG": "1", name: value})


def test_a_dictionary_may_be_given_as_json(env_file: Path) -> None:
    name = "DJANGO_TWILIO_CALL_QUEUE"
    site = settings_of(env_file, name, **{name: '{"DEFAULT_NAME": "help"}'})
    assert site == {name: {"DEFAULT_NAME": "help"}}


# E-mail and webhooks of alerts


def test_without_a_mail_server_e_mail_is_kept(env_file: Path) -> None:
    names = ("EMAIL_BACKEND", "EMAIL_PORT", "EMAIL_USE_TLS")
    site = settings_of(env_file, *names)
    assert site["EMAIL_BACKEND"] == "contact_center.kept_mail.KeptMailBackend"
    site = settings_of(
        env_file, *names, EMAIL_HOST="mail.example.org", EMAIL_PORT="587", EMAIL_USE_TLS="1"
    )
    assert site == {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_PORT": 587,
        "EMAIL_USE_TLS": True,
    }


def test_private_hosts_for_webhooks_are_refused_where_people_work(env_file: Path) -> None:
    local = "ALERT_WEBHOOK_LOCAL_HOSTS"
    assert local in refusal(env_file, **{local: "localhost:9000"})
    site = settings_of(
        env_file,
        local,
        "ALERT_WEBHOOK_HOSTS",
        DEBUG="1",
        ALERT_WEBHOOK_LOCAL_HOSTS="Localhost:9000",
    )
    assert site == {local: ["localhost:9000"], "ALERT_WEBHOOK_HOSTS": []}


# Where things are kept


def test_alone_everything_is_in_one_folder_and_in_memory(env_file: Path) -> None:
    site = settings_of(
        env_file,
        "DATABASES",
        "CACHES",
        "CHANNEL_LAYERS",
        "CELERY_BROKER_URL",
        "STORAGES",
        "DJANGO_TWILIO_CALL_STORAGE",
    )
    data = env_file.parent / "data"
    assert site["DATABASES"]["default"]["NAME"] == str(data / "db.sqlite3")
    assert site["DATABASES"]["default"]["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert site["CACHES"]["default"]["BACKEND"].endswith("LocMemCache")
    assert site["CHANNEL_LAYERS"]["default"]["BACKEND"].endswith("InMemoryChannelLayer")
    assert site["CELERY_BROKER_URL"] == "memory://"
    assert site["STORAGES"]["default"]["OPTIONS"]["location"] == str(data / "files")
    assert site["DJANGO_TWILIO_CALL_STORAGE"] == {"LOCAL_PATH": str(data / "recordings")}


def test_postgresql_always_has_a_pool(env_file: Path) -> None:
    url = "postgres://site:secret@db.example.org/calls"
    site = settings_of(env_file, "DATABASES", DATABASE_URL=url, DATABASE_POOL_SIZE="5")
    database = site["DATABASES"]["default"]
    assert database["ENGINE"] == "contact_center.postgresql"
    assert database["OPTIONS"]["pool"]["max_size"] == 5
    # The network waits 5 s and hears "stay on the line" within them when no connection comes free.
    assert database["OPTIONS"]["pool"]["timeout"] <= 4
    assert database["CONN_MAX_AGE"] == 0
    assert "ATOMIC_REQUESTS" not in database or database["ATOMIC_REQUESTS"] is False


def test_postgresql_keeps_its_plan_of_what_is_asked_often(env_file: Path) -> None:
    url = "postgres://site:secret@db.example.org/calls"
    options = settings_of(env_file, "DATABASES", DATABASE_URL=url)["DATABASES"]["default"][
        "OPTIONS"
    ]
    # Django prepares nothing by itself, nor what it has written the values into.
    assert options["server_side_binding"] is True
    assert options["prepare_threshold"] == 5


def test_redis_takes_the_cache_the_sockets_and_the_work(env_file: Path) -> None:
    url = "redis://cache.example.org:6379/1"
    site = settings_of(
        env_file,
        "CACHES",
        "CHANNEL_LAYERS",
        "CELERY_BROKER_URL",
        "CELERY_RESULT_BACKEND",
        REDIS_URL=url,
    )
    cache = site["CACHES"]["default"]
    assert (cache["BACKEND"], cache["LOCATION"]) == ("django_redis.cache.RedisCache", url)
    assert cache["KEY_PREFIX"] == "twilio_call"
    assert cache["OPTIONS"]["IGNORE_EXCEPTIONS"] is True
    assert cache["OPTIONS"]["CONNECTION_POOL_KWARGS"] == {
        "max_connections": 50,
        "retry_on_timeout": True,
    }
    assert site["CHANNEL_LAYERS"]["default"]["CONFIG"]["hosts"] == [
        {"address": url, "socket_timeout": None}
    ]
    assert site["CELERY_BROKER_URL"] == url
    assert site["CELERY_RESULT_BACKEND"] == url


def test_tasks_travel_as_json(env_file: Path) -> None:
    site = settings_of(
        env_file,
        "CELERY_TASK_SERIALIZER",
        "CELERY_RESULT_SERIALIZER",
        "CELERY_ACCEPT_CONTENT",
    )
    assert set(map(str, site.values())) == {"json", "['json']"}


# The demo


def test_the_demo_runs_on_nothing_and_keeps_its_secrets(env_file: Path) -> None:
    names = ("SECRET_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "MOCK_TWILIO", "DEBUG")
    first = settings_of(env_file, *names, DEMO="1")
    assert first == settings_of(env_file, *names, DEMO="1")
    assert first["MOCK_TWILIO"] is True
    assert len(first["SECRET_KEY"]) >= 50
    assert (env_file.parent / "data/demo.env").stat().st_mode & 0o077 == 0


def test_two_demos_share_no_secret(env_file: Path, tmp_path: Path) -> None:
    names = ("SECRET_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_KEY_SECRET")
    first = settings_of(env_file, *names, DEMO="1")
    second = settings_of(env_file, *names, DEMO="1", DATA_DIR=str(tmp_path / "other"))
    assert not set(first.values()) & set(second.values())


def test_an_account_that_is_given_is_used_by_the_demo_too(env_file: Path) -> None:
    own = "AC" + "9" * 32
    site = settings_of(env_file, "TWILIO_ACCOUNT_SID", DEMO="1", TWILIO_ACCOUNT_SID=own)
    assert site["TWILIO_ACCOUNT_SID"] == own


def test_the_demo_listens_where_it_is_told(env_file: Path) -> None:
    names = ("BASE_URL", "SIMULATOR_URL", "CSRF_TRUSTED_ORIGINS")
    site = settings_of(env_file, *names, DEMO="1", PORT="9000", SIM_PORT="9100")
    assert site["BASE_URL"] == "http://localhost:9000"
    assert site["SIMULATOR_URL"] == "http://localhost:9100"
    assert "http://*.localhost:9000" in site["CSRF_TRUSTED_ORIGINS"]


# What the browser may do


def connect_sources(site: dict[str, Any]) -> list[str]:
    sources: list[str] = site["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]["connect-src"]
    return sources


def test_the_browser_may_talk_to_the_simulator_and_to_nobody_else(env_file: Path) -> None:
    site = settings_of(env_file, "CONTENT_SECURITY_POLICY", DEMO="1", SIM_PORT="9100")
    assert connect_sources(site) == ["'self'", "http://localhost:9100", "ws://localhost:9100"]


def test_the_browser_may_talk_to_the_edge_that_is_configured(env_file: Path) -> None:
    site = settings_of(
        env_file, "CONTENT_SECURITY_POLICY", TWILIO_REGION="ie1", TWILIO_EDGE="dublin"
    )
    assert "wss://voice-js.dublin.twilio.com" in connect_sources(site)
    assert "https://eventgw.ie1.twilio.com" in connect_sources(site)
    assert not any("localhost" in source for source in connect_sources(site))


def test_no_page_runs_or_paints_what_we_did_not_serve(env_file: Path) -> None:
    site = settings_of(env_file, "CONTENT_SECURITY_POLICY")
    directives = site["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    assert directives["default-src"] == ["'none'"]
    assert directives["script-src"] == ["'self'"]
    assert directives["style-src"] == ["'self'"]
    assert directives["frame-ancestors"] == ["'none'"]
    assert "unsafe" not in json.dumps(directives)


def test_the_dictionary_may_choose_the_simulator_too(env_file: Path) -> None:
    site = settings_of(
        env_file,
        "MOCK_TWILIO",
        "CONTENT_SECURITY_POLICY",
        DJANGO_TWILIO_CALL='{"MOCK_TWILIO": true}',
    )
    assert site["MOCK_TWILIO"] is True
    assert "ws://localhost:8100" in connect_sources(site)


# What is listed


def variables_of_the_example() -> dict[str, str]:
    """The variables of `.env.example`, commented out or not, as dotenv reads them."""
    text = (ROOT / ".env.example").read_text()
    uncommented = re.sub(r"^# (?=[A-Z_]+=)", "", text, flags=re.MULTILINE)
    return {
        name: value or "" for name, value in dotenv_values(stream=io.StringIO(uncommented)).items()
    }


def test_every_variable_that_is_read_is_in_the_example() -> None:
    """Whatever settings.py asks for, and nothing else."""
    tree = ast.parse((ROOT / "contact_center/settings.py").read_text())
    asked = {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"_text", "_optional", "_yes", "_number", "_list"}
        and isinstance(node.args[0], ast.Constant)
    }
    read_otherwise = {"ENV_FILE", "DJANGO_TWILIO_CALL_QUEUE"}
    assert set(variables_of_the_example()) == asked | read_otherwise


def test_no_value_of_the_example_swallows_its_comment() -> None:
    for name, value in variables_of_the_example().items():
        assert "#" not in value, name
