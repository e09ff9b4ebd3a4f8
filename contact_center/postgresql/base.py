"""Django's own PostgreSQL, except that an outage is noticed once and not by everybody in turn.

The same holds for connections that died while nobody used them, as all do when PostgreSQL is
restarted: who meets the first has the others looked at.

Named by settings.DATABASES; nobody imports it.
"""

import threading
from typing import Any

from django.db.backends.postgresql import base

from contact_center.postgresql.outage import Outage

_outage = Outage()


def _could_not_connect(_pool: object) -> None:
    """Told by the pool. A function, because Django copies its settings."""
    _outage.notice()


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that is refused at once while the database is known to be away."""

    @property
    def pool(self) -> Any:
        """The process's pool, which tells us when a connection could not be made."""
        options = self.settings_dict["OPTIONS"].get("pool")
        if isinstance(options, dict):
            options.setdefault("reconnect_failed", _could_not_connect)
        return super().pool

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Return a connection. Raises OperationalError, at once in an outage that is known."""
        if not _outage.let_through():
            raise self.Database.OperationalError(
                "PostgreSQL could not be reached a moment ago; it is tried again every second."
            )
        connection = super().get_new_connection(conn_params)
        _outage.is_over()
        return connection

    def _close(self) -> None:
        lost = self.connection is not None and bool(getattr(self.connection, "broken", False))
        super()._close()  # type: ignore[misc]  # missing in django-stubs
        if lost and self.pool:
            # Beside the request: a server that is gone without a word answers no question for long.
            # The pool gives out none of its connections until it was looked at.
            threading.Thread(target=self.pool.check, name="pool check", daemon=True).start()
