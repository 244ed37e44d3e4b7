"""The table of task types: slug → object."""

from __future__ import annotations

from annotator.core.tasktype import TaskType
from annotator.core.tasktypes.image_classification import ImageClassification
from annotator.core.tasktypes.object_detection import ObjectDetection
from annotator.core.tasktypes.semantic_segmentation import SemanticSegmentation

TASK_TYPES: dict[str, TaskType] = {
    "object_detection": ObjectDetection(),
    "image_classification": ImageClassification(),
    "semantic_segmentation": SemanticSegmentation(),
}
