"""Who rings: the number of a caller, where the network says one. Pure: no request is made."""

from functools import lru_cache

import phonenumbers

#: What the network says for a caller who shows no number. The long ones spell ANONYMOUS,
#: RESTRICTED, BLOCKED, UNKNOWN and UNAVAILABLE on a telephone's keys.
WITHHELD = frozenset(
    {
        *("", "anonymous", "Anonymous", "restricted", "unknown"),
        *("+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"),
    }
)


@lru_cache(maxsize=4096)
def known_number(number: str) -> str:
    """Return a caller's number as E.164 has it; "" for one that is withheld, or no number at all.

    It has to begin with a plus, for nobody knows in which country a number without one is; spaces,
    dots, dashes and brackets are passed over.
    """
    number = number.strip()
    if number in WITHHELD or not number.startswith("+"):
        return ""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return ""
    # No list of numbers in use is asked: a new range is in none for a while.
    if not phonenumbers.is_possible_number(parsed):
        return ""
    written = str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
    return "" if written in WITHHELD else written
