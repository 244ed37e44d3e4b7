"""Every scheme on a small network with real forward passes in both runtimes: what is stored, and what comes out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    create_calibrator,
    quantize_static,
)
from torch import nn

from compression.core.exporting.onnx_export import write_graph
from compression.core.quantization.activation_ranges import Range, activations_of, observe, sample
from compression.core.quantization.integer import quantize_with_ranges
from compression.core.quantization.layers import (
    fragile_nodes,
    head_nodes,
    is_depthwise,
    named_model,
    nodes_to_quantize,
    rare_tensors,
)
from compression.core.quantization.narrow import bits_for
from compression.core.quantization.rounding import round_weights
from compression.core.quantization.sensitivity import Probe, quantize_one, scan, sqnr
from compression.core.quantization.variant import Variant, picked_ranges, write_variant
from prelabel.core.artifact import (
    Artifact,
    InputSpec,
    Manifest,
    OutputSpec,
    Preprocess,
    describe_file,
    load_artifact,
    save_manifest,
)
from prelabel.core.runtime import RUNTIMES, open_session

SIDE = 32
SCHEMES = {"fp16": 60.0, "bf16": 40.0, "int8": 20.0, "int8_dynamic": 20.0, "w8": 35.0, "w8a16": 35.0, "int4": 10.0}


class Small(nn.Module):
    """A Split before a 1×1 convolution, a depthwise one, a matrix product: what has gone wrong somewhere once."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 64, 3, stride=2, padding=1)
        self.point = nn.Conv2d(32, 64, 1)
        self.depth = nn.Conv2d(64, 64, 3, padding=1, groups=64)
        self.last = nn.Linear(64, 16)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        first, second = nn.functional.silu(self.stem(images)).split(32, dim=1)
        mixed = nn.functional.silu(self.point(second)) + torch.cat([first, second], 1)
        return self.last(nn.functional.relu(self.depth(mixed)).mean((2, 3)))


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    folder = tmp_path_factory.mktemp("small")
    torch.manual_seed(0)
    write_graph(Small().eval(), (1, 3, SIDE, SIDE), folder / "model.onnx", "logits")
    manifest = Manifest(
        name="small",
        task_type="image_classification",
        predictor="mobilenet",
        arch="small",
        classes=tuple(str(index) for index in range(16)),
        input=InputSpec(SIDE, SIDE, "RGB", "images"),
        preprocess=Preprocess("center_crop"),
        output=OutputSpec("softmax"),
        precision="fp32",
        files={"model.onnx": describe_file(folder / "model.onnx")},
    )
    save_manifest(folder, manifest)
    return load_artifact(folder)


@pytest.fixture(scope="module")
def pictures() -> list[NDArray[np.float32]]:
    random = np.random.default_rng(0)
    return [random.random((1, 3, SIDE, SIDE), dtype=np.float32) for _ in range(8)]


@pytest.fixture(scope="module")
def ranges(artifact: Artifact, pictures: list[NDArray[np.float32]]) -> dict[str, Range]:
    model = named_model(artifact)
    return observe(model, activations_of(model, nodes_to_quantize(model)), ({"images": p} for p in pictures))


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_runs_in_both_runtimes_and_stays_near_the_float_network(
    artifact: Artifact,
    pictures: list[NDArray[np.float32]],
    ranges: dict[str, Range],
    tmp_path: Path,
    scheme: str,
    runtime: str,
) -> None:
    folder = write_variant(artifact.folder, tmp_path, Variant(scheme, scheme), ranges)
    made = load_artifact(folder)
    assert made.manifest.precision == scheme
    assert made.manifest.size_bytes < artifact.manifest.size_bytes
    before = open_session(artifact.model_path, runtime="onnxruntime")
    session = open_session(made.model_path, runtime=runtime)
    assert session.input_name == "images"
    expected, found = (np.concatenate([one.run(p)[0] for p in pictures]) for one in (before, session))
    assert found.dtype == np.float32
    assert sqnr([expected], [found]) > SCHEMES[scheme]


class Reader(CalibrationDataReader):
    """Pictures as ONNX Runtime's calibrators want them."""

    def __init__(self, pictures: list[NDArray[np.float32]]) -> None:
        self.feeds = iter([{"images": picture} for picture in pictures])

    def get_next(self) -> Any:
        return next(self.feeds, None)


@pytest.fixture(scope="module")
def their_ranges(
    artifact: Artifact, pictures: list[NDArray[np.float32]], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[float, float]]:
    """What ONNX Runtime's own calibrator sees."""
    folder = tmp_path_factory.mktemp("theirs")
    onnx.save(named_model(artifact), str(folder / "model.onnx"))
    calibrator = create_calibrator(
        folder / "model.onnx", ["Conv", "Gemm", "MatMul"], augmented_model_path=str(folder / "watched.onnx")
    )
    calibrator.collect_data(Reader(pictures))
    found = calibrator.compute_data().data
    return {name: (float(one.range_value[0]), float(one.range_value[1])) for name, one in found.items()}


