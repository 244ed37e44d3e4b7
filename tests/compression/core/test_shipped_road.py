"""The pre-labeller that ships: small, whole, trainable, and good on scenes it never saw."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from annotator.core.scenes.road import CLASSES, draw_scene
from compression.core.vendor.yolo import network as networks
from prelabel.core.artifact import load_artifact
from prelabel.core.base_models import BASE_MODELS
from prelabel.core.metric import Truth
from prelabel.core.metrics.detection import evaluate_detection
from prelabel.core.predictors import load_predictor
from prelabel.core.preprocess import decode_upright


@pytest.fixture
def road() -> Path:
    folder = BASE_MODELS["winnow-road"].folder
    assert folder is not None
    return folder


def test_all_of_it_is_at_most_four_megabytes(road: Path) -> None:
    artifact = load_artifact(road)
    assert set(artifact.manifest.files) == {"model.onnx", "weights.safetensors", "architecture.json"}
    assert sum(path.stat().st_size for path in road.iterdir()) <= 4_000_000
    assert artifact.manifest.precision == "int8"
    assert artifact.manifest.classes == CLASSES


def test_its_weights_can_be_trained_on_from(road: Path) -> None:
    network, described = networks.load(road)
    assert described["classes"] == list(CLASSES)
    assert sum(parameter.numel() for parameter in network.parameters()) < 1_100_000
    fresh = networks.build(networks.describe(described["arch"], ["RBC", "WBC", "Platelets"]))
    copied, total = networks.load_matching(fresh, road)
    assert copied == total


def test_it_finds_most_of_what_is_in_fresh_scenes(road: Path) -> None:
    predictor = load_predictor(road, floor=0.01)
    guesses, truths = [], []
    for seed in range(700_000, 700_020):
        scene = draw_scene(seed)
        data = io.BytesIO()
        scene.image.save(data, "JPEG", quality=92)
        pixels = decode_upright(data.getvalue())
        assert Image.fromarray(pixels).size == (640, 384)
        guesses.append(predictor.predict([pixels])[0])
        truths.append([Truth(box, CLASSES.index(name)) for name, box in scene.objects])
    assert evaluate_detection(guesses, truths, len(CLASSES))["map50"] > 0.65
