"""Processes that die: at a statement, between a commit and what follows it, or just after.

A kill is a BaseException raised in front of a statement: whatever transaction is open is taken
back, and nobody's ``except Exception`` gets to see it. What stands in memory is lost with it, which
for us is what waits to be done after the commit.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection


class Killed(BaseException):
    """The process that was at work is no more."""


@dataclass
class _Sentence:
    #: Statements that may still be made; None: it lives.
    statements: int | None = None
    #: Commits that may still be followed by their wake-ups; None: all of them.
    commits: int | None = None


class Kills:
    """Stands around every statement and every commit of this thread while it is installed."""

    def __init__(self, lose_wake_up: Callable[[], bool]) -> None:
        """``lose_wake_up`` decides for each commit whether what follows it is lost."""
        self._lose_wake_up = lose_wake_up
        #: Whether what follows a commit was lost since somebody last looked.
        self.unheard = False
        self._sentences: list[_Sentence] = []

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Stand around the database while the block runs."""
        database = connection._connections["default"]  # the proxy itself keeps no attributes
        with connection.execute_wrapper(self._statement):
            database.run_and_clear_commit_hooks = self._after_commit
            try:
                yield
            finally:
                del database.run_and_clear_commit_hooks

    @contextmanager
    def condemned(
        self, *, statements: int | None = None, commits: int | None = None
    ) -> Iterator[None]:
        """Kill who is at work in the block after so many statements or commits.

        One who is done before that is killed at the end: the work is done, nobody hears of it.
        """
        sentence = _Sentence(statements, commits)
        self._sentences.append(sentence)
        try:
            yield
        finally:
            self._sentences.pop()
        if sentence.statements is not None:
            raise Killed

    @contextmanager
    def elsewhere(self) -> Iterator[None]:
        """Let another process be at work in the block, which nobody kills by mistake."""
        self._sentences.append(_Sentence())
        try:
            yield
        finally:
            self._sentences.pop()

    def _statement(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
    ) -> Any:
        sentence = self._sentences[-1] if self._sentences else None
        if sentence is not None and sentence.statements is not None:
            sentence.statements -= 1
            if sentence.statements < 0:
                sentence.statements = None
                raise Killed
        return execute(sql, params, many, context)

    def _after_commit(self) -> None:
        database = connection._connections["default"]
        sentence = self._sentences[-1] if self._sentences else None
        if not database.run_on_commit:
            return
        if sentence is not None and sentence.commits is not None:
            sentence.commits -= 1
            if sentence.commits < 0:
                sentence.commits = None
                database.run_on_commit = []
                self.unheard = True
                raise Killed
        if self._lose_wake_up():
            database.run_on_commit = []
            self.unheard = True
        type(database).run_and_clear_commit_hooks(database)
