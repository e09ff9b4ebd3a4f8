"""Telephone numbers: who rings, what people type, which numbers we call. Pure.

They are kept as E.164 (ITU-T) writes them: a plus and digits. What a number is says libphonenumber
(``phonenumbers``), whose tables are renewed with it.
"""

from collections.abc import Collection, Sequence
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import PhoneNumberType as Type
from phonenumbers import timezone as zones

# --- who rings, and what people type -------------------------------------------------------------

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


def typed_number(written: str, region: str = "") -> str | None:
    """Return what somebody typed as E.164 has it (+14155550142); None when it is no number.

    Without a plus it is a number of ``region`` (ISO 3166, like US); "" knows none such.
    """
    try:
        number = phonenumbers.parse(written.strip(), region or None)
    except phonenumbers.NumberParseException:
        return None
    # Whether a number is in use no list knows for certain; whether it can be one, this does.
    if not phonenumbers.is_possible_number(number) or number.extension:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def written_in_link(link: str) -> str:
    """Return the number that a link names: what stands in ``tel:`` (RFC 3966), or the number alone.

    Only signs of which numbers are written are left; "" where there is none.
    """
    written = link[:LONGEST_WRITTEN]
    if written.strip()[:4].lower() == "tel:":
        written = written.strip()[4:].partition(";")[0]
    # A plus in an address is a space once it is read.
    if written.startswith(" ") and written[1:2].isdigit():
        written = f"+{written[1:]}"
    kept = "".join(sign for sign in written if sign in "+0123456789 ()-./").strip()
    return kept if any(sign.isdigit() for sign in kept) else ""


#: No number is written in more signs.
LONGEST_WRITTEN = 40


# --- which numbers we call -----------------------------------------------------------------------

#: Telephones somebody may have. Not: premium rate, shared cost, pagers, voicemail access, and what
#: libphonenumber does not know.
ORDINARY = frozenset(
    {Type.FIXED_LINE, Type.MOBILE, Type.FIXED_LINE_OR_MOBILE, Type.VOIP, Type.TOLL_FREE}
)
#: Whoever is called has a share of what the call costs.
_COSTLY = frozenset({Type.PREMIUM_RATE, Type.SHARED_COST})
_UNKNOWN_ZONE = "Etc/Unknown"


class Unfit(StrEnum):
    """Why a number is not called."""

    #: No number of any country, or written without its country.
    NOT_ONE = "not_one"
    EMERGENCY = "emergency"
    PREMIUM = "premium"
    #: In a country into which we do not call.
    ABROAD = "abroad"
    #: None that people have.
    NOT_ORDINARY = "not_ordinary"


def outside_number(
    written: str,
    region: str = "",
    *,
    countries: Collection[str] | None = None,
    only_ordinary: bool = False,
) -> str | Unfit:
    """Return ``written`` in E.164, as +14155550177, or why it is not called.

    Without a plus it is a number of ``region`` (ISO 3166, like US); "" knows none such.
    ``countries`` are those into which we call, None for all. ``only_ordinary`` leaves nothing but
    telephones that people have.
    """
    tidy = written.strip()
    # Who types at a telephone means the emergency numbers of home.
    if _calls_for_help(tidy, countries or () if only_ordinary else phonenumbers.SUPPORTED_REGIONS):
        return Unfit.EMERGENCY
    try:
        number = phonenumbers.parse(tidy, region or None)
    except phonenumbers.NumberParseException:
        return Unfit.NOT_ONE
    country = phonenumbers.region_code_for_country_code(number.country_code or 0)
    if phonenumbers.is_emergency_number(phonenumbers.national_significant_number(number), country):
        return Unfit.EMERGENCY
    if not phonenumbers.is_valid_number(number) or number.extension:
        return Unfit.NOT_ONE
    kind = phonenumbers.number_type(number)
    if kind in _COSTLY:
        return Unfit.PREMIUM
    if countries is not None and phonenumbers.region_code_for_number(number) not in countries:
        return Unfit.ABROAD
    if only_ordinary and kind not in ORDINARY:
        return Unfit.NOT_ORDINARY
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def customers_number(text: str, regions: Sequence[str]) -> str | Unfit:
    """Return the number at which a caller wants to be called back, as ``outside_number`` does.

    A caller can have us ring any number he types, at our cost and in somebody else's house: only
    what is an ordinary telephone in one of ``regions`` is dialled, his own country first.
    """
    home = next(iter(regions), "")
    return outside_number(text, home, countries=regions, only_ordinary=True)


def _calls_for_help(written: str, regions: Collection[str]) -> bool:
    """Whether it is an emergency number in one of ``regions``, as one dials it there."""
    digits = "".join(sign for sign in written if sign not in " -./()")
    return (
        digits.isascii()
        and digits.isdigit()
        and len(digits) <= 6
        and any(phonenumbers.is_emergency_number(digits, region) for region in regions)
    )


# --- where a number rings ------------------------------------------------------------------------


def region_of(e164: str) -> str:
    """Return the country of a number (ISO code); "" where it is withheld or unknown."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(e164)) or ""
    except phonenumbers.NumberParseException:
        return ""


def is_country(code: str) -> bool:
    """Whether ``code`` (ISO 3166, like US) is a country that has telephone numbers."""
    return code in phonenumbers.SUPPORTED_REGIONS


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
