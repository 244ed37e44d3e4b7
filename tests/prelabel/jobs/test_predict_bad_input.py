"""Broken and unusual pictures in one run: each ends in the state that fits it, and none stops the others."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from annotator import storage
from annotator.models import Item, Prediction
from prelabel.core.artifact import Preprocess
from prelabel.jobs import predict, predict_shards
from tests.prelabel.conftest import deploy_colours

RED, GREEN = (250, 0, 0), (0, 250, 0)


def _save(image: Image.Image, kind: str, **options: Any) -> bytes:
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def _item(project: Any, name: str, data: bytes, size: tuple[int, int]) -> Item:
    """An item as it lies there when its file was changed, or came from an installation that takes more than this."""
    from annotator.models import Dataset

    dataset, _ = Dataset.objects.get_or_create(project=project, name="odd")
    return Item.objects.create(
        project=project, dataset=dataset, name=name, blob=storage.put_bytes(data), width=size[0], height=size[1],
        source_sha256=hashlib.sha256(name.encode()).hexdigest(), split="train",
    )  # fmt: skip


def _solid(kind: str, size: tuple[int, int] = (128, 64), colour: Any = RED, mode: str = "RGB", **options: Any) -> bytes:
    return _save(Image.new(mode, size, colour), kind, **options)


def _moving(kind: str) -> bytes:
    """The first frame is red, the second green."""
    frames = [Image.new("RGB", (128, 64), colour) for colour in (RED, GREEN)]
    more = {"lossless": True} if kind == "WEBP" else {}
    return _save(frames[0], kind, save_all=True, append_images=frames[1:], duration=100, **more)


def _palette() -> bytes:
    image = Image.new("P", (128, 64), 1)
    image.putpalette([0, 0, 0, *RED])
    return _save(image, "PNG")


def _cut_off() -> bytes:
    noise = np.random.default_rng(0).integers(0, 256, (64, 128, 3), dtype=np.uint8)
    data = _save(Image.fromarray(noise), "JPEG")
    return data[: len(data) // 2]


def _lying_size() -> bytes:
    """A PNG whose header says another size than its data has."""
    data = bytearray(_solid("PNG"))
    data[16:20] = (5000).to_bytes(4, "big")
    return bytes(data)


WIDE = (128, 64)
# name → file, its size upright, and the (class, score) pairs that the colour detector sees; None = cannot be read.
PICTURES: dict[str, tuple[Callable[[], bytes], tuple[int, int], dict[str, float] | None]] = {
    "plain": (lambda: _solid("PNG"), WIDE, {"car": 0.98}),
    "cut off": (_cut_off, WIDE, None),
    "no picture": (lambda: b"\xff\xd8\xff\xe0 this is none", WIDE, None),
    "empty": (lambda: b"", WIDE, None),
    "lying size": (_lying_size, (5000, 64), None),
    "one pixel": (lambda: _solid("PNG", (1, 1)), (1, 1), {}),  # its boxes are thinner than a pixel
    "wide": (lambda: _solid("PNG", (20_000, 20)), (20_000, 20), {"car": 0.98}),
    "tall": (lambda: _solid("JPEG", (20, 20_000), quality=100), (20, 20_000), {"car": 0.98}),
    "16 bit grey": (lambda: _solid("PNG", colour=32_768, mode="I;16"), WIDE, {"car": 0.5, "person": 0.5}),
    "CMYK": (lambda: _solid("JPEG", colour=(0, 255, 255, 0), mode="CMYK", quality=100), WIDE, {"car": 1.0}),
    "palette": (_palette, WIDE, {"car": 0.98}),
    "one bit": (lambda: _solid("PNG", colour=1, mode="1"), WIDE, {"car": 1.0, "person": 1.0}),
    "moving GIF": (lambda: _moving("GIF"), WIDE, {"car": 0.98}),
    "moving WebP": (lambda: _moving("WEBP"), WIDE, {"car": 0.98}),
    "moving PNG": (lambda: _moving("PNG"), WIDE, {"car": 0.98}),
    "last": (lambda: _solid("PNG", colour=GREEN), WIDE, {"person": 0.98}),
}


@pytest.mark.parametrize("resize", ["stretch", "letterbox", "letterbox_top_left", "center_crop"])
def test_each_picture_ends_in_the_state_that_fits_it(
    resize: str, project: Any, do_run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.spot_check_rate = 0.0
    project.save()
    # Padding is black, so that it adds nothing to a mean but its share.
    deploy_colours(project, tmp_path / "colours", preprocess=Preprocess(resize, pad=0))
    monkeypatch.setattr(predict_shards, "SIZE", 6)
    for name, (data, size, _) in PICTURES.items():
        _item(project, name, data(), size)
    result, run = do_run(project, "predict", predict.run)
    broken = {name for name, (_, _, seen) in PICTURES.items() if seen is None}
    assert set(Item.objects.filter(state="problem").values_list("name", flat=True)) == broken
    assert not Item.objects.filter(state="problem", problem="").exists()
    assert (result["predicted"], result["problems"]) == (len(PICTURES) - len(broken), len(broken))
    assert run.events.filter(message__contains="cannot be read").count() == len(broken)
    assert not Item.objects.filter(state="new").exists()
    if resize == "stretch":
        _check_guesses(project)


def _check_guesses(project: Any) -> None:
    """What the network saw is the whole picture in its right colours; of a moving one, the first frame."""
    names = {label.pk: label.name for label in project.classes.all()}
    for name, (_, size, expected) in PICTURES.items():
        if expected is None:
            continue
        item = Item.objects.get(name=name)
        objects = Prediction.objects.get(item=item).document["objects"]
        found = {names[one["class_id"]]: one["score"] for one in objects if one["score"] >= 0.1}
        assert found == pytest.approx(expected, abs=0.012), name
        certain = bool(expected) and min(expected.values()) >= 0.9
        assert item.state == ("auto_accepted" if certain else "queued"), name
        for one in objects:
            x1, y1, x2, y2 = one["bbox"]
            assert 0 <= x1 < x2 <= size[0] and 0 <= y1 < y2 <= size[1], name
