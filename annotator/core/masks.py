"""Index pictures, one class a pixel, to run-length masks and back; Pillow and the standard library only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from PIL import Image

from annotator.core.rle import decode_runs, encode_runs, runs_of, spans

# Pixels of no class: left out of losses and metrics. The convention of PASCAL VOC and Cityscapes.
UNLABELLED = 255
# A run of one value: found by the regular-expression engine in C, where a loop in Python takes 50 times as long.
_RUN = re.compile(rb"(.)\1*", re.DOTALL)


def masks_of(image: Image.Image) -> dict[int, dict[str, Any]]:
    """{value: COCO RLE} of an 8-bit index picture (mode L or P), values ascending, without UNLABELLED."""
    columns = image.transpose(Image.Transpose.TRANSPOSE).tobytes()
    found: dict[int, list[tuple[int, int]]] = {}
    for run in _RUN.finditer(columns):
        found.setdefault(columns[run.start()], []).append(run.span())
    size = [image.height, image.width]
    return {
        value: {"size": size, "counts": encode_runs(runs_of(found[value], len(columns)))}
        for value in sorted(found)
        if value != UNLABELLED
    }


def paint(layers: Iterable[tuple[int, str]], width: int, height: int) -> Image.Image:
    """An index picture (mode L) of ``width`` x ``height`` px from (value, compact counts); later ones lie above.

    What no layer covers is UNLABELLED.
    """
    columns = bytearray([UNLABELLED]) * (width * height)
    for value, counts in layers:
        for start, end in spans(decode_runs(counts)):
            columns[start:end] = bytes([value]) * (end - start)
    if len(columns) != width * height:
        raise ValueError(f"a mask holds more pixels than the picture of {width} x {height} px")
    return Image.frombytes("L", (height, width), bytes(columns)).transpose(Image.Transpose.TRANSPOSE)


def palette(count: int) -> Sequence[int]:
    """RGB bytes of ``count`` plainly different colours, index by index; the palette of PASCAL VOC's masks."""
    values: list[int] = []
    for index in range(count):
        red = green = blue = 0
        for bit in range(8):
            red |= (index >> (3 * bit) & 1) << (7 - bit)
            green |= (index >> (3 * bit + 1) & 1) << (7 - bit)
            blue |= (index >> (3 * bit + 2) & 1) << (7 - bit)
        values += [red, green, blue]
    return values
