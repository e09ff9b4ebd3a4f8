"""What the product itself says to callers, in the languages it speaks. Pure.

A menu's own words are written by whoever set it up; these are the sentences around them. A
language we have no words for hears English: better understood by some than by nobody.
"""

from collections.abc import Mapping
from enum import StrEnum

from contact_center.domain.waits import MINUTE, Estimate, Kind


class Sentence(StrEnum):
    """Everything the product says by itself."""

    LOST_AGENT = "lost_agent"
    ONE_MORE_MOMENT = "one_more_moment"
    TROUBLE = "trouble"
    GOODBYE = "goodbye"
    NOT_IN_USE = "not_in_use"
    NOT_UNDERSTOOD = "not_understood"
    ROOM_IS_FULL = "room_is_full"
    NEXT_IN_LINE = "next_in_line"
    PLACE_IN_LINE = "place_in_line"
    WAIT_IS_ABOUT = "wait_is_about"
    WAIT_IS_LESS_THAN = "wait_is_less_than"
    WAIT_IS_LESS_THAN_A_MINUTE = "wait_is_less_than_a_minute"
    WAIT_IS_BETWEEN = "wait_is_between"
    THANKS_FOR_WAITING = "thanks_for_waiting"
    STILL_IN_LINE = "still_in_line"
    PRESS = "press"
    STAR = "star"
    HASH = "hash"
    LANGUAGE = "language"
    CLOSED_NOW = "closed_now"
    CLOSED_FOR_A_HOLIDAY = "closed_for_a_holiday"
    CLOSED_UNEXPECTEDLY = "closed_unexpectedly"
    NO_ROOM = "no_room"
    NOBODY_THERE = "nobody_there"
    WAITED_TOO_LONG = "waited_too_long"
    PRESS_TO_LEAVE = "press_to_leave"
    CONNECTING_ELSEWHERE = "connecting_elsewhere"
    # To the agent alone, before the caller.
    JUST_CAME = "just_came"
    HAS_WAITED_A_MINUTE = "has_waited_a_minute"
    HAS_WAITED = "has_waited"
    PRESS_FOR_VOICEMAIL = "press_for_voicemail"
    NOBODY_ANSWERS_NOW = "nobody_answers_now"
    SPEAK_AFTER_BEEP = "speak_after_beep"
    MESSAGE_TAKEN = "message_taken"
    NOTHING_HEARD = "nothing_heard"
    PRESS_TO_BE_CALLED = "press_to_be_called"
    CALLBACK_CONFIRM_OWN = "callback_confirm_own"
    CALLBACK_CONFIRM_TYPED = "callback_confirm_typed"
    CALLBACK_TYPE_NUMBER = "callback_type_number"
    CALLBACK_NOT_A_NUMBER = "callback_not_a_number"
    CALLBACK_NOT_CALLED = "callback_not_called"
    CALLBACK_PROMISED = "callback_promised"
    CALLBACK_MERGED = "callback_merged"
    CALLBACK_LATER = "callback_later"
    CALLBACK_HERE = "callback_here"
    CALLBACK_INSTEAD = "callback_instead"


