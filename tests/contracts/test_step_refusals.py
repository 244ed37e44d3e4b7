"""What every compression step refuses, with a code or the name of the option, before it spends time."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from annotator.core.errors import NotFound, RunFailed, Unprocessable, WinnowError
from compression.core.model import Model
from compression.core.steps import STEPS, check_options, load_step
from tests.contracts.small_models import Small
from tests.contracts.step_options import OPTIONS, WEIGHT_STEPS


@pytest.mark.parametrize("slug", WEIGHT_STEPS)
def test_a_model_without_weights_is_refused(slug: str, classifier: Small, tmp_path: Path) -> None:
    model = Model(artifact=classifier.model.artifact)
    with pytest.raises(RunFailed, match="without weights") as refused:
        load_step(slug).apply(model, classifier.context(tmp_path, options=OPTIONS[slug]))
    assert refused.value.code == "no_weights"


@pytest.mark.parametrize("slug", sorted(OPTIONS))
def test_an_unknown_option_is_refused_by_its_name(slug: str, classifier: Small, tmp_path: Path) -> None:
    with pytest.raises(Unprocessable) as refused:
        load_step(slug).apply(classifier.model, classifier.context(tmp_path, options={"colour": "red"}))
    assert refused.value.details["field"] == "colour"


@pytest.mark.parametrize(
    ("slug", "options", "field"),
    [
        ("prune", {"amount": 1.0}, "amount"),
        ("prune", {"amount": float("nan")}, "amount"),
        ("prune", {"importance": "luck"}, "importance"),
        ("resolution", {"image_size": 100}, "image_size"),
        ("distil", {"epochs": 0}, "epochs"),
        ("distil", {"student": "vgg16"}, "student"),
        ("architecture", {"lr": "fast"}, "lr"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(slug: str, options: dict[str, Any], field: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        check_options(slug, options)
    assert refused.value.details["field"] == field


@pytest.mark.parametrize("slug", sorted(OPTIONS))
def test_defaults_fill_what_is_not_said_and_pass_their_own_check(slug: str) -> None:
    filled = check_options(slug, {})
    assert set(filled) == set(STEPS[slug].schema["properties"])
    assert check_options(slug, filled) == filled
    for part in STEPS[slug].schema["properties"].values():
        assert part["title"]


def test_an_unknown_step_is_refused() -> None:
    with pytest.raises(NotFound):
        load_step("polish")


def test_an_amount_that_empties_a_layer_is_refused_by_its_name(classifier: Small, tmp_path: Path) -> None:
    options = {"amount": 0.95, "round_to": 1, "epochs": 0}
    with pytest.raises(RunFailed, match="without any channel") as refused:
        load_step("prune").apply(classifier.model, classifier.context(tmp_path, options=options))
    assert refused.value.code == "no_channels"


def test_an_amount_that_removes_nothing_is_refused(classifier: Small, tmp_path: Path) -> None:
    options = {"amount": 0.0, "epochs": 0}
    with pytest.raises(RunFailed, match="removes none") as refused:
        load_step("prune").apply(classifier.model, classifier.context(tmp_path, options=options))
    assert refused.value.code == "nothing_to_prune"


def test_distilling_needs_a_teacher(classifier: Small, tmp_path: Path) -> None:
    with pytest.raises(RunFailed) as refused:
        load_step("distil").apply(classifier.model, classifier.context(tmp_path, teacher=None, options={"epochs": 1}))
    assert refused.value.code == "no_teacher"


@pytest.mark.parametrize("slug", ["distil", "prune", "resolution", "architecture"])
def test_a_teacher_with_other_classes_is_refused(slug: str, classifier: Small, tmp_path: Path) -> None:
    assert classifier.model.trained is not None
    teacher = tmp_path / "teacher"
    shutil.copytree(classifier.model.trained, teacher)
    described = json.loads((teacher / "architecture.json").read_text())
    described["classes"] = ["one", "two"]
    (teacher / "architecture.json").write_text(json.dumps(described))
    options = {**OPTIONS[slug], **({} if slug == "distil" else {"distil": True})}
    with pytest.raises(RunFailed, match="one, two") as refused:
        load_step(slug).apply(classifier.model, classifier.context(tmp_path / "out", teacher=teacher, options=options))
    assert refused.value.code == "teacher_classes"


def test_a_teacher_of_another_kind_and_data_of_other_classes_are_refused(
    classifier: Small, smalls: Callable[[str], Small], tmp_path: Path
) -> None:
    detector = smalls("detector")
    assert detector.model.trained is not None
    for model, snapshot in ((classifier, detector.snapshot), (detector, classifier.snapshot)):
        context = replace(model.context(tmp_path / model.kind, options={**OPTIONS["prune"]}), snapshot=snapshot)
        with pytest.raises(WinnowError) as refused:
            load_step("prune").apply(model.model, context)
        assert refused.value.code == "other_classes"


@pytest.mark.parametrize(
    ("options", "kind"),
    [({"arch": "yolo11n"}, RunFailed), ({"arch": "mobilenet_v2", "width": 0.5}, Unprocessable)],
)
def test_an_architecture_that_does_not_fit_is_refused(
    options: dict[str, Any], kind: type[WinnowError], classifier: Small, tmp_path: Path
) -> None:
    with pytest.raises(kind):
        load_step("architecture").apply(classifier.model, classifier.context(tmp_path, options=options))
