"""The lead's and the admin's pages: import with a check first, versions, models and the gate, runs."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from annotator.models import Annotation, AuditEvent, DatasetVersion, Item, Prediction, Run
from annotator.services.annotations import accept_predictions
from annotator.services.queue import dequeue_items
from prelabel.models import Deployment, ModelVariant, ModelVersion
from tests.e2e.street import Street

PageOf = Callable[..., Page]


@pytest.fixture
def labelled_zip(tmp_path: Path) -> Path:
    """Three pictures in YOLO's layout; one box has no area, one picture is none."""
    for number in range(3):
        Image.new("RGB", (64, 48), (number * 80, 20, 200)).save(tmp_path / f"{number}.png")
    with zipfile.ZipFile(tmp_path / "street.zip", "w") as archive:
        archive.writestr("data.yaml", "names:\n  0: vehicle\n  1: pedestrian\n")
        for number, lines in enumerate(["0 0.5 0.5 0.4 0.4\n", "1 0.5 0.5 0.2 0.6\n0 0.5 0.5 0 0\n", ""]):
            archive.write(tmp_path / f"{number}.png", f"images/train/{number}.png")
            archive.writestr(f"labels/train/{number}.txt", lines)
        archive.writestr("images/train/broken.png", b"not a picture")
    return tmp_path / "street.zip"


def test_a_zip_is_checked_first_and_then_imported(
    street: Street, page_of: PageOf, work_off: Callable[[], list[str]], labelled_zip: Path
) -> None:
    before = Item.objects.count()
    page = page_of(street.alice)
    page.goto(f"/projects/{street.project.pk}/import")
    page.locator("input[type=file]").set_input_files(labelled_zip)
    page.get_by_role("button", name="Check first").click()
    expect(page.get_by_text("Queued").first).to_be_visible()
    assert work_off() == ["import_dataset"]
    expect(page.get_by_text("Nothing was written yet.")).to_be_visible()
    expect(page.get_by_text("broken.png")).to_be_visible()
    expect(page.get_by_text(re.compile("no area")).first).to_be_visible()
    assert Item.objects.count() == before

    page.get_by_role("button", name="Import now").last.click()
    page.wait_for_function("() => document.body.innerText.includes('Queued')")
    assert work_off()[0] == "import_dataset"  # guesses for what came in may be asked for next
    expect(page.get_by_role("link", name="See the items")).to_be_visible()
    assert Item.objects.count() == before + 3
    boxes = Annotation.objects.filter(origin="import").values_list("document", flat=True)
    assert sum(len(document["objects"]) for document in boxes) == 2
    page.get_by_role("link", name="See the items").click()
    expect(page.get_by_text("1.png")).to_be_visible()


def test_a_version_is_frozen_of_what_is_reviewed(street: Street, page_of: PageOf) -> None:
    Item.objects.filter(project=street.project).update(state="new")
    page = page_of(street.alice)
    page.goto(f"/projects/{street.project.pk}/versions")
    expect(page.get_by_text("No version yet")).to_be_visible()
    item = Item.objects.filter(project=street.project).first()
    assert item is not None
    document = {"objects": [{"id": "m-1", "bbox": [1, 1, 9, 9], "class_id": street.classes["vehicle"]}]}
    Annotation.objects.create(item=item, revision=1, document=document, origin="human", author=street.bob)
    Item.objects.filter(pk=item.pk).update(state="reviewed", revision=1)
    page.reload()
    page.get_by_role("button", name="Freeze a version").first.click()
    page.get_by_role("dialog").get_by_label("Note").fill("the first one")
    page.get_by_role("dialog").get_by_role("button", name="Freeze").click()
    expect(page.get_by_role("table").get_by_text("the first one")).to_be_visible()
    version = DatasetVersion.objects.get()
    assert (version.number, version.note, version.counts["items"]) == (1, "the first one", 1)


def register(street: Street, verdict: str, drop: float) -> ModelVariant:
    """A trained model with an int8 variant that the gate has judged."""
    version = ModelVersion.objects.create(project=street.project, number=1, name="yolo11n", arch="yolo11n")
    gate = {"verdict": verdict, "drop": drop, "interval": [drop - 0.03, drop + 0.03], "reasons": ["only 12 pictures"]}
    return ModelVariant.objects.create(
        version=version,
        precision="int8",
        manifest={"classes": ["vehicle"], "files": {}},
        size_bytes=3_000_000,
        latency={"p20_ms": 11.0, "p50_ms": 12.0, "device": "cpu"},
        metrics={"map50": 0.81, "map5095": 0.5},
        gate=gate,
    )


