"""A database of a storm's own: SQLite in memory, or a PostgreSQL started for it."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import django
from django.core.management.color import no_style
from django.db import connection
from django.template import Template
from django.test.utils import setup_test_environment, teardown_test_environment

from tests.harness.emptying import KEPT
from tests.harness.processes import ROOT
from tests.harness.services import TemporaryPostgres

_template_render = Template._render


@contextmanager
def own_database(kind: str) -> Iterator[None]:
    """Set Django up with an empty database of ``kind`` (sqlite or postgres).

    Only for a process of its own: what the settings read is put into the environment here.
    """
    with ExitStack() as stack:
        os.environ |= {
            "ENV_FILE": str(ROOT / "tests/test.env"),
            "DATA_DIR": str(ROOT / ".cache/universe"),
            "DJANGO_SETTINGS_MODULE": "contact_center.settings",
        }
        if kind == "postgres":
            os.environ["DATABASE_URL"] = stack.enter_context(TemporaryPostgres()).url
        django.setup()
        setup_test_environment(debug=False)
        stack.callback(teardown_test_environment)
        # Nobody asks which templates were rendered, and noting it makes every page twice as dear.
        Template._render = _template_render
        name = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        stack.callback(connection.creation.destroy_test_db, str(name), verbosity=0)
        stack.callback(connection.close)
        yield


def empty_database() -> None:
    """Empty every table of ours and begin to count its rows from 1 again."""
    tables = [
        table
        for table in connection.introspection.django_table_names(only_existing=True)
        if table not in KEPT
    ]
    statements = connection.ops.sql_flush(
        no_style(), tables, reset_sequences=True, allow_cascade=True
    )
    connection.ops.execute_sql_flush(statements)
