"""To what the sessions of a person are bound."""

from typing import Any

import pytest
from django.contrib.auth.models import AbstractUser
from django.urls import reverse

from contact_center.models import User
from tests.builders import signed_in
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def sign_out_everywhere(user: User) -> None:
    """As a supervisor does."""
    User.objects.filter(pk=user.pk).update(sign_outs=user.sign_outs + 1)
    user.refresh_from_db()


def test_who_was_never_signed_out_keeps_the_sessions_of_the_version_before(cast: Cast) -> None:
    assert cast.carol.get_session_auth_hash() == AbstractUser.get_session_auth_hash(cast.carol)


def test_each_sign_out_ends_every_session_and_the_next_one_begins_anew(cast: Cast) -> None:
    address = reverse("supervisors:floor")
    for _ in range(2):
        tabs = [signed_in(cast.carol), signed_in(cast.carol)]
        other = signed_in(cast.dana)
        sign_out_everywhere(cast.carol)
        for tab in tabs:
            assert tab.get(address).status_code == 302
        assert other.get(address).status_code == 200
    assert signed_in(cast.carol).get(address).status_code == 200


def test_with_a_new_secret_key_good_sessions_go_on_and_ended_ones_do_not(
    cast: Cast, settings: Any
) -> None:
    address = reverse("supervisors:floor")
    sign_out_everywhere(cast.carol)
    good = signed_in(cast.carol)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-" + "y" * 50
    assert good.get(address).status_code == 200
    sign_out_everywhere(cast.carol)
    assert good.get(address).status_code == 302
