"""What a person should know of a quantized file: what it holds, what runs it, what to beware of."""

from __future__ import annotations

from pathlib import Path

from annotator.core.errors import BadArtifact
from compression.core.quantization.integer import DYNAMIC_TRAP, convolution_share
from compression.core.quantization.layers import named_model, nodes_to_quantize
from compression.core.quantization.narrow import NARROW_NOTE, WIDE_NOTE
from prelabel.core.artifact import load_artifact
from prelabel.core.runtime import RUNTIMES, open_session, warm

HOLDS = {
    "fp16": "Weights and arithmetic in float16, input, output and a detector's decode in float32.",
    "bf16": "Weights stored as bfloat16 and cast to float32 when used; OpenVINO's bf16 hint computes in bfloat16 where "
    "the CPU has it.",
    "int8_dynamic": "8-bit weights; activations are rounded to 8 bits with ranges measured on each picture.",
    "int8": "8-bit weights and activations of convolutions and matrix products, ranges fixed by calibration.",
    "qat": "8-bit weights and activations, after a fine-tune that felt their rounding.",
    "w8": "8-bit weights, restored to float32 before use: a smaller file, the same arithmetic and speed.",
    "w8a16": "8-bit weights, 16-bit activations: nearly the accuracy of float, meant for accelerators that have it.",
    "int4": "4-bit weights (the fragile layers 8-bit), restored to float32 before use: smallest file, same speed.",
}


def holds(scheme: str, weight_bits: int | None) -> str:
    """What a file of ``scheme`` holds, and on which CPUs its weights are safe."""
    if scheme not in ("int8", "qat") or weight_bits is None:
        return HOLDS[scheme]
    return f"{HOLDS[scheme]} {NARROW_NOTE if weight_bits == 7 else WIDE_NOTE}"


def runtimes_of(folder: Path) -> list[str]:
    """Names of the installed runtimes that open the artifact and run it once."""
    artifact = load_artifact(folder)
    spec = artifact.manifest.input
    found = []
    for name in RUNTIMES:
        try:
            warm(open_session(artifact.model_path, runtime=name), (1, 3, spec.height, spec.width))
        except BadArtifact:
            continue
        found.append(name)
    return found


def warnings_of(parent: Path, scheme: str, runtimes: list[str]) -> list[str]:
    """Traps of this scheme on this network."""
    found = []
    if scheme == "int8_dynamic":
        model = named_model(load_artifact(parent))
        if convolution_share(model, nodes_to_quantize(model)) > 0.5:
            found.append(DYNAMIC_TRAP)
    if runtimes and len(runtimes) < len(RUNTIMES):
        found.append(f"Runs in {' and '.join(runtimes)} only.")
    return found
