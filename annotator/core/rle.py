"""COCO run-length masks in pure Python: runs down the columns, zeros first, written as COCO's compact text.

Source: pycocotools `common/maskApi.c`, rleToString and rleFrString: each run (from the fourth on its difference to the
one before the last) in groups of five bits, the sixth bit says that more follow, plus 48 to make a character.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from annotator.core.errors import InvalidDocument

# A mask of 50 megapixels whose every third pixel changes; a real one has a few thousand characters.
MAX_CHARACTERS = 2**22
_LARGEST_GROUPS = 7  # 35 bits, more pixels than any picture has


def encode_runs(runs: Sequence[int]) -> str:
    """COCO's compact text of run lengths (zeros first)."""
    characters: list[int] = []
    for index, run in enumerate(runs):
        value = run - runs[index - 2] if index > 2 else run
        while True:
            group = value & 0x1F
            value >>= 5
            more = value != (-1 if group & 0x10 else 0)
            characters.append((group | 0x20 if more else group) + 48)
            if not more:
                break
    return bytes(characters).decode("ascii")


def decode_runs(text: str) -> list[int]:
    """Run lengths (zeros first) of COCO's compact text. Raises ValueError for text that is none."""
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"a mask of more than {MAX_CHARACTERS} characters is not taken")
    runs: list[int] = []
    value = groups = 0
    for character in text:
        code = ord(character) - 48
        if not 0 <= code < 64:
            raise ValueError(f"{character!r} does not occur in a run-length mask")
        value |= (code & 0x1F) << (5 * groups)
        groups += 1
        if groups > _LARGEST_GROUPS:
            raise ValueError("a run is longer than any picture")
        if code & 0x20:
            continue
        if code & 0x10:
            value -= 1 << (5 * groups)
        if len(runs) > 2:
            value += runs[-2]
        if value < 0:
            raise ValueError("a run has a negative length")
        runs.append(value)
        value = groups = 0
    if groups:
        raise ValueError("the text ends within a run")
    return runs


def area(runs: Sequence[int]) -> int:
    """Pixels that the mask covers."""
    return sum(runs[1::2])


def spans(runs: Iterable[int]) -> Iterator[tuple[int, int]]:
    """[start, end) of each covered run, in column-major pixel order; empty ones left out."""
    at = 0
    for index, run in enumerate(runs):
        if index % 2 and run:
            yield at, at + run
        at += run


def common_area(first: Sequence[int], second: Sequence[int]) -> int:
    """Pixels that both masks, of one size, cover."""
    ours, theirs = list(spans(first)), list(spans(second))
    total = left = right = 0
    while left < len(ours) and right < len(theirs):
        (start, end), (other_start, other_end) = ours[left], theirs[right]
        total += max(0, min(end, other_end) - max(start, other_start))
        if end <= other_end:
            left += 1
        else:
            right += 1
    return total


def runs_of(spans_in_order: Iterable[tuple[int, int]], pixels: int) -> list[int]:
    """Runs (zeros first) that cover the spans, which ascend and do not overlap, in ``pixels`` pixels."""
    runs: list[int] = []
    at = 0
    for start, end in spans_in_order:
        if runs and start == at:
            runs[-1] += end - start
        else:
            runs += [start - at, end - start]
        at = end
    return [*runs, pixels - at] if at < pixels else runs


def check_rle(value: Any, path: str, width: float, height: float) -> dict[str, Any]:
    """A mask {"size": [height, width], "counts": compact text or list of runs} in its normal form.

    Raises InvalidDocument where it is no mask, of another size than the picture, or covers nothing.
    """
    if not isinstance(value, Mapping) or not isinstance(value.get("counts"), str | list):
        raise InvalidDocument(f"{path} must be {{size: [height, width], counts}}", path=path)
    if value.get("size") != [height, width]:
        reason = f"{path}.size must be [{height:g}, {width:g}] as the picture is, not {value.get('size')!r:.60}"
        raise InvalidDocument(reason, path=f"{path}.size")
    counts = value["counts"]
    try:
        runs = decode_runs(counts) if isinstance(counts, str) else _listed(counts)
    except ValueError as error:
        raise InvalidDocument(f"{path}.counts: {error}", path=f"{path}.counts") from error
    pixels = round(width * height)
    if sum(runs) != pixels:
        raise InvalidDocument(
            f"{path}.counts: the runs hold {sum(runs)} pixels, the picture has {pixels}", path=f"{path}.counts"
        )
    if not area(runs):
        raise InvalidDocument(f"{path} covers no pixel", path=path)
    return {"size": [round(height), round(width)], "counts": encode_runs(runs_of(spans(runs), pixels))}


def _listed(values: list[Any]) -> list[int]:
    if len(values) > MAX_CHARACTERS or any(type(run) is not int or run < 0 for run in values):
        raise ValueError("runs must be whole numbers from 0 on")
    return values
