"""The top level is fixed, plural folders hold plugins, and their tables name every one of them."""

import importlib
from pathlib import Path

import pytest

from tests.house.source_files import PACKAGES, ROOT, tracked

TOP_LEVEL = {
    "manage.py", "pyproject.toml", "annotator", "prelabel", "compression", "frontend", "docker-compose.yml", "tests",
    "README.md", "LICENSE", "CHANGELOG.md", "DECISIONS.md", "Makefile", "Dockerfile", "benchmarks", "docs", ".ci",
    "tools", "constraints.txt", ".gitignore", ".dockerignore", ".env.example",
}  # fmt: skip
LAYERS = {
    "config", "core", "models", "selectors", "services", "jobs", "api", "management", "migrations", "templates",
    "locale", "weights", "manifests",
}  # fmt: skip
FILES = {"__init__.py", "apps.py", "tasks.py", "permissions.py", "storage.py", "dispatch.py"}
# Task slug tables and the like: folder → name of the dict in its __init__.
TABLES = {
    "annotator.core.tasktypes": "TASK_TYPES",
    "annotator.core.formats": "FORMATS",
    "prelabel.core.predictors": "PREDICTORS",
    "prelabel.core.metrics": "METRICS",
    "prelabel.core.strategies": "STRATEGIES",
    "prelabel.core.triggers": "TRIGGERS",
    "compression.core.trainers": "TRAINERS",
    "compression.core.targets": "TARGETS",
}


def test_the_top_level_holds_what_the_design_names_and_nothing_else() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} - TOP_LEVEL == set()


def test_every_room_of_an_app_is_a_known_one() -> None:
    rooms = {path.relative_to(ROOT).parts for path in tracked() if path.relative_to(ROOT).parts[0] in PACKAGES}
    folders = {parts[1] for parts in rooms if len(parts) > 2}
    files = {parts[1] for parts in rooms if len(parts) == 2}
    assert folders - LAYERS == set()
    assert files - FILES == set()


@pytest.mark.parametrize("package", sorted(TABLES))
def test_a_folder_of_plugins_and_its_table_name_the_same_ones(package: str) -> None:
    table = getattr(importlib.import_module(package), TABLES[package])
    folder = ROOT / Path(*package.split("."))
    files = {path.stem for path in folder.glob("*.py") if path.stem != "__init__" and not path.stem.startswith("_")}
    files |= {path.parent.name for path in folder.glob("*/__init__.py")}
    named = set(table)
    assert named, "the table is empty"
    assert files <= named | {_module_of(value) for value in table.values()}


def _module_of(value: object) -> str:
    """The file that a table's entry comes from: written in it for a heavy plugin, its type's module for a light one."""
    path = getattr(value, "path", value)
    if isinstance(path, str):
        return path.partition(":")[0].rpartition(".")[2]
    return type(value).__module__.rpartition(".")[2]
