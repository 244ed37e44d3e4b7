"""Features are found in a model's own graph, and are the same numbers in both runtimes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from prelabel.core.artifact import InputSpec, Manifest, OutputSpec, Preprocess, describe_file, save_manifest
from prelabel.core.embedding import MAX_DIMS, onnx_features, pack, pooled, unit, unpack
from prelabel.core.picture_flags import picture_flags
from prelabel.core.predictors import load_predictor
from prelabel.core.runtime import RUNTIMES
from tests.conftest import ROOT

WEIGHTS = np.array([[2.0, -1.0, 0.0], [0.0, 1.0, 3.0]], dtype=np.float32)


def classifier(folder: Path, *, quantized: bool = False) -> Path:
    """Logits = WEIGHTS · (mean red, mean green, mean blue), the means passing through int8 where ``quantized``."""
    folder.mkdir()
    nodes = [helper.make_node("ReduceMean", ["images"], ["means"], axes=[2, 3], keepdims=0)]
    taken = "means"
    initial = [numpy_helper.from_array(WEIGHTS, "weights")]
    if quantized:
        initial += [numpy_helper.from_array(np.float32(1 / 128), "step"), numpy_helper.from_array(np.int8(0), "zero")]
        nodes.append(helper.make_node("QuantizeLinear", ["means", "step", "zero"], ["small"]))
        nodes.append(helper.make_node("DequantizeLinear", ["small", "step", "zero"], ["restored"]))
        taken = "restored"
    nodes.append(helper.make_node("Gemm", [taken, "weights"], ["logits"], transB=1))
    picture = helper.make_tensor_value_info("images", TensorProto.FLOAT, (1, 3, 32, 32))
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, (1, 2))
    graph = helper.make_graph(nodes, "classifier", [picture], [logits], initial)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.save(model, str(folder / "model.onnx"))
    manifest = Manifest(
        name="toy",
        task_type="image_classification",
        predictor="mobilenet",
        arch="toy",
        classes=("a", "b"),
        input=InputSpec(32, 32, "RGB", "images"),
        preprocess=Preprocess("stretch"),
        output=OutputSpec("softmax"),
        precision="fp32",
        files={"model.onnx": describe_file(folder / "model.onnx")},
    )
    save_manifest(folder, manifest)
    return folder


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("quantized", [False, True])
def test_a_classifiers_features_are_what_its_last_layer_takes(tmp_path: Path, runtime: str, quantized: bool) -> None:
    folder = classifier(tmp_path / "made", quantized=quantized)
    predictor = load_predictor(folder, runtime=runtime, embed=True)
    picture = np.full((40, 20, 3), (51, 102, 153), dtype=np.uint8)
    guesses, features = predictor.look(picture)
    assert features == pytest.approx([0.2, 0.4, 0.6], abs=1e-6)
    assert guesses == load_predictor(folder, runtime=runtime).predict([picture])[0], "the guesses stay what they were"


def test_nothing_is_described_unless_asked(tmp_path: Path) -> None:
    predictor = load_predictor(classifier(tmp_path / "made"))
    assert not predictor.embeds
    assert predictor.look(np.zeros((8, 8, 3), dtype=np.uint8))[1] is None


def test_a_detectors_features_are_the_end_of_its_backbone_in_both_runtimes() -> None:
    road = ROOT / "prelabel" / "weights" / "road"
    picture = np.random.default_rng(0).integers(0, 255, (120, 200, 3), dtype=np.uint8)
    found = {}
    for runtime in RUNTIMES:
        predictor = load_predictor(road, runtime=runtime, embed=True)
        assert predictor.embeds
        guesses, found[runtime] = predictor.look(picture)
        assert guesses == load_predictor(road, runtime=runtime).predict([picture])[0]
    assert 16 <= len(found["openvino"]) <= MAX_DIMS
    # Its int8 layers round a little differently; in direction, which is what is compared, they agree.
    assert unit(found["openvino"])[0] @ unit(found["onnxruntime"])[0] > 0.999


def test_a_detector_that_enlarges_nothing_gives_its_coarsest_map() -> None:
    def conv(taken: str, made: str, weight: str) -> onnx.NodeProto:
        return helper.make_node("Conv", [taken, weight], [made], strides=[2, 2], pads=[1, 1, 1, 1])

    sides = {"w1": (4, 3, 3, 3), "w2": (8, 4, 3, 3), "w3": (6, 8, 3, 3)}
    initial = [numpy_helper.from_array(np.zeros(shape, np.float32), name) for name, shape in sides.items()]
    nodes = [conv("images", "a", "w1"), conv("a", "b", "w2"), conv("b", "c", "w3")]
    nodes.append(helper.make_node("Flatten", ["c"], ["out"]))
    graph = helper.make_graph(
        nodes, "maps", [helper.make_tensor_value_info("images", TensorProto.FLOAT, (1, 3, 32, 32))],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, (1, 96))], initial,
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    assert onnx_features(model, whole_image=False) == "c"
    assert onnx_features(model, whole_image=True) == "b"


def test_a_graph_without_features_is_said_to_have_none(tmp_path: Path) -> None:
    from tests.prelabel.toy_models import colour_artifact

    predictor = load_predictor(colour_artifact(tmp_path / "colours"), embed=True)
    assert not predictor.embeds
    assert predictor.look(np.zeros((64, 64, 3), dtype=np.uint8))[1] is None


def test_features_are_averaged_over_places_and_bounded() -> None:
    maps = np.arange(8, dtype=np.float32).reshape(1, 2, 2, 2)
    assert pooled(maps).tolist() == [1.5, 5.5]
    assert pooled(np.array([[[1.0, 2.0], [3.0, 4.0]]])).tolist() == [2.0, 3.0]
    wide = np.random.default_rng(0).normal(size=(2, 1, 5000)).astype(np.float32)
    first, second = pooled(wide[0]), pooled(wide[1])
    assert len(first) == MAX_DIMS
    # Lengths and angles stay within a few percent (Johnson and Lindenstrauss 1984).
    assert np.linalg.norm(first) == pytest.approx(np.linalg.norm(wide[0]), rel=0.05)
    assert abs(first @ second / 5000) < 0.1


def test_vectors_are_stored_in_half_the_bytes_to_three_digits() -> None:
    direction, length = unit(np.array([3.0, 4.0], dtype=np.float32))
    assert (direction.tolist(), length) == (pytest.approx([0.6, 0.8]), 5.0)
    assert len(pack(direction)) == 4
    assert unpack(pack(direction)) == pytest.approx([0.6, 0.8], abs=1e-3)
    assert unit(np.zeros(2, np.float32))[1] == unit(np.array([np.inf, 1.0], np.float32))[1] == 0.0


def test_poor_pictures_are_flagged() -> None:
    rng = np.random.default_rng(0)
    sharp = rng.integers(0, 255, (90, 120, 3), dtype=np.uint8)
    assert picture_flags(sharp) == ()
    assert picture_flags((sharp // 16).astype(np.uint8))[0] == "dark"
    assert picture_flags((255 - sharp // 16).astype(np.uint8))[0] == "bright"
    assert picture_flags(np.full((50, 50, 3), 120, np.uint8)) == ("flat", "blurred")
    slope = np.repeat(np.linspace(0, 255, 200, dtype=np.uint8)[None, :, None], 100, axis=0).repeat(3, axis=2)
    assert picture_flags(slope) == ("blurred",)
