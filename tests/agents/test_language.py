"""The desk speaks to each agent as they chose, and to nobody else."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from tests.builders import signed_in
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.once]

DESK, CHOOSE = reverse("agents:desk"), reverse("agents:language")


def choose(cast: Cast, code: str, came_from: str = DESK) -> str:
    """Alice chooses in the menu; return where that leads."""
    answer = signed_in(cast.alice.user).post(CHOOSE, {"language": code, "next": came_from})
    cast.alice.user.refresh_from_db()
    return answer.headers.get("Location", "")


def page_of(cast: Cast, path: str = DESK, **headers: str) -> str:
    return signed_in(cast.alice.user).get(path, headers=headers).content.decode()


@pytest.mark.parametrize(
    ("code", "sentence", "name"),
    [("es", "Iniciar turno", "Español"), ("fr", "Passer en service", "Français")],
)
def test_the_desk_speaks_the_language_that_was_chosen(
    cast: Cast, code: str, sentence: str, name: str
) -> None:
    assert sentence not in page_of(cast)
    assert choose(cast, code) == DESK
    page = page_of(cast)
    assert f'<html lang="{code}">' in page
    assert sentence in page
    assert "Go on duty" not in page
    # It is shown which, under its own name; and the way back is in the same menu.
    assert f'lang="{code}" aria-pressed="true">{name}<' in page
    choose(cast, "en")
    assert '<html lang="en">' in page_of(cast)


def test_a_refusal_is_said_in_it_too(cast: Cast) -> None:
    choose(cast, "fr")
    answer = signed_in(cast.alice.user).post(
        reverse("agents:presence"),
        {"presence": "available", "lease": "0" * 32},
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 409
    said = answer.json()["message"]
    assert said
    with translation.override("en"):
        english = signed_in(cast.bob.user).post(
            reverse("agents:presence"),
            {"presence": "available", "lease": "0" * 32},
            headers={"Accept": "application/json"},
        )
    assert english.status_code == answer.status_code
    assert said != english.json()["message"]


def test_it_is_ones_own_and_holds_for_that_page_alone(cast: Cast) -> None:
    choose(cast, "es")
    bobs = signed_in(cast.bob.user).get(DESK)
    assert '<html lang="en">' in bobs.content.decode()
    assert bobs.headers["Content-Language"] == "en"
    page_of(cast)
    assert translation.get_language() == "en"


def test_the_browsers_wish_does_not_overrule_the_choice(cast: Cast) -> None:
    choose(cast, "es")
    assert '<html lang="es">' in page_of(cast, accept_language="fr")


def test_who_has_not_signed_in_is_spoken_to_as_the_browser_wishes(client: Client) -> None:
    french = client.get(reverse("sign-in"), headers={"Accept-Language": "fr-CA,fr;q=0.9"})
    assert '<html lang="fr">' in french.content.decode()
    assert "Mot de passe" in french.content.decode()
    assert '<html lang="en">' in client.get(reverse("sign-in")).content.decode()


def test_pages_of_supervisors_are_in_one_language_for_everybody(cast: Cast) -> None:
    cast.carol.language = "es"
    cast.carol.save()
    page = signed_in(cast.carol).get(reverse("supervisors:floor")).content.decode()
    assert '<html lang="en">' in page


@pytest.mark.parametrize("code", ["tlh", "", "x" * 9])
def test_a_language_it_does_not_speak_changes_nothing(cast: Cast, code: str) -> None:
    choose(cast, "es")
    choose(cast, code)
    assert cast.alice.user.language == "es"


@pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org/", ""])
def test_the_choice_leads_to_no_other_site(cast: Cast, elsewhere: str) -> None:
    assert choose(cast, "es", elsewhere) == DESK
