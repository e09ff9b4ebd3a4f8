"""A new database is begun with one migration; one that was begun earlier went through them all."""

from typing import Any

import pytest
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState

APP = "contact_center"


@pytest.fixture(autouse=True)
def the_files_are_read(settings: Any) -> None:
    """Where the tables of a test are made as the models say, Django was told of no migrations."""
    settings.MIGRATION_MODULES = {}


def test_one_migration_makes_what_the_first_thirty_five_made() -> None:
    at_once = what_is_there((APP, "0001_squashed_0035_language"), replaced=True)
    one_by_one = what_is_there((APP, "0035_language"), replaced=False)
    assert at_once.keys() == one_by_one.keys()
    for name, model in at_once.items():
        assert model == one_by_one[name], name


def test_whoever_has_some_of_them_gets_the_others() -> None:
    """A replaced migration stays in the tree: a database may stand at any of them."""
    by_files = MigrationLoader(None, replace_migrations=False)
    replacing = by_files.get_migration(APP, "0001_squashed_0035_language")
    assert set(replacing.replaces) <= by_files.graph.nodes.keys()
    assert len(replacing.replaces) == 35


def what_is_there(migration: tuple[str, str], *, replaced: bool) -> dict[str, Any]:
    """Return each model's fields, indexes, constraints and options after this migration."""
    loader = MigrationLoader(None, replace_migrations=replaced)
    state: ProjectState = loader.project_state(migration)
    return {name: said(model) for (app, name), model in state.models.items() if app == APP}


def said(model: ModelState) -> dict[str, Any]:
    fields = {name: field.deconstruct()[1:] for name, field in model.fields.items()}
    options = {
        name: sorted(map(repr, value)) if name in ("indexes", "constraints") else value
        for name, value in model.options.items()
        if value or name not in ("indexes", "constraints")
    }
    return {"fields": fields, "options": options, "bases": model.bases}