def test_extremes_are_those_that_onnx_runtime_sees(
    ranges: dict[str, Range], their_ranges: dict[str, tuple[float, float]]
) -> None:
    for name, one in ranges.items():
        assert (one.lowest, one.highest) == pytest.approx(their_ranges[name], rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("per_channel", [True, False])
def test_static_int8_is_what_onnx_runtime_makes_with_its_own_calibration(
    artifact: Artifact,
    pictures: list[NDArray[np.float32]],
    their_ranges: dict[str, tuple[float, float]],
    tmp_path: Path,
    per_channel: bool,
) -> None:
    model = named_model(artifact)
    nodes = nodes_to_quantize(model)
    quantize_static(
        model,
        str(tmp_path / "theirs.onnx"),
        Reader(pictures),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=["Conv", "Gemm", "MatMul"],
        nodes_to_quantize=nodes,
        per_channel=per_channel,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        extra_options={"QuantizeBias": False},
    )
    theirs = onnx.load(str(tmp_path / "theirs.onnx"))
    ours = quantize_with_ranges(named_model(artifact), nodes, their_ranges, per_channel=per_channel)
    mine, other = ({t.name: t for t in graph.graph.initializer} for graph in (ours, theirs))
    assert mine.keys() == other.keys()
    for name in mine:
        assert mine[name].data_type == other[name].data_type
        assert np.array_equal(numpy_helper.to_array(mine[name]), numpy_helper.to_array(other[name])), name


def test_seven_bit_weights_leave_no_pair_of_products_that_16_bits_cannot_hold(
    artifact: Artifact, ranges: dict[str, Range], tmp_path: Path
) -> None:
    largest = {}
    for bits in (7, 8):
        folder = write_variant(artifact.folder, tmp_path / str(bits), Variant("minmax", weight_bits=bits), ranges)
        graph = onnx.load(str(load_artifact(folder).model_path)).graph
        weights = [t for t in graph.initializer if t.data_type == onnx.TensorProto.INT8 and len(t.dims) > 1]
        largest[bits] = max(int(np.abs(numpy_helper.to_array(t).astype(int)).max()) for t in weights)
    assert 2 * 255 * largest[7] < 2**15 < 2 * 255 * largest[8]


@pytest.mark.parametrize(
    ("flags", "asked", "bits"),
    [
        (["avx", "avx2"], "auto", 7),
        (["avx", "avx2", "avx512f"], "auto", 7),
        (["avx2", "avx_vnni"], "auto", 8),
        (["asimddp"], "auto", 8),
        (["avx2"], "8", 8),
        (["avx512_vnni"], "7", 7),
    ],
)
def test_weights_get_as_many_bits_as_this_cpu_adds_up_safely(
    monkeypatch: pytest.MonkeyPatch, flags: list[str], asked: str, bits: int
) -> None:
    monkeypatch.setattr("compression.core.quantization.narrow.device_flags", lambda: flags)
    assert bits_for(asked) == bits


def test_ranges_are_of_the_whole_map_and_not_of_every_nth_column() -> None:
    maps = np.zeros((1, 64, 128, 128), np.float32)
    maps[..., 1:] = 5.0  # every 256th value is of the left edge
    drawn = sample(maps)
    assert drawn.shape == (4096,)
    assert (drawn == 5.0).mean() == pytest.approx(127 / 128, abs=0.01)
    assert np.array_equal(sample(maps), drawn)
    assert np.array_equal(sample(maps[0, 0, 0]), maps[0, 0, 0])


def test_answers_are_not_clipped_with_the_rest(artifact: Artifact) -> None:
    model = named_model(artifact)
    nodes = nodes_to_quantize(model)
    assert rare_tensors(model, nodes) == {"logits"}
    same = Range(lowest=-4.0, highest=8.0, low=-1.0, high=2.0)
    ranges = dict.fromkeys(activations_of(model, nodes), same)
    picked = picked_ranges(model, nodes, Variant("percentile", calibration="percentile"), ranges)
    assert picked.pop("logits") == (-4.0, 8.0)
    assert set(picked.values()) == {(-1.0, 2.0)}


@pytest.mark.parametrize(("scheme", "bits"), [("w8", 8), ("int4", 4)])
def test_weight_only_files_hold_the_weights_that_rounding_gives(
    artifact: Artifact, tmp_path: Path, scheme: str, bits: int
) -> None:
    model = named_model(artifact)
    folder = write_variant(artifact.folder, tmp_path, Variant(scheme, scheme))
    made = onnx.load(str(folder / "model.onnx"))
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in made.graph.initializer}
    restored = [
        stored[node.input[0]].astype(np.float32).reshape(len(stored[node.input[1]]), -1)
        * stored[node.input[1]].reshape(-1, 1)
        for node in made.graph.node
        if node.op_type == "DequantizeLinear"
    ]
    floats = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    for name in ("stem.weight", "point.weight"):
        expected = round_weights(floats[name], 0, bits).restored().reshape(64, -1)
        assert any(np.array_equal(expected, one) for one in restored if one.shape == expected.shape)
    if bits == 4:
        kinds = {tensor.data_type for tensor in made.graph.initializer}
        assert onnx.TensorProto.INT4 in kinds


