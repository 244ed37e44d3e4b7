"""`manage.py compress`: a compression from the terminal, in this process; needs the database and the storage only.

A kill loses at most one epoch or step: call again with --resume and the run's number.
"""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from annotator.core.errors import WinnowError
from annotator.dispatch import HERE
from annotator.jobs.runner import execute
from annotator.models import DatasetVersion, Project, Run
from annotator.models.runs import FINISHED, RunState
from annotator.services import runs
from compression.core.planning.presets import PLAN_PRESETS
from compression.jobs import JOBS
from compression.management.terminal import Watcher, table
from compression.services.compressions import start_compression
from prelabel.models import ModelVersion
from prelabel.selectors.registry import active_deployment

_MISSED = 2  # exit status where the run went well and a target was missed


class Command(BaseCommand):
    help = "Compress a model of a project by a preset, a plan or a search, with a progress bar and a final table."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", help="id or name; may be left out where --model is given")
        parser.add_argument("--model", type=int, help="id of the model version; else what is deployed, else the newest")
        parser.add_argument("--train", metavar="BASE", help="train from this base model first, instead of --model")
        parser.add_argument("--recipe", default="quick", choices=["quick", "normal"], help="of --train")
        parser.add_argument("--dataset-version", type=int, help="id; else the newest, else what is reviewed now")
        parser.add_argument("--preset", choices=list(PLAN_PRESETS))
        parser.add_argument("--plan", type=Path, help='JSON file: [{"step": "prune", "options": {…}}, …]')
        parser.add_argument("--teacher", type=int, help="id of the model version to learn from")
        parser.add_argument("--target-size-mb", type=float)
        parser.add_argument("--target-latency-ms", type=float)
        parser.add_argument("--min-metric", type=float)
        parser.add_argument("--max-drop", type=float, default=0.02, help="relative, 0.02 = 2 %%")
        parser.add_argument("--minutes", type=float, help="no new plan is tried after these")
        parser.add_argument("--search-minutes", type=float)
        parser.add_argument("--search-trials", type=int)
        parser.add_argument(
            "--target", action="append", default=[], help="also export for this runtime; may be repeated"
        )
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--deploy", action="store_true", help="deploy the result if the gate passes it")
        parser.add_argument("--resume", type=int, metavar="RUN", help="go on with a run that was stopped or failed")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run = self._resumed(options["resume"]) if options["resume"] else self._started(options)
        except WinnowError as error:
            field = error.details.get("field")
            raise CommandError(f"{field}: {error.message}" if field else error.message) from error
        self.stdout.write(f"Run {run.pk}; if it is stopped: manage.py compress --resume {run.pk}")
        self._do(run, JOBS["compress"])
        run.refresh_from_db()
        if run.state != RunState.SUCCEEDED:
            raise CommandError((run.error or {}).get("message", f"the run is {run.state}"))
        self._tell(run)

    def _do(self, run: Run, job: str) -> None:
        live = bool(getattr(self.stdout, "isatty", lambda: False)())
        with Watcher(run.pk, self._write, live=live):
            execute(run.pk, job)

    def _write(self, text: str) -> None:
        self.stdout.write(text, ending="")
        self.stdout.flush()

    def _tell(self, run: Run) -> None:
        result = run.result or {}
        self.stdout.write("")
        for line in table(result["table"], result["metric"]):
            self.stdout.write(line)
        self.stdout.write("")
        for one in result["advice"]:
            self.stdout.write(f"{one['severity']}: {one['text']}")
        if result.get("export_run_id"):
            self._do(Run.objects.get(pk=result["export_run_id"]), JOBS["export_model"])
        if result.get("targets_met") is False:
            sys.exit(_MISSED)

    def _started(self, options: dict[str, Any]) -> Run:
        project, source = self._source(options)
        plan = json.loads(options["plan"].read_text(encoding="utf-8")) if options["plan"] else None
        search = None
        if options["search_minutes"] or options["search_trials"]:
            search = {"minutes": options["search_minutes"], "trials": options["search_trials"]}
        given = options["dataset_version"]
        newest = DatasetVersion.objects.filter(project=project).order_by("-number").values_list("pk", flat=True).first()
        body = {
            "dataset_version_id": given if given is not None else newest,
            "source": source,
            "preset": options["preset"] or (None if plan or search else "balanced"),
            "plan": plan,
            "search": search,
            "teacher_version_id": options["teacher"],
            "budgets": {
                "size_mb": options["target_size_mb"],
                "latency_ms": options["target_latency_ms"],
                "min_metric": options["min_metric"],
                "max_drop": options["max_drop"],
            },
            "gates": {"max_drop": options["max_drop"]},
            "targets": options["target"],
            "seed": options["seed"],
            "minutes": options["minutes"],
            "deploy_if_passed": options["deploy"],
        }
        return start_compression(actor=None, project=project, body=body, queue=HERE)

    def _source(self, options: dict[str, Any]) -> tuple[Project, dict[str, Any]]:
        """The project and where its weights come from."""
        if options["model"] is not None:
            version = ModelVersion.objects.select_related("project").filter(pk=options["model"]).first()
            if version is None:
                raise CommandError(f"there is no model version {options['model']}")
            return version.project, {"model_version_id": version.pk}
        project = self._project(options["project"])
        if options["train"]:
            return project, {"train": {"base": options["train"], "preset": options["recipe"]}}
        active = active_deployment(project.pk)
        newest = ModelVersion.objects.filter(project=project).order_by("-number").first()
        chosen = active.variant.version if active else newest
        if chosen is None:
            raise CommandError("this project has no model yet; name a base to train from with --train")
        return project, {"model_version_id": chosen.pk}

    def _project(self, wanted: str | None) -> Project:
        if not wanted:
            raise CommandError("say which with --project (id or name) or --model (id of a model version)")
        by_name = Project.objects.filter(name=wanted)
        found = (Project.objects.filter(pk=int(wanted)) if wanted.isdecimal() else by_name) or by_name
        if len(found) != 1:
            known = ", ".join(f"{one.pk} “{one.name}”" for one in Project.objects.order_by("pk")[:20])
            raise CommandError(f"{len(found)} projects are called {wanted!r}; there are {known or 'none'}")
        return found[0]

    def _resumed(self, run_id: int) -> Run:
        """The run, ready to be taken: a failed one is queued again, one whose process died is waited for."""
        run = Run.objects.filter(pk=run_id, kind="compress").first()
        if run is None:
            raise CommandError(f"there is no compression with the number {run_id}")
        if run.state == RunState.SUCCEEDED:
            raise CommandError(f"run {run_id} has succeeded")
        if run.state in FINISHED:
            return runs.retry_run(actor=None, run=run)
        while run.state == RunState.RUNNING and run.lease_until and run.lease_until > timezone.now():
            left = (run.lease_until - timezone.now()).total_seconds()
            self.stdout.write(f"waiting up to {left:.0f} s for the process that had it to be given up")
            time.sleep(min(left + 0.1, 5))
            before = run.lease_until
            run.refresh_from_db()
            if run.lease_until and before and run.lease_until > before:
                raise CommandError(f"run {run_id} is being done by {run.worker}")
        return run
