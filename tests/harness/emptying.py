"""Take back what a test has really committed.

Django's `flush` empties every table there is and then writes all content types and
permissions anew, after each of a thousand tests. A test writes into a
dozen tables; those are found and emptied, and what migrations leave stays.
"""

from functools import cache

from django.db import connections, transaction
from django.test import TransactionTestCase

#: What belongs to the tables, not to what was done with them.
KEPT = frozenset({"django_migrations", "django_content_type", "auth_permission"})


def empty_what_was_written(database: str = "default") -> None:
    """Delete every row of that database but for those in KEPT."""
    connection = connections[database]
    quote = connection.ops.quote_name
    with transaction.atomic(using=database), connection.cursor() as cursor:
        # In any order: constraints are checked at the commit.
        cursor.execute(_which_have_rows(database))
        for (table,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {quote(table)}")


@cache
def _which_have_rows(database: str) -> str:
    connection = connections[database]
    quote = connection.ops.quote_name
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {quote(table)})"
        for table in sorted(tables)
        if table not in KEPT
    )


def empty_instead_of_flushing() -> None:
    """Let every test that commits end so from now on."""

    def teardown(test: TransactionTestCase) -> None:
        for database in test._databases_names(include_mirrors=False):
            empty_what_was_written(database)

    TransactionTestCase._fixture_teardown = teardown


def send_everybody_else_out(database: str = "default") -> None:
    """End every other session of a PostgreSQL database, which could not be dropped otherwise.

    A thread of some pool, that a test gave work to, keeps its connection for as long as it lives.
    """
    connection = connections[database]
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
