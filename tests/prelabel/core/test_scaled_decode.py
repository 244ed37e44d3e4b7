"""A JPEG decoded small is the same picture to the network: its place, its colours, its boxes."""

from __future__ import annotations

import io
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from annotator.core.errors import BadPicture
from annotator.core.scenes.road import draw_scene
from prelabel.core.artifact import InputSpec, Preprocess
from prelabel.core.preprocess import decode_upright
from prelabel.core.scaled_decode import decode_at_least, decode_for, prepare_file

PLAIN = Preprocess("letterbox", scale=1.0)


def _jpeg(image: Image.Image, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", **{"quality": 92, **options})
    return out.getvalue()


@pytest.fixture(scope="module")
def scene() -> Image.Image:
    return draw_scene(900_001, 640, 360).image


def test_whole_it_is_what_pillow_decodes(scene: Image.Image) -> None:
    data = _jpeg(scene)
    assert (decode_at_least(data, lambda width, height: (width, height)).pixels == decode_upright(data)).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_is_turned_as_pillow_turns_it(scene: Image.Image, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = _jpeg(scene, exif=exif)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    picture = decode_at_least(data, lambda width, height: (width // 2, height // 2))
    assert (picture.width, picture.height) == upright.size
    half = np.asarray(upright.resize((upright.width // 2, upright.height // 2), Image.Resampling.BOX), np.float32)
    assert np.abs(picture.pixels - half).mean() < 3.0


@pytest.mark.parametrize(("size", "share"), [((640, 360), 1), ((639, 359), 1), ((640, 720), 1), ((1280, 721), 2),
                                             ((2561, 1441), 4), ((6000, 3400), 8)])  # fmt: skip
def test_no_more_is_decoded_than_the_input_shows(size: tuple[int, int], share: int) -> None:
    picture = decode_for(_jpeg(Image.new("RGB", size)), InputSpec(640, 384), PLAIN)
    assert picture.pixels.shape[:2] == (-(-size[1] // share), -(-size[0] // share))


def test_boxes_return_to_the_pixels_of_the_whole_picture() -> None:
    _, mapping = prepare_file(_jpeg(Image.new("RGB", (1280, 720))), InputSpec(320, 192), PLAIN)
    assert (mapping.width, mapping.height) == (1280, 720)
    box = np.array([[0, 6, 160, 96]], np.float32)  # 320 x 180 in the middle of 192: 6 rows of padding
    np.testing.assert_allclose(mapping.to_picture(box), [[0, 0, 640, 360]], atol=1e-3)


@pytest.mark.parametrize("size", [(640, 384), (416, 256), (320, 192)])
def test_the_network_sees_nearly_what_a_full_decode_would_show(size: tuple[int, int]) -> None:
    """Mean difference ≤ 2/255; what is left comes from the aliasing of a bilinear resize without a low-pass filter."""
    differences = []
    for seed in range(900_010, 900_014):
        data = _jpeg(draw_scene(seed, 1280, 720).image, quality=90)
        spec = InputSpec(*size)
        whole = Image.fromarray(decode_upright(data))
        small, _ = prepare_file(data, spec, PLAIN)
        full, _ = prepare_file(_png(whole), spec, PLAIN)
        differences.append(float(np.abs(small - full).mean()))
    assert np.mean(differences) <= 2.0


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()


def test_training_and_serving_prepare_a_file_alike(tmp_path: Path, scene: Image.Image) -> None:
    torch = pytest.importorskip("torch")
    from compression.core.snapshot import SnapshotItem
    from compression.core.training.box_pictures import BoxPictures

    path = tmp_path / "a.jpg"
    path.write_bytes(_jpeg(scene))
    item = SnapshotItem(1, path, 640, 360, ((0, (10.0, 20.0, 30.0, 60.0)),))
    spec = InputSpec(320, 192)
    trained, targets, _ = BoxPictures([item], spec, PLAIN).plain([0])
    served, _ = prepare_file(path, spec, PLAIN)
    assert torch.equal(trained, torch.from_numpy(served))
    assert targets[0][0].tolist() == [[5.0, 16.0, 15.0, 36.0]]


def test_the_copies_that_yolo_trains_on_look_as_served(tmp_path: Path, scene: Image.Image) -> None:
    pytest.importorskip("torch")
    from compression.core.training.pictures import shrink_to

    path = tmp_path / "a.jpg"
    path.write_bytes(_jpeg(draw_scene(900_020, 1280, 720).image, quality=90))
    shrink_to(path, tmp_path / "small.jpg", 320)
    spec = InputSpec(320, 192)
    served, _ = prepare_file(path, spec, PLAIN)
    trained, _ = prepare_file(tmp_path / "small.jpg", spec, PLAIN)
    assert np.abs(served - trained).mean() <= 2.0  # what JPEG at quality 95 costs


def test_cmyk_and_grey_and_other_kinds_come_out_as_pillow_gives_them(scene: Image.Image) -> None:
    for image, kind in ((scene.convert("CMYK"), "JPEG"), (scene.convert("L"), "JPEG"), (scene, "PNG")):
        out = io.BytesIO()
        image.save(out, kind)
        picture = decode_at_least(out.getvalue(), lambda width, height: (width, height))
        assert (picture.pixels == decode_upright(out.getvalue())).all()


def test_a_broken_jpeg_is_refused_with_its_reason(scene: Image.Image) -> None:
    with pytest.raises(BadPicture) as raised:
        decode_for(_jpeg(scene)[:4000], InputSpec(64, 64), PLAIN)
    assert raised.value.code == "truncated_image"
    with pytest.raises(BadPicture) as raised:
        decode_for(_jpeg(Image.new("L", (400, 400))), InputSpec(64, 64), PLAIN, max_pixels=100_000)
    assert raised.value.code == "too_many_pixels"


@pytest.mark.parametrize("size", [(8000, 6000), (20_000, 20)])
def test_memory_stays_small_whatever_the_size(size: tuple[int, int]) -> None:
    data = _jpeg(Image.new("RGB", size, (90, 120, 150)))
    tracemalloc.start()
    tensor, _ = prepare_file(data, InputSpec(640, 384), PLAIN)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert tensor.shape == (1, 3, 384, 640)
    assert peak < 24 * 2**20  # decoded whole, 48 million pixels are 137 MiB
