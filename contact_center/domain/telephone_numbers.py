"""Which numbers we call, and what is known of where they ring.

A caller can have us ring any number he types, at our cost and in somebody else's house: only what
is an ordinary telephone in his own country, or in ours, is dialled. What a number is says
libphonenumber (``phonenumbers``), whose tables are renewed with it.
"""

from collections.abc import Collection
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import PhoneNumberType as Type
from phonenumbers import timezone as zones

#: Telephones somebody may have. Not: premium rate, shared cost, pagers, voicemail access, and what
#: libphonenumber does not know.
ORDINARY = frozenset(
    {Type.FIXED_LINE, Type.MOBILE, Type.FIXED_LINE_OR_MOBILE, Type.VOIP, Type.TOLL_FREE}
)
_UNKNOWN_ZONE = "Etc/Unknown"


class Refusal(StrEnum):
    """Why a number is not called."""

    NOT_A_NUMBER = "not_a_number"
    ABROAD = "abroad"
    NOT_ORDINARY = "not_ordinary"


def read_number(text: str, regions: Collection[str]) -> str | Refusal:
    """Return ``text`` as E.164 if it may be called; it is read as dialled in the first region.

    ``regions`` are the countries into which we call (ISO codes), the caller's own first.
    """
    home = next(iter(regions), None)
    digits = "".join(c for c in text if c in "+0123456789")
    if home and phonenumbers.is_emergency_number(digits, home):
        return Refusal.NOT_ORDINARY
    try:
        number = phonenumbers.parse(text, home)
    except phonenumbers.NumberParseException:
        return Refusal.NOT_A_NUMBER
    if not phonenumbers.is_valid_number(number):
        return Refusal.NOT_A_NUMBER
    if phonenumbers.region_code_for_number(number) not in regions:
        return Refusal.ABROAD
    if phonenumbers.number_type(number) not in ORDINARY:
        return Refusal.NOT_ORDINARY
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def region_of(e164: str) -> str:
    """Return the country of a number (ISO code); "" where it is withheld or unknown."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(e164)) or ""
    except phonenumbers.NumberParseException:
        return ""


def regions_for(*numbers: str) -> list[str]:
    """Return the countries of some numbers, each once, in their order."""
    return list(dict.fromkeys(region for number in numbers if (region := region_of(number))))


def zones_of(e164: str) -> tuple[ZoneInfo, ...]:
    """Return the time zones in which a number may ring; none where nobody knows."""
    try:
        names = zones.time_zones_for_number(phonenumbers.parse(e164))
    except phonenumbers.NumberParseException:
        return ()
    found = []
    for name in names:
        if name != _UNKNOWN_ZONE:
            try:
                found.append(ZoneInfo(name))
            except (ZoneInfoNotFoundError, ValueError):
                continue
    return tuple(found)


def spoken_digits(e164: str, home: str) -> str:
    """Return a number as it is read to somebody: digit by digit, as it is dialled at ``home``."""
    number = phonenumbers.parse(e164)
    digits = phonenumbers.national_significant_number(number)
    if phonenumbers.region_code_for_number(number) != home:
        digits = f"{number.country_code}{digits}"
    return " ".join(digits)