ENGLISH: Mapping[Sentence, str] = {
    Sentence.LOST_AGENT: (
        "We lost the line to our colleague. Please stay on the line, we will be right back."
    ),
    Sentence.ONE_MORE_MOMENT: "One more moment, please. We are finding somebody for you.",
    Sentence.TROUBLE: "Sorry, something went wrong on our side. Please stay on the line.",
    Sentence.GOODBYE: "Thank you for your call. Goodbye.",
    Sentence.NOT_IN_USE: "This number is not in use. Goodbye.",
    Sentence.NOT_UNDERSTOOD: "We could not understand your choice. Please call again. Goodbye.",
    Sentence.ROOM_IS_FULL: "This conference is full. Please try again later. Goodbye.",
    Sentence.NEXT_IN_LINE: "You are next in line.",
    Sentence.PLACE_IN_LINE: "You are number {place} in line.",
    Sentence.WAIT_IS_ABOUT: "The wait is about {high} minutes.",
    Sentence.WAIT_IS_LESS_THAN: "The wait is less than {high} minutes.",
    Sentence.WAIT_IS_LESS_THAN_A_MINUTE: "The wait is less than a minute.",
    Sentence.WAIT_IS_BETWEEN: "The wait is between {low} and {high} minutes.",
    Sentence.THANKS_FOR_WAITING: "Thank you for waiting.",
    Sentence.STILL_IN_LINE: "You have kept your place in line. Please stay with us.",
    Sentence.PRESS: "Press {key} for {label}.",
    Sentence.STAR: "star",
    Sentence.HASH: "the hash key",
    Sentence.LANGUAGE: "For English, press {key}.",
    Sentence.CLOSED_NOW: "We are closed at the moment. Please call again in our opening hours.",
    Sentence.CLOSED_FOR_A_HOLIDAY: "We are closed today for a holiday. Please call another day.",
    Sentence.CLOSED_UNEXPECTEDLY: (
        "We had to close unexpectedly and cannot take your call. Please call again later."
    ),
    Sentence.NO_ROOM: "Very many people are calling at the moment. Please call again later.",
    Sentence.NOBODY_THERE: "Nobody can take your call at the moment. Please call again later.",
    Sentence.WAITED_TOO_LONG: (
        "We are sorry that you had to wait for so long: we could not answer in time. "
        "Please call again later."
    ),
    Sentence.PRESS_TO_LEAVE: "To leave the line, press {key}.",
    Sentence.CONNECTING_ELSEWHERE: "One moment, please. We are connecting you with a colleague.",
    Sentence.JUST_CAME: "Waited less than a minute.",
    Sentence.HAS_WAITED_A_MINUTE: "Waited one minute.",
    Sentence.HAS_WAITED: "Waited {minutes} minutes.",
    Sentence.PRESS_FOR_VOICEMAIL: "To leave a message, press {key}.",
    Sentence.NOBODY_ANSWERS_NOW: "We are sorry: nobody can answer your call now.",
    Sentence.SPEAK_AFTER_BEEP: (
        "Please speak your message after the tone, and press hash when you are done."
    ),
    Sentence.MESSAGE_TAKEN: "Thank you, we will call you back. Goodbye.",
    Sentence.NOTHING_HEARD: "We have not heard a message. Please call again later. Goodbye.",
    Sentence.PRESS_TO_BE_CALLED: ("To keep your place in line and be called back, press {key}."),
    Sentence.CALLBACK_CONFIRM_OWN: (
        "We will call you back at {number}. To confirm, press 1. For another number, press 2."
    ),
    Sentence.CALLBACK_CONFIRM_TYPED: (
        "You have entered {number}. To confirm, press 1. To enter another number, press 2."
    ),
    Sentence.CALLBACK_TYPE_NUMBER: (
        "Please enter the number at which we can call you back, and then press hash."
    ),
    Sentence.CALLBACK_NOT_A_NUMBER: "This is no telephone number.",
    Sentence.CALLBACK_NOT_CALLED: "We cannot call this number.",
    Sentence.CALLBACK_PROMISED: (
        "Thank you. Your place in line is kept, and we will call you when it is your turn."
    ),
    Sentence.CALLBACK_MERGED: (
        "We were going to call this number already. It keeps the better place in line."
    ),
    Sentence.CALLBACK_LATER: "We do not call you at unusual hours, so it may take until later.",
    Sentence.CALLBACK_INSTEAD: (
        "If we may call you back at {number} when it is your turn, press 1."
    ),
    Sentence.CALLBACK_HERE: (
        "You have asked us to call you back. Please stay on the line, you are the next in line."
    ),
}

