"""All tables of the machine that learns."""

from compression.models.reports import EvaluationReport

__all__ = ["EvaluationReport"]
