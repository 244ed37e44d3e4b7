"""A student that also learns a larger detector's features: Ultralytics' own distillation, in our precision.

Maps of the neck go through a 1×1-ReLU-1×1 projector to the teacher's channels; squared distance, weighted by how sure
the teacher is of an object there. Source: ultralytics/nn/distill_model.py, https://docs.ultralytics.com/guides/
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from ultralytics.nn.distill_model import DistillationModel

from compression.core.trainer import Teacher
from compression.core.vendor.yolo import network as networks

_TEACHER = "teacher_model."


class Distillation(DistillationModel):
    """Student, frozen teacher and projector; forwards of both may run in bfloat16, losses stay in float32."""

    def loss(self, batch: dict[str, Any], preds: Any = None) -> Any:
        """Loss of a batch with a fourth part, `dis_loss`; validation has none."""
        if not self.training:
            return super().loss(batch, preds)
        self._teacher_feats.clear()
        self._student_feats.clear()
        student = self.student_model
        with torch.no_grad(), student.hurried():
            self.teacher_model(batch["img"])
        with student.hurried():
            preds = student(batch["img"])
        regular, items = student.loss(batch, preds)
        levels = len(self.feats_idx) - 1  # the entry after them is the head's
        theirs, ours = networks.to_float32(self._teacher_feats), networks.to_float32(self._student_feats)
        weights = self._certainty(theirs, levels)
        distance = torch.zeros(1, device=batch["img"].device)
        for level in range(levels):
            wanted, found = self.decouple_outputs(theirs[level]), self.projector[level](ours[level])
            distance = distance + self.loss_sl2(found, wanted, level, weights) * self.dis
        items["dis_loss"] = distance.detach()
        return torch.cat([regular, distance * batch["img"].shape[0]]), items

    def _certainty(self, feats: dict[int, Any], levels: int) -> tuple[torch.Tensor, ...]:
        """Highest class score of the teacher at each place of each level, (N, 1, places)."""
        heads = [self.decouple_outputs(feats[levels], branch)["scores"] for branch in ("one2many", "one2one")]
        places = [feats[level].shape[-2] * feats[level].shape[-1] for level in range(levels)]
        parts = torch.split((heads[0] + heads[1]) / 2, places, dim=-1)
        return tuple(part.sigmoid().amax(dim=1, keepdim=True) for part in parts)


def distilled(student: networks.Yolo, teacher: Teacher) -> Distillation:
    """``student`` with its teacher. Raises BadArtifact for a teacher that cannot be read."""
    network, _ = networks.load(teacher.folder)
    student.args.dis = teacher.feature
    return Distillation(teacher_model=network, student_model=student)


def student_of(network: Any) -> Any:
    """The network that will run, with or without a teacher around it."""
    return getattr(network, "student_model", network)


def own_state(network: nn.Module) -> dict[str, torch.Tensor]:
    """What has to be kept of a training: all but the teacher, which has its own folder."""
    return {name: tensor for name, tensor in network.state_dict().items() if not name.startswith(_TEACHER)}


def load_own_state(network: nn.Module, state: dict[str, torch.Tensor]) -> None:
    """The inverse of :func:`own_state`."""
    teacher = {name: tensor for name, tensor in network.state_dict().items() if name.startswith(_TEACHER)}
    network.load_state_dict({**teacher, **state})