SPANISH: Mapping[Sentence, str] = {
    Sentence.LOST_AGENT: (
        "Se ha cortado la línea con nuestro compañero. No cuelgue, por favor, volvemos enseguida."
    ),
    Sentence.ONE_MORE_MOMENT: "Un momento más, por favor. Estamos buscando a alguien para usted.",
    Sentence.TROUBLE: "Lo sentimos, algo ha fallado por nuestra parte. No cuelgue, por favor.",
    Sentence.GOODBYE: "Gracias por su llamada. Adiós.",
    Sentence.NOT_IN_USE: "Este número no está en uso. Adiós.",
    Sentence.NOT_UNDERSTOOD: "No hemos entendido su elección. Vuelva a llamar, por favor. Adiós.",
    Sentence.ROOM_IS_FULL: "Esta conferencia está completa. Inténtelo más tarde. Adiós.",
    Sentence.NEXT_IN_LINE: "Usted es el siguiente.",
    Sentence.PLACE_IN_LINE: "Usted es el número {place} en la cola.",
    Sentence.WAIT_IS_ABOUT: "La espera es de unos {high} minutos.",
    Sentence.WAIT_IS_LESS_THAN: "La espera es de menos de {high} minutos.",
    Sentence.WAIT_IS_LESS_THAN_A_MINUTE: "La espera es de menos de un minuto.",
    Sentence.WAIT_IS_BETWEEN: "La espera es de entre {low} y {high} minutos.",
    Sentence.THANKS_FOR_WAITING: "Gracias por esperar.",
    Sentence.STILL_IN_LINE: "Conserva su lugar en la cola. No cuelgue, por favor.",
    Sentence.PRESS: "Pulse {key} para {label}.",
    Sentence.STAR: "asterisco",
    Sentence.HASH: "almohadilla",
    Sentence.LANGUAGE: "Para español, pulse {key}.",
    Sentence.CLOSED_NOW: (
        "En este momento estamos cerrados. Vuelva a llamar en nuestro horario, por favor."
    ),
    Sentence.CLOSED_FOR_A_HOLIDAY: (
        "Hoy es festivo y estamos cerrados. Vuelva a llamar otro día, por favor."
    ),
    Sentence.CLOSED_UNEXPECTEDLY: (
        "Hemos tenido que cerrar y no podemos atenderle. Vuelva a llamar más tarde, por favor."
    ),
    Sentence.NO_ROOM: (
        "En este momento recibimos muchas llamadas. Vuelva a llamar más tarde, por favor."
    ),
    Sentence.NOBODY_THERE: (
        "En este momento nadie puede atenderle. Vuelva a llamar más tarde, por favor."
    ),
    Sentence.WAITED_TOO_LONG: (
        "Sentimos que haya esperado tanto: no hemos podido atenderle a tiempo. "
        "Vuelva a llamar más tarde, por favor."
    ),
    Sentence.PRESS_TO_LEAVE: "Para salir de la cola, pulse {key}.",
    Sentence.CONNECTING_ELSEWHERE: "Un momento, por favor. Le pasamos con un compañero.",
    Sentence.JUST_CAME: "Ha esperado menos de un minuto.",
    Sentence.HAS_WAITED_A_MINUTE: "Ha esperado un minuto.",
    Sentence.HAS_WAITED: "Ha esperado {minutes} minutos.",
    Sentence.PRESS_FOR_VOICEMAIL: "Para dejar un mensaje, pulse {key}.",
    Sentence.NOBODY_ANSWERS_NOW: "Lo sentimos: nadie puede atender su llamada ahora.",
    Sentence.SPEAK_AFTER_BEEP: (
        "Deje su mensaje después de la señal y pulse almohadilla cuando termine, por favor."
    ),
    Sentence.MESSAGE_TAKEN: "Gracias, le llamaremos. Adiós.",
    Sentence.NOTHING_HEARD: (
        "No hemos oído ningún mensaje. Vuelva a llamar más tarde, por favor. Adiós."
    ),
    Sentence.PRESS_TO_BE_CALLED: (
        "Para conservar su lugar en la cola y que le llamemos, pulse {key}."
    ),
    Sentence.CALLBACK_CONFIRM_OWN: (
        "Le llamaremos al {number}. Para confirmar, pulse 1. Para otro número, pulse 2."
    ),
    Sentence.CALLBACK_CONFIRM_TYPED: (
        "Ha marcado {number}. Para confirmar, pulse 1. Para marcar otro número, pulse 2."
    ),
    Sentence.CALLBACK_TYPE_NUMBER: (
        "Marque el número al que podemos llamarle y después pulse almohadilla."
    ),
    Sentence.CALLBACK_NOT_A_NUMBER: "Esto no es un número de teléfono.",
    Sentence.CALLBACK_NOT_CALLED: "No podemos llamar a este número.",
    Sentence.CALLBACK_PROMISED: (
        "Gracias. Conserva su lugar en la cola y le llamaremos cuando sea su turno."
    ),
    Sentence.CALLBACK_MERGED: (
        "Ya íbamos a llamar a este número. Conserva el mejor lugar en la cola."
    ),
    Sentence.CALLBACK_LATER: (
        "No llamamos a horas intempestivas, así que puede que le llamemos más tarde."
    ),
    Sentence.CALLBACK_INSTEAD: ("Si podemos llamarle al {number} cuando sea su turno, pulse 1."),
    Sentence.CALLBACK_HERE: (
        "Nos pidió que le llamáramos. No cuelgue, por favor: es usted el siguiente."
    ),
}

