"""The demo: made once, found afterwards, and never in the way of what a person changed."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command

from annotator.models import Annotation, DatasetVersion, Item, LabelClass, Project, QueueEntry, Run, User
from prelabel.models import Deployment, ModelVariant
from prelabel.services import demo

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def few_scenes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "WAITING", demo.WAITING[:3])
    monkeypatch.setattr(demo, "LABELLED", demo.LABELLED[:1] + demo.LABELLED[-1:])


def test_a_first_call_makes_a_project_with_truth_and_waiting_pictures() -> None:
    call_command("demo")
    project = Project.objects.get()
    assert [label.name_zh for label in LabelClass.objects.filter(project=project)] == ["车辆", "行人", "交通标志"]
    assert Item.objects.filter(state="reviewed").values_list("split", flat=True).order_by("pk")[0] == "train"
    assert QueueEntry.objects.filter(project=project, done=False).count() == 3
    item = Item.objects.get(metadata__seed=1001)
    drawn = item.metadata["objects"]
    assert sum(drawn.values()) == len(Annotation.objects.get(item=item).document["objects"]) > 0
    assert item.metadata["scenery"] == "road"
    assert item.metadata["time"] in {"day", "dusk", "night", "dawn"}


def test_its_log_in_works_and_only_the_owner_may_read_the_file(settings: Any) -> None:
    call_command("demo")
    path = Path(settings.DATA_DIR) / "demo_login.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    login = json.loads(path.read_text())
    assert authenticate(username=login["email"], password=login["password"]) == User.objects.get(email=demo.EMAIL)


def test_a_second_call_changes_nothing() -> None:
    call_command("demo")
    before = (Item.objects.count(), Run.objects.count(), User.objects.get().password)
    call_command("demo")
    assert (Item.objects.count(), Run.objects.count(), User.objects.get().password) == before


def test_a_call_that_was_killed_half_way_is_completed_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = demo.WAITING
    monkeypatch.setattr(demo, "WAITING", whole[:1])
    call_command("demo")
    monkeypatch.setattr(demo, "WAITING", whole)
    call_command("demo")
    assert sorted(Item.objects.filter(state="queued").values_list("metadata__seed", flat=True)) == [1, 2, 3]


def test_a_removed_log_in_file_stays_removed(settings: Any) -> None:
    call_command("demo")
    path = Path(settings.DATA_DIR) / "demo_login.json"
    path.unlink()
    call_command("demo")
    assert not path.exists()


def test_the_shipped_model_is_deployed_and_asked_for_its_guesses() -> None:
    call_command("demo")
    variant = Deployment.objects.get(active=True).variant
    assert (variant.precision, variant.manifest["classes"]) == ("int8", ["vehicle", "pedestrian", "traffic_sign"])
    assert set(variant.version.training_files) >= {"weights.safetensors", "architecture.json"}
    assert sorted(Run.objects.values_list("kind", flat=True)) == ["evaluate", "predict"]
    assert Project.objects.get().active_source is not None


def test_its_numbers_are_asked_for_once_by_a_run_on_a_version_that_says_what_it_holds() -> None:
    call_command("demo")
    run, version = Run.objects.get(kind="evaluate"), DatasetVersion.objects.get()
    variant = Deployment.objects.get(active=True).variant
    assert run.params == {"variant_id": variant.pk, "version_id": version.pk}
    assert (run.state, run.queue, variant.metrics) == ("queued", "train", {})
    assert (version.note, version.counts["items"], version.counts["auto"]) == (demo.NOTE, 2, 0)
    Run.objects.filter(kind="evaluate").delete()
    ModelVariant.objects.filter(pk=variant.pk).update(metrics={"map50": 0.8})
    call_command("demo")  # whatever became of the run: a model that has numbers is not judged again
    assert not Run.objects.filter(kind="evaluate").exists()
