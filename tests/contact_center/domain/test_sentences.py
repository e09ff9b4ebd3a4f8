"""What the product says by itself, in every language it speaks."""

import string

import pytest

from contact_center.domain.sentences import (
    ENGLISH,
    SPOKEN,
    WHISPER_SECONDS,
    Sentence,
    estimate_words,
    language_offer,
    place_words,
    seconds_to_say,
    sentence,
    whisper_words,
)
from contact_center.domain.waits import Estimate, Kind
from contact_center.simulator.audio.frames import RATE
from contact_center.simulator.audio.speech import synthesise


def values_of(text: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", SPOKEN)
@pytest.mark.parametrize("which", Sentence)
def test_every_sentence_is_there_in_every_language_with_the_same_values(
    language: str, which: Sentence
) -> None:
    assert values_of(SPOKEN[language][which]) == values_of(ENGLISH[which])
    assert language == "en" or SPOKEN[language][which] != ENGLISH[which]


def test_a_language_without_words_hears_english() -> None:
    assert sentence(Sentence.GOODBYE, "fi-FI") == sentence(Sentence.GOODBYE, "en-US")
    assert language_offer("fi-FI", "Suomi", "4") == "Suomi: 4."


@pytest.mark.parametrize(
    ("said", "english", "spanish", "french"),
    [
        (
            Estimate(Kind.LESS_THAN, 0, 60),
            "The wait is less than a minute.",
            "La espera es de menos de un minuto.",
            "L'attente est de moins d'une minute.",
        ),
        (
            Estimate(Kind.LESS_THAN, 0, 300),
            "The wait is less than 5 minutes.",
            "La espera es de menos de 5 minutos.",
            "L'attente est de moins de 5 minutes.",
        ),
        (
            Estimate(Kind.ABOUT, 180, 240),
            "The wait is about 4 minutes.",
            "La espera es de unos 4 minutos.",
            "L'attente est d'environ 4 minutes.",
        ),
        (
            Estimate(Kind.BETWEEN, 60, 180),
            "The wait is between 1 and 3 minutes.",
            "La espera es de entre 1 y 3 minutos.",
            "L'attente est de 1 à 3 minutes.",
        ),
    ],
)
def test_a_wait_is_said_in_the_language_of_the_caller(
    said: Estimate, english: str, spanish: str, french: str
) -> None:
    assert estimate_words(said, "en-GB") == english
    assert estimate_words(said, "es-ES") == spanish
    assert estimate_words(said, "fr-CA") == french
    assert estimate_words(said, "fi-FI") == english


def test_who_is_first_is_next_and_not_number_one() -> None:
    assert place_words(1, "en-US") == "You are next in line."
    assert place_words(3, "es-MX") == "Usted es el número 3 en la cola."


@pytest.mark.parametrize(
    ("waited", "english", "spanish", "french"),
    [
        (
            59.9,
            "Waited less than a minute.",
            "Ha esperado menos de un minuto.",
            "moins d'une minute.",
        ),
        (60.0, "Waited one minute.", "Ha esperado un minuto.", "une minute."),
        (200.0, "Waited 3 minutes.", "Ha esperado 3 minutos.", "3 minutes."),
    ],
)
def test_an_agent_hears_the_queue_and_whole_minutes(
    waited: float, english: str, spanish: str, french: str
) -> None:
    assert whisper_words("Support", waited, "en-US") == f"Support. {english}"
    assert whisper_words("Ayuda", waited, "es-ES") == f"Ayuda. {spanish}"
    assert whisper_words("Aide", waited, "fr-FR") == f"Aide. Attente : {french}"


NAMES = [
    "Support",
    "Technical support for enterprise customers in the north-east",
    "WWW WWW WWW WWW WWW WWW WWW WWW WWW WWW WWW WWW WWW WWW WWW",
    "99 97 98 96 93 92 91 77 78 79 99 97 98 96 93 92 91 77 78 79",
    "12345678901234567890123456789012345678901234567890",
    "€€€ %%% @@@ &&& €€€ %%% @@@ &&& €€€",
    "日本語の サポート 窓口 日本語の サポート 窓口",
    "",
]


@pytest.mark.parametrize("language", ["en-US", "es-ES", "fr-FR"])
@pytest.mark.parametrize("name", NAMES)
def test_a_whisper_is_as_short_as_it_has_to_be_really_spoken(name: str, language: str) -> None:
    """Measured with a voice: never longer than we reckon, and we never reckon too much."""
    for waited in (0.0, 61.0, 46_000.0):
        words = whisper_words(name, waited, language)
        spoken = len(synthesise(words, language)) / RATE
        assert spoken <= seconds_to_say(words) <= WHISPER_SECONDS
        assert words.endswith(whisper_words("", waited, language))


def test_of_a_long_name_whole_words_are_said() -> None:
    words = whisper_words("Technical support " * 3 + "in the north", 0.0, "en-US")
    assert words.startswith("Technical support Technical support")
    assert words.split(". ")[0].split()[-1] in ("Technical", "support", "in", "the", "north")
