"""The peer: OpenVINO's own post-training quantization by NNCF, on the same pictures, as artifacts like ours."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from compression.core.quantization.calibration import feeds
from compression.core.quantization.layers import decode_nodes, named_model
from prelabel.core.artifact import describe_file, load_artifact, save_manifest

INSTALL = "pip install 'winnow[dev]'"


def is_installed() -> bool:
    """Whether NNCF can be imported."""
    return find_spec("nncf") is not None


def quantize_by_nncf(parent: Path, out: Path, pictures: Sequence[Path], *, spare_decode: bool) -> Path:
    """The int8 OpenVINO artifact in ``out``: preset MIXED; a detector's decode left out where ``spare_decode``."""
    os.environ["CI"] = "true"  # the one switch by which its telemetry neither asks nor sends
    import nncf
    import openvino

    artifact = load_artifact(parent)
    model = openvino.Core().read_model(str(artifact.model_path))
    inputs = [next(iter(feed.values())) for feed in feeds(artifact, pictures)]
    known = {operation.get_friendly_name() for operation in model.get_ops()}
    spared = sorted(known & set(decode_nodes(named_model(artifact)))) if spare_decode else []
    made = nncf.quantize(
        model,
        nncf.Dataset(inputs),
        preset=nncf.QuantizationPreset.MIXED,
        subset_size=len(inputs),
        ignored_scope=nncf.IgnoredScope(names=spared),
    )
    out.mkdir(parents=True, exist_ok=True)
    openvino.save_model(made, str(out / "model.xml"), compress_to_fp16=False)
    files = {name: describe_file(out / name) for name in ("model.xml", "model.bin")}
    save_manifest(out, replace(artifact.manifest, precision="int8", target="openvino", files=files))
    return out
