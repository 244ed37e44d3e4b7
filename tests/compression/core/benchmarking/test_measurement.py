"""A benchmark of a real small model: every figure is there, the baselines are named, contention is said."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from annotator.core.errors import RunFailed
from compression.core.benchmarking.device import device_profile, here_name
from compression.core.benchmarking.latency import compare_latency, summary, take_turns
from compression.core.benchmarking.measurement import Contest, contention, measure
from compression.core.benchmarking.memory_probe import highest_resident, peak_memory
from compression.core.targets import load_target
from prelabel.core.artifact import load_artifact
from tests.contracts.exported_models import Exportable, make_exportable


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Exportable:
    return make_exportable("classifier", tmp_path_factory.mktemp("classifier"))


def test_everything_is_measured_beside_parent_and_baselines(classifier: Exportable) -> None:
    artifact = classifier.model.artifact
    seen: list[float] = []
    contest = Contest({"parent": artifact, "twin": artifact}, artifact, classifier.model.trained, rounds=8)
    measured = measure(replace(contest, on_progress=seen.append))
    found, twin = measured["parent"], measured["twin"]
    assert found["all"]["eager"] == twin["all"]["eager"]  # one set of rounds for all
    assert found["all"]["candidate/openvino"] != twin["all"]["candidate/openvino"]
    assert set(found["all"]) == {
        "candidate/openvino", "candidate/onnxruntime", "parent/openvino", "parent/onnxruntime", "fp32/openvino",
        "fp32/onnxruntime", "eager",
    }  # fmt: skip
    assert {row["rounds"] for row in found["all"].values()} == {8}
    assert found["p20_ms"] <= found["p50_ms"] <= found["p95_ms"]
    assert found["p20_ms"] == min(found["all"][f"candidate/{name}"]["p20_ms"] for name in ("openvino", "onnxruntime"))
    baselines = found["baselines"]
    assert set(baselines) == {"pytorch_eager_fp32", "best_fp32", "parent"}
    best = min(found["all"][f"fp32/{name}"]["p20_ms"] for name in ("openvino", "onnxruntime"))
    assert baselines["best_fp32"]["p20_ms"] == best
    assert baselines["best_fp32"]["speed"] == pytest.approx(best / found["p20_ms"], abs=0.01)
    eager = found["all"]["eager"]["p20_ms"]
    assert baselines["pytorch_eager_fp32"]["speed"] == pytest.approx(eager / found["p20_ms"], abs=0.01)
    assert found["streams"]["pictures_per_s"] > 0
    assert found["memory"]["peak_bytes"] > found["memory"]["model_bytes"] > 0
    assert found["size_bytes"] == sum(path.stat().st_size for path in artifact.iterdir())
    assert found["macs"] > 1e6 and found["params"] > 1e6
    assert found["threads"] == 1 and seen[-1] == 1.0


def test_a_file_of_another_runtime_is_not_measured_here(classifier: Exportable, tmp_path: Path) -> None:
    load_target("torchscript").export(classifier.request(tmp_path / "out"))
    with pytest.raises(RunFailed) as refused:
        measure(Contest({"it": tmp_path / "out"}))
    assert refused.value.code == "not_measurable"


def test_rounds_take_turns() -> None:
    order: list[str] = []
    runs = {name: ((lambda _, name=name: order.append(name)), np.zeros(1, np.float32)) for name in "ab"}
    times = take_turns(runs, 4)
    assert order == ["a", "b"] * 7  # three to warm up
    assert [len(values) for values in times.values()] == [4, 4]


def test_a_long_measurement_ends_early_but_never_before_ten_rounds() -> None:
    runs = {"slow": ((lambda _: time.sleep(0.01)), np.zeros(1, np.float32))}
    assert len(take_turns(runs, 100, budget_s=0.0)["slow"]) == 10


def test_quantiles_are_numpys() -> None:
    found = summary([float(value) for value in range(1, 101)], 1)
    assert (found["p20_ms"], found["p50_ms"], found["p95_ms"]) == (20.8, 50.5, 95.05)
    assert found["contention"] == round(50.5 / 20.8, 2)


def test_other_work_is_noticed_and_said(classifier: Exportable) -> None:
    quiet = {"a": {"contention": 1.05}}
    assert contention(quiet, 0.0) == {"p50_to_p20": 1.05, "load_average": 0.0, "busy": False}
    assert "load was 50.0" in contention(quiet, 50.0)["text"]
    spread = contention({"a": {"contention": 1.05}, "b": {"contention": 1.8}}, None)
    assert spread["busy"] and "1.80" in spread["text"]


def test_real_contention_shows_in_the_spread(classifier: Exportable) -> None:
    """A thread that computes in bursts beside the measured one: medians part from the low quantile."""
    stop = threading.Event()

    def burst() -> None:
        matrix = np.ones((700, 700), np.float32)
        while not stop.is_set():
            until = time.perf_counter() + 0.03
            while time.perf_counter() < until:
                matrix @ matrix
            time.sleep(0.03)

    others = [threading.Thread(target=burst) for _ in range(8)]
    for other in others:
        other.start()
    try:
        busy = compare_latency({"one": classifier.model.artifact}, rounds=30)["one"]
    finally:
        stop.set()
        for other in others:
            other.join()
    assert busy["p95_ms"] > busy["p20_ms"] * 1.3


def test_memory_is_that_of_the_probes_own_process(classifier: Exportable) -> None:
    """A large array of this process must not show in the child's peak."""
    ballast = np.ones(100_000_000, np.uint8)  # 100 MB
    model = load_artifact(classifier.model.artifact).model_path
    found = peak_memory(model, "onnxruntime", 64, 64)
    assert highest_resident() > ballast.nbytes
    assert 0 < found["model_bytes"] < ballast.nbytes
    assert found["model_bytes"] > 0.5 * model.stat().st_size


def test_the_device_says_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    found = device_profile()
    assert found["cores"] >= 1 and found["memory_bytes"] > 2**28 and found["cpu"]
    assert {"torch", "onnxruntime", "openvino"} <= set(found["runtimes"])
    assert found["targets"]["onnx"] is None
    monkeypatch.setenv("WINNOW_DEVICE_NAME", "bench-7")
    assert here_name() == "bench-7"
