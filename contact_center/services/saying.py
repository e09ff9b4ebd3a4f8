"""How sentences are spoken to a caller: in the language chosen, by a voice that speaks it."""

from contact_center.conf import current
from contact_center.conf.voices import language_of
from contact_center.domain.sentences import Sentence, sentence
from contact_center.telephony.instructions import Say


def say(text: str, language: str = "") -> Say:
    """Return ``text`` spoken in ``language`` (BCP 47; empty: IVR.DEFAULT_LANGUAGE)."""
    ivr = current().ivr
    language = language or ivr.default_language
    return Say(text, language=language, voice=voice_for(language))


def tell(which: Sentence, language: str = "", **values: object) -> Say:
    """Return one of the product's own sentences, in ``language``."""
    spoken = language or current().ivr.default_language
    return say(sentence(which, spoken, **values), spoken)


def voice_for(language: str) -> str:
    """Return IVR.DEFAULT_VOICE where it speaks ``language``, else a voice that speaks them all."""
    voice = current().ivr.default_voice
    speaks = language_of(voice)
    return voice if speaks in (None, language.partition("-")[0].lower()) else ANY_LANGUAGE


#: Twilio's basic voice has every language; a Polly voice has only its own.
ANY_LANGUAGE = "woman"


def place_in_line(place: int, language: str = "") -> Say:
    """Return what a waiting caller is told; ``place`` counts from 1."""
    if place <= 1:
        return tell(Sentence.NEXT_IN_LINE, language)
    return tell(Sentence.PLACE_IN_LINE, language, place=place)
