"""A click that a real worker of the queue ``interactive`` answers with the deployed model."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from annotator.models import AuditEvent, Run
from tests.flows.workers import Staff, wait_for
from tests.prelabel.segments import RED, deploy_channels, segmentation_project, squares_item

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_click_is_answered_by_the_interactive_worker_and_leaves_no_run(
    people: Staff, cast: Any, client_of: Any, tmp_path: Path
) -> None:
    project = segmentation_project(cast)
    deploy_channels(project, tmp_path / "channels")
    item, bob = squares_item(project), client_of(cast.bob)
    events = AuditEvent.objects.count()
    people.worker("interactive")

    def answer() -> Any:
        """To a question that is asked anew while nobody listens: the first ones may come before the worker."""
        asked = bob.post(f"/api/items/{item.pk}/propose/model/", {"point": [28, 18], "mask": True}, format="json")
        where = f"/api/items/{item.pk}/propose/model/{asked.json()['request']}/"
        for _ in range(100):
            told = bob.get(where)
            if told.status_code != 202:
                return told
            time.sleep(0.05)
        return None

    told = wait_for(answer, people, timeout_s=90)
    assert told.status_code == 200, (told.content, people.log())
    assert told.json()["proposal"]["bbox"] == list(RED)
    again = wait_for(answer, people).json()  # the model is open, the picture known
    assert again["ms"] < 500
    assert not Run.objects.filter(project=project).exists() and AuditEvent.objects.count() == events