def test_dynamic_int8_reaches_linear_layers_too(artifact: Artifact, tmp_path: Path) -> None:
    folder = write_variant(artifact.folder, tmp_path, Variant("dynamic", "int8_dynamic"))
    graph = onnx.load(str(folder / "model.onnx")).graph
    kinds = [node.op_type for node in graph.node]
    assert kinds.count("ConvInteger") == 3
    assert kinds.count("MatMulInteger") == 1
    assert not {"Conv", "Gemm", "MatMul"} & set(kinds)


def test_spared_layers_are_8_bits_in_int4_and_float_in_w8(artifact: Artifact, tmp_path: Path) -> None:
    spared = frozenset(nodes_to_quantize(named_model(artifact))[:1])
    kinds = {}
    for scheme in ("int4", "w8"):
        folder = write_variant(artifact.folder, tmp_path / scheme, Variant(scheme, scheme, spared=spared))
        graph = onnx.load(str(folder / "model.onnx")).graph
        kinds[scheme] = [t.data_type for t in graph.initializer if list(t.dims) == [64, 3, 3, 3]]
    assert kinds == {"int4": [onnx.TensorProto.INT8], "w8": [onnx.TensorProto.FLOAT]}


def test_the_fragile_are_the_first_the_last_the_depthwise_and_the_thin(artifact: Artifact) -> None:
    model = named_model(artifact)
    names = nodes_to_quantize(model)
    by_name = {node.name: node for node in model.graph.node}
    depthwise = [name for name in names if is_depthwise(by_name[name])]
    assert len(names) == 4
    assert head_nodes(model) == [names[0], *depthwise]
    assert fragile_nodes(model) == names  # even the 1×1: its filters have 32 weights


def test_compact_files_compute_the_same_bit_for_bit(
    artifact: Artifact, pictures: list[NDArray[np.float32]], ranges: dict[str, Range], tmp_path: Path
) -> None:
    model = named_model(artifact)
    picked = {name: one.pick("minmax") for name, one in ranges.items()}
    plain = quantize_with_ranges(model, nodes_to_quantize(model), picked)
    folder = write_variant(artifact.folder, tmp_path, Variant("minmax"), ranges)
    small = onnx.load(str(folder / "model.onnx"))
    assert small.ByteSize() < plain.ByteSize()
    assert {n.name for n in small.graph.node if n.op_type == "Conv"} == {
        n.name for n in plain.graph.node if n.op_type == "Conv"
    }
    outputs = [
        onnxruntime.InferenceSession(one.SerializeToString()).run(None, {"images": pictures[0]})[0]
        for one in (plain, small)
    ]
    assert np.array_equal(*outputs)


def test_a_scan_ranks_the_layer_that_was_made_sensitive_first_and_goes_on_after_a_stop(
    artifact: Artifact, pictures: list[NDArray[np.float32]], ranges: dict[str, Range], tmp_path: Path
) -> None:
    model = named_model(artifact)
    # One huge weight in the 1×1 convolution leaves the others of its channel no levels.
    point = next(tensor for tensor in model.graph.initializer if tensor.name == "point.weight")
    weights = numpy_helper.to_array(point).copy()
    weights[:, 0] = 40.0
    point.CopyFrom(numpy_helper.from_array(weights, "point.weight"))
    probe = Probe(model, [{"images": picture} for picture in pictures], tmp_path / "kept.json")
    variant = Variant("w8", "w8")

    class Stopped(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done == 2:
            raise Stopped

    with pytest.raises(Stopped):
        scan(probe, variant, ranges, stop)
    seen: list[int] = []
    rows = scan(probe, variant, ranges, lambda done, total: seen.append(done))
    assert seen == [3, 4]
    assert {row["layer"] for row in rows} == set(nodes_to_quantize(model))
    assert [row["sqnr_db"] for row in rows] == sorted(row["sqnr_db"] for row in rows)
    assert "point" in rows[0]["layer"]


def test_quantizing_one_layer_leaves_the_model_as_it_was(artifact: Artifact, ranges: dict[str, Range]) -> None:
    model = named_model(artifact)
    before = model.SerializeToString(deterministic=True)
    name = nodes_to_quantize(model)[1]
    alone, size = quantize_one(model, name, Variant("minmax"), ranges)
    assert model.SerializeToString(deterministic=True) == before
    assert size == 64 * 32
    assert len([node for node in alone.graph.node if node.op_type == "QuantizeLinear"]) == 1


def test_sqnr_by_hand() -> None:
    true = np.array([[[3.0, 4.0], [0.1, 0.1]]])
    # Noise of a tenth of each channel's size: 20 dB in both, so 20 dB in the mean, whatever their units.
    assert sqnr([true], [true * 1.1]) == pytest.approx(20.0)
    assert sqnr([true], [true]) == 120.0
