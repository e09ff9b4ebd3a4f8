"""Which tests belong to which part of `make test`.

fast      in this process, on SQLite and memory; two at a time, behind those that measure
servers   the test starts the phone network, the site or a browser, or is marked `alone`: one at a
          time and before all others, because what it measures (audio, deadlines) suffers when a
          neighbour takes the processor
again     whatever touches the database, once more on PostgreSQL and Redis, and what needs those two
          (`postgres`, `redis`), but for what is marked `once`; again-servers are those of them that
          start servers

A part is chosen by what a test asks for (its markers and fixtures), never by where its file lies.
"""

import pytest

PARTS = ("fast", "servers", "again", "again-servers")

SERVER_FIXTURES = frozenset({"simulator", "site", "start_site", "start_browser"})
DATABASE_FIXTURES = frozenset({"db", "transactional_db", "django_db_reset_sequences"})


def belongs(item: pytest.Item, part: str) -> bool:
    """Whether the test is run in that part."""
    fixtures = frozenset(getattr(item, "fixturenames", ()))
    starts_servers = (
        bool(fixtures & SERVER_FIXTURES) or _marked(item, "browser") or _marked(item, "alone")
    )
    starts_site = bool(fixtures & {"site", "start_site"})
    needs_postgres_or_redis = _marked(item, "postgres") or _marked(item, "redis")
    touches_database = (
        bool(fixtures & DATABASE_FIXTURES) or _marked(item, "django_db") or starts_site
    )
    if part in ("fast", "servers"):
        return not needs_postgres_or_redis and starts_servers == (part == "servers")
    again = needs_postgres_or_redis or (touches_database and not _marked(item, "once"))
    return again and starts_servers == (part == "again-servers")


def _marked(item: pytest.Item, name: str) -> bool:
    return item.get_closest_marker(name) is not None
