"""Coming in: names, passwords, the pause after too many wrong ones, and where each role begins."""

from collections.abc import Iterator

import pytest
import time_machine
from axes.models import AccessAttempt
from django.conf import settings as django_settings
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from contact_center.domain.states import Presence
from contact_center.models import User
from tests import builders
from tests.builders import signed_in
from tests.cast import PASSWORD, Cast


@pytest.fixture(autouse=True)
def nobody_was_here_before() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def sign_in(client: Client, username: str, password: str, **more: str) -> HttpResponse:
    values = {"username": username, "password": password, **more}
    return client.post(reverse("sign-in"), values)


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("alice", "agents:desk"),
        ("carol", "supervisors:floor"),
        ("dana", "supervisors:floor"),
        ("dave", "password"),
    ],
)
def test_everybody_arrives_where_their_work_is(cast: Cast, name: str, page: str) -> None:
    client = Client()
    assert sign_in(client, name, PASSWORD)["Location"] == reverse("home")
    assert client.get(reverse("home"))["Location"] == reverse(page)


def test_who_is_not_signed_in_is_asked_to(db: None) -> None:
    assert Client().get(reverse("home"))["Location"] == reverse("sign-in")


def test_a_wrong_password_does_not_say_which_of_the_two_was_wrong(cast: Cast) -> None:
    client = Client()
    answers = [sign_in(client, "alice", "wrong"), sign_in(client, "nobody", "wrong")]
    for answer in answers:
        assert answer.status_code == 422
        assert "That username and password do not match." in answer.content.decode()
        assert 'role="alert"' in answer.content.decode()
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    ("username", "password", "words"),
    [
        ("", "", "Write your username."),
        ("alice", "", "Write your password."),
        ("   ", "x", "Write your username."),
        ("x" * 151, "x", "A username has at most 150 letters."),
        ("alice", "x" * 257, "A password has at most 256 letters."),
        ("ali\x00ce", "x", "Null characters are not allowed."),
        ("alice", "x\x00", "Null characters are not allowed."),
    ],
)
def test_a_form_that_is_empty_too_long_or_nonsense_gets_a_sentence(
    cast: Cast, username: str, password: str, words: str
) -> None:
    answer = sign_in(Client(), username, password)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not AccessAttempt.objects.exists(), "it does not count as a try"


def test_a_password_is_never_sent_back(cast: Cast) -> None:
    page = sign_in(Client(), "alice", "my secret guess").content.decode()
    assert "my secret guess" not in page


def test_too_many_wrong_passwords_lead_to_a_pause_that_is_explained(cast: Cast) -> None:
    client = Client()
    for _ in range(django_settings.AXES_FAILURE_LIMIT):
        answer = sign_in(client, "alice", "wrong")
    assert answer.status_code == 429
    right = sign_in(client, "alice", PASSWORD)
    assert right.status_code == 429
    page = right.content.decode()
    assert "Too many wrong passwords. Wait 15 minutes" in page
    assert ">Sign in</button>" in page, "it is still the sign-in page"
    assert "_auth_user_id" not in client.session


def test_after_the_pause_the_right_password_works(cast: Cast) -> None:
    client = Client()
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False) as clock:
        for _ in range(django_settings.AXES_FAILURE_LIMIT):
            sign_in(client, "alice", "wrong")
        clock.shift(django_settings.AXES_COOLOFF_TIME.total_seconds() + 1)
        assert sign_in(client, "alice", PASSWORD).status_code == 302


def test_nobody_can_lock_a_colleague_out_from_elsewhere(cast: Cast) -> None:
    elsewhere = Client(REMOTE_ADDR="198.51.100.7")
    for _ in range(django_settings.AXES_FAILURE_LIMIT):
        sign_in(elsewhere, "alice", "wrong")
    assert sign_in(Client(REMOTE_ADDR="198.51.100.8"), "alice", PASSWORD).status_code == 302


def test_in_the_demo_the_address_says_who_it_is_for(cast: Cast, settings: Settings) -> None:
    settings.DEMO = True
    settings.ALLOWED_HOSTS = [".localhost"]
    page = Client(SERVER_NAME="alice.localhost").get(reverse("sign-in")).content.decode()
    assert 'value="alice"' in page


