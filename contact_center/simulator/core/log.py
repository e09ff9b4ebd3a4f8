"""What happened on the network, for people: every webhook, REST request, leg and problem."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["webhook", "rest", "leg", "conference", "problem"]


@dataclass
class LogEntry:
    """One line of the log. ``revision`` grows whenever the entry changes, over the whole log."""

    number: int
    revision: int
    at: float
    kind: Kind
    account_sid: str
    leg_sid: str | None
    title: str
    detail: dict[str, object] = field(default_factory=dict)
    problem: str | None = None


class Log:
    """The newest entries, oldest first; it forgets rather than grows."""

    def __init__(self, keep: int = 2000) -> None:
        self._entries: deque[LogEntry] = deque(maxlen=keep)
        self._revision = 0

    def __iter__(self) -> Iterator[LogEntry]:
        return iter(list(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def revision(self) -> int:
        """Grows with every change; a reader asks for what is newer than what it has."""
        return self._revision

    def add(
        self,
        at: float,
        kind: Kind,
        account_sid: str,
        leg_sid: str | None,
        title: str,
        detail: Mapping[str, object] | None = None,
        problem: str | None = None,
    ) -> LogEntry:
        """Write a line and return it, so that its outcome can be filled in later."""
        self._revision += 1
        entry = LogEntry(
            number=self._revision,
            revision=self._revision,
            at=at,
            kind=kind,
            account_sid=account_sid,
            leg_sid=leg_sid,
            title=title,
            detail=dict(detail or {}),
            problem=problem,
        )
        self._entries.append(entry)
        return entry

    def amend(self, entry: LogEntry, detail: Mapping[str, object], problem: str | None) -> None:
        """Fill in what became of an entry."""
        self._revision += 1
        entry.revision = self._revision
        entry.detail.update(detail)
        entry.problem = problem or entry.problem

    def since(self, revision: int) -> list[LogEntry]:
        """The entries added or amended after this revision, oldest first."""
        return [entry for entry in self._entries if entry.revision > revision]
