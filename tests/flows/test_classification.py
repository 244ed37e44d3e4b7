"""Classification once over HTTP with a real worker: labelled pictures, a retrain that deploys itself, guesses."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from annotator.models import Item, Prediction
from prelabel.models import Deployment
from tests.compression.conftest import shapes_manifest
from tests.flows.test_loop import Loop
from tests.flows.workers import Staff

pytestmark = pytest.mark.django_db(transaction=True)
PER_CLASS = {"train": 12, "val": 4, "test": 4}
NAMES = {31: "disc", 32: "square"}


def shapes_zip(folder: Path) -> bytes:
    """A folder per class inside a folder per split."""
    out, manifest = io.BytesIO(), shapes_manifest(folder, PER_CLASS)
    with zipfile.ZipFile(out, "w") as bundle:
        for entry in manifest["items"]:
            name = NAMES[entry["objects"][0]["class_id"]]
            data = (folder / entry["sha256"]).read_bytes()
            bundle.writestr(f"{entry['split']}/{name}/{entry['name']}", data)
    return out.getvalue()


def waiting_zip(folder: Path) -> bytes:
    out, manifest = io.BytesIO(), shapes_manifest(folder, {"train": 17})
    with zipfile.ZipFile(out, "w") as bundle:
        for entry in manifest["items"][-4:]:  # others than those above
            bundle.writestr(f"new-{entry['name']}", (folder / entry["sha256"]).read_bytes())
    return out.getvalue()


def lay_out_base(data_dir: Path) -> None:
    """Weights of the default base model as if they had been fetched before: random ones, and no network is asked."""
    from safetensors.torch import save_file
    from torchvision.models import mobilenet_v3_small

    folder = data_dir / "base_models" / "mobilenet_v3_small"
    folder.mkdir(parents=True)
    save_file(mobilenet_v3_small(weights=None).state_dict(), str(folder / "weights.safetensors"))
    described = {"schema": 1, "arch": "mobilenet_v3_small", "family": "mobilenet", "classes": []}
    (folder / "architecture.json").write_text(json.dumps(described))


def test_a_classifier_is_retrained_compressed_deployed_and_guesses(
    people: Staff, cast: Any, client_of: Any, tmp_path: Path, settings: Any
) -> None:
    lay_out_base(Path(settings.DATA_DIR))
    people.env |= {"WINNOW_PREDICT_THREADS": "1"}
    people.worker()
    loop = Loop(client_of(cast.alice), client_of(cast.dora), people)
    classes = [{"name": name} for name in NAMES.values()]
    body = {"name": "Shapes", "task_type": "image_classification", "classes": classes}
    loop.project = loop.post(loop.admin, "projects/", body, status=201)["id"]
    who = {"email": cast.alice.email, "role": "lead"}
    loop.post(loop.admin, f"projects/{loop.project}/members/", who, status=201)
    truth = loop.bring_in(shapes_zip(tmp_path / "truth"), format="image_folder", dataset="labelled")
    assert truth["refused"] == 0 and Item.objects.filter(state="reviewed").count() == truth["items"] > 30
    loop.bring_in(waiting_zip(tmp_path / "new"), labels="none", split="hash", dataset="fresh")

    order = {"preset": "quick", "epochs": 3, "image_size": 32, "minutes": 2, "deploy_if_passed": True}
    trained = loop.run(loop.post(loop.admin, f"projects/{loop.project}/retrain/", order), timeout_s=240)
    assert set(trained["variants"]) == {"fp32", "int8"}
    assert 0 <= trained["variants"]["fp32"]["metrics"]["accuracy"] <= 1
    deployment = Deployment.objects.get(pk=trained["deployment_id"])  # the first model has nothing to lose against
    predicted = loop.run(
        {"id": loop.admin.get(f"/api/projects/{loop.project}/runs/?kind=predict").json()["results"][0]["id"]}
    )
    assert predicted["predicted"] > 0
    guess = Prediction.objects.filter(source=deployment.source).first()
    assert guess is not None and guess.document["objects"][0]["class_id"] in {
        one["id"] for one in loop.lead.get(f"/api/projects/{loop.project}/").json()["classes"]
    }
