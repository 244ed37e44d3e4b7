"""Curves of classifiers against scikit-learn, on the answers of a network that is really run on pictures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from sklearn.metrics import average_precision_score, precision_recall_curve

from compression.core.judging.evaluation import Evaluation, evaluate
from compression.core.judging.judgement import ImageResult, judge_image
from compression.core.judging.one_vs_rest import average_precision, class_curve, thinned
from compression.core.judging.report import describe
from compression.core.snapshot import SnapshotItem
from prelabel.core.artifact import (
    InputSpec,
    Manifest,
    OutputSpec,
    Preprocess,
    describe_file,
    load_artifact,
    save_manifest,
)
from prelabel.core.metric import Truth
from prelabel.core.preprocess import decode_upright, prepare
from prelabel.core.runtime import open_session
from tests.compression.core.judging.judged_boxes import Shown

CLASSES = ("red", "green", "blue", "yellow", "cyan", "grey")
ORDER = (5, 0, 3, 1, 4, 2)  # the model names its classes in another order than the project
TASK = "image_classification"


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A linear classifier of the mean colour, not a good one."""
    folder = tmp_path_factory.mktemp("linear")
    weights = np.random.default_rng(3).normal(0, 4, (3, 6)).astype(np.float32)
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["means"], axes=[2, 3], keepdims=0),
        helper.make_node("MatMul", ["means", "weights"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "linear",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, (1, 3, 32, 32))],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, (1, 6))],
        [numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.save(model, str(folder / "model.onnx"))
    manifest = Manifest(
        name="linear",
        task_type=TASK,
        predictor="mobilenet",
        arch="linear",
        classes=tuple(CLASSES[index] for index in ORDER),
        input=InputSpec(32, 32, "RGB", "images"),
        preprocess=Preprocess("stretch"),
        output=OutputSpec("softmax"),
        precision="fp32",
        files={"model.onnx": describe_file(folder / "model.onnx")},
    )
    save_manifest(folder, manifest)
    return folder


@pytest.fixture(scope="module")
def items(tmp_path_factory: pytest.TempPathFactory) -> list[SnapshotItem]:
    """150 plain pictures; every tenth looks like the one before, so that scores are equal. No picture is “grey”."""
    folder, rng = tmp_path_factory.mktemp("pictures"), np.random.default_rng(4)
    colour = (0, 0, 0)
    found = []
    for number in range(150):
        if number % 10:
            colour = tuple(int(value) for value in rng.integers(0, 256, 3))  # type: ignore[assignment]
        path = folder / f"{number}.png"
        Image.new("RGB", (32, 32), colour).save(path)
        found.append(SnapshotItem(number + 1, path, 32, 32, ((int(rng.integers(0, 5)), None),)))
    return found


@pytest.fixture(scope="module")
def judged(artifact: Path, items: list[SnapshotItem]) -> Evaluation:
    return evaluate(artifact, items, CLASSES, TASK)


@pytest.fixture(scope="module")
def scores(artifact: Path, items: list[SnapshotItem]) -> np.ndarray:
    """(pictures, classes of the project), by the session itself."""
    loaded = load_artifact(artifact)
    session = open_session(loaded.model_path, runtime="auto")
    rows = []
    for item in items:
        tensor, _ = prepare(decode_upright(item.path), loaded.manifest.input, loaded.manifest.preprocess)
        logits = np.asarray(session.run(tensor)[0], dtype=np.float32).ravel()
        powers = np.exp(logits - logits.max())
        rows.append(powers / powers.sum())
    return np.array(rows)[:, np.argsort(ORDER)]


def truth_of(items: list[SnapshotItem], index: int) -> np.ndarray:
    return np.array([item.objects[0][0] == index for item in items])


@pytest.mark.parametrize("index", range(5))
def test_a_curve_is_that_of_scikit_learn(
    index: int, judged: Evaluation, scores: np.ndarray, items: list[SnapshotItem]
) -> None:
    precision, recall, _ = precision_recall_curve(truth_of(items, index), scores[:, index])
    ours = class_curve(judged.images, index)
    assert ours[0] == pytest.approx(recall[-2::-1])  # theirs begins at the lowest threshold and ends with (1, 0)
    assert ours[1] == pytest.approx(precision[-2::-1])
    expected = average_precision_score(truth_of(items, index), scores[:, index])
    assert average_precision(*ours) == pytest.approx(expected)


def test_the_report_has_each_class_that_occurs_with_its_area(
    judged: Evaluation, scores: np.ndarray, items: list[SnapshotItem]
) -> None:
    curves = describe(judged.images, CLASSES, TASK, resamples=20)["curves"]["pr"]
    expected = [average_precision_score(truth_of(items, index), scores[:, index]) for index in range(5)]
    assert [curve["class"] for curve in curves] == list(CLASSES[:5])
    assert [curve["ap"] for curve in curves] == pytest.approx(expected, abs=1e-5)
    assert all(curve["points"][-1][0] == 1.0 for curve in curves)  # the whole recall, not that of the first three
    assert all(len(curve["points"]) <= 101 for curve in curves)


def test_what_was_stored_draws_the_same_curves(judged: Evaluation) -> None:
    text = json.dumps([image.to_json() for image in judged.images])
    again = [ImageResult.from_json(value) for value in json.loads(text)]
    first, second = (describe(images, CLASSES, TASK, resamples=20) for images in (judged.images, again))
    for part in ("curves", "intervals", "influence", "right"):
        assert first[part] == second[part]
    assert [image.right for image in again] == [image.right for image in judged.images]


def test_records_of_three_classes_are_read_as_before() -> None:
    old = {
        "classes": [1, 0, 2],
        "scores": [0.5, 0.3, 0.1],
        "right": [0, 1, 0],
        "truths": [1, 0, 0, 0],
        "levels": [0, 1023, 0],
    }
    image = ImageResult.from_json(old)
    assert (image.classes, image.right) == ((1, 0, 2), (False, True, False))
    recall, precision = class_curve([image], 0)
    assert (recall.tolist(), precision.tolist()) == ([1.0], [1.0])


def test_a_thousand_classes_cost_eight_characters_each_and_a_hundred_are_kept(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    vector = rng.dirichlet(np.ones(1000))
    order = np.argsort(-vector)[:100]
    image = judge_image([Shown(None, int(i), float(vector[i])) for i in order], [Truth(None, 7)], 1000, 5)
    assert len(image.to_json()["ranked"]) == 800
    assert len(image.to_json()["ranked"]) < len(json.dumps(list(map(float, image.scores)))) / 2


def test_a_long_curve_is_thinned_at_even_recalls() -> None:
    rng = np.random.default_rng(1)
    images = [
        judge_image([Shown(None, 0, float(rng.random()))], [Truth(None, int(rng.integers(0, 2)))], 2, n + 1)
        for n in range(2000)
    ]
    recall, precision = class_curve(images, 0)
    points = thinned(recall, precision)
    assert 95 <= len(points) <= 101
    curve = [[round(r, 4), round(p, 4)] for r, p in zip(recall.tolist(), precision.tolist(), strict=True)]
    assert all(point in curve for point in points)
    gaps = np.diff([point[0] for point in points])
    assert (gaps > 0).all() and gaps.max() < 0.02