FRENCH: Mapping[Sentence, str] = {
    Sentence.LOST_AGENT: (
        "La ligne avec notre collègue a été coupée. Restez en ligne, nous revenons tout de suite."
    ),
    Sentence.ONE_MORE_MOMENT: "Encore un instant. Nous cherchons quelqu'un pour vous.",
    Sentence.TROUBLE: "Désolé, un problème est survenu de notre côté. Restez en ligne.",
    Sentence.GOODBYE: "Merci de votre appel. Au revoir.",
    Sentence.NOT_IN_USE: "Ce numéro n'est pas attribué. Au revoir.",
    Sentence.NOT_UNDERSTOOD: (
        "Nous n'avons pas compris votre choix. Veuillez rappeler. Au revoir."
    ),
    Sentence.ROOM_IS_FULL: "Cette conférence est complète. Réessayez plus tard. Au revoir.",
    Sentence.NEXT_IN_LINE: "Vous êtes le prochain.",
    Sentence.PLACE_IN_LINE: "Vous êtes numéro {place} dans la file.",
    Sentence.WAIT_IS_ABOUT: "L'attente est d'environ {high} minutes.",
    Sentence.WAIT_IS_LESS_THAN: "L'attente est de moins de {high} minutes.",
    Sentence.WAIT_IS_LESS_THAN_A_MINUTE: "L'attente est de moins d'une minute.",
    Sentence.WAIT_IS_BETWEEN: "L'attente est de {low} à {high} minutes.",
    Sentence.THANKS_FOR_WAITING: "Merci de patienter.",
    Sentence.STILL_IN_LINE: "Vous gardez votre place dans la file. Restez en ligne.",
    Sentence.PRESS: "Tapez {key} pour {label}.",
    Sentence.STAR: "étoile",
    Sentence.HASH: "dièse",
    Sentence.LANGUAGE: "Pour le français, tapez {key}.",
    Sentence.CLOSED_NOW: (
        "Nous sommes fermés en ce moment. Veuillez rappeler pendant nos heures d'ouverture."
    ),
    Sentence.CLOSED_FOR_A_HOLIDAY: (
        "Nous sommes fermés aujourd'hui, jour férié. Veuillez rappeler un autre jour."
    ),
    Sentence.CLOSED_UNEXPECTEDLY: (
        "Nous avons dû fermer et ne pouvons prendre votre appel. Veuillez rappeler plus tard."
    ),
    Sentence.NO_ROOM: (
        "Nous recevons beaucoup d'appels en ce moment. Veuillez rappeler plus tard."
    ),
    Sentence.NOBODY_THERE: (
        "Personne ne peut prendre votre appel en ce moment. Veuillez rappeler plus tard."
    ),
    Sentence.WAITED_TOO_LONG: (
        "Nous sommes désolés de cette longue attente : nous n'avons pas pu vous répondre à temps. "
        "Veuillez rappeler plus tard."
    ),
    Sentence.PRESS_TO_LEAVE: "Pour quitter la file, tapez {key}.",
    Sentence.CONNECTING_ELSEWHERE: "Un instant. Nous vous mettons en relation avec un collègue.",
    Sentence.JUST_CAME: "Attente : moins d'une minute.",
    Sentence.HAS_WAITED_A_MINUTE: "Attente : une minute.",
    Sentence.HAS_WAITED: "Attente : {minutes} minutes.",
    Sentence.PRESS_FOR_VOICEMAIL: "Pour laisser un message, tapez {key}.",
    Sentence.NOBODY_ANSWERS_NOW: (
        "Nous sommes désolés : personne ne peut répondre à votre appel en ce moment."
    ),
    Sentence.SPEAK_AFTER_BEEP: (
        "Veuillez laisser votre message après le signal, puis tapez dièse."
    ),
    Sentence.MESSAGE_TAKEN: "Merci, nous vous rappellerons. Au revoir.",
    Sentence.NOTHING_HEARD: (
        "Nous n'avons pas entendu de message. Veuillez rappeler plus tard. Au revoir."
    ),
    Sentence.PRESS_TO_BE_CALLED: (
        "Pour garder votre place dans la file et être rappelé, tapez {key}."
    ),
    Sentence.CALLBACK_CONFIRM_OWN: (
        "Nous vous rappellerons au {number}. Pour confirmer, tapez 1. "
        "Pour un autre numéro, tapez 2."
    ),
    Sentence.CALLBACK_CONFIRM_TYPED: (
        "Vous avez tapé {number}. Pour confirmer, tapez 1. Pour un autre numéro, tapez 2."
    ),
    Sentence.CALLBACK_TYPE_NUMBER: (
        "Tapez le numéro auquel nous pouvons vous rappeler, puis la touche dièse."
    ),
    Sentence.CALLBACK_NOT_A_NUMBER: "Ce n'est pas un numéro de téléphone.",
    Sentence.CALLBACK_NOT_CALLED: "Nous ne pouvons pas appeler ce numéro.",
    Sentence.CALLBACK_PROMISED: (
        "Merci. Vous gardez votre place dans la file, et nous vous rappellerons à votre tour."
    ),
    Sentence.CALLBACK_MERGED: (
        "Nous devions déjà appeler ce numéro. Il garde la meilleure place dans la file."
    ),
    Sentence.CALLBACK_LATER: (
        "Nous n'appelons pas à des heures indues : cela peut donc prendre jusqu'à plus tard."
    ),
    Sentence.CALLBACK_INSTEAD: ("Si nous pouvons vous rappeler au {number} à votre tour, tapez 1."),
    Sentence.CALLBACK_HERE: (
        "Vous nous avez demandé de vous rappeler. Restez en ligne : c'est votre tour."
    ),
}

