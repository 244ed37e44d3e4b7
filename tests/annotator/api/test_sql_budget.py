"""A list costs the same number of queries however long it is."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from annotator.models import DatasetVersion, LabelClass, Member, Project, Run, User
from annotator.services import audit, runs
from compression.models import EvaluationReport
from tests.annotator.api.routes import address
from tests.world import add_items, add_variant, review

BUDGET: dict[str, int] = tomllib.loads(Path(__file__).with_name("sql_budget.toml").read_text())

pytestmark = pytest.mark.django_db


def grow(world: Any, cast: Any, start: int, end: int) -> None:
    """One more of everything that is listed, for each number."""
    project = world.project
    for number in range(start, end):
        user = User.objects.create(email=f"person{number}@example.org")
        Member.objects.create(project=project, user=user, role="annotator")
        other = Project.objects.create(name=f"p{number}", task_type="object_detection", active_source=None)
        Member.objects.create(project=other, user=cast.dora, role="admin")
        LabelClass.objects.create(project=other, name="x", index=0, color="#000000")
        audit.record(actor=cast.alice, verb="test", target=project, project_id=project.pk)
        run = Run.objects.create(project=project, kind="predict", queue="predict", created_by=user)
        runs.add_event(run_id=world.run.pk, kind="log", message="x")
        version = DatasetVersion.objects.create(
            project=project, number=number + 10, manifest_sha256="0" * 64, counts={}, created_by=user
        )
        variant = add_variant(project, number + 10)
        variant.version.dataset_version, variant.version.run = version, run
        variant.version.save()
        EvaluationReport.objects.create(variant=variant, dataset_version=version, split="test", metrics={})
        review(add_items(project, 1, start=100 + number, state="reviewed")[0], cast.bob, world.label.pk)


def queries(client: APIClient, where: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(where).status_code == 200
    return len(captured)


@pytest.mark.parametrize("path", BUDGET)
def test_a_list_of_thirty_costs_as_many_queries_as_a_list_of_three(
    path: str, world: Any, cast: Any, client_of: Any
) -> None:
    client, where = client_of(cast.dora), address(path, world.ids())
    grow(world, cast, 0, 3)
    few = queries(client, where)
    grow(world, cast, 3, 30)
    many = queries(client, where)
    assert few == many <= BUDGET[path]
