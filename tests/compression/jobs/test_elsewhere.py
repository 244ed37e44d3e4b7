"""A latency that is wanted on a device which is not this one: said to be unknown, by no local number."""

from __future__ import annotations

import pytest

from compression.core.benchmarking.device import here_name
from compression.core.planning.plan import Budgets, GateLimits
from compression.jobs.elsewhere import Elsewhere, elsewhere_of, in_gate, without_latency
from compression.services.devices import see_device

FAR = Elsewhere("rpi-5", 7, "bench", 40.0)


def gate(verdict: str) -> dict[str, object]:
    one = {"verdict": verdict, "reasons": ["a drop"], "rules": [{"code": "drop", "verdict": verdict}]}
    return {**one, "parent": "source", "comparisons": {"source": one}}


@pytest.mark.parametrize(
    ("before", "after"), [("pass", "inconclusive"), ("inconclusive", "inconclusive"), ("refuse", "refuse")]
)
def test_the_gate_is_inconclusive_about_it_in_each_comparison(before: str, after: str) -> None:
    found = in_gate(gate(before), FAR)
    for one in (found, found["comparisons"]["source"]):
        assert one["verdict"] == after
        assert [rule["code"] for rule in one["rules"]] == ["drop", "latency_elsewhere"]
        assert one["rules"][-1]["verdict"] == "inconclusive"
        assert "not measured on rpi-5" in one["reasons"][-1] and "40 ms" in one["reasons"][-1]
    assert gate(before)["verdict"] == before  # a copy


def test_the_advice_says_where_to_measure() -> None:
    advice = FAR.advice()
    assert (advice.code, advice.severity) == ("latency_elsewhere", "warn")
    assert advice.text.startswith("Latency: not measured on rpi-5")
    assert advice.values == {"wanted": "rpi-5", "measured": "bench", "device_id": 7}


@pytest.mark.django_db
def test_only_a_latency_wanted_of_another_machine_is_elsewhere() -> None:
    here = see_device(name=here_name(), profile={}, queues=["train"])
    far = see_device(name="rpi-5", profile={}, queues=["train"])
    limits = GateLimits()
    assert elsewhere_of(Budgets(latency_ms=5.0, device_id=here.pk), limits) is None
    assert elsewhere_of(Budgets(latency_ms=5.0), limits) is None
    assert elsewhere_of(Budgets(device_id=far.pk), limits) is None
    found = elsewhere_of(Budgets(latency_ms=5.0, device_id=far.pk), limits)
    assert found == Elsewhere("rpi-5", far.pk, here_name(), 5.0)
    by_gate = elsewhere_of(Budgets(latency_ms=5.0, device_id=far.pk), GateLimits(max_latency_ms=4.0))
    assert by_gate is not None and by_gate.wanted_ms == 4.0
    gone = elsewhere_of(Budgets(latency_ms=5.0, device_id=10**9), limits)
    assert gone is not None and gone.device == f"device {10**9}"


def test_what_is_left_to_judge_has_no_latency() -> None:
    budgets, limits = without_latency(Budgets(2.0, 5.0, device_id=7), GateLimits(0.03, max_latency_ms=4.0))
    assert (budgets, limits) == (Budgets(2.0, None, device_id=7), GateLimits(0.03))
