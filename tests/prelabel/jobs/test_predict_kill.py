"""kill -9 in mid-run: the next worker goes on, and what was stored is neither lost nor done again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
ITEMS, BATCH = 60, 8
# A worker process on the test database that takes 20 ms for a picture, so that it can be killed between two batches.
WORKER = f"""
import time, django
django.setup()
from prelabel.jobs import predict_shards
predict_shards.SIZE = {BATCH}
quick = predict_shards.look_at
def slow(predictor, sha256):
    time.sleep(0.02)
    return quick(predictor, sha256)
predict_shards.look_at = slow
from annotator.jobs.runner import execute
import sys
execute(int(sys.argv[1]), "prelabel.jobs.predict:run")
"""


def _start(run_id: int, settings: Any) -> subprocess.Popen[bytes]:
    database = settings.DATABASES["default"]
    url = f"postgresql://{database['USER']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    if not database["HOST"] or database["HOST"].startswith("/"):
        url = f"postgresql://{database['USER']}@/{database['NAME']}?host={database['HOST']}"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "annotator.config.settings",
        "DATABASE_URL": url,
        "WINNOW_DATA_DIR": str(settings.DATA_DIR),
        "WINNOW_SECRET_KEY": "test",
        "WINNOW_RUN_LEASE_S": "1.5",
        "WINNOW_RUN_HEARTBEAT_S": "0.3",
        "WINNOW_MEASURE_S": "0",
        "PYTHONPATH": str(ROOT),
    }
    return subprocess.Popen([sys.executable, "-c", WORKER, str(run_id)], cwd=ROOT, env=environment)


def _wait(true: Callable[[], bool], what: str, seconds: float = 40.0) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, f"waited {seconds} s for: {what}"
        time.sleep(0.02)


@pytest.mark.django_db(transaction=True)
def test_a_killed_run_goes_on_where_it_was(
    project: Any, deployment: Any, picture: Callable[..., Any], settings: Any
) -> None:
    from annotator.models import Annotation, Item, Prediction, Run
    from annotator.services import runs

    for index in range(ITEMS):
        picture(project, f"p{index}", (250 if index % 2 else 150, 0, index))
    run = runs.create_run(actor=None, project=project, kind="predict", params={"scope": "unreviewed"})
    before = 0
    for kill in range(2):
        worker = _start(run.pk, settings)
        try:
            _wait(lambda now=before: Prediction.objects.count() > now, "predictions", 60)
        finally:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        before = Prediction.objects.count()
        assert 0 < before < ITEMS, f"kill {kill} came too late"
        # Storing and routing are one transaction: no item has one without the other.
        assert Item.objects.exclude(state="new").count() == before
        Run.objects.filter(pk=run.pk).update(lease_until=Run.objects.get(pk=run.pk).lease_until - timedelta(hours=1))
    first = dict(Prediction.objects.values_list("item_id", "pk"))
    worker = _start(run.pk, settings)
    assert worker.wait(timeout=60) == 0
    run.refresh_from_db()
    assert (run.state, run.done, run.total) == ("succeeded", ITEMS, ITEMS)
    assert Prediction.objects.count() == ITEMS
    assert first.items() <= dict(Prediction.objects.values_list("item_id", "pk")).items()
    assert Item.objects.filter(state="auto_accepted").count() == ITEMS // 2
    assert Annotation.objects.count() == ITEMS // 2
    assert (run.result["already_predicted"], run.result["predicted"], run.result["auto_accepted"]) == (
        0,
        ITEMS,
        ITEMS // 2,
    )
