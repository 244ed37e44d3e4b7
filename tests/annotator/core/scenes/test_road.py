from __future__ import annotations

import json
from collections import Counter

import pytest
from PIL import Image

from annotator.core.scenes import SCENES
from annotator.core.scenes.road import CLASSES, _compose, draw_scene
from annotator.core.scenes.road.sprite import Sprite


@pytest.fixture(scope="module")
def scenes():
    return [draw_scene(seed) for seed in range(24)]


def test_the_same_seed_gives_the_same_picture_and_another_seed_another():
    first, again, other = draw_scene(5), draw_scene(5), draw_scene(6)
    assert (first.image.tobytes(), first.objects, first.parameters) == (
        again.image.tobytes(),
        again.objects,
        again.parameters,
    )
    assert first.image.tobytes() != other.image.tobytes()


def test_the_size_is_as_asked():
    assert draw_scene(1).image.size == (640, 384)
    assert draw_scene(1, 320, 192).image.size == (320, 192)


def test_boxes_lie_inside_and_have_a_size_worth_drawing(scenes):
    for scene in scenes:
        for name, (x1, y1, x2, y2) in scene.objects:
            assert name in CLASSES
            assert 0 <= x1 < x2 <= 640 and 0 <= y1 < y2 <= 384
            assert min(x2 - x1, y2 - y1) >= 4


def test_all_classes_and_all_kinds_of_light_occur(scenes):
    names = Counter(name for scene in scenes for name, _ in scene.objects)
    assert all(names[name] > 15 for name in CLASSES)
    assert {scene.parameters["time"] for scene in scenes} == {"day", "overcast", "dusk", "night"}
    assert {scene.parameters["weather"] for scene in scenes} == {"clear", "rain", "fog"}


def test_parameters_are_json_and_count_the_objects(scenes):
    for seed, scene in enumerate(scenes):
        kept = json.loads(json.dumps(scene.parameters))
        assert kept["seed"] == seed and kept["scenery"] == "road"
        assert sum(kept["objects"].values()) == len(scene.objects)


def block(left, size, depth, name):
    return Sprite(Image.new("RGBA", (size, size), (200, 0, 0, 255)), left, 20, depth, name)


def test_boxes_are_of_the_visible_part_and_hidden_objects_are_left_out():
    """A near block of 40 px covers the far one at x 0 from x 20 on, and of a third all but a fifth."""
    canvas = Image.new("RGB", (200, 100))
    _, objects, _ = _compose(
        canvas, [block(0, 40, 30, "vehicle"), block(20, 40, 10, "pedestrian"), block(28, 40, 20, "vehicle")]
    )
    assert objects == [("vehicle", (0.0, 10.0, 10.0, 30.0)), ("pedestrian", (10.0, 10.0, 30.0, 30.0))]


def test_things_of_no_class_hide_what_is_behind_them_but_shadows_do_not():
    canvas = Image.new("RGB", (200, 100))
    tree, shadow = (
        block(0, 40, 5, None),
        Sprite(Image.new("RGBA", (40, 40), (0, 0, 0, 120)), 0, 20, 5, None, solid=False),
    )
    assert _compose(canvas, [block(0, 40, 30, "vehicle"), tree])[1] == []
    assert len(_compose(canvas, [block(0, 40, 30, "vehicle"), shadow])[1]) == 1


def test_the_table_offers_the_road():
    assert SCENES["road"].classes == CLASSES
    assert SCENES["road"].draw_scene(3).objects == draw_scene(3).objects
