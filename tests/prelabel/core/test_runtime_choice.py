"""The fastest way of running a model is taken, but for one whose guesses differ."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from annotator.core.errors import RunFailed
from prelabel.core.agreement import FEWEST, agreement_of
from prelabel.core.batching import Batcher
from prelabel.core.predictor import Guess
from prelabel.core.runtime import pick_runtime
from prelabel.core.runtime_choice import Way, choose_way, ways_here

F32, BF16, ORT = Way("openvino"), Way("openvino", "bf16"), Way("onnxruntime")


def _guess(score: float, x: float = 0.0, index: int = 0) -> Guess:
    return Guess((x, 0.0, x + 10.0, 10.0), index, score, (), 0.0)


class _Timed:
    """Takes ``ms`` for a picture and guesses ten boxes."""

    def __init__(self, ms: float, score: float = 0.8) -> None:
        self.ms, self.score = ms, score

    def look(self, image: Any) -> tuple[list[Guess], None]:
        time.sleep(self.ms / 1000)
        return [_guess(self.score, 20.0 * n) for n in range(10)], None

    def predict(self, images: Sequence[Any]) -> list[list[Guess]]:
        return [self.look(one)[0] for one in images]


def _choose(**ms: Any) -> tuple[Way, dict[Way, Any]]:
    predictors = {F32: ms["f32"], BF16: ms["bf16"], ORT: ms["ort"]}
    best, tried = choose_way(list(predictors), predictors.__getitem__, range(4), streams=2, seconds=0.3)
    return best, {one.way: one for one in tried}


def test_the_fastest_is_taken_and_all_are_told() -> None:
    best, tried = _choose(f32=_Timed(12), bf16=_Timed(4), ort=_Timed(25))
    assert best == BF16
    assert tried[BF16].images_per_s > tried[F32].images_per_s > tried[ORT].images_per_s
    assert tried[BF16].to_json()["agreement"] == {"compared": 40, "lost": 0.0, "shift": 0.0}


def test_a_faster_one_that_says_something_else_is_not() -> None:
    best, tried = _choose(f32=_Timed(12), bf16=_Timed(4, score=0.7), ort=_Timed(25))
    assert best == F32
    assert "0.100 on the mean" in tried[BF16].refused


def test_what_cannot_be_opened_is_left_out_with_its_reason() -> None:
    def load(way: Way) -> Any:
        if way == ORT:
            raise RunFailed("no such thing", code="no_runtime")
        return _Timed(2)

    best, tried = choose_way([ORT, F32], load, range(2), streams=1, seconds=0.05)
    assert best == F32
    assert {one.way: one.refused for one in tried} == {ORT: "no such thing", F32: ""}


def test_agreement_counts_what_is_lost_and_how_far_scores_moved() -> None:
    before = [[_guess(0.9, 20.0 * n) for n in range(8)] + [_guess(0.2, 500.0)]]
    # One is gone, one has another class, the others moved by a pixel and .01.
    after = [[_guess(0.89, 20.0 * n + 1.0) for n in range(1, 7)] + [_guess(0.9, 140.0, index=1)]]
    found = agreement_of(before, after)
    assert (found.compared, found.lost) == (8, 0.25)
    assert found.shift == pytest.approx(0.01)
    assert str(FEWEST) in found.refusal


def test_the_environment_narrows_the_ways() -> None:
    assert ways_here("openvino", "f32") == [F32]
    assert set(ways_here("onnxruntime")) == {ORT}
    assert ORT not in ways_here(target="openvino")
    assert ways_here("tensorrt") == []


def test_a_gpu_that_is_not_there_is_named_with_what_to_do() -> None:
    with pytest.raises(RunFailed, match="onnxruntime-gpu"):
        pick_runtime("cuda")


def test_requests_that_come_together_run_as_one_batch_and_each_gets_its_own() -> None:
    sizes: list[int] = []
    ready = threading.Barrier(5)

    def run(batch: Any) -> list[Any]:
        sizes.append(len(batch))
        return [batch.sum(axis=(1, 2, 3), keepdims=True)]

    batcher = Batcher(run, wait_s=0.2)

    def ask(value: int) -> float:
        ready.wait()
        return float(batcher.run(np.full((1, 3, 2, 2), value, np.float32))[0].item())

    with ThreadPoolExecutor(5) as pool:
        assert list(pool.map(ask, range(5))) == [0.0, 12.0, 24.0, 36.0, 48.0]
    assert sum(sizes) == 5 and len(sizes) < 5


def test_an_error_of_a_batch_reaches_whoever_waits() -> None:
    def run(batch: Any) -> list[Any]:
        raise ValueError("no memory")

    with pytest.raises(ValueError, match="no memory"):
        Batcher(run).run(np.zeros((1, 3, 2, 2), np.float32))
