"""Which runtime runs a model fastest on this machine: tried in turns on real pictures, seconds in all."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from annotator.core.errors import WinnowError
from prelabel.core.agreement import Agreement, agreement_of
from prelabel.core.machine import has_bf16
from prelabel.core.predictor import Guess, Predictor
from prelabel.core.runtime import GPU_PROVIDERS, gpu_providers

ROUNDS = 3


@dataclass(frozen=True)
class Way:
    """A runtime and the precision of its arithmetic."""

    runtime: str
    precision: str = "f32"


@dataclass(frozen=True)
class Tried:
    """What a way did; ``images_per_s`` over all its turns, ``agreement`` with f32 where its arithmetic is coarser,
    ``refused`` why it cannot be taken."""

    way: Way
    images_per_s: float = 0.0
    agreement: Agreement | None = None
    refused: str = ""

    def to_json(self) -> dict[str, Any]:
        """For the variant's record."""
        told: dict[str, Any] = {"runtime": self.way.runtime, "precision": self.way.precision}
        told["images_per_s"] = round(self.images_per_s, 1)
        if self.agreement is not None:
            told["agreement"] = self.agreement.to_json()
        return told | ({"refused": self.refused} if self.refused else {})


def ways_here(runtime: str = "auto", precision: str = "auto", *, target: str = "onnx") -> list[Way]:
    """The ways that are worth trying on this machine, the plainest first; ``auto`` leaves it open.

    bf16 only where the CPU has it: elsewhere it is emulated. An OpenVINO file runs in OpenVINO alone.
    """
    ways = []
    if find_spec("openvino") is not None:
        ways.append(Way("openvino"))
        if has_bf16():
            ways.append(Way("openvino", "bf16"))
    if target == "onnx" and find_spec("onnxruntime") is not None:
        ways.append(Way("onnxruntime"))
        ways += [Way(name) for name in GPU_PROVIDERS if GPU_PROVIDERS[name] in gpu_providers()]
    return [one for one in ways if runtime in ("auto", one.runtime) and precision in ("auto", one.precision)]


def choose_way(
    ways: Sequence[Way],
    load: Callable[[Way], Predictor],
    pictures: Sequence[Any],
    *,
    streams: int,
    seconds: float,
) -> tuple[Way, list[Tried]]:
    """The fastest way whose guesses may be trusted, and what all of them did.

    ``pictures`` as the predictors take them. Every way gets ``streams`` threads and ``seconds`` / (ways x ROUNDS) in
    each of its turns. A way that cannot be opened is left out; coarser arithmetic only counts where its guesses agree
    with those of f32 (agreement.py). Raises the first way's error when none can be opened.
    """
    opened, tried = _open(ways, load)
    agreements = _agreements(opened, pictures, seconds)
    slot = seconds / (len(opened) * ROUNDS)
    done, spent = dict.fromkeys(opened, 0), dict.fromkeys(opened, 0.0)
    with ThreadPoolExecutor(streams) as pool:
        for _ in range(ROUNDS):
            for way, predictor in opened.items():
                count, took = _turn(pool, predictor, pictures, streams, slot)
                done[way], spent[way] = done[way] + count, spent[way] + took
    for way in opened:
        agreed = agreements.get(way)
        tried.append(Tried(way, done[way] / spent[way], agreed, agreed.refusal if agreed else ""))
    best = max((one for one in tried if not one.refused), key=lambda one: one.images_per_s)
    return best.way, tried


def _agreements(opened: dict[Way, Predictor], pictures: Sequence[Any], seconds: float) -> dict[Way, Agreement]:
    """How far each way of coarser arithmetic says what f32 says; of a slow network fewer pictures are asked for."""
    coarse = [way for way in opened if way.precision != "f32"]
    reference = next((way for way in opened if way.precision == "f32"), None)
    if reference is None or not coarse:
        return {}
    trusted: list[list[Guess]] = []
    started = time.perf_counter()
    for picture in pictures:
        trusted += opened[reference].predict([picture])
        if time.perf_counter() - started > seconds / len(opened):
            break
    compared = pictures[: len(trusted)]
    return {way: agreement_of(trusted, opened[way].predict(compared)) for way in coarse}


def _open(ways: Sequence[Way], load: Callable[[Way], Predictor]) -> tuple[dict[Way, Predictor], list[Tried]]:
    opened: dict[Way, Predictor] = {}
    failed: list[tuple[Way, WinnowError]] = []
    for way in ways:
        try:
            opened[way] = load(way)
        except WinnowError as error:
            failed.append((way, error))
    if not opened:
        raise failed[0][1]
    return opened, [Tried(way, refused=error.message) for way, error in failed]


def _turn(
    pool: ThreadPoolExecutor, predictor: Predictor, pictures: Sequence[Any], streams: int, seconds: float
) -> tuple[int, float]:
    """(pictures done, seconds): each thread looks at one after the other until the time is over, at one at least."""
    started = time.perf_counter()

    def look(first: int) -> int:
        for count, picture in enumerate(itertools.islice(itertools.cycle(pictures), first, None), start=1):
            predictor.look(picture)
            if time.perf_counter() - started >= seconds:
                return count
        return 0

    done = sum(pool.map(look, range(streams)))
    return done, time.perf_counter() - started