SPOKEN: Mapping[str, Mapping[Sentence, str]] = {"en": ENGLISH, "es": SPANISH, "fr": FRENCH}


def sentence(which: Sentence, language: str, **values: object) -> str:
    """Return a sentence in ``language`` (BCP 47, like es-ES); English when we have no words."""
    words = SPOKEN.get(language.partition("-")[0].lower(), ENGLISH)
    return words[which].format(**values)


_WAIT_SENTENCES = {
    Kind.ABOUT: Sentence.WAIT_IS_ABOUT,
    Kind.LESS_THAN: Sentence.WAIT_IS_LESS_THAN,
    Kind.BETWEEN: Sentence.WAIT_IS_BETWEEN,
}


def estimate_words(estimate: Estimate, language: str) -> str:
    """Return an estimate as a caller hears it, like "The wait is about 4 minutes."."""
    low, high = estimate.low // MINUTE, estimate.high // MINUTE
    # Only "less than" is ever said of one minute, so nothing else needs the singular.
    if high == 1:
        return sentence(Sentence.WAIT_IS_LESS_THAN_A_MINUTE, language)
    return sentence(_WAIT_SENTENCES[estimate.kind], language, low=low, high=high)


def place_words(place: int, language: str) -> str:
    """Return a place in line, counted from 1, as a caller hears it."""
    if place <= 1:
        return sentence(Sentence.NEXT_IN_LINE, language)
    return sentence(Sentence.PLACE_IN_LINE, language, place=place)


def key_words(key: str, language: str) -> str:
    """Return a key of a telephone as a caller hears it."""
    names = {"*": Sentence.STAR, "#": Sentence.HASH}
    return sentence(names[key], language) if key in names else key


def language_offer(language: str, label: str, key: str) -> str:
    """Return how a language is offered, in that language; by its label when we do not speak it."""
    if language.partition("-")[0].lower() in SPOKEN:
        return sentence(Sentence.LANGUAGE, language, key=key)
    return f"{label}: {key}."


# --- to the agent alone ------------------------------------------------------------------------

#: A whisper lasts no longer than this: the caller waits while the agent listens.
WHISPER_SECONDS = 8.0
_SHORT_SECONDS, _SPELLED_SECONDS, _UNKNOWN_SECONDS = 0.1, 0.5, 1.0


def whisper_words(queue: str, waited_seconds: float, language: str) -> str:
    """Return what an agent hears before the caller, like "Support. Waited 2 minutes.".

    The queue's name comes in full where there is time for it, else the words of it for which there
    is.
    """
    minutes = int(waited_seconds) // MINUTE
    if minutes == 0:
        waited = sentence(Sentence.JUST_CAME, language)
    elif minutes == 1:
        waited = sentence(Sentence.HAS_WAITED_A_MINUTE, language)
    else:
        waited = sentence(Sentence.HAS_WAITED, language, minutes=minutes)
    name = _as_much_as_fits(queue, WHISPER_SECONDS - seconds_to_say(f". {waited}"))
    return f"{name}. {waited}" if name else waited


def seconds_to_say(text: str) -> float:
    """Return a time in which every voice has said ``text``: rather too long than too short.

    Capitals and digits count as if each was spelled, and a sign that we do not know as if it had a
    name.
    """
    return sum(_seconds_of(sign) for sign in text)


def _seconds_of(sign: str) -> float:
    if sign.isdigit() or sign.isupper():
        return _SPELLED_SECONDS
    spoken_together = (sign.isalpha() and sign < "\u0250") or sign in " .,:;'-"
    return _SHORT_SECONDS if spoken_together else _UNKNOWN_SECONDS


def _as_much_as_fits(text: str, seconds: float) -> str:
    words = text.split()
    while words and seconds_to_say(" ".join(words)) > seconds:
        words.pop()
    return " ".join(words)
