from __future__ import annotations

import pytest

from annotator.core.names import parse_data_yaml, parse_names


@pytest.mark.parametrize(
    "text",
    [
        "names: [cat, dog, 'traffic light']",
        'nc: 3\nnames: ["cat", "dog", "traffic light"]\n',
        "names:\n  0: cat\n  1: dog\n  2: traffic light\n",
        "names:\n- cat\n- dog\n- traffic light\n",
        "names:\n  - cat  # a pet\n  - 'dog'\n  - \"traffic light\"\n",
        "names: {0: cat, 1: dog, 2: traffic light}",
        "# header\ntrain: images/train\nnames: ['cat', 'dog',\n  'traffic light']\nval: images/val\n",
    ],
)
def test_every_usual_form_of_names_is_read(text):
    assert parse_data_yaml(text).names == {0: "cat", 1: "dog", 2: "traffic light"}


def test_paths_of_splits_are_read():
    parsed = parse_data_yaml(
        "path: ../x\ntrain: images/train # 128\nvalid: images/val\nnames:\n  0: a\n  5: 'it''s: b'\n"
    )
    assert parsed.paths == {"path": ["../x"], "train": ["images/train"], "val": ["images/val"]}
    assert parsed.names == {0: "a", 5: "it's: b"}


def test_tags_and_anchors_are_only_text():
    assert parse_data_yaml("names: !!python/object/apply:os.system ['true']\n").names == {}


@pytest.mark.parametrize("text", ["", "names:", "names: [", "names: {", ":::\n- -\n[", "names: [a\nb: c"])
def test_nonsense_ends(text):
    parse_data_yaml(text)


def test_name_lists_count_from_zero():
    assert parse_names("\ufeffcat\r\ndog\n\n") == {0: "cat", 1: "dog"}
    assert parse_names("") == {}
