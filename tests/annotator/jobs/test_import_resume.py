"""Imports that are cancelled, break off or are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection

from annotator.core.errors import RunCancelled
from annotator.jobs import import_dataset
from annotator.models import (
    Annotation,
    Item,
    Run,
)
from annotator.services import imports, runs
from tests.annotator.core.samples import write_voc
from tests.annotator.core.test_picture import rotated
from tests.annotator.jobs.runs import again, do, import_params, start, zip_folder
from tests.conftest import make_project

ROOT = Path(__file__).resolve().parents[3]


def test_a_cancelled_import_stops_and_keeps_whole_batches(project, cast, settings, tmp_path, monkeypatch):
    monkeypatch.setattr(import_dataset, "BATCH", 4)
    monkeypatch.setattr("annotator.jobs.context.REPORT_EVERY_S", 0)
    context = start(project, cast.alice, "import_dataset", import_params(write_voc(tmp_path / "set", 10), settings))
    store = imports.store_items

    def store_and_cancel(**wanted):
        made = store(**wanted)
        runs.request_cancel(actor=cast.alice, run=Run.objects.get(pk=context.run_id))
        return made

    monkeypatch.setattr(imports, "store_items", store_and_cancel)
    with pytest.raises(RunCancelled):
        import_dataset.run(context)
    assert Item.objects.count() == 4


def test_an_import_that_broke_off_goes_on_and_reports_the_same(empty_project, cast, settings, tmp_path, monkeypatch):
    source = write_voc(tmp_path / "set", 12, [("cat", -9, 2, 30, 40), ("dog", 3, 3, 3, 3)])
    (source / "JPEGImages/p3.jpg").write_bytes(rotated(3))
    monkeypatch.setattr(import_dataset, "BATCH", 5)
    archive = zip_folder(source, tmp_path / "set.zip")
    calm = do(empty_project, cast.alice, "import_dataset", import_params(archive, settings, dry_run=True))
    context = start(empty_project, cast.alice, "import_dataset", import_params(archive, settings))
    store = imports.store_items

    def store_once(**wanted):
        monkeypatch.setattr(imports, "store_items", explode)
        return store(**wanted)

    def explode(**wanted):
        raise OSError("pulled the plug")

    monkeypatch.setattr(imports, "store_items", store_once)
    with pytest.raises(OSError, match="plug"):
        import_dataset.run(context)
    assert Item.objects.count() == 5
    monkeypatch.setattr(imports, "store_items", store)
    result = import_dataset.run(again(context.run_id))
    assert Item.objects.count() == Annotation.objects.count() == 12
    facts = [key for key in calm if key not in ("dry_run", "file")]
    assert {key: result[key] for key in facts} == {key: calm[key] for key in facts}
    assert not context.workdir.joinpath("source").exists()


@pytest.mark.django_db(transaction=True)
def test_an_import_killed_half_way_loses_and_doubles_nothing(shared, cast, settings, tmp_path):
    project = make_project(cast, "object_detection", ())
    source = shared / "data" / "bccd" if shared is not None else write_voc(tmp_path / "set", 300)
    count = 364 if shared is not None else 300
    params = import_params(source, settings)
    run = runs.create_run(actor=cast.alice, project=project, kind="import_dataset", params=params)
    database = connection.settings_dict
    host, port = database["HOST"] or "", database["PORT"] or ""
    environment = {
        **os.environ, "WINNOW_DATA_DIR": str(settings.DATA_DIR), "WINNOW_IMPORT_ROOT": settings.IMPORT_ROOT,
        "PGHOST": str(host), "PGPORT": str(port), "PGUSER": database["USER"], "PGPASSWORD": database["PASSWORD"],
        "DATABASE_URL": f"postgresql:///{database['NAME']}",
    }  # fmt: skip
    script = (
        "import django, os; os.environ['DJANGO_SETTINGS_MODULE'] = 'annotator.config.settings'; django.setup();"
        "from annotator.jobs.runner import execute; from annotator.jobs import JOBS;"
        f"execute({run.pk}, JOBS['import_dataset'])"
    )
    environment = {key: value for key, value in environment.items() if value}
    worker = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, env=environment)
    try:
        deadline = time.monotonic() + 30
        while Item.objects.count() < 100 and worker.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        worker.send_signal(signal.SIGKILL)
    finally:
        worker.kill()
        worker.wait()
    stored = Item.objects.count()
    assert 100 <= stored < count
    assert Run.objects.get(pk=run.pk).state == "running"
    result = import_dataset.run(again(run.pk))
    assert Item.objects.count() == Annotation.objects.count() == result["items"] == count
    if shared is not None:
        assert (result["boxes_stored"], result["refused"]) == (4886, 2)
        assert sum(len(one.document["objects"]) for one in Annotation.objects.all()) == 4886
