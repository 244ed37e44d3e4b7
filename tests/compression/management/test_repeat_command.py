"""`manage.py repeat_training`: the record of a training is enough to make the same weights again."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from annotator import storage
from annotator.services.versions import read_manifest
from compression.core.snapshot import materialize
from compression.core.trainer import TrainRequest
from compression.core.trainers import load_trainer
from prelabel.models import ModelVersion
from prelabel.services import registry
from tests.compression.conftest import draw_manifest
from tests.compression.jobs.filled import fill
from tests.conftest import Cast, make_project

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def chain(cast: Cast, tmp_path: Path) -> tuple[ModelVersion, ModelVersion]:
    """A model from random weights and one that went on from it, one epoch each."""
    project = make_project(cast, "object_detection", ("vehicle", "pedestrian", "traffic_sign"))
    version = fill(project, draw_manifest(tmp_path / "drawn"), tmp_path / "drawn")
    snapshot = materialize(read_manifest(version), tmp_path / "snapshot", storage.blob_path)
    made: list[ModelVersion] = []
    init: Path | None = None
    for name in ("first", "second"):
        request = TrainRequest(
            snapshot=snapshot, workdir=tmp_path / name, arch="yolo11t", init=init, epochs=1, image_size=96, batch=8,
            threads=1, seed=5,
        )  # fmt: skip
        init = load_trainer("yolo").train(request).folder
        record = registry.VersionRecord(name, "yolo11t", dataset_version=version, training_folder=init)
        made.append(registry.register_version(actor=cast.dora, project=project, record=record))
    return made[0], made[1]


def repeated(version: ModelVersion, out: Path) -> str:
    said = io.StringIO()
    call_command("repeat_training", str(version.pk), "--out", str(out), stdout=said)
    return said.getvalue()


def test_a_training_is_made_again_with_equal_weights_while_its_start_is_there(
    chain: tuple[ModelVersion, ModelVersion], tmp_path: Path
) -> None:
    said = repeated(chain[1], tmp_path / "again")
    assert "epoch 1 of 1" in said
    assert f"the weights are equal to those of {chain[1]}" in said
    ModelVersion.objects.filter(pk=chain[0].pk).delete()
    with pytest.raises(CommandError, match="the init of this training"):
        repeated(chain[1], tmp_path / "later")


def test_a_model_without_a_training_has_nothing_to_repeat(cast: Cast, tmp_path: Path) -> None:
    project = make_project(cast, "object_detection", ("vehicle",))
    record = registry.VersionRecord("foreign", "yolo11t")
    foreign = registry.register_version(actor=cast.dora, project=project, record=record)
    with pytest.raises(CommandError, match="nothing to repeat"):
        repeated(foreign, tmp_path / "again")
    with pytest.raises(CommandError, match="no model version"):
        call_command("repeat_training", "999999", "--out", str(tmp_path / "none"))
