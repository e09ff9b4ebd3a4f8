"""The site's own PostgreSQL with a point after everything that was committed."""

from collections.abc import Callable
from typing import Any

from contact_center.postgresql import base
from tests.under_fire.crash.points import reached

WRITES = ("INSERT", "UPDATE", "DELETE")


class DatabaseWrapper(base.DatabaseWrapper):
    """Dies after a commit when that is armed; a write outside a transaction is one, too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(self._after_a_write)

    def _commit(self) -> Any:
        committed = super()._commit()
        reached("commit")
        return committed

    def _after_a_write(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
    ) -> Any:
        result = execute(sql, params, many, context)
        if not self.in_atomic_block and str(sql).lstrip().startswith(WRITES):
            reached("commit")
        return result
