"""Telephone numbers as people type them, and as they are kept: E.164. Pure.

Source: ITU-T E.164, by Google's libphonenumber.
"""

import phonenumbers
from phonenumbers import PhoneNumberFormat


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
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def region_of(number: str) -> str:
    """Return the region of an E.164 number, like US; "" where it has none."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.region_code_for_number(parsed) or ""
