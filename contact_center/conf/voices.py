"""Which language a voice speaks, as far as its name tells.

Source: Twilio, "Text-to-speech: available voices" (twilio.com/docs/voice/twiml/say/text-speech).
"""

_POLLY = {
    "ar": "Zeina Hala Zayd",
    "da": "Mads Naja Sofie",
    "de": "Hans Marlene Vicki Daniel Hannah",
    "en": (
        "Matthew Joanna Ivy Joey Justin Kendra Kimberly Salli Kevin Ruth Stephen Danielle Gregory "
        "Amy Brian Emma Arthur Nicole Russell Olivia Raveena Aditi Kajal Geraint Ayanda Aria "
        "Niamh Jasmine"
    ),
    "es": "Conchita Enrique Lucia Sergio Mia Andres Lupe Miguel Penelope Pedro",
    "fi": "Suvi",
    "fr": "Celine Lea Mathieu Remi Chantal Gabrielle Liam Isabelle",
    "it": "Bianca Carla Giorgio Adriano",
    "ja": "Mizuki Takumi Kazuha Tomoko",
    "ko": "Seoyeon Jihye",
    "nb": "Liv Ida",
    "nl": "Lotte Ruben Laura Lisa",
    "pl": "Ewa Jacek Jan Maja Ola",
    "pt": "Camila Ricardo Vitoria Thiago Cristiano Ines",
    "ru": "Maxim Tatyana",
    "sv": "Astrid Elin",
    "tr": "Filiz Burcu",
}
_LANGUAGE_OF = {name: language for language, names in _POLLY.items() for name in names.split()}


def language_of(voice: str) -> str | None:
    """Return the language ("en") of a voice like Polly.Joanna-Neural or Google.de-DE-Wavenet-A.

    None for a voice whose name does not tell, such as man and woman, which speak them all.
    """
    family, _dot, name = voice.partition(".")
    if family == "Google":
        return name.partition("-")[0].lower() or None
    if family == "Polly":
        return _LANGUAGE_OF.get(name.partition("-")[0])
    return None
