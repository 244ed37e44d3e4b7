"""What looks alike is of the same class far more often than chance has it, by features of real networks."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from annotator.core.errors import RunFailed
from annotator.models import Dataset, Item, LabelClass, Prediction, Run
from annotator.services import queue
from annotator.services.queue import Waiting
from prelabel.core.artifact import InputSpec, Manifest, OutputSpec, Preprocess, describe_file, save_manifest
from prelabel.core.base_models import SHIPPED
from prelabel.jobs import find_similar
from prelabel.jobs.deployed_model import open_variant
from prelabel.jobs.features import look_at
from prelabel.selectors.similar import search_told
from prelabel.services.deployments import deploy_variant
from prelabel.services.embeddings import store_embeddings
from prelabel.services.registry import VersionRecord, register_variant, register_version
from tests.conftest import make_project

Box = list[float]
Pictures = list[tuple[bytes, list[tuple[str, Box | None]]]]
Do = Callable[..., Any]


def _deploy(project: Any, folder: Path) -> Any:
    version = register_version(actor=None, project=project, record=VersionRecord(name="real", arch="real"))
    variant = register_variant(actor=None, version=version, artifact_folder=folder)
    deployment, _ = deploy_variant(actor=None, variant=variant, predict=False)
    project.refresh_from_db()
    return deployment


def _fill(project: Any, deployment: Any, pictures: Pictures) -> list[Item]:
    """Waiting items whose guesses are the truth, described by the deployed model."""
    from PIL import Image

    from annotator import storage

    ids = dict(LabelClass.objects.filter(project=project).values_list("name", "pk"))
    dataset = Dataset.objects.create(project=project, name="real")
    items = []
    for number, (data, objects) in enumerate(pictures):
        width, height = Image.open(io.BytesIO(data)).size
        items.append(
            Item.objects.create(
                project=project, dataset=dataset, name=f"{number}.jpg", blob=storage.put_bytes(data), split="train",
                source_sha256=f"{number:064x}", width=width, height=height, state="queued",
            )
        )  # fmt: skip
        rows = [
            {"id": f"p{place}", "class_id": ids[name], "score": 0.9, "top3": [], "entropy": 0.1}
            | ({"bbox": box} if box else {})
            for place, (name, box) in enumerate(objects)
        ]
        document = {"objects": rows}
        Prediction.objects.create(
            item=items[-1], source=deployment.source, document=document, object_count=len(objects)
        )
    queue.enqueue_items(project_id=project.pk, waiting=[Waiting(item.pk, "uncertain", 0.5) for item in items])
    return items


def _describe(deployment: Any, items: list[Item], run: Run) -> None:
    from annotator.jobs.context import RunContext

    predictor = open_variant(RunContext(run), deployment.variant, 1)
    features = {item.pk: look_at(predictor, item.blob).features for item in items}
    store_embeddings(variant=deployment.variant, features=features)


@pytest.fixture
def describe(db: None) -> Callable[..., None]:
    def do(project: Any, deployment: Any, items: list[Item]) -> None:
        from annotator.services import runs

        made = runs.create_run(actor=None, project=project, kind="order_queue", params={})
        claimed = runs.claim_run(run_id=made.pk, worker="test")
        assert claimed is not None
        _describe(deployment, items, claimed)

    return do


def _clothes(shared: Path | None) -> Pictures:
    """Ten pictures of each class; drawn ones differ in colour by class."""
    if shared is not None:
        folders = sorted((shared / "data" / "clothing" / "train").iterdir())[:4]
        return [
            (file.read_bytes(), [(folder.name, None)]) for folder in folders for file in sorted(folder.iterdir())[:10]
        ]
    from PIL import Image

    rng = np.random.default_rng(0)
    pictures: Pictures = []
    for place, colour in enumerate([(220, 30, 30), (30, 220, 30), (30, 30, 220), (220, 220, 30), (220, 30, 220)]):
        for _ in range(10):
            pixels = np.clip(rng.normal(colour, 60, (64, 64, 3)), 0, 255).astype(np.uint8)
            data = io.BytesIO()
            Image.fromarray(pixels).save(data, "PNG")
            pictures.append((data.getvalue(), [(f"c{place}", None)]))
    return pictures


def _classifier(shared: Path | None, folder: Path) -> Path:
    """MobileNetV2 with ImageNet weights; without the file, a linear classifier of mean colours."""
    if shared is not None:
        from benchmarks.recipes.active_classification import FILE, deployed

        return deployed(shared / FILE, folder)
    folder.mkdir(parents=True)
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["means"], axes=[2, 3], keepdims=0),
        helper.make_node("Gemm", ["means", "weights"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes, "means", [helper.make_tensor_value_info("images", TensorProto.FLOAT, (1, 3, 64, 64))],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, (1, 5))],
        [numpy_helper.from_array(np.ones((3, 5), np.float32), "weights")],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.save(model, str(folder / "model.onnx"))
    files = {"model.onnx": describe_file(folder / "model.onnx")}
    manifest = Manifest(
        name="means", task_type="image_classification", predictor="mobilenet", arch="toy",
        classes=tuple(f"c{place}" for place in range(5)), input=InputSpec(64, 64, "RGB", "images"),
        preprocess=Preprocess("stretch"), output=OutputSpec("softmax"), precision="fp32", files=files,
    )  # fmt: skip
    save_manifest(folder, manifest)
    return folder


def _share(run: Run, class_id: int, n: int) -> float:
    return float(np.mean([row["class_id"] == class_id for row in run.checkpoint["rows"][:n]]))


def test_pictures_like_one_are_of_its_class(
    shared: Path | None, cast: Any, tmp_path: Path, do_run: Do, describe: Any
) -> None:
    pictures = _clothes(shared)
    names = tuple(dict.fromkeys(objects[0][0] for _, objects in pictures))
    project = make_project(cast, "image_classification", names)
    deployment = _deploy(project, _classifier(shared, tmp_path / "net"))
    items = _fill(project, deployment, pictures)
    describe(project, deployment, items)
    ids = dict(LabelClass.objects.filter(project=project).values_list("name", "pk"))
    shares = []
    for place in range(0, len(items), 5):
        result, run = do_run(project, "find_similar", find_similar.run, item_id=items[place].pk, bbox=None, limit=30)
        assert result["found"] == 30 and result["looked_at"] == 30
        rows = run.checkpoint["rows"]
        assert items[place].pk not in {row["item_id"] for row in rows}
        assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)
        shares.append(_share(run, ids[pictures[place][1][0][0]], 10))
    # Chance is 9 of 39, 0.23; MobileNetV2 finds 0.52, though three of the four classes are clothes for the body.
    assert np.mean(shares) > 0.45, np.mean(shares)


def _cells(shared: Path | None) -> Pictures:
    """Blood cells and their boxes; without the set, drawn road scenes."""
    if shared is None:
        from annotator.core.scenes.road import draw_scene

        pictures: Pictures = []
        for seed in range(1, 10):
            scene, data = draw_scene(seed), io.BytesIO()
            scene.image.save(data, "JPEG", quality=92)
            pictures.append((data.getvalue(), [(name, list(box)) for name, box in scene.objects]))
        return pictures
    root, pictures = shared / "data" / "bccd", []
    for file in sorted((root / "Annotations").glob("*.xml"))[:9]:
        boxes: list[tuple[str, Box | None]] = []
        for one in ElementTree.parse(file).getroot().findall("object"):
            corners = [float(one.findtext(f"bndbox/{side}") or 0) for side in ("xmin", "ymin", "xmax", "ymax")]
            boxes.append((one.findtext("name") or "", corners))
        pictures.append(((root / "JPEGImages" / f"{file.stem}.jpg").read_bytes(), boxes))
    return pictures


def test_objects_like_one_are_of_its_class(
    shared: Path | None, cast: Any, tmp_path: Path, do_run: Do, describe: Any
) -> None:
    pictures = _cells(shared)
    rare = "WBC" if shared is not None else "traffic_sign"
    names = tuple(sorted({name for _, objects in pictures for name, _ in objects}))
    project = make_project(cast, "object_detection", names)
    deployment = _deploy(project, SHIPPED / "road")
    items = _fill(project, deployment, pictures)
    describe(project, deployment, items)
    class_id = LabelClass.objects.get(project=project, name=rare).pk
    start = next(place for place, (_, objects) in enumerate(pictures) if any(name == rare for name, _ in objects))
    box = next(box for name, box in pictures[start][1] if name == rare)
    result, run = do_run(
        project, "find_similar", find_similar.run, item_id=items[start].pk, bbox=box, limit=find_similar.MOST_OBJECTS
    )
    others = [name for place, (_, objects) in enumerate(pictures) if place != start for name, _ in objects]
    assert result["found"] == result["looked_at"] == min(len(others), find_similar.MOST_OBJECTS)
    chance = others.count(rare) / len(others)
    # 8 of 143 cells are white ones; 6 of those are among the ten most alike, to a network that saw only drawn streets.
    # Without the set: 12 of 76 drawn objects are signs, and 6 of the first ten.
    assert _share(run, class_id, 10) > 3 * chance, (chance, _share(run, class_id, 10))
    told = search_told(run)
    assert told["run"]["id"] == run.pk and len(told["results"]) == result["found"]
    assert all(row["waiting"] for row in told["results"])
    assert told["results"][0]["bbox"] and told["results"][0]["item"]["image_url"].startswith("/api/items/")


def test_a_search_that_cannot_be_made_says_why(
    project: Any, deployment: Any, picture: Any, do_run: Do, tmp_path: Path
) -> None:
    item = picture(project, "one", (250, 0, 0))
    with pytest.raises(RunFailed) as flat:
        do_run(project, "find_similar", find_similar.run, item_id=item.pk, bbox=[8.0, 8.0, 24.0, 24.0], limit=10)
    assert flat.value.code == "no_features"
    with pytest.raises(RunFailed) as gone:
        do_run(project, "find_similar", find_similar.run, item_id=item.pk + 1, bbox=None, limit=10)
    assert gone.value.code == "no_item"
