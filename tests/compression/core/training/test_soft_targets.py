"""Distillation of logits against a calculation by hand and against torch's own divergence."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional

from compression.core.training.soft_targets import soft_loss


def test_two_classes_by_hand() -> None:
    # T = 2, teacher logits (2 ln 3, 0) → (ln 3, 0) → probabilities 3/4, 1/4; student (0, 0) → 1/2, 1/2.
    # KL = 3/4 ln(3/2) + 1/4 ln(1/2) = 0.1308; times T² = 4.
    teacher, student = torch.tensor([[2 * math.log(3), 0.0]]), torch.zeros(1, 2)
    by_hand = 4 * (0.75 * math.log(1.5) + 0.25 * math.log(0.5))
    assert float(soft_loss(student, teacher, 2.0)) == pytest.approx(by_hand, abs=1e-6)
    assert by_hand == pytest.approx(0.5233, abs=1e-4)


def test_equal_logits_cost_nothing_and_a_shift_of_all_of_them_neither() -> None:
    logits = torch.tensor([[1.0, -2.0, 0.5]])
    assert float(soft_loss(logits, logits + 3.0, 5.0)) == pytest.approx(0.0, abs=1e-6)


def test_it_is_torch_s_kl_div_with_batchmean_times_the_squared_temperature() -> None:
    random = torch.Generator().manual_seed(4)
    student, teacher = torch.randn(6, 5, generator=random), torch.randn(6, 5, generator=random)
    expected = 9 * functional.kl_div(
        functional.log_softmax(student / 3, 1), functional.softmax(teacher / 3, 1), reduction="batchmean"
    )
    assert float(soft_loss(student, teacher, 3.0)) == pytest.approx(float(expected), abs=1e-6)


def test_pixels_count_as_examples_of_their_own() -> None:
    random = torch.Generator().manual_seed(5)
    student, teacher = torch.randn(2, 3, 4, 5, generator=random), torch.randn(2, 3, 4, 5, generator=random)
    rows = [tensor.permute(0, 2, 3, 1).reshape(-1, 3) for tensor in (student, teacher)]
    assert float(soft_loss(student, teacher, 2.0)) == pytest.approx(float(soft_loss(rows[0], rows[1], 2.0)), abs=1e-6)
