"""A database that has lost a table, or is not there at all: for real, and well again afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def without(table: str) -> Iterator[None]:
    """The database has lost a table of ours."""
    name = f"contact_center_{table}"
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {name} RENAME TO {name}_lost")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {name}_lost RENAME TO {name}")


@contextmanager
def database_away() -> Iterator[None]:
    """Nothing answers where this thread looks for the database."""
    there = dict(connection.settings_dict)
    options = {name: value for name, value in there["OPTIONS"].items() if name != "pool"}
    away = {"HOST": "127.0.0.1", "PORT": "1", "OPTIONS": options}
    if connection.vendor == "sqlite":
        away = {"NAME": f"{there['NAME']}.away/db.sqlite3"}
    connection.close()
    connection.settings_dict.update(away)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(there)
