"""A foreign ONNX detector with a manifest pre-labels real photos it was never trained on by us."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from prelabel.core.metric import Truth
from prelabel.core.metrics.detection_matching import evaluate_matching
from prelabel.core.predictors import load_predictor
from prelabel.core.preprocess import decode_upright

MANIFESTS = Path(__file__).parents[3] / "prelabel" / "manifests"


def _truths(label_file: Path, width: int, height: int) -> list[Truth]:
    truths = []
    for line in label_file.read_text().splitlines():
        class_index, x, y, w, h = (float(word) for word in line.split())
        box = ((x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height)
        truths.append(Truth(box, int(class_index)))
    return truths


def _measure(shared: Path | None, tmp_path: Path, name: str, runtime: str) -> tuple[float, float]:
    if shared is None:
        pytest.skip("the real photos are not on this machine")
    shutil.copy(MANIFESTS / f"{name}.json", tmp_path / "manifest.json")
    shutil.copy(shared / "weights" / f"{name}.onnx", tmp_path / "model.onnx")
    predictor = load_predictor(tmp_path, runtime=runtime)
    guesses, truths = [], []
    for path in sorted((shared / "data" / "coco-mini" / "images").iterdir()):
        image = decode_upright(path)
        label_file = shared / "data" / "coco-mini" / "labels_detect" / f"{path.stem}.txt"
        truths.append(_truths(label_file, image.shape[1], image.shape[0]) if label_file.exists() else [])
        guesses.append(predictor.predict([image])[0])
    assert len(guesses) == 128
    result = evaluate_matching(guesses, truths, 80, confidence=0.3, iou_threshold=0.5)
    return result["precision"], result["recall"]


@pytest.mark.parametrize("runtime", ["openvino", "onnxruntime"])
def test_yolox_nano_reaches_its_published_precision_and_recall(
    runtime: str, shared: Path | None, tmp_path: Path
) -> None:
    precision, recall = _measure(shared, tmp_path, "yolox_nano_416", runtime)
    assert precision >= 0.68
    assert recall >= 0.42


def test_nanodet_finds_as_much_through_the_generic_detector(shared: Path | None, tmp_path: Path) -> None:
    precision, recall = _measure(shared, tmp_path, "nanodet_m_320", "onnxruntime")
    assert precision >= 0.45
    assert recall >= 0.40
