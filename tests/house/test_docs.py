"""The documents point to things that exist, and name every variable that is read."""

import re
from pathlib import Path

import pytest

from tests.house.source_files import PACKAGES, ROOT, shown, tracked

DOCUMENTS = [path for path in tracked() if path.suffix == ".md"]
CODE = [path for path in tracked() if path.suffix == ".py" and shown(path).split("/")[0] in (*PACKAGES, "tools")]


@pytest.mark.parametrize("path", DOCUMENTS, ids=shown)
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", path.read_text())
    local = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in local if not (path.parent / link).exists()] == []


def test_every_variable_that_is_read_is_described() -> None:
    described = (ROOT / "docs" / "configuration.md").read_text()
    read = {name for path in CODE for name in re.findall(r'"(WINNOW_[A-Z_]+[A-Z])"', path.read_text())}
    assert len(read) > 15
    assert {name for name in read if name not in described} == set()


def test_every_command_of_the_documents_is_a_target_of_make() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    said = {name for path in DOCUMENTS for name in re.findall(r"`make ([a-z-]+)", path.read_text())}
    assert {"run", "test", "test-slow"} <= said
    assert said - targets == set()
