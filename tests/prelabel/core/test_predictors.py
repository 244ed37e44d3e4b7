"""One suite for every predictor of the table, in both runtimes."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annotator.core.errors import BadArtifact, RunFailed
from prelabel.core.artifact import InputSpec, OutputSpec, Preprocess
from prelabel.core.masks import decode_mask
from prelabel.core.predictors import PREDICTORS, load_predictor
from prelabel.core.runtime import open_session, pick_runtime
from tests.prelabel.toy_models import make_artifact, yolo_head

RUNTIMES = ["openvino", "onnxruntime"]
HEAD = yolo_head(
    (32, 32, 20, 20, 0.9, 0.1), (33, 32, 20, 20, 0.8, 0.1), (10, 10, 8, 8, 0.02, 0.3), (5, 5, 4, 4, 0, 0.04)
)
E2E = np.array([[[22, 22, 42, 42, 0.9, 0], [6, 6, 14, 14, 0.3, 1], [0, 0, 4, 4, 0.01, 0]]], dtype=np.float32)


def _yolox() -> np.ndarray:
    head = np.zeros((1, 84, 7), dtype=np.float32)
    head[0, 9] = [0.5, 0.5, 0, 0, 1.0, 0.9, 0.1]
    return head


def _nanodet() -> list[np.ndarray]:
    outputs = []
    for cells in (64, 16, 4):
        outputs += [np.zeros((1, cells, 2), np.float32), np.zeros((1, cells, 32), np.float32)]
    outputs[0][0, 9] = [0.9, 0.1]
    return outputs


def _map_logits() -> np.ndarray:
    """Left half of the input (64 px, stride 8) class 1, the right half class 0."""
    logits = np.zeros((1, 2, 8, 8), np.float32)
    logits[0, 1, :, :4], logits[0, 0, :, 4:] = 4.0, 2.0
    return logits


MODELS: dict[str, tuple[list[np.ndarray], dict[str, Any]]] = {
    "yolo/yolo": ([HEAD], {}),
    "yolo/yolo_e2e": ([E2E], {"output": OutputSpec("yolo_e2e")}),
    "yolox/yolox": ([_yolox()], {"output": OutputSpec("yolox"), "preprocess": Preprocess("letterbox_top_left")}),
    "onnx_detector/yolo": ([HEAD], {}),
    "onnx_detector/yolo_e2e": ([E2E], {"output": OutputSpec("yolo_e2e")}),
    "onnx_detector/yolox": ([_yolox()], {"output": OutputSpec("yolox")}),
    "onnx_detector/nanodet": (_nanodet(), {"output": OutputSpec("nanodet"), "preprocess": Preprocess("stretch")}),
    "mobilenet/softmax": (
        [np.array([[0.0, 3.0]])],
        {"output": OutputSpec("softmax"), "preprocess": Preprocess("center_crop"), "task_type": "image_classification"},
    ),
    "mobilenet/probabilities": (
        [np.array([[0.04, 0.96]])],
        {"output": OutputSpec("probabilities"), "task_type": "image_classification"},
    ),
    "segmenter/class_map": (
        [_map_logits()],
        {"output": OutputSpec("class_map"), "task_type": "semantic_segmentation"},
    ),
}
PICTURE = np.full((128, 128, 3), 90, dtype=np.uint8)


def test_every_predictor_and_head_of_the_table_is_in_this_suite() -> None:
    assert {f"{slug}/{decoder}" for slug, info in PREDICTORS.items() for decoder in info.decoders} == set(MODELS)


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("which", MODELS)
def test_guesses_are_sorted_above_the_floor_and_inside_the_picture(which: str, runtime: str, tmp_path: Path) -> None:
    outputs, changes = MODELS[which]
    make_artifact(tmp_path, outputs, predictor=which.partition("/")[0], **changes)
    predictor = load_predictor(tmp_path, runtime=runtime)
    first, second = predictor.predict([PICTURE, PICTURE])
    assert first == second
    assert first
    scores = [guess.score for guess in first]
    assert scores == sorted(scores, reverse=True)
    assert min(scores) >= 0.05
    for guess in first:
        assert guess.top3[0] == (guess.class_index, pytest.approx(guess.score))
        assert guess.entropy >= 0.0
        if guess.bbox is not None:
            assert 0 <= guess.bbox[0] < guess.bbox[2] <= 128
            assert 0 <= guess.bbox[1] < guess.bbox[3] <= 128
    json.dumps([guess.__dict__ for guess in first])


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_yolo_box_is_suppressed_placed_and_scored(runtime: str, tmp_path: Path) -> None:
    make_artifact(tmp_path, [HEAD])
    guesses = load_predictor(tmp_path, runtime=runtime).predict([PICTURE])[0]
    # Input 64 for a picture of 128: everything is doubled; the second box overlaps the first with IoU 0.9.
    assert [guess.class_index for guess in guesses] == [0, 1]
    assert guesses[0].bbox == pytest.approx((44, 44, 84, 84))
    assert guesses[1].score == pytest.approx(0.3)


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize(
    ("resize", "left"),
    [
        # 128 x 64 px on an input of 64: stretched, the edge between 4.0 and 2.0 lies a third of a cell right of the
        # middle (of 16 px), which is at pixel 64 + 16 / 6; letterboxed the same, for the middle stays the middle.
        ("stretch", 67),
        ("letterbox", 67),
    ],
)
def test_class_maps_come_in_the_picture_s_own_pixels(resize: str, left: int, runtime: str, tmp_path: Path) -> None:
    changes = MODELS["segmenter/class_map"][1] | {"preprocess": Preprocess(resize)}
    make_artifact(tmp_path, [_map_logits()], predictor="segmenter", **changes)
    guesses = load_predictor(tmp_path, runtime=runtime).predict([PICTURE[:64]])[0]
    assert [guess.class_index for guess in guesses] == [1, 0]
    assert guesses[0].score == pytest.approx(1 / (1 + np.exp(-4)), abs=1e-5)
    masks = [decode_mask(guess.rle) for guess in guesses]
    assert (masks[0] ^ masks[1]).all()
    assert masks[0].shape == (64, 128)
    assert masks[0][:, : left - 1].all() and not masks[0][:, left + 1 :].any()


def test_a_raised_floor_drops_more(tmp_path: Path) -> None:
    make_artifact(tmp_path, [HEAD])
    assert len(load_predictor(tmp_path, floor=0.5).predict([PICTURE])[0]) == 1


def test_both_runtimes_agree_when_called_from_two_threads(tmp_path: Path) -> None:
    make_artifact(tmp_path, [HEAD])
    answers = []
    for runtime in RUNTIMES:
        predictor = load_predictor(tmp_path, runtime=runtime, streams=2)
        with ThreadPoolExecutor(2) as pool:
            answers += list(pool.map(lambda _, p=predictor: p.predict([PICTURE])[0], range(20)))
    first = answers[0]
    for other in answers:
        assert [guess.class_index for guess in other] == [guess.class_index for guess in first]
        assert [guess.score for guess in other] == pytest.approx([guess.score for guess in first])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"classes": ("car", "dog", "cat")}, "output.decoder"),
        ({"predictor": "yolox"}, "output.decoder"),
        ({"predictor": "nothing"}, "predictor"),
        ({"predictor": "mobilenet"}, "task_type"),
        ({"input": InputSpec(64, 64, "RGB", "pixels")}, "input.name"),
    ],
)
def test_a_manifest_that_does_not_fit_its_model_is_refused_at_once(
    changes: dict[str, Any], field: str, tmp_path: Path
) -> None:
    make_artifact(tmp_path, [HEAD], **changes)
    with pytest.raises(BadArtifact) as raised:
        load_predictor(tmp_path)
    assert raised.value.details["field"] == field


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_wrong_input_size_is_refused(runtime: str, tmp_path: Path) -> None:
    make_artifact(tmp_path, [HEAD])
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    manifest["input"]["width"] = 96
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BadArtifact) as raised:
        load_predictor(tmp_path, runtime=runtime)
    assert raised.value.details["field"] == "input"


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_bytes_that_are_no_model_are_refused(runtime: str, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"not a graph at all")
    with pytest.raises(BadArtifact, match="could not be opened"):
        open_session(path, runtime=runtime)


def test_auto_takes_openvino_where_it_is_installed() -> None:
    assert pick_runtime("auto") == "openvino"
    with pytest.raises(RunFailed, match="tensorrt"):
        pick_runtime("tensorrt")


def test_the_table_loads_without_numpy_or_a_runtime() -> None:
    code = (
        "import sys, prelabel.core.predictors, prelabel.core.metrics, prelabel.core.routing, "
        "prelabel.core.base_models, prelabel.core.calibration, prelabel.core.artifact, prelabel.core.strategies, "
        "prelabel.core.found_thresholds\n"
        "heavy = {'numpy', 'onnxruntime', 'openvino', 'torch', 'PIL', 'scipy', 'sklearn'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])