@pytest.mark.parametrize("host", ["alice.localhost", "alice.example.org"])
def test_elsewhere_no_name_is_suggested(cast: Cast, settings: Settings, host: str) -> None:
    settings.DEMO = host.endswith("example.org")
    settings.ALLOWED_HOSTS = [host]
    page = Client(SERVER_NAME=host).get(reverse("sign-in")).content.decode()
    assert 'value="alice"' not in page


def test_after_signing_in_one_is_back_where_one_was_going(cast: Cast) -> None:
    answer = sign_in(Client(), "alice", PASSWORD, next="/agents/calls/")
    assert answer["Location"] == "/agents/calls/"


@pytest.mark.parametrize("trap", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_a_link_cannot_lead_away_from_the_site(cast: Cast, trap: str) -> None:
    assert sign_in(Client(), "alice", PASSWORD, next=trap)["Location"] == reverse("home")


def test_signing_out_takes_an_agent_off_duty(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    client = signed_in(cast.alice.user)
    assert client.post(reverse("sign-out"))["Location"] == reverse("sign-in")
    cast.alice.refresh_from_db()
    assert cast.alice.presence == Presence.OFFLINE
    assert "_auth_user_id" not in client.session


def test_signing_out_in_mid_call_is_refused_with_a_sentence(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    builders.talking(builders.offer(builders.waiting_call(cast.support), cast.alice))
    client = signed_in(cast.alice.user)
    answer = client.post(reverse("sign-out"))
    assert answer.status_code == 409
    assert "You are on a call." in answer.content.decode()
    assert "_auth_user_id" in client.session


def test_opening_the_sign_out_address_signs_nobody_out(cast: Cast) -> None:
    client = signed_in(cast.carol)
    assert client.get(reverse("sign-out")).status_code == 405
    assert "_auth_user_id" in client.session


# --- the password ---

NEW = "correct-horse-battery"


def change(client: Client, old: str, new: str, again: str) -> HttpResponse:
    return client.post(
        reverse("password"), {"old_password": old, "new_password1": new, "new_password2": again}
    )


@pytest.mark.parametrize("name", ["carol", "dave"])
def test_everybody_can_change_their_password_and_stays_signed_in(cast: Cast, name: str) -> None:
    user: User = getattr(cast, name)
    client = signed_in(user)
    page = change(client, PASSWORD, NEW, NEW)
    assert "Your password is changed." in page.content.decode()
    user.refresh_from_db()
    assert user.check_password(NEW)
    assert client.get(reverse("password")).status_code == 200


def test_an_agents_password_page_keeps_the_phone_around_it(cast: Cast) -> None:
    page = signed_in(cast.alice.user).get(reverse("password")).content.decode()
    assert 'id="own-status"' in page
    assert "twilio" in page


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("", "", ""),
        ("wrong", NEW, NEW),
        (PASSWORD, NEW, "another one entirely"),
        (PASSWORD, "short", "short"),
        (PASSWORD, "12345678901", "12345678901"),
        (PASSWORD, "x" * 257, "x" * 257),
        (PASSWORD, "nul\x00nul\x00nul", "nul\x00nul\x00nul"),
    ],
)
def test_a_password_that_cannot_be_gets_a_sentence_and_the_old_one_stays(
    cast: Cast, old: str, new: str, again: str
) -> None:
    answer = change(signed_in(cast.dave), old, new, again)
    assert answer.status_code == 422
    assert 'class="error"' in answer.content.decode()
    cast.dave.refresh_from_db()
    assert cast.dave.check_password(PASSWORD)


def test_the_password_page_is_for_who_is_signed_in(db: None) -> None:
    assert Client().get(reverse("password")).status_code == 302


# --- the icons ---


def test_the_icons_are_served_from_here_and_kept_by_browsers(client: Client) -> None:
    answer = client.get(reverse("icons"))
    assert answer["Content-Type"] == "image/svg+xml"
    assert "immutable" in answer["Cache-Control"]
    assert '<symbol id="hold"' in answer.content.decode()
