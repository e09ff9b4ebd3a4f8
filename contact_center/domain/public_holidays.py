"""Public holidays by country and region, from the library `holidays`. Pure: no request is made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from types import MappingProxyType

import holidays
from holidays.registry import COUNTRIES

#: Names are shown in English where the library has them; else in the country's own language.
_SHOWN_IN = "en_US"
_SMALL_WORDS = {"And": "and", "Of": "of", "The": "the", "Da": "da"}


@dataclass(frozen=True, order=True)
class Place:
    """A country or a region of one: how it is called, and its code."""

    name: str
    code: str


@lru_cache(maxsize=512)
def holidays_of(country: str, region: str, year: int) -> Mapping[date, str]:
    """Return the public holidays of a year, by their day.

    ``country`` is an ISO code (DE), ``region`` one of its regions or "" for what the whole country
    has. A place that the library does not know has none: a calendar that names one goes by its
    other rules rather than by none.
    """
    if not country:
        return MappingProxyType({})
    try:
        found = holidays.country_holidays(
            country, subdiv=region or None, years=year, language=_SHOWN_IN
        )
    except NotImplementedError:
        return MappingProxyType({})
    return MappingProxyType(dict(sorted(found.items())))


@cache
def countries() -> tuple[Place, ...]:
    """Return the countries whose holidays are known, by name."""
    return tuple(sorted(Place(_spelled(key), names[1]) for key, names in COUNTRIES.items()))


@cache
def regions_of(country: str) -> tuple[Place, ...]:
    """Return the regions of a country that have holidays of their own, by name."""
    known = holidays.list_supported_countries(include_aliases=False).get(country, ())
    if not known:
        return ()
    aliases = holidays.country_holidays(country).subdivisions_aliases
    names: dict[str, str] = {}
    for name, code in aliases.items():
        # A region may have its name in several languages; the first is the library's own.
        names.setdefault(code, name)
    return tuple(sorted(Place(names.get(code, code), code) for code in known))


def _spelled(key: str) -> str:
    first, *rest = key.replace("_", " ").title().split(" ")
    return " ".join([first, *(_SMALL_WORDS.get(word, word) for word in rest)])
