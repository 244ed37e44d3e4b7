"""`manage.py compress` in a terminal, without a web server or a worker: a table at the end, and a kill that resumes."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotator.models import DatasetVersion, Project, Run
from compression.core.trainer import Trained
from compression.management.terminal import bar, clock, table
from prelabel.models import ModelVersion
from tests.compression.conftest import draw_manifest
from tests.compression.jobs.filled import fill
from tests.compression.jobs.sources import INT8, PRUNE, register_toy
from tests.conftest import Cast, make_project
from tests.flows.workers import ROOT, environment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def source(cast: Cast, tmp_path: Path, trained: Trained, fp32: Path) -> ModelVersion:
    """A toy detector of a project with a frozen version."""
    project = make_project(cast, "object_detection", ("vehicle", "pedestrian", "traffic_sign"))
    version: DatasetVersion = fill(project, draw_manifest(tmp_path / "drawn"), tmp_path / "drawn")
    return register_toy(cast.dora, version, trained, fp32)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps([INT8]))
    return path


@pytest.mark.slow
def test_a_killed_command_goes_on_by_its_number_and_ends_with_a_table(source: ModelVersion, tmp_path: Path) -> None:
    path = tmp_path / "long.json"
    path.write_text(json.dumps([PRUNE, INT8]))
    command = [sys.executable, "manage.py", "compress", "--model", str(source.pk), "--max-drop", "1"]
    env = environment("test-command:")
    first = subprocess.Popen(
        [*command, "--plan", str(path)], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert first.stdout is not None
    said = ""
    while "prune 1/2:" not in said:  # the first step is done
        line = first.stdout.readline()
        assert line, said
        said += line
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    run = Run.objects.get(kind="compress")
    assert (run.state, run.queue) == ("running", "here")
    assert f"manage.py compress --resume {run.pk}" in said
    again = subprocess.run(
        [sys.executable, "manage.py", "compress", "--resume", str(run.pk)],
        cwd=ROOT, env=env, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert again.returncode == 0, again.stdout + again.stderr
    assert "prune 1/2:" not in again.stdout  # not done a second time
    lines = [line for line in again.stdout.splitlines() if line.startswith(("model ", "source ", "prune "))]
    assert [line.split("  ")[0] for line in lines] == ["model", "source fp32", "prune + quantize int8", "prune fp32"]
    assert ModelVersion.objects.filter(run=run).count() == 1


def test_a_model_is_compressed_in_this_process(
    source: ModelVersion, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from compression.core.benchmarking import measurement
    from compression.core.judging import judge as judging
    from compression.core.planning import pipeline

    real, out = judging.measure, io.StringIO()
    monkeypatch.setattr(judging, "measure", lambda subject: real(replace(subject, rounds=2, trained=None)))
    monkeypatch.setattr(measurement, "peak_memory", lambda *_: {})
    monkeypatch.setattr(measurement, "_STREAM_S", 0.05)
    monkeypatch.setattr(pipeline, "_ROUNDS", 2)
    call_command("compress", "--model", str(source.pk), "--plan", str(plan), "--max-drop", "1", stdout=out)
    said = out.getvalue()
    run = Run.objects.get(kind="compress")
    assert (run.state, run.queue, run.created_by) == ("succeeded", "here", None)
    assert "quantize 1/1:" in said  # the log
    assert "quantize int8" in said and "x1.00" in said  # the table
    assert "warn: Only 4 pictures in val" in said  # advice


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "--project"),
        (["--project", "Nowhere"], "0 projects are called"),
        (["--model", "999999"], "no model version"),
        (["--resume", "999999"], "no compression with the number"),
        (["--project", "Street", "--preset", "quick", "--target-size-mb", "0.000001"], "budgets.size_mb: "),
        (["--project", "Street", "--teacher", "999999"], "teacher_version_id: "),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(source: ModelVersion, arguments: list[str], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        call_command("compress", *arguments, stdout=io.StringIO())
    assert not Run.objects.filter(kind="compress").exists()


def test_a_project_without_a_model_is_told_how_to_train_one(project: Project) -> None:
    with pytest.raises(CommandError, match="--train"):
        call_command("compress", "--project", str(project.pk), stdout=io.StringIO())


def test_the_line_of_progress_fits_the_terminal() -> None:
    run = Run(stage="step 1/2 prune", done=500, total=1000, eta_s=75.0, state="running")
    assert bar(run, 79).startswith("step 1/2 prune")
    assert "50 %" in bar(run, 79) and "1:15 left" in bar(run, 79)
    assert abs(bar(run, 79).count("#") - bar(run, 79).count(".")) <= 1
    assert all(len(bar(run, width)) <= width for width in (20, 40, 79, 200))
    assert [clock(seconds) for seconds in (5, 75, 3723)] == ["0:05", "1:15", "1:02:03"]


def test_the_table_aligns_its_columns() -> None:
    row: dict[str, Any] = {"name": "source fp32", "size_bytes": 10_480_000, "ratio": 1.0, "metric": 0.8634, "drop": 0.0}
    small = {**row, "name": "int8", "size_bytes": 3_040_000, "ratio": 3.45, "drop": -0.0008, "speedup_best": 1.26}
    lines = table([row, small], "map50")
    assert len({len(line) for line in lines}) == 1
    assert lines[0].split() == ["model", "size", "ratio", "map50", "drop", "p20", "vs", "eager", "vs", "best", "fp32"]
    assert "3.040 MB" in lines[3] and "x3.45" in lines[3] and "-0.08 %" in lines[3] and lines[2].endswith("-")
