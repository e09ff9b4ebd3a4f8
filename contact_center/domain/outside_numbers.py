"""Which numbers outside a queue may send its callers to. Pure.

Whoever writes a number here has every caller of a queue dialled to it, at our cost.
"""

from enum import StrEnum

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType


class Unfit(StrEnum):
    """Why no caller is sent to a number."""

    #: No number of any country, or written without its country.
    NOT_ONE = "not_one"
    EMERGENCY = "emergency"
    PREMIUM = "premium"


#: Whoever is called has a share of what the call costs.
_COSTLY = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST})


def outside_number(written: str) -> str | Unfit:
    """Return ``written`` in E.164, as +14155550177, or why no caller is sent there."""
    tidy = written.strip()
    if _calls_for_help(tidy):
        return Unfit.EMERGENCY
    try:
        number = phonenumbers.parse(tidy)
    except phonenumbers.NumberParseException:
        return Unfit.NOT_ONE
    region = phonenumbers.region_code_for_country_code(number.country_code or 0)
    if phonenumbers.is_emergency_number(phonenumbers.national_significant_number(number), region):
        return Unfit.EMERGENCY
    if not phonenumbers.is_valid_number(number) or number.extension:
        return Unfit.NOT_ONE
    if phonenumbers.number_type(number) in _COSTLY:
        return Unfit.PREMIUM
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _calls_for_help(written: str) -> bool:
    """Whether it is an emergency number anywhere, as one dials it there."""
    return (
        written.isascii()
        and written.isdigit()
        and len(written) <= 6
        and any(
            phonenumbers.is_emergency_number(written, region)
            for region in phonenumbers.SUPPORTED_REGIONS
        )
    )
