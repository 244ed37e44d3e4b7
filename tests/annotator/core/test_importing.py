"""The decisions of an import, without a database."""

from __future__ import annotations

import json
import math

import pytest

from annotator.core.format import Refusal, SourceImage, SourceObject
from annotator.core.importing import ClassTable, DocumentMaker, ImportReport, Placer, score_entropy
from annotator.core.tasktypes import TASK_TYPES

DETECTION, CLASSIFICATION = TASK_TYPES["object_detection"], TASK_TYPES["image_classification"]
SIZE = (100, 80)


def image(*objects, labelled=True, split=None, path="a.jpg"):
    return SourceImage(path, split, tuple(objects), labelled)


def cat(score=None):
    return SourceObject("cat", (1.0, 2.0, 30.0, 40.0), score)


def test_classes_are_found_exactly_first_then_regardless_of_case_and_space():
    table = ClassTable({"Cat": 1, "cat": 2, "Dog": 3})
    assert (table.id_of("Cat"), table.id_of("cat"), table.id_of(" DOG "), table.id_of("cow")) == (1, 2, 3, None)
    assert table.missing(["cow", "dog", "cow", "hen"]) == ["cow", "hen"]
    assert table.with_names(["cow"]).id_of("cow") == -1
    assert table.id_of("cow") is None


def test_a_truth_becomes_an_annotation_document():
    report = ImportReport()
    document = DocumentMaker(DETECTION, ClassTable({"cat": 7}), "annotation").make(image(cat()), SIZE, report)
    assert document == {
        "objects": [
            {"id": "m-1", "bbox": [1, 2, 30, 40], "class_id": 7, "origin": "manual", "prediction_id": None}
        ]
    }  # fmt: skip
    assert not report.refusals


def test_a_guess_keeps_its_score_and_gets_one_in_the_middle_without():
    maker = DocumentMaker(DETECTION, ClassTable({"cat": 7}), "prediction")
    first, second = maker.make(image(cat(0.9), cat()), SIZE, ImportReport())["objects"]
    assert (first["id"], first["score"], second["score"]) == ("p1", 0.9, 0.5)
    assert second["entropy"] == pytest.approx(math.log(2))


def test_entropy_of_a_coin_is_ln_2_and_of_certainty_zero():
    assert score_entropy(0.5) == pytest.approx(0.693147, abs=1e-6)
    assert score_entropy(0.0) == score_entropy(1.0) == 0.0
    assert score_entropy(0.9) == pytest.approx(0.325083, abs=1e-6)


def test_a_picture_that_loses_all_its_objects_is_unlabelled_and_one_that_has_none_is_empty():
    maker, report = DocumentMaker(DETECTION, ClassTable({"dog": 1}), "annotation"), ImportReport()
    assert maker.make(image(cat(), cat()), SIZE, report) is None
    assert [(one.code, one.field) for one in report.refusals] == [("unknown_class", "class")]
    assert "2 object(s)" in report.refusals[0].reason
    assert maker.make(image(), SIZE, report) == {"objects": []}
    assert maker.make(image(labelled=False), SIZE, report) is None


def test_a_document_that_the_task_type_refuses_is_reported_with_its_path():
    maker, report = DocumentMaker(CLASSIFICATION, ClassTable({"cat": 1}), "annotation"), ImportReport()
    two = image(SourceObject("cat", None), SourceObject("cat", None))
    assert maker.make(two, SIZE, report) is None
    assert (report.refusals[0].code, report.refusals[0].field) == ("invalid_document", "objects")


A, B = 0x0F0F_1234_5678_9ABC, 0xFFFF_0000_AAAA_5555
SHA_TRAIN, SHA_TEST = "0" * 64, "f" * 64


def test_splits_come_from_the_source_else_from_the_twin_else_from_the_hash():
    report, placer = ImportReport(), Placer(keep_splits=True)
    assert placer.place(image(split="val"), SHA_TRAIN, A, report) == ("val", None)
    placer.know("1:first.jpg", A, "val")
    assert placer.place(image(), SHA_TRAIN, A ^ 0b11, report) == ("val", "1:first.jpg")
    assert placer.place(image(), SHA_TEST, B, report) == ("test", None)
    assert report.notices == []
    assert placer.place(image(split="train"), SHA_TRAIN, A ^ 0b1, report) == ("train", "1:first.jpg")
    assert report.notices[0].code == "twin_across_splits"
    assert "first.jpg" in report.notices[0].reason


def test_with_hash_splits_the_source_is_not_asked():
    placer = Placer(keep_splits=False)
    assert placer.place(image(split="val"), SHA_TRAIN, A, ImportReport())[0] == "train"


def test_the_report_lists_a_thousand_and_counts_all(tmp_path):
    report = ImportReport()
    report.refusals = [Refusal(f"{n}.txt", n, "class", "unknown_class", "é") for n in range(1500)]
    report.notice("a.jpg", "clipped", "by 3 px")
    report.counts["items"] = 4
    result = json.loads(json.dumps(report.as_result(format="yolo")))
    assert (result["items"], result["format"], len(result["refusals"]), result["refused"]) == (4, "yolo", 1000, 1500)
    assert report.write_lines(tmp_path / "report.jsonl") == 1501
    lines = [json.loads(line) for line in (tmp_path / "report.jsonl").read_text(encoding="utf-8").splitlines()]
    assert lines[1499] == {
        "kind": "refusal", "path": "1499.txt", "line": 1499, "field": "class", "code": "unknown_class", "reason": "é",
    }  # fmt: skip
    assert lines[1500]["kind"] == "notice"
