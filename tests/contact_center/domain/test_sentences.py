"""What the product says by itself, in every language it speaks."""

import string

import pytest

from contact_center.domain.sentences import (
    ENGLISH,
    SPOKEN,
    Sentence,
    estimate_words,
    language_offer,
    place_words,
    sentence,
)
from contact_center.domain.waits import Estimate, Kind


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
