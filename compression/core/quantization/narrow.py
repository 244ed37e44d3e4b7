"""Whether this CPU's integer products fit what it adds them up in.

Without VNNI (AVX2, plain AVX-512) x86 adds two u8 x s8 products in 16 bits, where 2 * 255 * 127 does not fit: sums
saturate. Measured on yolo11n at 256 px, 8-bit weights with a scale a channel, ranges by minmax: one pair of products in
8,500 saturates, and mAP50-95 fell from .541 to .517; on a CPU with VNNI files made in the same way lose nothing (.526
to .530). With 7 bits nothing can saturate: 2 * 255 * 64 < 2^15.
Source: https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html (when and why reduce_range).
"""

from __future__ import annotations

from compression.core.benchmarking.device import device_flags

_WIDE = frozenset({"avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "i8mm"})

NARROW_NOTE = "7-bit weights, because this CPU has no VNNI: pairs of larger products do not fit the 16 bits it adds in."
WIDE_NOTE = (
    "8-bit weights: on x86 CPUs without VNNI ONNX Runtime's sums can saturate and cost accuracy; ask for weight_bits 7 "
    "where the model shall run there."
)


def bits_for(asked: str) -> int:
    """7 or 8 bits of each weight; ``asked`` is "auto", "7" or "8"."""
    return int(asked) if asked != "auto" else 8 if _WIDE & set(device_flags()) else 7
