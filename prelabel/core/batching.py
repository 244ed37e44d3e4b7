"""Requests that come at once become one batch: a GPU takes sixteen pictures in little more than the time of one."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Outputs = list[NDArray[Any]]
MOST = 16
WAIT_S = 0.002  # for company, once there is one


class Batcher:
    """Wraps ``run``, which takes (n, 3, h, w), for callers on many threads with (1, 3, h, w) each."""

    def __init__(self, run: Callable[[Floats], Outputs], most: int = MOST, wait_s: float = WAIT_S) -> None:
        self._run, self._most, self._wait_s = run, most, wait_s
        self._waiting: queue.SimpleQueue[tuple[Floats, Future[Outputs]]] = queue.SimpleQueue()
        threading.Thread(target=self._serve, name="batches", daemon=True).start()

    def run(self, batch: Floats) -> Outputs:
        """The outputs of one picture; raises what the batch raised."""
        answer: Future[Outputs] = Future()
        self._waiting.put((batch, answer))
        return answer.result()

    def _serve(self) -> None:
        while True:
            batch = [self._waiting.get()]
            while len(batch) < self._most:
                try:
                    batch.append(self._waiting.get(timeout=self._wait_s))
                except queue.Empty:
                    break
            try:
                outputs = self._run(np.concatenate([one for one, _ in batch]))
            except BaseException as error:  # whoever waits has to hear of it
                for _, answer in batch:
                    answer.set_exception(error)
                continue
            for index, (_, answer) in enumerate(batch):
                answer.set_result([output[index : index + 1] for output in outputs])