def test_an_inconclusive_model_is_deployed_only_with_a_typed_reason(street: Street, page_of: PageOf) -> None:
    variant = register(street, "inconclusive", 0.01)
    page = page_of(street.alice)
    page.goto(f"/projects/{street.project.pk}/models")
    expect(page.get_by_text("Inconclusive")).to_be_visible()
    page.get_by_role("button", name="Deploy", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("looked at forty pictures by eye")
    dialog.get_by_role("button", name="Deploy").click()
    expect(page).to_have_url(re.compile(r"/runs/\d+$"))
    deployment = Deployment.objects.get(active=True)
    assert deployment.variant == variant
    assert deployment.reason == "looked at forty pictures by eye"
    assert Run.objects.get(kind="predict").state == "queued"


def test_a_refused_model_is_deployed_only_by_overruling_the_gate_with_a_reason(street: Street, page_of: PageOf) -> None:
    variant = register(street, "refuse", 0.6)
    page = page_of(street.alice)
    page.goto(f"/projects/{street.project.pk}/models")
    expect(page.get_by_text("Refused", exact=True)).to_be_visible()
    page.get_by_role("button", name="Deploy", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("The gate refused it.")).to_be_visible()
    dialog.get_by_role("button", name="Overrule and deploy").click(force=True)
    assert not Deployment.objects.exists()
    dialog.get_by_label("Reason").fill("the old one misses every sign")
    dialog.get_by_role("button", name="Overrule and deploy").click()
    expect(dialog).to_have_count(0)
    deployment = Deployment.objects.get(active=True)
    assert (deployment.variant_id, deployment.reason) == (variant.pk, "the old one misses every sign")
    assert AuditEvent.objects.filter(verb="model.override").exists()


def test_a_training_is_started_once_and_shown_as_a_run(street: Street, page_of: PageOf) -> None:
    item = Item.objects.filter(project=street.project).first()
    assert item is not None
    document = {"objects": [{"id": "m-1", "bbox": [1, 1, 9, 9], "class_id": street.classes["vehicle"]}]}
    Annotation.objects.create(item=item, revision=1, document=document, origin="human", author=street.bob)
    Item.objects.filter(pk=item.pk).update(state="reviewed", revision=1)
    page = page_of(street.alice)
    page.goto(f"/projects/{street.project.pk}/models")
    page.get_by_role("button", name="Quick training").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Start").dblclick()
    expect(page).to_have_url(re.compile(r"/runs/\d+$"))
    run = Run.objects.get(kind="retrain")
    assert (run.state, run.params["preset"]) == ("queued", "quick")
    page.get_by_role("button", name="Cancel").first.click()
    confirm = page.get_by_role("dialog").get_by_role("button", name=re.compile("Cancel|Stop"))
    if confirm.count():
        confirm.last.click()
    expect(page.get_by_text("Cancelled").first).to_be_visible()
    run.refresh_from_db()
    assert run.state == "cancelled"


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_every_page_opens_without_a_complaint(street: Street, page_of: PageOf, language: str) -> None:
    street.alice.locale = language
    street.alice.save()
    page = page_of(street.alice)
    page.goto(f"/projects/{street.project.pk}")
    links = page.get_by_role("navigation").first.get_by_role("link")
    expect(links).to_have_count(11)
    for link in links.all():
        link.click()
        expect(link).to_have_attribute("aria-current", "page")
        expect(page.get_by_role("main").get_by_role("heading", level=1)).to_be_visible()
        page.wait_for_timeout(150)  # for what comes late
        expect(page.get_by_role("alert")).to_have_count(0)
        text = page.locator("#content").inner_text()
        assert not re.search(r"\b[a-z]+(\.[a-zA-Z]+){2,}\b", text), "a text without translation"


def test_what_the_model_accepted_is_sent_to_people_in_one_action(street: Street, page_of: PageOf) -> None:
    item = Item.objects.filter(project=street.project).first()
    assert item is not None
    guess = Prediction.objects.get(item=item)
    accept_predictions(project=street.project, prediction_ids=[guess.pk])
    dequeue_items(item_ids=[item.pk])
    page = page_of(street.alice)
    page.goto(f"/projects/{street.project.pk}/queue")
    expect(page.get_by_text("3 items wait")).to_be_visible()
    page.get_by_role("button", name="Send all to people").click()
    expect(page.get_by_text("1 item waits for people now")).to_be_visible()
    expect(page.get_by_text("4 items wait")).to_be_visible()
    item.refresh_from_db()
    assert (item.state, item.queue_entry.reason) == ("queued", "returned")
