"""All tables of the pre-labeller."""

from prelabel.models.registry import Deployment, ModelVariant, ModelVersion

__all__ = ["Deployment", "ModelVariant", "ModelVersion"]
