"""One class for a whole picture: a digit, or Enter for the model's guess."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from annotator.models import Annotation, Item, PredictionSource
from annotator.services import projects
from prelabel.services.predictions import Guessed, store_predictions
from tests.e2e.street import Street
from tests.e2e.workspace import Workspace, eventually

PageOf = Callable[..., Page]


@pytest.fixture
def wardrobe(street: Street, make_item: Callable[..., Any]) -> Any:
    """A classification project of alice with two pictures; hat is guessed for both, the first with less certainty."""
    project = projects.create_project(
        actor=street.alice,
        name="Wardrobe",
        task_type="image_classification",
        classes=[{"name": "hat"}, {"name": "shoes"}],
    )
    source = PredictionSource.objects.create(project=project, kind="model", name="net v1", reference="variant:0")
    projects.use_source(actor=street.alice, project_id=project.pk, source=source)
    hat, shoes = project.classes.values_list("pk", flat=True)
    guessed = []
    for number, score in ((1, 0.5), (2, 0.7)):
        top3 = [[hat, score], [shoes, 1 - score]]
        one = {"id": "p1", "class_id": hat, "score": score, "top3": top3, "entropy": 0.6}
        guessed.append(Guessed(make_item(project, number, state="new"), {"objects": [one]}))
    store_predictions(source=source, guessed=guessed)
    return project


def test_a_digit_corrects_the_class_and_enter_takes_the_guess(street: Street, wardrobe: Any, page_of: PageOf) -> None:
    hat, shoes = wardrobe.classes.values_list("pk", flat=True)
    desk = Workspace(page_of(street.alice), wardrobe.pk).open()
    first = desk.item_id
    desk.press("2")
    desk.press("Enter")
    desk.wait_ready(other_than=first)
    second = desk.item_id
    desk.press("Enter")
    expect(desk.page.get_by_test_id("queue-empty")).to_be_visible()
    eventually(lambda: Item.objects.filter(project=wardrobe, state="reviewed").count(), 2)
    told = {one.item_id: one.document["objects"][0] for one in Annotation.objects.filter(item__project=wardrobe)}
    assert (told[first]["class_id"], told[first]["origin"]) == (shoes, "edited")
    assert (told[second]["class_id"], told[second]["origin"]) == (hat, "accepted")
