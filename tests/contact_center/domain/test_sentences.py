"""What the product says by itself, in every language it speaks."""

import string

import pytest

from contact_center.domain.sentences import (
    ENGLISH,
    SPOKEN,
    Sentence,
    language_offer,
    sentence,
)


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
