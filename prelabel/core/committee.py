"""A committee that looks at a picture: several models, or several views of it by one model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from annotator.core.geometry import Box
from prelabel.core.fusion import fuse_boxes, fuse_classes
from prelabel.core.predictor import FLOOR, Guess, Predictor
from prelabel.core.preprocess import MAX_PIXELS, Pixels
from prelabel.core.scaled_decode import Picture, decode_whole

_BORDER = 0.125  # of each side, on both ends: what is seen shrinks to 0.8
_PAD = 114
_VOTED = 0.1  # weaker guesses are no votes
_MOST_VOTES = 50  # of a member
Vote = tuple[int, float, Box | None]  # class index, score, box in picture px


@dataclass(frozen=True)
class View:
    """A picture seen otherwise: ``show`` makes it, ``back`` brings a box into the picture's px again."""

    show: Callable[[Pixels], Pixels]
    back: Callable[[Box, int, int], Box | None]  # box, width, height of the picture


def _mirrored(image: Pixels) -> Pixels:
    return np.ascontiguousarray(image[:, ::-1])


def _unmirrored(box: Box, width: int, height: int) -> Box:
    return width - box[2], box[1], width - box[0], box[3]


def _border(length: int) -> int:
    return round(_BORDER * length)


def _farther(image: Pixels) -> Pixels:
    """With a border, since the network's input would undo a mere shrinking."""
    down, across = (_border(length) for length in image.shape[:2])
    framed = cv2.copyMakeBorder(image, down, down, across, across, cv2.BORDER_CONSTANT, value=(_PAD,) * 3)
    return np.asarray(framed, dtype=np.uint8)


def _nearer(box: Box, width: int, height: int) -> Box | None:
    left, top = _border(width), _border(height)
    x1, x2 = (min(float(width), max(0.0, value - left)) for value in (box[0], box[2]))
    y1, y2 = (min(float(height), max(0.0, value - top)) for value in (box[1], box[3]))
    return (x1, y1, x2, y2) if x2 - x1 >= 1 and y2 - y1 >= 1 else None


# Slight enough that a person would label all of them alike.
VIEWS = (View(_mirrored, _unmirrored), View(_farther, _nearer))


class Committee:
    """The deployed model and its further members; ``look`` fuses, ``look_with_votes`` also says what each one saw.

    Where ``fused`` is off the guesses are the first member's alone, and the others only vote.
    """

    def __init__(self, first: Predictor, others: Sequence[Predictor] = (), *, fused: bool = True) -> None:
        self.first, self.others, self.fused = first, tuple(others), fused
        self.classes, self.embeds = first.classes, first.embeds
        # Another model may know the classes in another order, or others; those that the first lacks are not heard.
        self._places = [[_place(first.classes, name) for name in one.classes] for one in self.others]

    def decode(self, source: Path | bytes, max_pixels: int = MAX_PIXELS) -> Picture:
        """A picture file at its own size: members may need different ones. Raises BadPicture."""
        return decode_whole(source, max_pixels)

    def predict(self, images: Sequence[Pixels | Picture]) -> list[list[Guess]]:
        """Guesses per picture, best first."""
        return [self.look(image)[0] for image in images]

    def look(self, image: Pixels | Picture) -> tuple[list[Guess], Any | None]:
        """The committee's guesses of one picture, and the first member's features of it."""
        guesses, features, _ = self.look_with_votes(image)
        return guesses, features

    def look_with_votes(self, image: Pixels | Picture) -> tuple[list[Guess], Any | None, list[list[Vote]]]:
        """The same, and the votes of every member, the first one's at the front."""
        image = image.pixels if isinstance(image, Picture) else image
        own, features = self.first.look(image)
        members = [own]
        if self.others:
            for other, places in zip(self.others, self._places, strict=True):
                members.append(_renumbered(other.predict([image])[0], places, len(self.classes)))
        else:
            height, width = image.shape[:2]
            for view in VIEWS:
                members.append(_brought_back(self.first.predict([view.show(image)])[0], view, width, height))
        votes = [_votes(member) for member in members]
        return (_together(members) if self.fused else own), features, votes


def _place(classes: Sequence[str], name: str) -> int | None:
    return classes.index(name) if name in classes else None


def _renumbered(guesses: Sequence[Guess], places: Sequence[int | None], count: int) -> list[Guess]:
    found = []
    for guess in guesses:
        index = places[guess.class_index]
        if index is None:
            continue
        top = tuple((place, score) for one, score in guess.top3 if (place := places[one]) is not None)
        scores = [0.0] * count if guess.scores else []
        for one, score in enumerate(guess.scores):
            if (place := places[one]) is not None:
                scores[place] = score
        found.append(replace(guess, class_index=index, top3=top, scores=tuple(scores)))
    return found


def _brought_back(guesses: Sequence[Guess], view: View, width: int, height: int) -> list[Guess]:
    found = []
    for guess in guesses:
        box = None if guess.bbox is None else view.back(guess.bbox, width, height)
        if guess.bbox is None or box is not None:
            found.append(replace(guess, bbox=box))
    return found


def _together(members: Sequence[Sequence[Guess]]) -> list[Guess]:
    if any(guess.bbox is not None for member in members for guess in member):
        return fuse_boxes(members, floor=FLOOR)
    return fuse_classes(members)


def _votes(member: Sequence[Guess]) -> list[Vote]:
    return [(one.class_index, one.score, one.bbox) for one in member if one.score >= _VOTED][:_MOST_VOTES]
