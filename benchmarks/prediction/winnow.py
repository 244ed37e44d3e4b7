"""The product's own predict run, from picture files to rows in PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

_TICK = os.sysconf("SC_CLK_TCK")


class Winnow:
    """A project with the pictures as new items and the model deployed; a round is one run of the worker's job.

    Everything that the product does is in it: claiming, progress, guesses, features, routing, the queue's order, the
    retrain rule. Only the first run opens the model, as in a worker that stays.
    """

    def __init__(self, artifact: Path, paths: list[Path], classes: list[str], sizes: list[tuple[int, int]]) -> None:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.config.settings")
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0, interactive=False)
        from annotator import storage
        from annotator.models import Dataset
        from annotator.services import projects, users
        from prelabel.core.artifact import load_artifact
        from prelabel.services.deployments import deploy_variant
        from prelabel.services.registry import VersionRecord, register_variant, register_version

        actor = users.add_user(
            actor=None, email="bench@example.org", name="Bench", password="a-long-one", is_staff=True
        )
        self._project = projects.create_project(
            actor=actor, name="Bench", task_type="object_detection", classes=[{"name": name} for name in classes]
        )
        self._dataset = Dataset.objects.create(project=self._project, name="pictures")
        self._pictures = [(path.name, storage.put_file(path)) for path in paths]
        self._sizes = sizes
        arch = load_artifact(artifact).manifest.arch
        version = register_version(actor=None, project=self._project, record=VersionRecord(name="bench", arch=arch))
        self._variant = register_variant(actor=None, version=version, artifact_folder=artifact)
        deploy_variant(actor=None, variant=self._variant, predict=False)

    def warm(self) -> dict[str, Any]:
        from prelabel.models import ModelVariant

        for _ in range(2):
            self.prepare()
            self.work()
        (found,) = ModelVariant.objects.get(pk=self._variant.pk).runtime.values()
        return found | {"rows": self.rows()}

    def prepare(self) -> None:
        """All items new again."""
        from django.db import close_old_connections

        from annotator.core.splits import split_for
        from annotator.models import Annotation, Item, Prediction, QueueEntry
        from prelabel.models import Embedding

        close_old_connections()  # here and not in the run, where its CPU time would be lost with it
        for model in (Embedding, QueueEntry, Annotation, Prediction, Item):
            model.objects.all().delete()
        Item.objects.bulk_create(
            Item(
                project=self._project, dataset=self._dataset, name=name, blob=sha256, source_sha256=sha256,
                width=width, height=height, split=split_for(sha256),
            )
            for (name, sha256), (width, height) in zip(self._pictures, self._sizes, strict=True)
        )  # fmt: skip

    def work(self) -> float:
        from annotator.dispatch import HERE
        from annotator.jobs.runner import execute
        from annotator.models.runs import RunState
        from annotator.services import runs
        from prelabel.jobs import JOBS

        before = _database_cpu_s()
        run = runs.create_run(actor=None, project=self._project, kind="predict", params={}, queue=HERE)
        execute(run.pk, JOBS["predict"])
        run.refresh_from_db()
        if run.state != RunState.SUCCEEDED or run.result["predicted"] != len(self._pictures):
            raise RuntimeError(f"the run {run.state}: {run.error or run.result}")
        return _database_cpu_s() - before

    def rows(self) -> dict[str, int]:
        """What a round left in the database."""
        from annotator.models import Annotation, Prediction, QueueEntry
        from prelabel.models import Embedding

        objects = sum(Prediction.objects.values_list("object_count", flat=True))
        kept: Iterable[Any] = (Prediction, Embedding, QueueEntry, Annotation)
        return {one.__name__: one.objects.count() for one in kept} | {"objects": objects}


def _database_cpu_s() -> float:
    """CPU seconds so far of the PostgreSQL processes that serve this database; 0 where the server is elsewhere."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        pids = [row[0] for row in cursor.fetchall()]
    ticks = 0
    for pid in pids:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICK
