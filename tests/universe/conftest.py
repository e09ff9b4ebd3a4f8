"""What is judged here is the universe's eyes, and those are the same on every database."""

import pytest


def pytest_itemcollected(item: pytest.Item) -> None:
    """Run these once, on SQLite; `make storm DB=postgres` is for the other."""
    item.add_marker(pytest.mark.once)
