"""A training on pretrained weights says clearly when it cannot have them."""

from __future__ import annotations

import urllib.error
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annotator.core.errors import RunFailed
from annotator.models import RunEvent
from prelabel.core import base_weights as downloads
from prelabel.core.base_models import BaseModel, base_model
from prelabel.jobs.base_weights import fetch_base_weights


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(url: str) -> Any:
        raise urllib.error.URLError("Name or service not known")

    monkeypatch.setattr(downloads, "open_https", refuse)


def test_a_chosen_base_that_cannot_be_had_fails_the_run_in_one_line(
    project: Any, do_run: Callable[..., Any], offline: None
) -> None:
    with pytest.raises(RunFailed, match=r"yolo11n could not be downloaded from github\.com") as raised:
        do_run(project, "retrain", lambda context: fetch_base_weights(context, base_model("yolo11n"), required=True))
    assert raised.value.code == "offline"


def test_a_default_base_that_cannot_be_had_is_logged_and_done_without(
    project: Any, do_run: Callable[..., Any], offline: None
) -> None:
    found, run = do_run(
        project, "retrain", lambda context: fetch_base_weights(context, base_model("yolo11n"), required=False)
    )
    assert found is None
    assert RunEvent.objects.filter(run=run, message__endswith="Training starts from nothing.").exists()


def test_a_shipped_base_needs_no_network(
    project: Any, do_run: Callable[..., Any], offline: None, tmp_path: Path
) -> None:
    (tmp_path / "weights.safetensors").write_bytes(b"w")
    shipped = BaseModel("own", "object_detection", "yolo11p", "Own", "AGPL-3.0", folder=tmp_path)
    found, _ = do_run(project, "retrain", lambda context: fetch_base_weights(context, shipped, required=True))
    assert found == tmp_path


def test_weights_that_are_never_downloaded_are_done_without_and_the_run_says_so(
    project: Any, do_run: Callable[..., Any], offline: None
) -> None:
    found, run = do_run(
        project, "retrain", lambda context: fetch_base_weights(context, base_model("yolov3-tiny"), required=True)
    )
    assert found is None
    told = RunEvent.objects.filter(run=run, message__endswith="Training starts from nothing.").get().message
    assert "yolov3-tinyu.pt" in told
