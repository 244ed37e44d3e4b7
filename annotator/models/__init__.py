"""All tables of the annotator."""

from annotator.models.annotations import Annotation, Draft
from annotator.models.audit import AuditEvent
from annotator.models.datasets import Dataset
from annotator.models.items import Item
from annotator.models.labels import LabelClass
from annotator.models.members import Member
from annotator.models.predictions import Prediction, PredictionSource
from annotator.models.projects import Project
from annotator.models.queue import Postponement, QueueEntry
from annotator.models.runs import Run, RunEvent, RunShard
from annotator.models.suggestions import Suggestion
from annotator.models.users import User
from annotator.models.versions import DatasetVersion

__all__ = [
    "Annotation",
    "AuditEvent",
    "Dataset",
    "DatasetVersion",
    "Draft",
    "Item",
    "LabelClass",
    "Member",
    "Postponement",
    "Prediction",
    "PredictionSource",
    "Project",
    "QueueEntry",
    "Run",
    "RunEvent",
    "RunShard",
    "Suggestion",
    "User",
]
