"""What can be wrong with the settings, as values: the checks and the command both show them.

The ids, which people silence and search for, are never used for anything else again:

E001  a required setting is missing           E020  signatures are not checked in production
E002  a top-level value is malformed          E021  the public host is not served here
E003  not a phone number in E.164             W001  two spellings contradict each other
E004  not a usable public address             W002  an edge is given as a region
E005  plain http in production                W003  the voice does not speak the language
E006  no such region or edge                  W004  the phone network of production is simulated
E010  no such dictionary                      W005  a log handler shows phone numbers
E011  no such key                             E022  a node would keep to itself what two share
E012  a value that does not fit               E023  recordings cannot be kept in their folder
E013  not built yet
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: which key, what about it, what to do."""

    id: str
    key: str
    message: str
    hint: str

    @property
    def level(self) -> Literal["error", "warning"]:
        """An error stops the site from starting; a warning says what will surprise."""
        return "error" if self.id.startswith("E") else "warning"

    def __str__(self) -> str:
        return f"{self.key}: {self.message}"


def missing(key: str, hint: str) -> Problem:
    """Return the problem of a required setting that nobody set."""
    return Problem("E001", key, "is missing", hint)
