"""A database migrated and seeded once, and copied for every site of a run.

`serve` migrates and seeds at each start and finds both done; that they are done on an empty
database too is tested where a site is started `fresh`.
"""

import atexit
import functools
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tests.harness.processes import ROOT, bare_environment

_numbers = itertools.count(1)


def copy_sqlite(data: Path) -> None:
    """Put a migrated and seeded database file into a site's data folder."""
    shutil.copy(_sqlite_template() / "db.sqlite3", data / "db.sqlite3")


def create_database(server_url: str, *, fresh: bool) -> str:
    """Create a database on that server, empty or prepared; returns its name."""
    name = f"site_{os.getpid()}_{next(_numbers)}"
    template = "template1" if fresh else _postgres_template(server_url)
    _run_on(
        server_url,
        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template)
        ),
    )
    return name


def drop_database(server_url: str, name: str) -> None:
    """Drop a database, whoever is still connected to it."""
    _run_on(server_url, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def url_of(server_url: str, name: str) -> str:
    """The address of that database."""
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))


def _run_on(server_url: str, statement: sql.Composed) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(statement)


@functools.cache
def _sqlite_template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="prepared-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _prepare({"DATA_DIR": str(folder)})
    return folder


@functools.cache
def _postgres_template(server_url: str) -> str:
    """Its server is a temporary one and takes it along when it ends."""
    name = f"prepared_{os.getpid()}"
    _run_on(server_url, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    with tempfile.TemporaryDirectory() as data:
        _prepare({"DATA_DIR": data, "DATABASE_URL": url_of(server_url, name)})
    return name


def _prepare(environment: dict[str, str]) -> None:
    settings = {"DEMO": "1", "SECRET_KEY": "only-for-this-test-" + "x" * 40}
    for command in ("migrate", "seed_demo"):
        subprocess.run(
            [sys.executable, "manage.py", command, "--verbosity", "0"],
            cwd=ROOT,
            env=bare_environment() | settings | environment,
            check=True,
            timeout=120,
        )
