"""The contract of a task type: what a document of it may hold and how two of them compare."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from annotator.core.document import Kind


class TaskType(Protocol):
    """One kind of labelling; ``slug`` is stored in the project and names the editor."""

    slug: str
    media_type: str

    def validate(
        self, document: Any, *, width: float, height: float, class_ids: set[int], kind: Kind
    ) -> dict[str, Any]:
        """The document in its normal form, unknown keys dropped.

        ``width`` and ``height`` are pixels of the upright picture. Raises InvalidDocument with the path of the fault.
        """
        ...

    def class_counts(self, document: Mapping[str, Any]) -> dict[str, int]:
        """Objects of each class; keys are class ids as text."""
        ...

    def diff(self, prediction: Mapping[str, Any] | None, annotation: Mapping[str, Any]) -> dict[str, Any]:
        """Counts of accepted, edited, relabelled, deleted and added objects from guess to truth, also per class."""
        ...
