"""All tables of the pre-labeller."""

from prelabel.models.ordering import Embedding, QueueOrder
from prelabel.models.registry import Deployment, ModelVariant, ModelVersion
from prelabel.models.triggers import RetrainTrigger, ScoreReference

__all__ = [
    "Deployment",
    "Embedding",
    "ModelVariant",
    "ModelVersion",
    "QueueOrder",
    "RetrainTrigger",
    "ScoreReference",
]
