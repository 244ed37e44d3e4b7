"""A predict run stores each guess once, routes it at once, and survives whatever happens to its worker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annotator import storage
from annotator.core.errors import RunCancelled, RunFailed
from annotator.models import Annotation, AuditEvent, Item, LabelClass, Prediction, QueueEntry, Run, RunEvent
from annotator.services import runs
from prelabel.jobs import predict, predict_shards
from prelabel.models import QueueOrder
from tests.conftest import make_project
from tests.prelabel.conftest import deploy_colours

CERTAIN, DOUBTFUL, EMPTY = (250, 0, 1), (150, 0, 1), (20, 0, 1)


def _states(project: Any) -> dict[str, str]:
    return dict(Item.objects.filter(project=project).values_list("name", "state"))


def test_every_item_is_predicted_once_and_ends_in_the_state_of_its_route(
    project: Any, deployment: Any, picture: Callable[..., Any], do_run: Callable[..., Any]
) -> None:
    picture(project, "certain", CERTAIN)
    picture(project, "doubtful", DOUBTFUL)
    picture(project, "empty", EMPTY)
    picture(project, "mixed", (250, 150, 1))
    picture(project, "test", (250, 0, 2), split="test")
    picture(project, "reviewed", (250, 0, 3), state="reviewed")
    result, _ = do_run(project, "predict", predict.run, scope="unreviewed")
    assert _states(project) == {
        "certain": "auto_accepted",
        "doubtful": "queued",
        "empty": "queued",
        "mixed": "queued",
        "test": "queued",
        "reviewed": "reviewed",
    }
    reasons = dict(QueueEntry.objects.filter(done=False).values_list("item__name", "reason"))
    assert reasons == {"doubtful": "uncertain", "empty": "empty", "mixed": "uncertain", "test": "test_item"}
    assert Prediction.objects.count() == 5
    assert (result["predicted"], result["auto_accepted"], result["queued"], result["empty"]) == (5, 1, 4, 1)
    assert AuditEvent.objects.filter(verb="items.route").exists()


def test_a_prediction_holds_every_object_above_the_floor_with_its_class_score_and_entropy(
    project: Any, deployment: Any, picture: Callable[..., Any], do_run: Callable[..., Any]
) -> None:
    item = picture(project, "mixed", (204, 51, 1))
    do_run(project, "predict", predict.run)
    car, person = LabelClass.objects.filter(project=project).values_list("pk", flat=True)
    objects = Prediction.objects.get(item=item).document["objects"]
    assert [(one["class_id"], one["score"]) for one in objects] == [(car, 0.8), (person, 0.2)]
    # Input 64 x 64 for a picture of 128 x 64: x is doubled.
    assert objects[0]["bbox"] == [16, 8, 48, 24]
    assert objects[0]["top3"] == [[car, 0.8]]
    assert objects[0]["entropy"] == pytest.approx(0.50040, abs=2e-5)  # -(.8 ln .8 + .2 ln .2)
    item.refresh_from_db()
    assert item.confidence == 0.8  # 0.2 is under show and counts nowhere
    assert item.uncertainty == pytest.approx(0.2)


def test_an_auto_accepted_item_has_an_annotation_that_names_its_guess(
    project: Any, deployment: Any, picture: Callable[..., Any], do_run: Callable[..., Any]
) -> None:
    item = picture(project, "certain", (250, 40, 1))
    do_run(project, "predict", predict.run)
    annotation = Annotation.objects.get(item=item)
    assert annotation.origin == "auto"
    assert annotation.source_prediction == Prediction.objects.get(item=item)
    # The green object is under show: it is stored, but it is not part of the truth.
    assert [one["origin"] for one in annotation.document["objects"]] == ["accepted"]


def test_the_least_certain_come_first(
    project: Any, deployment: Any, picture: Callable[..., Any], do_run: Callable[..., Any]
) -> None:
    for name, red in (("sure", 220), ("barely shown", 70), ("middling", 150), ("near miss", 60), ("nothing", 0)):
        picture(project, name, (red, 0, 1))
    QueueOrder.objects.create(project=project, strategy="least_confident")
    do_run(project, "predict", predict.run)
    order = list(QueueEntry.objects.filter(done=False).order_by("-priority").values_list("item__name", flat=True))
    assert order == ["near miss", "barely shown", "nothing", "middling", "sure"]


def test_a_second_run_predicts_and_changes_nothing(
    project: Any, deployment: Any, picture: Callable[..., Any], do_run: Callable[..., Any]
) -> None:
    for index in range(6):
        picture(project, f"p{index}", (40 * index + 50, 0, index))
    do_run(project, "predict", predict.run)
    before = list(Item.objects.order_by("pk").values_list("state", "revision", "confidence"))
    result, _ = do_run(project, "predict", predict.run)
    assert (result["predicted"], result["already_predicted"]) == (0, 6)
    assert list(Item.objects.order_by("pk").values_list("state", "revision", "confidence")) == before
    assert Prediction.objects.count() == 6


def test_only_new_items_of_the_dataset_are_taken_when_asked(
    project: Any, deployment: Any, picture: Callable[..., Any], do_run: Callable[..., Any]
) -> None:
    wanted = picture(project, "a", DOUBTFUL, dataset="first")
    picture(project, "b", DOUBTFUL, dataset="second")
    picture(project, "c", DOUBTFUL, dataset="first", state="queued")
    do_run(project, "predict", predict.run, scope="new", dataset_id=wanted.dataset_id)
    assert list(Prediction.objects.values_list("item__name", flat=True)) == ["a"]


def test_an_unreadable_picture_becomes_a_problem_with_the_reason_and_the_run_goes_on(
    project: Any, deployment: Any, picture: Callable[..., Any], do_run: Callable[..., Any]
) -> None:
    picture(project, "broken", DOUBTFUL, blob=storage.put_bytes(b"\x89PNG\r\n\x1a\nnot really"))
    picture(project, "lost", DOUBTFUL, blob="f" * 64)
    picture(project, "good", DOUBTFUL)
    result, run = do_run(project, "predict", predict.run)
    assert _states(project) == {"broken": "problem", "lost": "problem", "good": "queued"}
    assert (result["predicted"], result["problems"]) == (1, 2)
    assert "picture" in Item.objects.get(name="broken").problem
    assert "missing" in Item.objects.get(name="lost").problem
    assert RunEvent.objects.filter(run=run, message__startswith="broken cannot be read").exists()


def test_classes_are_mapped_by_name_and_the_others_are_named_once_and_dropped(
    project: Any, picture: Callable[..., Any], do_run: Callable[..., Any], tmp_path: Path
) -> None:
    deploy_colours(project, tmp_path / "m", classes=("unicorn", "PERSON "))
    picture(project, "both", (200, 180, 1))
    picture(project, "more", (200, 190, 1))
    _, run = do_run(project, "predict", predict.run)
    person = LabelClass.objects.get(project=project, name="person")
    for prediction in Prediction.objects.all():
        assert [one["class_id"] for one in prediction.document["objects"]] == [person.pk]
    assert RunEvent.objects.filter(run=run, message__contains="unicorn").count() == 1


def test_a_model_without_any_class_of_the_project_fails_with_what_to_do(
    project: Any, picture: Callable[..., Any], do_run: Callable[..., Any], tmp_path: Path
) -> None:
    deploy_colours(project, tmp_path / "m", classes=("unicorn", "griffin"))
    picture(project, "a", DOUBTFUL)
    with pytest.raises(RunFailed, match="unicorn, griffin") as raised:
        do_run(project, "predict", predict.run)
    assert raised.value.code == "no_common_class"
    assert _states(project) == {"a": "new"}


def test_without_a_deployment_the_run_says_so(project: Any, do_run: Callable[..., Any]) -> None:
    with pytest.raises(RunFailed) as raised:
        do_run(project, "predict", predict.run)
    assert raised.value.code == "nothing_deployed"


def test_a_cancelled_run_keeps_what_it_stored(
    project: Any, deployment: Any, picture: Callable[..., Any], do_run: Callable[..., Any], monkeypatch: Any
) -> None:
    monkeypatch.setattr(predict_shards, "SIZE", 2)
    for index in range(6):
        picture(project, f"p{index}", (150, 0, index))
    stored = predict_shards.store_shard

    def store_and_ask_to_stop(**arguments: Any) -> Any:
        counts = stored(**arguments)
        Run.objects.filter(project=project).update(cancel_requested=True)
        return counts

    monkeypatch.setattr(predict_shards, "store_shard", store_and_ask_to_stop)
    monkeypatch.setattr("annotator.jobs.context.REPORT_EVERY_S", 0.0)
    with pytest.raises(RunCancelled):
        do_run(project, "predict", predict.run)
    assert Counter(_states(project).values()) == {"queued": 2, "new": 4}


def test_a_run_stops_when_another_model_is_deployed_in_its_midst(
    project: Any, deployment: Any, picture: Callable[..., Any], do_run: Callable[..., Any], monkeypatch: Any,
    tmp_path: Path,
) -> None:  # fmt: skip
    monkeypatch.setattr(predict_shards, "SIZE", 2)
    for index in range(4):
        picture(project, f"p{index}", (150, 0, index))
    stored = predict_shards.store_shard

    def store_and_deploy(**arguments: Any) -> Any:
        counts = stored(**arguments)
        deploy_colours(project, tmp_path / "other")
        return counts

    monkeypatch.setattr(predict_shards, "store_shard", store_and_deploy)
    result, _ = do_run(project, "predict", predict.run)
    assert result["superseded"] is True
    assert result["predicted"] == 2
    assert result["retrain"] is None


def test_a_rollback_routes_the_stored_guesses_without_running_the_model(
    project: Any, deployment: Any, picture: Callable[..., Any], do_run: Callable[..., Any], monkeypatch: Any,
    tmp_path: Path,
) -> None:  # fmt: skip
    from prelabel.services.deployments import deploy_variant

    item = picture(project, "certain of a car", (250, 0, 1))
    do_run(project, "predict", predict.run)
    deploy_colours(project, tmp_path / "other", classes=("person", "car"))
    do_run(project, "predict", predict.run)
    deploy_variant(actor=None, variant=deployment.variant, predict=False)
    monkeypatch.setattr(predict, "open_deployed", lambda *a, **k: pytest.fail("the model was loaded"))
    result, _ = do_run(project, "predict", predict.run)
    assert result["predicted"] == 0
    current = Annotation.objects.filter(item=item).order_by("-revision").first()
    car = LabelClass.objects.get(project=project, name="car")
    assert [one["class_id"] for one in current.document["objects"]] == [car.pk]


def test_a_run_for_an_image_classifier_stores_one_object_without_a_box(
    classification_project: Any, picture: Callable[..., Any], do_run: Callable[..., Any], tmp_path: Path
) -> None:
    import numpy as np

    from prelabel.core.artifact import InputSpec, OutputSpec, Preprocess
    from prelabel.services.deployments import deploy_variant
    from prelabel.services.registry import VersionRecord, register_variant, register_version
    from tests.prelabel.toy_models import make_artifact

    folder = make_artifact(
        tmp_path / "m", [np.array([[0.0, 6.0, 0.0]])], predictor="mobilenet", task_type="image_classification",
        classes=("hat", "shoes", "shirt"), output=OutputSpec("softmax"), input=InputSpec(64, 64, "RGB", "images"),
        preprocess=Preprocess("center_crop"),
    )  # fmt: skip
    project = classification_project
    version = register_version(actor=None, project=project, record=VersionRecord(name="m", arch="mobilenet_v3_small"))
    variant = register_variant(actor=None, version=version, artifact_folder=folder)
    deploy_variant(actor=None, variant=variant, predict=False)
    item = picture(project, "a", DOUBTFUL)
    do_run(project, "predict", predict.run)
    (guess,) = Prediction.objects.get(item=item).document["objects"]
    assert "bbox" not in guess
    assert guess["class_id"] == LabelClass.objects.get(project=project, name="shoes").pk
    assert guess["score"] == pytest.approx(0.99507, abs=1e-5)  # e^6 / (e^6 + 2)
    item.refresh_from_db()
    assert item.state == "auto_accepted"


def test_a_run_for_a_segmenter_stores_a_mask_for_each_class(
    cast: Any, picture: Callable[..., Any], do_run: Callable[..., Any], tmp_path: Path
) -> None:
    import numpy as np

    from prelabel.core.artifact import InputSpec, OutputSpec, Preprocess
    from prelabel.core.masks import decode_mask
    from prelabel.services.deployments import deploy_variant
    from prelabel.services.registry import VersionRecord, register_variant, register_version
    from tests.prelabel.toy_models import make_artifact

    logits = np.zeros((1, 3, 8, 8), np.float32)
    logits[0, 0, :4], logits[0, 2, 4:] = 6.0, 6.0  # the upper half road, the lower one sky
    folder = make_artifact(
        tmp_path / "m", [logits], predictor="segmenter", task_type="semantic_segmentation",
        classes=("road", "hat", "sky"), output=OutputSpec("class_map"), input=InputSpec(64, 64, "RGB", "images"),
        preprocess=Preprocess("stretch"),
    )  # fmt: skip
    project = make_project(cast, "semantic_segmentation", ("road", "sky"))
    version = register_version(actor=None, project=project, record=VersionRecord(name="m", arch="unet_mobilenet_v2"))
    variant = register_variant(actor=None, version=version, artifact_folder=folder)
    deploy_variant(actor=None, variant=variant, predict=False)
    item = picture(project, "a", DOUBTFUL)
    do_run(project, "predict", predict.run)
    objects = Prediction.objects.get(item=item).document["objects"]
    names = dict(LabelClass.objects.filter(project=project).values_list("pk", "name"))
    masks = {names[entry["class_id"]]: decode_mask(entry["rle"]) for entry in objects}
    item.refresh_from_db()
    assert set(masks) == {"road", "sky"}
    assert all(mask.shape == (item.height, item.width) for mask in masks.values())
    assert masks["road"][: item.height // 2].all() and masks["sky"][item.height // 2 + 1 :].all()
    assert item.state == "auto_accepted"


def test_progress_counts_items_of_an_earlier_try(
    project: Any, deployment: Any, picture: Callable[..., Any], do_run: Callable[..., Any]
) -> None:
    for index in range(3):
        picture(project, f"early{index}", (150, 0, index))
    do_run(project, "predict", predict.run)
    picture(project, "late", (150, 0, 9))
    made = runs.create_run(actor=None, project=project, kind="predict", params={})
    from annotator.jobs.context import RunContext

    predict.run(RunContext(runs.claim_run(run_id=made.pk, worker="test")))
    made.refresh_from_db()
    assert (made.done, made.total) == (4, 4)


def test_reviewed_val_items_are_guessed_for_the_threshold_estimate_and_stay_reviewed(
    project: Any, deployment: Any, picture: Callable[..., Any], do_run: Callable[..., Any]
) -> None:
    val = picture(project, "val", (250, 0, 4), state="reviewed", split="val")
    picture(project, "train", (250, 0, 5), state="reviewed", split="train")
    picture(project, "test", (250, 0, 6), state="reviewed", split="test")
    result, _ = do_run(project, "predict", predict.run, scope="new")
    assert list(Prediction.objects.values_list("item_id", flat=True)) == [val.pk]
    assert set(_states(project).values()) == {"reviewed"}
    assert not QueueEntry.objects.filter(done=False).exists()
    assert (result["predicted"], result["queued"]) == (1, 0)
    assert result["retrain"]["low"] == result["retrain"]["high"] == 0
