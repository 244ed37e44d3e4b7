"""A project with a deployed toy detector that sees colours, and pictures of chosen colours."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.prelabel.toy_models import colour_artifact


def make_picture(project: Any, name: str, colour: tuple[int, int, int], **fields: Any) -> Any:
    """A new item of 128 x 64 px in one colour: car score = red / 255, person score = green / 255."""
    from PIL import Image

    from annotator import storage
    from annotator.models import Dataset, Item

    dataset, _ = Dataset.objects.get_or_create(project=project, name=fields.pop("dataset", "made"))
    data = io.BytesIO()
    Image.new("RGB", (128, 64), colour).save(data, "PNG")
    values = {"split": "train", "state": "new", "blob": storage.put_bytes(data.getvalue()), **fields}
    return Item.objects.create(
        project=project, dataset=dataset, name=name, width=128, height=64,
        source_sha256=hashlib.sha256(name.encode()).hexdigest(), **values,
    )  # fmt: skip


@pytest.fixture
def picture(db: None) -> Callable[..., Any]:
    return make_picture


def deploy_colours(project: Any, folder: Path, **changes: Any) -> Any:
    """Register and deploy the colour detector without starting a run."""
    from prelabel.services.deployments import deploy_variant
    from prelabel.services.registry import VersionRecord, register_variant, register_version

    version = register_version(actor=None, project=project, record=VersionRecord(name="colours", arch="toy"))
    variant = register_variant(actor=None, version=version, artifact_folder=colour_artifact(folder, **changes))
    deployment, _ = deploy_variant(actor=None, variant=variant, predict=False)
    project.refresh_from_db()
    return deployment


@pytest.fixture
def deployment(project: Any, tmp_path: Path) -> Any:
    """The colour detector, deployed in ``project``."""
    project.spot_check_rate = 0.0
    project.save()
    return deploy_colours(project, tmp_path / "colours")


@pytest.fixture
def do_run(db: None) -> Callable[..., Any]:
    """Does a job in this process as a claimed run; returns (result, run)."""

    def do(project: Any, kind: str, job: Any, **params: Any) -> tuple[dict[str, Any], Any]:
        from annotator.jobs.context import RunContext
        from annotator.services import runs

        made = runs.create_run(actor=None, project=project, kind=kind, params=params)
        claimed = runs.claim_run(run_id=made.pk, worker="test")
        result = job(RunContext(claimed))
        made.refresh_from_db()
        return result, made

    return do
