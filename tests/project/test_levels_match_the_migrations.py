"""The last level is exactly what the code's migrations lead to; migrations only add."""

from __future__ import annotations

import itertools
import re

import pytest
from django.apps import apps
from django.db import migrations
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from qafila.project.schema import LATEST, LEVELS
from qafila.project.schema.status import is_ours

REMOVING = (migrations.DeleteModel, migrations.RemoveField)
REMOVING_SQL = re.compile(r"\b(DROP\s+(TABLE|COLUMN|SCHEMA)|TRUNCATE|DELETE\s+FROM)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def loader() -> MigrationLoader:
    return MigrationLoader(None)


def test_the_last_level_is_the_last_migration_of_every_app(loader: MigrationLoader) -> None:
    leaves = dict(sorted(loader.graph.leaf_nodes()))
    assert dict(LEVELS[LATEST]) == leaves, "append a level to qafila/project/schema/levels.py"


def test_each_level_holds_all_that_the_one_before_had(loader: MigrationLoader) -> None:
    for before, after in itertools.pairwise(LEVELS):
        for target in before.items():
            plan = {key for wanted in after.items() for key in loader.graph.forwards_plan(wanted)}
            assert target in plan


def test_every_model_has_its_migration(loader: MigrationLoader) -> None:
    found = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps)).changes(
        graph=loader.graph
    )
    assert {
        app: [str(operation) for m in made for operation in m.operations] for app, made in found.items()
    } == {}


def test_migrations_only_add_and_can_all_be_reversed(loader: MigrationLoader) -> None:
    unfit = []
    for (app, name), migration in loader.disk_migrations.items():
        if not is_ours(app) or not migration.__module__.startswith("qafila."):
            continue
        if not migration.atomic:
            unfit.append(f"{app}.{name} is not atomic")
        for operation in migration.operations:
            if isinstance(operation, REMOVING):
                unfit.append(f"{app}.{name}: {operation.describe()}")
            if not operation.reversible:
                unfit.append(f"{app}.{name} cannot be reversed: {operation.describe()}")
            if isinstance(operation, migrations.RunSQL) and REMOVING_SQL.search(str(operation.sql)):
                unfit.append(f"{app}.{name} removes: {operation.sql}")
    assert unfit == []
