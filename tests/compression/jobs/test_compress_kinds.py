"""A whole compression of a classifier and of a segmenter: pruned, in int8, judged by the gate, registered."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from annotator import storage
from annotator.services.versions import read_manifest
from compression.core.judging.evaluation import evaluate
from compression.core.snapshot import materialize
from compression.core.trainer import Trained
from compression.models import EvaluationReport
from prelabel.models import ModelVersion
from prelabel.services.registry import fetch_artifact
from tests.compression.conftest import masks_manifest, shapes_manifest
from tests.compression.jobs.filled import fill
from tests.compression.jobs.sources import INT8, PRUNE, finish, register_toy, start
from tests.conftest import Cast, make_project
from tests.contracts.small_models import Small, make_small

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("brief")]
SPLITS = {"train": 8, "val": 3, "test": 3}
KINDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "classifier": ("accuracy", ("disc", "square")),
    "segmenter": ("miou", ("sky", "ground", "disc")),
}


@pytest.fixture(scope="module", params=list(KINDS))
def small(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Small:
    return make_small(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture
def source(small: Small, cast: Cast, tmp_path: Path) -> ModelVersion:
    """The model in a project of its kind, with pictures that people have reviewed."""
    draw = masks_manifest if small.kind == "segmenter" else shapes_manifest
    project = make_project(cast, small.snapshot.task_type, KINDS[small.kind][1])
    version = fill(project, draw(tmp_path / "drawn", SPLITS), tmp_path / "drawn")
    assert small.model.trained is not None
    return register_toy(cast.dora, version, Trained(small.model.trained), small.model.artifact, small.arch)


def test_it_is_pruned_rounded_judged_and_registered(
    small: Small, source: ModelVersion, cast: Cast, tmp_path: Path
) -> None:
    metric = KINDS[small.kind][0]
    run = finish(start(source, cast, PRUNE, INT8))
    assert (run.state, run.error) == ("succeeded", None)
    assert run.result["metric"] == metric
    made = ModelVersion.objects.get(pk=run.result["model_version_ids"][0])
    assert made.parent_id == source.pk and [one["step"] for one in made.record["steps"]] == ["prune", "quantize"]
    variants = {one.precision: one for one in made.variants.all()}
    sizes = [source.variants.get().size_bytes, variants["fp32"].size_bytes, variants["int8"].size_bytes]
    assert sizes[1] < 0.6 * sizes[0] and sizes[2] < 0.6 * sizes[1]
    gate = variants["int8"].gate or {}
    assert gate["verdict"] in ("pass", "inconclusive", "refuse") and gate["comparisons"]
    assert gate["comparisons"]["source"]["metric"] == metric
    reported = set(EvaluationReport.objects.filter(variant__version=made).values_list("variant__precision", "split"))
    assert reported == {(precision, split) for precision in ("fp32", "int8") for split in ("val", "test")}
    # What stands in the registry is what the stored file does with the pictures of the frozen version.
    folder = fetch_artifact(manifest=variants["int8"].manifest, folder=tmp_path / "again")
    assert source.dataset_version is not None
    snapshot = materialize(read_manifest(source.dataset_version), tmp_path / "snapshot", storage.blob_path)
    found = evaluate(folder, snapshot.items["test"], snapshot.classes, snapshot.task_type)
    assert (variants["int8"].metrics or {})[metric] == pytest.approx(found.metrics[metric])
