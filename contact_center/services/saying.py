"""How sentences are spoken to a caller: in the language chosen, by a voice that speaks it."""

from contact_center.conf import current
from contact_center.conf.voices import language_of
from contact_center.domain.sentences import (
    Sentence,
    estimate_words,
    place_words,
    sentence,
    whisper_words,
)
from contact_center.domain.waits import Estimate
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


def waiting(place: int | None, estimate: Estimate | None, language: str = "") -> Say:
    """Return what a waiting caller is told of the place in line, of the wait, or of both."""
    spoken = language or current().ivr.default_language
    told = [place_words(place, spoken)] if place is not None else []
    told += [estimate_words(estimate, spoken)] if estimate is not None else []
    return say(" ".join([*told, sentence(Sentence.THANKS_FOR_WAITING, spoken)]), spoken)


def whisper(queue: str, waited_seconds: float) -> Say:
    """Return what an agent hears before the caller, in the language queues are named in."""
    return say(whisper_words(queue, waited_seconds, current().ivr.default_language))
