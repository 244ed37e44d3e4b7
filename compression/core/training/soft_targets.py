"""Learning from a teacher's logits. Source: Hinton, Vinyals & Dean 2015, "Distilling the knowledge in a network"."""

from __future__ import annotations

import torch
from torch.nn import functional


def soft_loss(student: torch.Tensor, teacher: torch.Tensor, temperature: float) -> torch.Tensor:
    """T² KL(softmax(teacher / T) ‖ softmax(student / T)), mean over everything but the class axis 1.

    Shapes (N, classes) or (N, classes, H, W). T² keeps the gradients of the same size whatever T is. Both softmaxes run
    in float32: in half precision the small probabilities, which are what a teacher has to say, round to nothing.
    """
    ours = functional.log_softmax(student.float() / temperature, dim=1)
    theirs = functional.log_softmax(teacher.float() / temperature, dim=1)
    divergence = (theirs.exp() * (theirs - ours)).sum(dim=1)
    return divergence.mean() * temperature**2
