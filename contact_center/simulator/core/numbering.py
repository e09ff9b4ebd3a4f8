"""Telephone numbers as they are written, and what belongs to them."""

from __future__ import annotations


def is_number(text: str) -> bool:
    """Whether this is a number in E.164: a plus and seven to fifteen digits."""
    digits = text.removeprefix("+")
    return text.startswith("+") and digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 15
