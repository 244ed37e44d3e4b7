"""What makes a compression of a toy short."""

from __future__ import annotations

from dataclasses import replace

import pytest


@pytest.fixture
def short_benchmark(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few rounds."""
    from compression.core.benchmarking import measurement
    from compression.core.judging import judge as judging
    from compression.core.planning import pipeline

    real = judging.measure
    monkeypatch.setattr(judging, "measure", lambda subject: real(replace(subject, rounds=2)))
    monkeypatch.setattr(measurement, "_STREAM_S", 0.05)
    monkeypatch.setattr(pipeline, "_ROUNDS", 2)


@pytest.fixture
def brief(short_benchmark: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither PyTorch's own speed nor a process that measures memory: both take longer than all the rest of a toy."""
    from compression.core.benchmarking import measurement
    from compression.core.judging import judge as judging

    short = judging.measure
    monkeypatch.setattr(judging, "measure", lambda subject: short(replace(subject, trained=None)))
    monkeypatch.setattr(measurement, "peak_memory", lambda *_: {})
