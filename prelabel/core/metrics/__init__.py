"""Table of metrics: slug → ``module:function``; loaded on first use, since the COCO evaluator is heavy."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class MetricInfo:
    """What can be known without loading it; ``main`` is the number that the gate compares."""

    slug: str
    path: str
    task_type: str
    label: str
    main: str

    def load(self) -> Any:
        """The function (`prelabel.core.metric.Metric`)."""
        module, _, name = self.path.partition(":")
        return getattr(import_module(module), name)


METRICS: dict[str, MetricInfo] = {
    info.slug: info
    for info in (
        MetricInfo(
            "detection", "prelabel.core.metrics.detection:evaluate_detection", "object_detection", "COCO mAP", "map50"
        ),
        MetricInfo(
            "detection_matching",
            "prelabel.core.metrics.detection_matching:evaluate_matching",
            "object_detection",
            "Precision and recall at one threshold",
            "f1",
        ),
        MetricInfo(
            "classification",
            "prelabel.core.metrics.classification:evaluate_classification",
            "image_classification",
            "Accuracy and macro F1",
            "accuracy",
        ),
        MetricInfo(
            "segmentation",
            "prelabel.core.metrics.segmentation:evaluate_segmentation",
            "semantic_segmentation",
            "Mean IoU",
            "miou",
        ),
    )
}


def metric_for(task_type: str) -> MetricInfo:
    """The metric that judges models of a task type: the first of the table. Raises KeyError for an unknown one."""
    for info in METRICS.values():
        if info.task_type == task_type:
            return info
    raise KeyError(task_type)
