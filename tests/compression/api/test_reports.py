"""Reports over HTTP: curves, worst images, two variants on the same images, the checklist before a promotion."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from annotator.models import DatasetVersion, Item
from annotator.services import versions
from compression.core.judging.gate import Contender, GateLimits, decide_within
from compression.core.judging.judgement import ImageResult, judge_image
from compression.core.judging.measures import extra_metrics
from compression.core.judging.report import describe
from compression.models import EvaluationReport
from compression.selectors.cards import card_facts
from compression.services.reports import record_evaluation
from prelabel.core.metric import Truth
from prelabel.core.metrics.classification import evaluate_classification
from prelabel.core.metrics.detection import evaluate_detection
from prelabel.models import Deployment, ModelVariant, ModelVersion
from prelabel.services import deployments
from tests.compression.core.judging.judged_boxes import Shown, random_guesses, random_truths
from tests.world import ONNX, add_items, add_variant, manifest_of, review

pytestmark = pytest.mark.django_db
CLASSES = ("car", "person")
DETECT, CLASSIFY = "object_detection", "image_classification"


@pytest.fixture
def alice(cast: Any, client_of: Any) -> APIClient:
    return client_of(cast.alice)


def freeze(project: Any, cast: Any) -> DatasetVersion:
    """A version of one reviewed item, for reports to point at."""
    if not Item.objects.filter(project=project, state="reviewed").exists():
        label = project.classes.first()
        review(add_items(project, 1, start=900, state="reviewed")[0], cast.bob, label.pk)
    return versions.freeze_version(actor=cast.alice, project=project)


@pytest.fixture
def version(project: Any, cast: Any) -> DatasetVersion:
    return freeze(project, cast)


def boxes(items: list[Item], seed: int, miss: float) -> tuple[dict[str, Any], list[ImageResult]]:
    truths = random_truths(3, images=len(items), classes=2)
    guesses = random_guesses(truths, seed, classes=2, miss=miss)
    images = [judge_image(g, t, 2, i.pk) for g, t, i in zip(guesses, truths, items, strict=True)]
    return evaluate_detection(guesses, truths, 2) | extra_metrics(images, DETECT), images


def store(
    variant: ModelVariant, version: DatasetVersion, metrics: Any, images: Any, task: str = DETECT,
    classes: tuple[str, ...] = CLASSES, split: str = "test",
) -> EvaluationReport:  # fmt: skip
    return record_evaluation(
        variant=variant,
        dataset_version=version,
        run=None,
        split=split,
        metrics=metrics,
        images=[image.to_json() for image in images],
        details=describe(images, classes, task, resamples=50),
    )


def get(client: APIClient, variant: Any, what: str) -> Any:
    return client.get(f"/api/variants/{variant.pk}/{what}/")


def test_a_report_holds_metrics_by_name_intervals_curves_and_the_worst_images(
    alice: APIClient, project: Any, version: DatasetVersion
) -> None:
    variant, items = add_variant(project), add_items(project, 24)
    metrics, images = boxes(items, 5, 0.3)
    store(variant, version, metrics, images)
    found = get(alice, variant, "report").json()
    assert found["metrics"]["map50"] == pytest.approx(metrics["map50"])
    low, high = found["intervals"]["map50"]
    assert low < metrics["map50"] < high
    assert [row["name"] for row in found["metrics"]["per_class"]] == list(CLASSES)
    assert {"map50", "map5095", "precision", "recall", "n"} <= set(found["metrics"]["per_class"][0])
    assert set(found["metrics"]["per_size"]) == {"small", "medium", "large"}
    assert found["curves"]["confusion"]["labels"] == [*CLASSES, "background"]
    assert found["curves"]["pr"][0]["class"] == "car" and found["curves"]["reliability"]
    worst = found["worst"]
    assert worst and worst == sorted(worst, key=lambda row: -row["score"])
    assert worst[0]["name"] == Item.objects.get(pk=worst[0]["item_id"]).name
    assert (found["dataset_version"]["number"], found["images"]) == (version.number, 24)


def test_a_report_of_the_newest_version_is_shown_and_of_the_split_asked_for(
    alice: APIClient, cast: Any, project: Any, version: DatasetVersion
) -> None:
    variant, items = add_variant(project), add_items(project, 4)
    newer = freeze(project, cast)
    for where in (newer, version):
        store(variant, where, *boxes(items, 5, 0.3))
    assert get(alice, variant, "report").json()["dataset_version"]["id"] == newer.pk
    missing = alice.get(f"/api/variants/{variant.pk}/report/?split=val")
    assert missing.status_code == 404
    assert alice.get(f"/api/variants/{variant.pk}/report/?split=train").status_code == 422


def test_a_report_of_an_older_kind_is_shown_as_far_as_it_goes(
    alice: APIClient, project: Any, version: DatasetVersion
) -> None:
    variant = add_variant(project)
    metrics = {"map50": 0.6, "map5095": 0.3, "per_class": {"0": {"map50": 0.6, "map5095": 0.3, "truths": 12}}}
    EvaluationReport.objects.create(variant=variant, dataset_version=version, split="test", metrics=metrics)
    found = get(alice, variant, "report").json()
    assert found["metrics"]["per_class"] == [{"name": "car", "n": 12, "map50": 0.6, "map5095": 0.3}]
    assert (found["intervals"], found["worst"], found["curves"]["confusion"]) == ({}, [], None)
    same = get(alice, variant, f"compare/{variant.pk}").json()
    assert (same["a"], same["drop"], same["verdict"]) == (0.6, None, "inconclusive")


def test_two_variants_are_compared_on_the_same_images(alice: APIClient, project: Any, version: DatasetVersion) -> None:
    good, bad, items = add_variant(project, 1), add_variant(project, 2), add_items(project, 60)
    for variant, miss in ((good, 0.05), (bad, 0.6)):
        store(variant, version, *boxes(items, 5, miss))
    found = get(alice, bad, f"compare/{good.pk}").json()
    assert found["metric"] == "map50" and found["a"] < found["b"]
    assert found["drop"] == pytest.approx((found["b"] - found["a"]) / found["b"])
    assert found["interval"][0] < found["drop"] < found["interval"][1]
    assert found["p_value"] < 0.01
    assert (found["verdict"], found["method"]) == ("refuse", "jackknife")
    assert found["per_class"][0]["delta"] < 0 and {row["name"] for row in found["per_class"]} == set(CLASSES)
    assert found["changed"] and found["changed"][0]["item_id"] in {item.pk for item in items}
    back = get(alice, good, f"compare/{bad.pk}").json()
    assert back["verdict"] == "pass" and back["drop"] < 0


def test_a_variant_compared_with_itself_differs_in_nothing(
    alice: APIClient, project: Any, version: DatasetVersion
) -> None:
    variant, items = add_variant(project), add_items(project, 12)
    store(variant, version, *boxes(items, 5, 0.3))
    found = get(alice, variant, f"compare/{variant.pk}").json()
    assert (found["drop"], found["p_value"], found["verdict"], found["changed"]) == (0.0, 1.0, "pass", [])


def test_the_gates_own_comparison_stands_for_the_pair_that_it_judged(
    alice: APIClient, project: Any, version: DatasetVersion
) -> None:
    parent, candidate, items = add_variant(project, 1), add_variant(project, 2), add_items(project, 24)
    judged = {}
    for variant, miss in ((parent, 0.1), (candidate, 0.3)):
        metrics, judged[variant.pk] = boxes(items, 5, miss)
        store(variant, version, metrics, judged[variant.pk])
    result = decide_within(
        Contender(judged[parent.pk]), Contender(judged[candidate.pk]), GateLimits(max_drop=0.05), task_type=DETECT,
        classes=CLASSES, resamples=50,
    ).to_json()  # fmt: skip
    gate = {**result, "parent": "deployed", "parent_variant_id": parent.pk, "comparisons": {"deployed": result}}
    ModelVariant.objects.filter(pk=candidate.pk).update(gate=gate)
    found = get(alice, candidate, f"compare/{parent.pk}").json()
    assert found["method"] == "bootstrap"
    assert found["interval"] == result["interval"] and found["verdict"] == result["verdict"]
    assert found["allowed_drop"] == 0.05


def test_variants_judged_on_different_versions_are_not_compared(
    alice: APIClient, cast: Any, project: Any, version: DatasetVersion
) -> None:
    first, second, third = (add_variant(project, number) for number in (1, 2, 3))
    items = add_items(project, 4)
    store(first, version, *boxes(items, 5, 0.3))
    store(second, freeze(project, cast), *boxes(items, 5, 0.3))
    refused = get(alice, first, f"compare/{second.pk}")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_comparable")
    assert get(alice, first, f"compare/{third.pk}").status_code == 404


def test_a_variant_of_another_project_is_not_compared(
    alice: APIClient, project: Any, classification_project: Any, version: DatasetVersion
) -> None:
    mine, other = add_variant(project), add_variant(classification_project)
    store(mine, version, *boxes(add_items(project, 4), 5, 0.3))
    assert get(alice, mine, f"compare/{other.pk}").status_code == 404


def test_classifiers_are_compared_by_the_images_that_only_one_has_right(
    alice: APIClient, cast: Any, classification_project: Any
) -> None:
    project, names = classification_project, ("hat", "shoes", "shirt")
    version = freeze(project, cast)
    items = add_items(project, 30)
    variants = []
    for number, lost in ((1, 2), (2, 8)):
        made = ModelVersion.objects.create(project=project, number=number, name="toy", arch="toy")
        manifest = manifest_of(ONNX, CLASSIFY, names)
        variant = ModelVariant.objects.create(version=made, precision="fp32", manifest=manifest, size_bytes=1)
        truths = [[Truth(None, n % 3)] for n in range(30)]
        guesses = [[Shown(None, (n + (n < lost)) % 3, 0.8)] for n in range(30)]
        images = [judge_image(g, t, 3, i.pk) for g, t, i in zip(guesses, truths, items, strict=True)]
        metrics = evaluate_classification(guesses, truths, 3) | extra_metrics(images, CLASSIFY)
        store(variant, version, metrics, images, CLASSIFY, names)
        variants.append(variant)
    found = get(alice, variants[1], f"compare/{variants[0].pk}").json()
    assert (found["metric"], found["a"], found["b"]) == ("accuracy", pytest.approx(22 / 30), pytest.approx(28 / 30))
    assert found["mcnemar"] == {"lost": 6, "won": 0, "p_value": 2 / 2**6}
    assert [row["item_id"] for row in found["changed"]] == [item.pk for item in items[2:8]]
    report = get(alice, variants[1], "report").json()
    assert report["metrics"]["macro_f1"] > 0 and report["metrics"]["ece"] > 0
    assert report["curves"]["confusion"]["labels"] == list(names)


def test_the_checklist_names_lost_classes_pictures_to_see_and_the_way_back(
    alice: APIClient, cast: Any, project: Any, version: DatasetVersion
) -> None:
    deployed, candidate, items = add_variant(project, 1), add_variant(project, 2), add_items(project, 60)
    deployments.deploy_variant(actor=cast.dora, variant=deployed, predict=False)
    for variant, miss in ((deployed, 0.05), (candidate, 0.6)):
        store(variant, version, *boxes(items, 5, miss))
    gate = {"verdict": "refuse", "reasons": ["worse"], "rules": [], "deployed_variant_id": deployed.pk}
    ModelVariant.objects.filter(pk=candidate.pk).update(gate=gate)
    found = get(alice, candidate, "checklist").json()
    assert (found["verdict"], found["asks"], found["least_reason"]) == ("refuse", "override", 10)
    assert found["gate_is_current"] is True and found["deployed"] is False
    assert found["rollback_target"]["variant_id"] == deployed.pk
    assert all(row["delta"] < -0.02 and row["n"] >= 10 for row in found["class_drops"])
    assert "car" in {row["name"] for row in found["class_drops"]}
    assert 0 < len(found["samples"]) <= 12
    assert found["comparison"]["verdict"] == "refuse"


def test_the_checklist_says_when_the_gate_compared_with_another_model_than_todays(
    alice: APIClient, cast: Any, project: Any
) -> None:
    old, now, candidate = (add_variant(project, number) for number in (1, 2, 3))
    deployments.deploy_variant(actor=cast.dora, variant=now, predict=False)
    ModelVariant.objects.filter(pk=candidate.pk).update(gate={"verdict": "pass", "deployed_variant_id": old.pk})
    found = get(alice, candidate, "checklist").json()
    assert found["gate_is_current"] is False
    assert (found["comparison"], found["class_drops"], found["samples"]) == (None, [], [])


def test_the_first_model_has_nothing_to_compare_with_and_no_way_back(alice: APIClient, project: Any) -> None:
    found = get(alice, add_variant(project), "checklist").json()
    assert (found["rollback_target"], found["comparison"], found["asks"]) == (None, None, None)
    assert found["gate_is_current"] is True
    assert not Deployment.objects.exists()


def test_reports_are_listed_with_their_intervals(alice: APIClient, project: Any, version: DatasetVersion) -> None:
    report = store(add_variant(project), version, *boxes(add_items(project, 6), 5, 0.2))
    (row,) = alice.get(f"/api/projects/{project.pk}/reports/").json()["results"]
    assert (row["id"], row["split"]) == (report.pk, "test")
    assert set(row["intervals"]) == {"map50", "map5095"}


def test_the_scores_of_classes_are_by_name_for_the_model_card(project: Any, version: DatasetVersion) -> None:
    variant = add_variant(project)
    metrics, images = boxes(add_items(project, 24), 5, 0.3)
    store(variant, version, metrics, images)
    found = card_facts(variant).per_class
    assert found == {name: pytest.approx(metrics["per_class"][n]["map50"]) for n, name in enumerate(CLASSES)}
