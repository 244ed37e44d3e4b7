"""Every format on the same facts, the real sets, and each kind of fault by file, line and field."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from annotator.core.errors import BadUpload
from annotator.core.format import ExportItem, SourceObject, content_root, foreign_pictures
from annotator.core.formats import FORMATS, sniff
from tests.annotator.core.samples import picture_bytes, voc_xml, write_coco, write_picture, write_voc

DETECTION = ["coco", "yolo", "pascal_voc"]


def faults(found):
    return [(one.path, one.line, one.field, one.code) for one in found]


def export_items(folder):
    things = {
        "a.jpg": [
            SourceObject("cat", (1.5, 2.25, 30.0, 40.75)),
            SourceObject("traffic 'light'", (0.0, 0.0, 64.0, 48.0)),
        ],
        "b.jpg": [],
        "c.jpg": [SourceObject("cat", (10.0, 11.0, 12.0, 13.0))],
    }
    splits = {"a.jpg": "train", "b.jpg": "val", "c.jpg": "test"}
    return [
        ExportItem(name, splits[name], 64, 48, objects, write_picture(folder / name, seed=number))
        for number, (name, objects) in enumerate(things.items())
    ]


@pytest.mark.parametrize("slug", FORMATS)
def test_slugs_are_the_keys_of_the_table(slug):
    assert FORMATS[slug].slug == slug


@pytest.mark.parametrize("slug", DETECTION)
def test_what_is_written_is_recognised_and_read_back_the_same(slug, tmp_path):
    items = export_items(tmp_path / "in")
    FORMATS[slug].write(tmp_path / "out", items, ["cat", "traffic 'light'", "dog"])
    assert sniff(tmp_path / "out").slug == slug
    found = FORMATS[slug].read(tmp_path / "out")
    assert (found.refusals, found.notices, found.boxes_read) == ([], [], 3)
    assert set(found.classes) >= {"cat", "traffic 'light'"}
    by_name = {image.path.rsplit("/", 1)[-1]: image for image in found.images}
    for item in items:
        image = by_name[item.name]
        assert (image.split, image.labelled) == (item.split, True)
        assert [one.class_name for one in image.objects] == [one.class_name for one in item.objects]
        for one, wanted in zip(image.objects, item.objects, strict=True):
            assert one.bbox == pytest.approx(wanted.bbox, abs=0.01)


def test_class_folders_are_read_back_the_same(tmp_path):
    items = [
        ExportItem(f"{n}.jpg", split, 64, 48, [SourceObject(name, None)], write_picture(tmp_path / f"{n}.jpg", seed=n))
        for n, (split, name) in enumerate([("train", "cat"), ("train", "dog"), ("val", "cat"), ("test", "dog")])
    ]
    FORMATS["image_folder"].write(tmp_path / "out", items, ["cat", "dog"])
    found = sniff(tmp_path / "out").read(tmp_path / "out")
    assert found.classes == ["cat", "dog"]
    assert {(one.split, one.objects[0].class_name) for one in found.images} == {
        ("train", "cat"), ("train", "dog"), ("val", "cat"), ("test", "dog"),
    }  # fmt: skip
    assert "train/cat/0.jpg,train,cat" in (tmp_path / "out/labels.csv").read_text()


@pytest.mark.parametrize("slug", FORMATS)
def test_names_and_classes_never_leave_the_export_folder(slug, tmp_path):
    evil = "../../evil"
    objects = [SourceObject(evil, None if slug == "image_folder" else (1.0, 1.0, 9.0, 9.0))]
    picture = write_picture(tmp_path / "p.jpg")
    items = [ExportItem("../../../up.jpg", "train", 64, 48, objects, picture) for _ in range(2)]
    FORMATS[slug].write(tmp_path / "deep/er/out", items, [evil])
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path != picture]
    assert files and all(path.is_relative_to(tmp_path / "deep/er/out") for path in files)
    assert sum(path.suffix == ".jpg" for path in files) == 2


def test_bccd_gives_4888_boxes_of_which_two_without_area_are_refused_by_file_and_line(shared, tmp_path):
    if shared is None:
        boxes = [("RBC", 1, 2, 30, 40), ("RBC", 5, 5, 5, 5)]
        root, images, read, kept, lines = write_voc(tmp_path, 2, boxes), 2, 4, 2, [10, 10]
        names = ["Annotations/p0.xml", "Annotations/p1.xml"]
    else:
        root, images, read, kept, lines = shared / "data" / "bccd", 364, 4888, 4886, [163, 55]
        names = ["Annotations/BloodImage_00338.xml", "Annotations/BloodImage_00343.xml"]
    form = sniff(root)
    found = form.read(root)
    assert form.slug == "pascal_voc"
    assert (len(found.images), found.boxes_read) == (images, read)
    assert sum(len(one.objects) for one in found.images) == kept
    assert faults(found.refusals) == [
        (name, line, "bndbox", "zero_area") for name, line in zip(names, lines, strict=True)
    ]
    if shared is not None:
        assert Counter(one.split for one in found.images) == {"train": 205, "val": 87, "test": 72}
        assert Counter(thing.class_name for one in found.images for thing in one.objects) == {
            "RBC": 4153, "WBC": 372, "Platelets": 361,
        }  # fmt: skip


def test_clothing_is_500_pictures_of_10_classes_with_its_own_split(shared, tmp_path):
    if shared is None:
        for number, (split, name) in enumerate(
            (s, c) for s in ("train", "validation", "test") for c in ("hat", "shirt")
        ):
            write_picture(tmp_path / split / name / f"{number}.jpg", seed=number)
        root, wanted, classes = tmp_path, {"train": 2, "val": 2, "test": 2}, 2
    else:
        root, wanted, classes = shared / "data" / "clothing", {"train": 300, "val": 100, "test": 100}, 10
    form = sniff(root)
    found = form.read(root)
    assert form.slug == "image_folder"
    assert len(found.classes) == classes
    assert Counter(one.split for one in found.images) == wanted
    assert all(one.labelled and one.objects[0].bbox is None for one in found.images)


def test_the_other_real_sets_are_recognised_and_whole(shared):
    if shared is None:
        return
    data = shared / "data"
    signs = FORMATS["coco"].read(data / "road-signs")
    assert (len(signs.images), signs.boxes_read, len(signs.classes)) == (247, 476, 13)
    assert Counter(one.split for one in signs.images) == {"train": 180, "val": 67}
    assert signs.refusals == []
    assert sniff(data / "coco-mini").slug == "yolo"
    mini = FORMATS["yolo"].read(data / "coco-mini")
    assert (len(mini.images), mini.boxes_read, len(mini.classes)) == (128, 898, 80)
    people = sum(thing.class_name == "person" for one in mini.images for thing in one.objects)
    assert (people, mini.refusals) == (350, [])
    assert [one.code for one in mini.notices] == ["masks_left_out"]


@pytest.mark.parametrize(
    ("folder", "slug", "images", "objects"),
    [
        ("coco/coco", "coco", 2, 2), ("coco/coco_instances", "coco", 2, 2), ("coco/labelme2coco", "coco", 3, 12),
        ("voc/voc_dataset1", "pascal_voc", 2, 2), ("voc/voc_dataset3", "pascal_voc", 1, 1),
        ("yolo/strict", "yolo", 1, 2), ("yolo/labels", "yolo", 2, 4), ("yolo/annotations", "yolo", 1, 2),
        ("yolo/label_studio_yolo_import", "yolo", 4, 13), ("roboflow/coco", "coco", 3, 3),
        ("roboflow/voc", "pascal_voc", 3, 4), ("roboflow/yolo", "yolo", 3, 4),
    ],
)  # fmt: skip
def test_exports_of_other_tools_are_read(shared, folder, slug, images, objects):
    if shared is None:
        return
    root = content_root(shared / "data" / "interop" / folder)
    form = sniff(root)
    found = form.read(root)
    assert (form.slug, len(found.images)) == (slug, images)
    assert sum(len(one.objects) for one in found.images) == objects


def test_boxes_over_the_edge_are_clipped_and_reported(tmp_path):
    root = write_voc(tmp_path, 1, [("cat", -10, 5, 70, 30), ("cat", 0, 0, 64.4, 48), ("cat", 90, 0, 99, 9)])
    found = FORMATS["pascal_voc"].read(root)
    assert [one.bbox for one in found.images[0].objects] == [(0, 5, 64, 30), (0, 0, 64, 48)]
    assert faults(found.notices) == [("Annotations/p0.xml", 6, "bndbox", "clipped")]
    assert "by 10 px" in found.notices[0].reason
    assert faults(found.refusals) == [("Annotations/p0.xml", 14, "bndbox", "outside")]


def test_voc_faults_are_named_by_file_line_and_field(tmp_path):
    root = write_voc(tmp_path, 1)
    notes = root / "Annotations"
    (notes / "gone.xml").write_text(voc_xml("gone.jpg", [("cat", 1, 1, 9, 9)]))
    (notes / "broken.xml").write_text("<annotation>\n<object>\n</annotation>")
    (notes / "bomb.xml").write_text('<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;">]>\n<annotation>&z;</annotation>')
    (notes / "steal.xml").write_text(
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><annotation>&x;</annotation>'
    )
    (notes / "p0_again.xml").write_text(
        voc_xml("p0.jpg", [("cat", "abc", 1, 9, 9), ("", 1, 1, 9, 9), ("cat", 4, 5, 20, 30)])
    )
    found = FORMATS["pascal_voc"].read(root)
    assert set(faults(found.refusals)) == {
        ("Annotations/gone.xml", 2, "filename", "missing_image"),
        ("Annotations/broken.xml", 3, None, "bad_xml"),
        ("Annotations/bomb.xml", None, None, "unsafe_xml"),
        ("Annotations/steal.xml", None, None, "unsafe_xml"),
        ("Annotations/p0_again.xml", 6, "xmin", "bad_number"),
        ("Annotations/p0_again.xml", 9, "name", "unknown_class"),
    }
    assert {one.code for one in found.notices} == {"image_named_twice", "repeated_object"}
    assert len(found.images[0].objects) == 2


def test_xml_of_endless_elements_is_refused(tmp_path):
    root = write_voc(tmp_path, 1)
    (root / "Annotations/flood.xml").write_text("<annotation>" + "<a/>" * 200_001 + "</annotation>")
    found = FORMATS["pascal_voc"].read(root)
    assert faults(found.refusals) == [("Annotations/flood.xml", None, None, "bad_xml")]


def test_voc_splits_come_from_the_image_sets(tmp_path):
    root = write_voc(tmp_path, 4)
    sets = root / "ImageSets" / "Main"
    sets.mkdir(parents=True)
    (sets / "train.txt").write_text("p0\np1 1\n")
    (sets / "val.txt").write_text("p2\np0\n")
    (sets / "trainval.txt").write_text("p0\np1\np2\n")
    found = FORMATS["pascal_voc"].read(root)
    assert [one.split for one in found.images] == ["train", "train", "val", None]
    assert faults(found.notices) == [("ImageSets/Main/val.txt", 2, None, "two_splits")]


def test_a_size_that_differs_is_reported(tmp_path):
    root = write_voc(tmp_path, 1)
    (root / "Annotations/p0.xml").write_text(voc_xml("p0.jpg", [("cat", 1, 1, 9, 9)], size=(48, 64)))
    found = FORMATS["pascal_voc"].read(root)
    assert faults(found.notices) == [("Annotations/p0.xml", 3, "size", "size_differs")]


def test_coco_faults_are_named_by_file_and_field(tmp_path):
    def annotation(**changes):
        return {"id": 1, "image_id": 1, "category_id": 3, "bbox": [1, 2, 10, 10], "iscrowd": 0} | changes

    content = {
        "images": [
            {"id": 1, "file_name": "a.jpg", "width": 64, "height": 48},
            {"id": 2, "file_name": "gone.jpg", "width": 64, "height": 48},
            {"id": 1, "file_name": "a.jpg"},
            {"id": 4},
        ],
        "categories": [{"id": 3, "name": "cat"}, {"id": 4}],
        "annotations": [
            annotation(), annotation(image_id=2), annotation(image_id=77), annotation(category_id=9),
            annotation(iscrowd=1), annotation(bbox=[1, 2, 0, 5]), annotation(bbox=[1, 2, "x", 5]),
            annotation(bbox=None),
            annotation(bbox=[60, 40, 20, 20]), annotation(), "nonsense",
        ],
    }  # fmt: skip
    found = FORMATS["coco"].read(write_coco(tmp_path, content, ["a.jpg"]))
    assert [(one.field, one.code) for one in found.refusals] == [
        ("categories[1].name", "bad_class"),
        ("images[1].file_name", "missing_image"),
        ("images[2].id", "duplicate_id"),
        ("images[3].file_name", "bad_json"),
        ("annotations[1]", "missing_image"),
        ("annotations[2].image_id", "missing_image"),
        ("annotations[3].category_id", "unknown_class"),
        ("annotations[4].iscrowd", "crowd"),
        ("annotations[5].bbox", "zero_area"),
        ("annotations[6].bbox", "bad_box"),
        ("annotations[7].bbox", "bad_box"),
        ("annotations[10]", "bad_json"),
    ]
    assert [(one.field, one.code) for one in found.notices] == [
        ("annotations[8].bbox", "clipped"),
        (None, "repeated_object"),
    ]
    assert [one.bbox for one in found.images[0].objects] == [(1, 2, 11, 12), (60, 40, 64, 48)]


def test_coco_that_is_no_json_is_refused_with_its_line(tmp_path):
    write_coco(tmp_path, {"images": [], "annotations": [], "categories": []}, ["a.jpg"])
    (tmp_path / "labels.json").write_text('{"images": [],\n"annotations": [], "categories": [\n}')
    found = FORMATS["coco"].read(tmp_path)
    assert faults(found.refusals) == [("labels.json", 3, None, "bad_json")]


@pytest.mark.parametrize("content", [{"images": 3, "annotations": []}, {"images": [], "annotations": {}}])
def test_coco_of_a_wrong_shape_is_refused(content, tmp_path):
    found = FORMATS["coco"].read(write_coco(tmp_path, content, ["a.jpg"]))
    assert [one.code for one in found.refusals] == ["bad_json"]


def test_coco_images_without_annotations_are_labelled_as_empty_and_strangers_are_unlabelled(tmp_path):
    content = {"images": [{"id": 1, "file_name": "a.jpg"}], "categories": [], "annotations": []}
    found = FORMATS["coco"].read(write_coco(tmp_path, content, ["a.jpg", "b.jpg"]))
    assert [(one.path, one.labelled) for one in found.images] == [("a.jpg", True), ("b.jpg", False)]


def test_coco_scores_are_kept(tmp_path):
    content = {
        "images": [{"id": 1, "file_name": "a.jpg"}],
        "categories": [{"id": 1, "name": "cat"}],
        "annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5], "score": 0.75}],
    }
    found = FORMATS["coco"].read(write_coco(tmp_path, content, ["a.jpg"]))
    assert found.images[0].objects[0].score == 0.75


def yolo(root, label, names="cat\ndog\n"):
    write_picture(root / "images/train/a.jpg")
    (root / "labels/train").mkdir(parents=True)
    (root / "labels/train/a.txt").write_text(label)
    if names:
        (root / "classes.txt").write_text(names)
    return FORMATS["yolo"].read(root)


def test_yolo_faults_are_named_by_file_line_and_field(tmp_path):
    lines = ["0 0.5 0.5 0.5 0.5", "9 0.5 0.5 0.1 0.1", "x 0.5 0.5 0.1 0.1", "0 0.5 oh 0.1 0.1", "0 0.5 0.5 0 0.1",
             "0 32 24 10 10", "0 0.5 0.5", "0 nan 0.5 0.1 0.1", "", "1 0.9 0.5 0.4 0.5", "1 0.1 0.1 0.5 0.1 0.5 0.5",
             "1 0.5 0.5 0.2 0.2 0.9"]  # fmt: skip
    found = yolo(tmp_path, "\n".join(lines))
    place = "labels/train/a.txt"
    assert faults(found.refusals) == [
        (place, 2, "class", "unknown_class"), (place, 3, "class", "unknown_class"),
        (place, 4, "column 3", "bad_number"),
        (place, 5, "box", "zero_area"), (place, 6, "box", "not_relative"), (place, 7, None, "bad_line"),
        (place, 8, "box", "bad_number"),
    ]  # fmt: skip
    assert faults(found.notices) == [(place, 10, "box", "clipped"), (place, 11, "box", "outline")]
    assert found.boxes_read == 11
    things = found.images[0].objects
    assert [one.class_name for one in things] == ["cat", "dog", "dog", "dog"]
    assert things[0].bbox == (16, 12, 48, 36)
    assert things[2].bbox == pytest.approx((6.4, 4.8, 32, 24))
    assert (things[3].score, found.images[0].split) == (0.9, "train")


def test_yolo_without_names_calls_classes_by_number(tmp_path):
    found = yolo(tmp_path, "10 0.5 0.5 0.5 0.5\n2 0.5 0.5 0.2 0.2\n", names="")
    assert found.classes == ["2", "10"]
    assert [one.code for one in found.notices] == ["no_class_names"]


def test_yolo_labels_without_a_picture_are_reported_and_pictures_without_labels_are_unlabelled(tmp_path):
    write_picture(tmp_path / "images/train/b.jpg", seed=2)
    (tmp_path / "labels/train").mkdir(parents=True)
    (tmp_path / "labels/train/gone.txt").write_text("0 0.5 0.5 0.1 0.1\n")
    (tmp_path / "labels/train/b.txt").write_text("")
    write_picture(tmp_path / "images/train/c.jpg", seed=3)
    found = FORMATS["yolo"].read(tmp_path)
    assert faults(found.refusals) == [("labels/train/gone.txt", None, None, "missing_image")]
    assert [(one.path, one.labelled) for one in found.images] == [
        ("images/train/b.jpg", True), ("images/train/c.jpg", False),
    ]  # fmt: skip


def test_yolo_labels_may_lie_beside_their_pictures(tmp_path):
    write_picture(tmp_path / "valid/a.jpg")
    (tmp_path / "valid/a.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    (tmp_path / "data.yaml").write_text("names: [cat]\n")
    assert sniff(tmp_path).slug == "yolo"
    found = FORMATS["yolo"].read(tmp_path)
    assert (found.images[0].split, found.images[0].objects[0].class_name) == ("val", "cat")


def test_a_flat_folder_of_pictures_is_unlabelled(tmp_path):
    for number in range(3):
        write_picture(tmp_path / "photos" / f"{number}.jpg", seed=number)
    found = sniff(tmp_path).read(tmp_path)
    assert [(one.labelled, one.split, one.objects) for one in found.images] == [(False, None, ())] * 3


def test_split_folders_without_classes_are_unlabelled_but_split(tmp_path):
    write_picture(tmp_path / "images/train/1.jpg")
    write_picture(tmp_path / "images/val/2.jpg")
    found = FORMATS["image_folder"].read(tmp_path)
    assert [(one.labelled, one.split) for one in found.images] == [(False, "train"), (False, "val")]


def test_an_empty_folder_is_refused_with_advice(tmp_path):
    (tmp_path / "notes.md").write_text("hello")
    with pytest.raises(BadUpload, match="JPEG, PNG, WebP"):
        sniff(tmp_path)


def test_wrapper_folders_are_looked_through(tmp_path):
    write_voc(tmp_path / "my export" / "v2", 1)
    assert content_root(tmp_path) == tmp_path / "my export" / "v2"


def test_links_out_of_the_folder_are_not_followed(tmp_path):
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(picture_bytes())
    root = tmp_path / "root"
    write_picture(root / "a.jpg")
    (root / "b.jpg").symlink_to(secret)
    (root / "c").symlink_to(tmp_path, target_is_directory=True)
    assert [one.path for one in FORMATS["image_folder"].read(root).images] == ["a.jpg"]


def test_pictures_of_other_kinds_are_listed(tmp_path):
    (tmp_path / "a.gif").write_bytes(b"GIF89a")
    (tmp_path / "b.HEIC").write_bytes(b"x")
    assert list(foreign_pictures(tmp_path)) == [("a.gif", "GIF"), ("b.HEIC", "HEIC")]


def test_coco_ids_of_the_export_count_from_one(tmp_path):
    FORMATS["coco"].write(tmp_path, export_items(tmp_path / "in"), ["cat", "traffic 'light'"])
    content = json.loads((tmp_path / "annotations/instances_train.json").read_text())
    assert content["categories"] == [
        {"id": 1, "name": "cat", "supercategory": ""}, {"id": 2, "name": "traffic 'light'", "supercategory": ""},
    ]  # fmt: skip
    assert content["annotations"][0] == {
        "id": 1, "image_id": 1, "category_id": 1, "bbox": [1.5, 2.25, 28.5, 38.5], "area": 1097.25, "iscrowd": 0,
        "segmentation": [],
    }  # fmt: skip
