"""Environments of converters, when two ask for the same one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from compression.core.exporting import environments


def test_of_two_installations_at_once_one_makes_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = tmp_path / "nothing.txt"
    nothing.write_text("")
    monkeypatch.setattr(environments, "requirements_of", lambda slug: nothing)
    monkeypatch.setenv("WINNOW_TARGETS_DIR", str(tmp_path / "targets"))
    said: list[str] = []
    with ThreadPoolExecutor(2) as pool:
        made = [pool.submit(environments.install, "litert", said.append) for _ in range(2)]
        pythons = [one.result() for one in made]
    assert pythons[0] == pythons[1] and pythons[0].is_file()
    assert sum(line.startswith("Making") for line in said) == 1
    assert environments.python_of("litert") == pythons[0]

    environments.install("litert", said.append)
    assert sum(line.startswith("Making") for line in said) == 2
