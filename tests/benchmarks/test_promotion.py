"""Which variant a lead would promote, and with which words."""

from benchmarks.promotion import Promotion, choose_promotion


def gate(verdict: str, *drops: float) -> dict:
    return {"gate": {"verdict": verdict, "drop": drops[0], "comparisons": {str(d): {"drop": d} for d in drops}}}


NO_GATE = {"gate": None}


def test_a_passed_int8_is_promoted_without_a_reason() -> None:
    assert choose_promotion({"int8": gate("pass", 0.001), "fp32": NO_GATE}) == Promotion("int8", "")


def test_an_inconclusive_int8_within_the_allowed_drop_needs_a_typed_reason() -> None:
    chosen = choose_promotion({"int8": gate("inconclusive", 0.015), "fp32": NO_GATE})
    assert chosen is not None
    assert chosen.variant == "int8"
    assert len(chosen.reason) >= 10


def test_an_inconclusive_int8_that_lost_too_much_gives_way_to_its_parent() -> None:
    assert choose_promotion({"int8": gate("inconclusive", 0.021), "fp32": NO_GATE}) == Promotion("fp32", "")


def test_every_comparison_counts() -> None:
    assert choose_promotion({"int8": gate("inconclusive", 0.0, 0.05), "fp32": gate("refuse", 0.05)}) is None


def test_what_the_gate_refused_is_never_promoted() -> None:
    assert choose_promotion({"int8": gate("refuse", 0.3), "fp32": gate("refuse", 0.3)}) is None
