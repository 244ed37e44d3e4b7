"""A preset is a start; numbers that a person gives win."""

from __future__ import annotations

import pytest

from annotator.core.errors import Unprocessable
from compression.core.training.presets import PRESETS, preset_for


def test_given_numbers_replace_those_of_the_preset() -> None:
    chosen = preset_for("quick", "object_detection", {"epochs": 7, "minutes": None, "image_size": 256})
    assert (chosen.epochs, chosen.image_size) == (7, 256)
    assert chosen.minutes == PRESETS["quick"]["object_detection"].minutes


def test_an_unknown_preset_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Unprocessable, match="quick or normal"):
        preset_for("heroic", "object_detection", {})
