"""What Winnow is set beside: Ultralytics' own call, one picture at a time, and a bare loop that stores nothing."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any


class Ultralytics:
    """``predict(path)`` on the same network, all cores, one picture after the other."""

    def __init__(self, checkpoint: Path, paths: list[Path], size: int) -> None:
        os.environ.update(YOLO_AUTOINSTALL="0", YOLO_OFFLINE="1", YOLO_VERBOSE="0")
        import torch
        from ultralytics import YOLO

        torch.set_num_threads(os.cpu_count() or 1)
        self._network, self._paths, self._size = YOLO(str(checkpoint)), paths, size

    def warm(self) -> dict[str, Any]:
        found = [self._predict(path) for path in self._paths[:8]]
        return {"boxes": sum(len(one.boxes) for one in found) / len(found)}

    def prepare(self) -> None:
        return

    def work(self) -> float:
        for path in self._paths:
            self._predict(path)
        return 0.0

    def _predict(self, path: Path) -> Any:
        return self._network.predict(str(path), imgsz=self._size, conf=0.05, iou=0.45, device="cpu", verbose=False)[0]


class Limit:
    """Decode, letterbox, network, post-processing in one thread a core: what is left when nothing is kept of it."""

    def __init__(self, artifact: Path, paths: list[Path], runtime: str, precision: str, streams: int) -> None:
        from prelabel.core.predictors import load_predictor

        self._predictor: Any = load_predictor(artifact, runtime=runtime, precision=precision, streams=streams)
        self._paths, self._streams = paths, streams

    def warm(self) -> dict[str, Any]:
        self.work()
        return {}

    def prepare(self) -> None:
        return

    def work(self) -> float:
        with ThreadPoolExecutor(self._streams) as pool:
            list(pool.map(self._one, self._paths))
        return 0.0

    def _one(self, path: Path) -> None:
        self._predictor.predict_one(self._predictor.decode(path))
