"""The selected object, what looks like it in other pictures, one class for all of it, and all of it taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from annotator.models import Annotation, Item, Suggestion
from prelabel.core.base_models import SHIPPED
from prelabel.core.predictors import load_predictor
from prelabel.jobs.features import look_at
from prelabel.services.deployments import deploy_variant
from prelabel.services.embeddings import store_embeddings
from prelabel.services.registry import VersionRecord, register_variant, register_version
from tests.e2e.pictures import snap
from tests.e2e.street import Street
from tests.e2e.workspace import Workspace, eventually


@pytest.fixture
def described(street: Street, bells: list[Any]) -> Street:
    """The shipped model is deployed, and has seen every picture; the guesses are the ones that were drawn."""
    version = register_version(
        actor=None, project=street.project, record=VersionRecord(name="winnow-road", arch="yolo11p")
    )
    variant = register_variant(actor=None, version=version, artifact_folder=SHIPPED / "road")
    deploy_variant(actor=None, variant=variant, predict=False)
    predictor = load_predictor(SHIPPED / "road", embed=True)
    items = Item.objects.filter(project=street.project)
    store_embeddings(variant=variant, features={item.pk: look_at(predictor, item.blob).features for item in items})
    bells.clear()
    return street


def test_all_like_the_selected_object_get_its_class_and_lose_it_again(
    described: Street, page_of: Callable[..., Page], work_off: Callable[[], list[str]]
) -> None:
    page = page_of(described.bob)
    item = Item.objects.filter(project=described.project).order_by("pk")[0]
    desk = Workspace(page, described.project.pk).open(item.pk)
    page.wait_for_timeout(500)  # until one more picture is fetched ahead, which the search leaves alone
    desk.press("Shift+C")
    dialog = page.get_by_role("dialog", name="Label all like this")
    expect(dialog.get_by_role("progressbar")).to_be_visible()
    assert work_off() == ["find_similar"]
    slider = dialog.get_by_role("slider")
    expect(slider).to_be_visible()
    slider.fill("0")
    cells = dialog.locator("button[aria-pressed]")
    found = cells.count()
    expect(dialog.get_by_role("button", name=f"Make {found} of them")).to_be_visible()
    cells.first.click()
    page.wait_for_timeout(600)
    snap(page, "alike")
    dialog.get_by_label("Class").select_option(str(described.classes["pedestrian"]))
    dialog.get_by_role("button", name=f"Make {found - 1} of them pedestrian").click()
    expect(dialog).to_be_hidden()
    open_ones = Suggestion.objects.filter(author=described.bob, state="open")
    eventually(lambda: sum(len(one.document["objects"]) for one in open_ones.all()), found - 1)
    assert item.pk not in set(open_ones.values_list("item_id", flat=True))
    assert Annotation.objects.count() == 0
    page.get_by_role("button", name="Undo", exact=True).last.click()
    expect(page.get_by_text("Taken back")).to_be_visible()
    assert not open_ones.exists()
