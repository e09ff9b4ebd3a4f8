"""A menu that asks for the language first."""

from typing import Any

from django.test import override_settings
from django.utils import timezone

from contact_center.models import Call, MenuChoice, MenuVersion
from tests.universe.floor import Floor

SPANISH_FIRST = {
    "SUPPORTED_LANGUAGES": [("es-ES", "Spanish"), ("en-US", "English"), ("fr-FR", "French")]
}


def answers(floor: Floor, path: str) -> list[str]:
    return [floor.answers[r.request_id] for r in floor.requests if path in r.url]


def ask_for_language(cast: Any) -> MenuVersion:
    menu = cast.menu.menu
    menu.asks_language = True
    menu.save()
    spanish = MenuVersion.objects.create(
        menu=menu, number=2, language="es-ES", greeting="Bienvenido.", published_at=timezone.now()
    )
    MenuChoice.objects.create(version=spanish, key="1", label="ventas", queue=cast.sales)
    return spanish


def test_the_languages_are_offered_in_the_order_of_the_setting_each_in_itself(
    floor: Floor, cast: Any
) -> None:
    ask_for_language(cast)
    floor.ring(to="+14155550100")
    offer = answers(floor, "/voice/#")[0]
    english, spanish, french = (
        offer.index(words)
        for words in ("For English, press 1.", "Para español, pulse 2.", "Pour le français")
    )
    assert english < spanish < french
    assert 'language="es-ES"' in offer
    assert "Welcome" not in offer


@override_settings(DJANGO_TWILIO_CALL_IVR=SPANISH_FIRST)
def test_the_order_of_the_setting_is_the_order_of_the_keys(floor: Floor, cast: Any) -> None:
    ask_for_language(cast)
    sid = floor.ring(to="+14155550100")
    floor.press(sid, "1")
    assert Call.objects.get(sid=sid).language == "es-ES"


def test_the_language_chosen_stays_for_the_rest_of_the_call(floor: Floor, cast: Any) -> None:
    spanish = ask_for_language(cast)
    sid = floor.ring(to="+14155550100")
    floor.press(sid, "2")
    call = Call.objects.get(sid=sid)
    assert (call.language, call.menu_version) == ("es-ES", spanish)
    menu = answers(floor, "/menu/1/")[0]
    assert "Bienvenido." in menu
    assert "Pulse 1 para ventas." in menu
    assert "Polly.Matthew" not in menu  # an English voice

    floor.press(sid, "1")
    assert "Usted es el siguiente" in answers(floor, "/wait/")[0]
    assert 'language="es-ES"' in answers(floor, "/wait/")[0]


def test_who_chooses_no_language_hears_the_menus_own(floor: Floor, cast: Any) -> None:
    ask_for_language(cast)
    sid = floor.ring(to="+14155550100")
    for _ in range(3):
        floor.press(sid, "9")
    call = Call.objects.get(sid=sid)
    assert (call.language, call.state) == ("en-US", "in_menu")
    assert "Welcome." in answers(floor, "/menu/")[-1]
    floor.press(sid, "2")
    assert Call.objects.get(sid=sid).queue == cast.support


def test_without_the_question_nobody_is_asked(floor: Floor, cast: Any) -> None:
    floor.ring(to="+14155550100")
    assert "Welcome." in answers(floor, "/voice/#")[0]
    assert "español" not in answers(floor, "/voice/#")[0]
