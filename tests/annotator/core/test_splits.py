from __future__ import annotations

import hashlib
from collections import Counter

import pytest

from annotator.core.splits import split_for


def test_the_first_hex_digits_decide():
    assert split_for("00000000" + "0" * 56) == "train"
    assert split_for("d0000000" + "0" * 56) == "val"  # 0xd0 / 256 = 0.8125
    assert split_for("f0000000" + "0" * 56) == "test"  # 0.9375
    assert split_for("ffffffff" + "f" * 56) == "test"


def test_shares_come_near_the_ratios():
    names = Counter(split_for(hashlib.sha256(str(n).encode()).hexdigest()) for n in range(20_000))
    assert names["train"] / 20_000 == pytest.approx(0.8, abs=0.01)
    assert names["test"] / 20_000 == pytest.approx(0.1, abs=0.01)


def test_ratios_must_sum_to_one():
    with pytest.raises(ValueError, match="sum to 1"):
        split_for("00" * 32, (0.5, 0.1, 0.1))
