"""What an ONNX file of strangers must be before a runtime opens it: whole in itself, of known operators, as it is said.

Read from the graph alone, without its tensors' values being used; that it runs, and that its head fits, is seen by
opening it afterwards.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from annotator.core.errors import BadArtifact
from prelabel.core.artifact import MAX_FILE_BYTES, Manifest
from prelabel.core.onnx_graph import node_lists, read_onnx, tensors_of

# Domains that the runtimes bring themselves. Any other needs a library of its author's, which is code.
DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml", "com.microsoft"})
_TYPED_DATA = ("float_data", "int32_data", "int64_data", "double_data", "uint64_data", "string_data")


def check_onnx(path: Path, manifest: Manifest) -> None:
    """Check the file against what its manifest says of it. Raises BadArtifact whose details name the ``field``."""
    model = read_onnx(path)
    _refuse_external_data(model, path.name)
    _refuse_foreign_operators(model, path.name)
    _refuse_lying_tensors(model, path.name)
    _check_input(model, manifest)


def _refuse_external_data(model: Any, name: str) -> None:
    """A location such as ``../../secret_key`` would be read into the model, and could be carried out as weights."""
    for tensor in tensors_of(model):
        for entry in tensor.external_data:
            if entry.key == "location":
                raise BadArtifact(
                    f"{name} keeps weights in another file, {entry.value!r}; save the model with its weights inside.",
                    field="files",
                )


def _refuse_foreign_operators(model: Any, name: str) -> None:
    from onnx import defs

    own = {(function.domain, function.name) for function in model.functions}
    for node in _nodes(model):
        if (node.domain, node.op_type) in own:
            continue
        if node.domain not in DOMAINS:
            raise BadArtifact(
                f"{name} needs the operator {node.op_type!r} of the domain {node.domain!r}, which no runtime here has; "
                "export the model with standard ONNX operators only.",
                field="model",
                operator=node.op_type,
                domain=node.domain,
            )
        if node.domain in ("", "ai.onnx") and not defs.has(node.op_type):
            raise BadArtifact(
                f"{name} needs {node.op_type!r}, which is no ONNX operator; export the model with standard ones only.",
                field="model",
                operator=node.op_type,
                domain=node.domain,
            )


def _nodes(model: Any) -> Iterator[Any]:
    """Every node, those of branches, loops and functions too."""
    for nodes in node_lists(model):
        yield from nodes


def _refuse_lying_tensors(model: Any, name: str) -> None:
    """A tensor that claims more than it holds, or more than fits: a runtime would make room for it first."""
    for tensor in tensors_of(model):
        count = math.prod(tensor.dims)
        if any(side < 0 for side in tensor.dims) or count > MAX_FILE_BYTES:
            raise BadArtifact(
                f"{name}: the tensor {tensor.name!r} has the shape {list(tensor.dims)[:8]}, more than the largest "
                f"model may have ({MAX_FILE_BYTES >> 20} MiB).",
                field="model",
            )
        held = len(tensor.raw_data) * 8 // _bits(tensor.data_type) if tensor.raw_data else _typed_count(tensor)
        if tensor.data_type and held < count:
            raise BadArtifact(
                f"{name}: the tensor {tensor.name!r} says {count} values and holds {held}; the file is broken, export "
                "the model again.",
                field="model",
            )


def _bits(data_type: int) -> int:
    from onnx import TensorProto, helper

    small = {"INT4": 4, "UINT4": 4, "FLOAT4E2M1": 4, "INT2": 2, "UINT2": 2}
    found = small.get(TensorProto.DataType.Name(data_type))
    return found or max(1, helper.tensor_dtype_to_np_dtype(data_type).itemsize) * 8


def _typed_count(tensor: Any) -> int:
    """Values in the field of the tensor's type; int4 comes two in one, complex numbers one in two."""
    from onnx import TensorProto

    held = max(len(getattr(tensor, field)) for field in _TYPED_DATA)
    kind = TensorProto.DataType.Name(tensor.data_type)
    if kind.endswith("4") and kind.startswith(("INT", "UINT")) and kind not in ("INT64", "UINT64"):
        return held * 2
    return held // 2 if kind.startswith("COMPLEX") else held


def _check_input(model: Any, manifest: Manifest) -> None:
    """One float32 picture, channels first, of the size that the manifest says or of any."""
    from onnx import TensorProto

    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = [one for one in model.graph.input if one.name not in weights]
    if len(inputs) != 1:
        names = ", ".join(one.name for one in inputs[:6]) or "none"
        raise BadArtifact(
            f"The model has {len(inputs)} inputs ({names}); export it so that it takes one picture and nothing else.",
            field="input",
        )
    (picture,) = inputs
    said = manifest.input
    if said.name and said.name != picture.name:
        raise BadArtifact(
            f"The model's input is called {picture.name!r}, the manifest says {said.name!r}; write the model's name.",
            field="input.name",
        )
    kind = TensorProto.DataType.Name(picture.type.tensor_type.elem_type)
    if kind != "FLOAT":
        raise BadArtifact(
            f"The model's input is {kind.lower()}; only float32 is taken. Export it with a float input (put the cast "
            "inside the model).",
            field="input",
        )
    _check_shape(_sides(picture), manifest)


def _sides(value: Any) -> list[int | None]:
    """The sides of an input; None for one that may be of any length."""
    return [side.dim_value if side.HasField("dim_value") else None for side in value.type.tensor_type.shape.dim]


def _check_shape(sides: list[int | None], manifest: Manifest) -> None:
    shown = " x ".join("any" if side is None else str(side) for side in sides)
    if len(sides) != 4:
        raise BadArtifact(
            f"The model's input has the shape ({shown}); a picture is 1 x 3 x height x width.", field="input"
        )
    if sides[1] != 3 and sides[3] == 3:
        raise BadArtifact(
            f"The model's input ({shown}) has its channels last; export it with channels first, 1 x 3 x height x "
            "width (a transpose inside the model).",
            field="input",
        )
    if sides[1] not in (3, None):
        raise BadArtifact(
            f"The model takes {sides[1]} channels ({shown}); pictures have 3. Export it for RGB or BGR.",
            field="input.channels",
        )
    if sides[0] not in (1, None):
        raise BadArtifact(
            f"The model takes {sides[0]} pictures at once; export it for one, or for any number (a dynamic batch).",
            field="input",
        )
    said = manifest.input
    for key, found, wanted in (("height", sides[2], said.height), ("width", sides[3], said.width)):
        if found not in (None, wanted):
            raise BadArtifact(
                f"The model takes a {key} of {found} px, the manifest says {wanted}; write {found}, or export the "
                "model for that size.",
                field=f"input.{key}",
            )
