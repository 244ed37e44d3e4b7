"""All tables of the pre-labeller."""

from prelabel.models.guessing import Guessing
from prelabel.models.ordering import Embedding, QueueOrder
from prelabel.models.registry import Deployment, ModelVariant, ModelVersion
from prelabel.models.triggers import RetrainTrigger, ScoreReference

__all__ = [
    "Deployment",
    "Embedding",
    "Guessing",
    "ModelVariant",
    "ModelVersion",
    "QueueOrder",
    "RetrainTrigger",
    "ScoreReference",
]
