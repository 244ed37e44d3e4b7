"""An ONNX file that is not whole, of known operators and as its manifest says is refused before it is opened."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from annotator.core.errors import BadArtifact
from prelabel.core.artifact import InputSpec, load_artifact
from prelabel.core.onnx_checks import check_onnx
from prelabel.core.predictors import load_predictor
from tests.prelabel.toy_models import colour_artifact, make_artifact, yolo_head

Change = Callable[[Any], None]
FLOAT = TensorProto.FLOAT


def _refused(tmp_path: Path, change: Change, **manifest: Any) -> BadArtifact:
    """What is said of the colour model after a change."""
    folder = colour_artifact(tmp_path / "m", **manifest)
    said = load_artifact(folder).manifest
    model = onnx.load(folder / "model.onnx")
    change(model)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(BadArtifact) as raised:
        check_onnx(folder / "model.onnx", said)
    return raised.value


def _takes(kind: int, *shape: Any) -> Change:
    def change(model: Any) -> None:
        model.graph.input[0].CopyFrom(helper.make_tensor_value_info("images", kind, shape))

    return change


def _two_inputs(model: Any) -> None:
    model.graph.input.append(helper.make_tensor_value_info("size", FLOAT, (2,)))


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        (_takes(FLOAT, 1, 3, 320, 64), "input.height", "height of 320 px, the manifest says 64; write 320"),
        (_takes(FLOAT, 1, 3, 64, 320), "input.width", "width of 320 px, the manifest says 64"),
        (_takes(FLOAT, 1, 1, 64, 64), "input.channels", "takes 1 channels"),
        (_takes(FLOAT, 1, 64, 64, 3), "input", "channels last"),
        (_takes(FLOAT, 8, 3, 64, 64), "input", "8 pictures at once"),
        (_takes(FLOAT, 3, 64, 64), "input", r"shape \(3 x 64 x 64\)"),
        (_takes(TensorProto.UINT8, 1, 3, 64, 64), "input", "is uint8; only float32"),
        (_takes(TensorProto.FLOAT16, 1, 3, 64, 64), "input", "is float16; only float32"),
        (_two_inputs, "input", r"2 inputs \(images, size\)"),
    ],
)
def test_an_input_that_is_not_what_the_manifest_says_is_named(
    change: Change, field: str, words: str, tmp_path: Path
) -> None:
    error = _refused(tmp_path, change)
    assert error.details["field"] == field
    assert re.search(words, error.message), error.message


def test_another_name_of_the_input_is_named(tmp_path: Path) -> None:
    error = _refused(tmp_path, lambda model: None, input=InputSpec(64, 64, "RGB", "picture"))
    assert (error.details["field"], "'images'" in error.message) == ("input.name", True)


@pytest.mark.parametrize("shape", [(1, 3, 64, 64), ("n", 3, "h", "w"), (None, 3, 64, None)])
def test_sides_of_any_length_take_the_manifests_size(shape: tuple[Any, ...], tmp_path: Path) -> None:
    folder = colour_artifact(tmp_path / "m")
    said = load_artifact(folder).manifest
    model = onnx.load(folder / "model.onnx")
    _takes(FLOAT, *shape)(model)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    check_onnx(folder / "model.onnx", said)


def _branch(nodes: list[Any], tensors: list[Any] | None = None) -> Change:
    """Adds an If whose branches hold the nodes."""

    def change(model: Any) -> None:
        result = helper.make_tensor_value_info("z", FLOAT, None)
        graph = helper.make_graph(nodes, "inner", [], [result], tensors or [])
        model.graph.node.append(helper.make_node("If", ["c"], ["y"], then_branch=graph, else_branch=graph))

    return change


def _foreign(model: Any) -> None:
    model.graph.node.append(helper.make_node("Frob", ["images"], ["f"], domain="acme.ops"))


def _in_function(model: Any) -> None:
    inner = helper.make_node("Frob", ["a"], ["b"], domain="acme.ops")
    function = helper.make_function("own", "Twice", ["a"], ["b"], [inner], [helper.make_opsetid("acme.ops", 1)])
    model.functions.append(function)


@pytest.mark.parametrize(
    "change",
    [_foreign, _branch([helper.make_node("Frob", ["x"], ["z"], domain="acme.ops")]), _in_function],
    ids=["graph", "branch", "function"],
)
def test_a_custom_operator_is_named_with_its_domain_wherever_it_hides(change: Change, tmp_path: Path) -> None:
    error = _refused(tmp_path, change)
    assert (error.details["operator"], error.details["domain"]) == ("Frob", "acme.ops")
    assert "'Frob' of the domain 'acme.ops'" in error.message


def test_a_word_that_is_no_operator_is_named(tmp_path: Path) -> None:
    error = _refused(tmp_path, lambda model: model.graph.node.append(helper.make_node("Frob", ["images"], ["f"])))
    assert "'Frob', which is no ONNX operator" in error.message


def test_a_function_that_the_file_brings_along_is_no_custom_operator(tmp_path: Path) -> None:
    folder = colour_artifact(tmp_path / "m")
    said = load_artifact(folder).manifest
    model = onnx.load(folder / "model.onnx")
    inner = helper.make_node("Identity", ["a"], ["b"])
    model.functions.append(helper.make_function("own", "Same", ["a"], ["b"], [inner], [helper.make_opsetid("", 13)]))
    model.graph.node.append(helper.make_node("Same", ["images"], ["f"], domain="own"))
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    check_onnx(folder / "model.onnx", said)


def _external(location: str) -> Any:
    tensor = numpy_helper.from_array(np.zeros(4, np.float32), "w")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", location
    return tensor


def _constant(tensor: Any) -> list[Any]:
    return [helper.make_node("Constant", [], ["z"], value=tensor)]


@pytest.mark.parametrize(
    "change",
    [
        lambda model: model.graph.initializer.append(_external("../../secret_key")),
        _branch([helper.make_node("Identity", ["w"], ["z"])], [_external("../../secret_key")]),
        _branch(_constant(_external("../../secret_key"))),
    ],
    ids=["weight", "weight of a branch", "constant of a branch"],
)
def test_weights_in_another_file_are_refused_wherever_they_are(change: Change, tmp_path: Path) -> None:
    error = _refused(tmp_path, change)
    assert (error.details["field"], "secret_key" in error.message) == ("files", True)


def _claiming(dims: list[int], data: bytes = b"\0" * 16) -> Any:
    return TensorProto(name="huge", data_type=FLOAT, dims=dims, raw_data=data)


@pytest.mark.parametrize(
    ("tensor", "words"),
    [
        (_claiming([100_000, 100_000]), "more than the largest model"),
        (_claiming([-1, 4]), "more than the largest model"),
        (_claiming([4096, 4096]), "says 16777216 values and holds 4"),
        (TensorProto(name="empty", data_type=FLOAT, dims=[3]), "says 3 values and holds 0"),
    ],
)
def test_a_tensor_that_claims_more_than_it_holds_is_refused(tensor: Any, words: str, tmp_path: Path) -> None:
    for change in (lambda model: model.graph.initializer.append(tensor), _branch(_constant(tensor))):
        assert words in _refused(tmp_path, change).message


@pytest.mark.parametrize("kind", ["FLOAT", "FLOAT16", "INT8", "INT64", "BOOL", "DOUBLE", "BFLOAT16", "INT4", "UINT4"])
@pytest.mark.parametrize("raw", [True, False])
def test_tensors_of_every_kind_that_hold_what_they_say_are_taken(kind: str, raw: bool, tmp_path: Path) -> None:
    values = [1, 0, 1]
    number = getattr(TensorProto, kind)
    if raw:
        array = np.asarray(values).astype(helper.tensor_dtype_to_np_dtype(number))
        tensor = numpy_helper.from_array(array, "t")
    else:
        tensor = helper.make_tensor("t", number, [3], values)
    folder = colour_artifact(tmp_path / "m")
    said = load_artifact(folder).manifest
    model = onnx.load(folder / "model.onnx")
    model.graph.initializer.append(tensor)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    check_onnx(folder / "model.onnx", said)


@pytest.mark.parametrize("name", ["yolox_nano_416", "nanodet_m_320", "nanodet_m_416"])
def test_real_models_pass(name: str, shared: Path | None) -> None:
    from prelabel.core.artifact import parse_manifest

    root = Path(__file__).parents[3]
    if shared is not None:
        said = parse_manifest((root / "prelabel" / "manifests" / f"{name}.json").read_bytes())
        check_onnx(shared / "weights" / f"{name}.onnx", said)
    road = root / "prelabel" / "weights" / "road"
    check_onnx(road / "model.onnx", load_artifact(road).manifest)


@pytest.mark.parametrize("decoder", ["yolo", "yolo_e2e", "yolox", "nanodet"])
@pytest.mark.parametrize(
    "head", [np.zeros(()), np.zeros(7), np.zeros((1, 2)), yolo_head((0, 0, 1, 1, 0.5)), np.zeros((1, 5, 4, 4))]
)
def test_a_head_that_does_not_fit_its_decoder_is_refused_by_field(
    decoder: str, head: np.ndarray, tmp_path: Path
) -> None:
    from prelabel.core.artifact import OutputSpec

    folder = make_artifact(tmp_path / "m", [head], predictor="onnx_detector", output=OutputSpec(decoder))
    with pytest.raises(BadArtifact) as raised:
        load_predictor(folder)
    assert raised.value.details["field"].split(".")[0] == "output"
