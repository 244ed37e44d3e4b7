"""What a training starts from, by what the project has and what a person asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from annotator.core.errors import NotFound, Unprocessable
from compression.services.starts import choose_start, shipped_start
from prelabel.core.base_models import BASE_MODELS
from prelabel.models import ModelVersion
from prelabel.services.registry import VersionRecord, register_version

pytestmark = pytest.mark.django_db


def trained(project: Any, folder: Path, arch: str = "yolo11p") -> ModelVersion:
    folder.mkdir()
    (folder / "weights.safetensors").write_bytes(b"tensors of " + folder.name.encode())
    (folder / "architecture.json").write_text("{}")
    return register_version(
        actor=None, project=project, record=VersionRecord(name="own", arch=arch, training_folder=folder)
    )


def test_a_new_project_starts_from_the_default_base(project: Any, tmp_path: Path) -> None:
    start = choose_start(project=project, base=None, folder=tmp_path / "init")
    assert (start.arch, start.folder, start.parent) == ("yolo11n", None, None)
    assert start.to_fetch is BASE_MODELS["yolo11n"]


def test_without_network_the_shipped_weights_are_the_start(project: Any, tmp_path: Path) -> None:
    start = shipped_start(choose_start(project=project, base=None, folder=tmp_path / "init"))
    assert (start.arch, start.folder) == ("yolo11p", BASE_MODELS["winnow-road"].folder)
    assert "could not be had" in start.story


def test_classification_ships_no_weights_and_starts_from_scratch(classification_project: Any, tmp_path: Path) -> None:
    start = shipped_start(choose_start(project=classification_project, base=None, folder=tmp_path / "init"))
    assert (start.arch, start.folder) == ("mobilenet_v3_small", None)


def test_the_newest_trainable_model_is_gone_on_from(project: Any, tmp_path: Path) -> None:
    trained(project, tmp_path / "first")
    second = trained(project, tmp_path / "second")
    register_version(actor=None, project=project, record=VersionRecord(name="imported", arch="yolox"))
    start = choose_start(project=project, base=None, folder=tmp_path / "init")
    assert start.parent == second
    assert (tmp_path / "init" / "weights.safetensors").read_bytes() == b"tensors of second"


def test_a_version_may_be_named(project: Any, tmp_path: Path) -> None:
    first = trained(project, tmp_path / "first", arch="yolo26n")
    trained(project, tmp_path / "second")
    start = choose_start(project=project, base=str(first.pk), folder=tmp_path / "init")
    assert (start.parent, start.arch) == (first, "yolo26n")


def test_what_does_not_fit_is_refused(project: Any, tmp_path: Path) -> None:
    imported = register_version(actor=None, project=project, record=VersionRecord(name="imported", arch="yolox"))
    with pytest.raises(Unprocessable, match="without weights"):
        choose_start(project=project, base=str(imported.pk), folder=tmp_path / "init")
    with pytest.raises(Unprocessable, match="no base model"):
        choose_start(project=project, base="mobilenet_v2", folder=tmp_path / "init")
    with pytest.raises(NotFound):
        choose_start(project=project, base="999999", folder=tmp_path / "init")
