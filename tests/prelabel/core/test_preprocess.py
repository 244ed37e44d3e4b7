"""A picture reaches the network as training saw it, and its boxes find the way back."""

from __future__ import annotations

import io
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from annotator.core.errors import BadPicture
from prelabel.core.artifact import InputSpec, Preprocess
from prelabel.core.preprocess import decode_upright, normalise, prepare

PLAIN = Preprocess("letterbox", pad=114, scale=1.0)


def _picture(width: int, height: int, colour: tuple[int, int, int] = (10, 20, 30)) -> np.ndarray:
    return np.full((height, width, 3), colour, dtype=np.uint8)


def _bytes(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def test_centred_letterbox_pads_both_sides_equally() -> None:
    tensor, mapping = prepare(_picture(200, 100), InputSpec(64, 64), PLAIN)
    assert tensor.shape == (1, 3, 64, 64)
    assert tensor.dtype == np.float32
    # 200 x 100 → 64 x 32, so 16 rows of padding above and below.
    assert (tensor[0, :, :16] == 114).all()
    assert (tensor[0, :, 48:] == 114).all()
    assert tensor[0, :, 16, 0].tolist() == [10, 20, 30]
    assert (mapping.offset_x, mapping.offset_y) == (0, 16)


def test_top_left_letterbox_pads_right_and_bottom_only() -> None:
    tensor, mapping = prepare(_picture(100, 200), InputSpec(64, 64), Preprocess("letterbox_top_left", scale=1.0))
    assert tensor[0, :, 63, 31].tolist() == [10, 20, 30]
    assert (tensor[0, :, :, 32:] == 114).all()
    assert (mapping.offset_x, mapping.offset_y) == (0, 0)


def test_center_crop_keeps_the_middle_as_torchvision_does() -> None:
    transforms = pytest.importorskip("torchvision.transforms")
    image = Image.effect_noise((300, 200), 80).convert("RGB")
    tensor, mapping = prepare(np.asarray(image), InputSpec(224, 224), Preprocess("center_crop", scale=1.0, crop=0.875))
    reference = transforms.CenterCrop(224)(transforms.Resize(256)(image))
    assert np.abs(tensor[0].transpose(1, 2, 0) - np.asarray(reference, dtype=np.float32)).max() <= 1.0
    assert mapping.offset_x == -(384 - 224) // 2


@pytest.mark.parametrize("resize", ["letterbox", "letterbox_top_left", "stretch"])
@pytest.mark.parametrize("size", [(640, 480), (333, 777), (17, 17), (1, 500)])
def test_boxes_return_to_the_pixels_they_came_from(resize: str, size: tuple[int, int]) -> None:
    width, height = size
    _, mapping = prepare(_picture(width, height), InputSpec(320, 256), Preprocess(resize))
    truth = np.array(
        [[0, 0, width, height], [width * 0.25, height * 0.5, width * 0.5, height * 0.75]], dtype=np.float32
    )
    inside = np.empty_like(truth)
    inside[:, 0::2] = truth[:, 0::2] * mapping.scale_x + mapping.offset_x
    inside[:, 1::2] = truth[:, 1::2] * mapping.scale_y + mapping.offset_y
    assert inside.min() >= 0
    assert inside[:, 0::2].max() <= 320.001
    np.testing.assert_allclose(mapping.to_picture(inside), truth, atol=1e-2)


def test_boxes_outside_the_picture_are_clipped() -> None:
    _, mapping = prepare(_picture(64, 32), InputSpec(64, 64), PLAIN)
    out = mapping.to_picture(np.array([[-5, 0, 70, 64]], dtype=np.float32))
    assert out.tolist() == [[0, 0, 64, 32]]


def test_normalising_is_scale_then_mean_then_std_in_the_wanted_order() -> None:
    preprocess = Preprocess("stretch", scale=1 / 255, mean=(0.5, 0.25, 0.0), std=(0.5, 0.25, 2.0))
    out = normalise(_picture(2, 2, (255, 0, 51)), "RGB", preprocess)
    np.testing.assert_allclose(out[0, :, 0, 0], [1.0, -1.0, 0.1], atol=1e-6)
    swapped = normalise(_picture(2, 2, (255, 0, 51)), "BGR", Preprocess("stretch", scale=1.0))
    assert swapped[0, :, 0, 0].tolist() == [51, 0, 255]


def test_exif_rotation_is_applied() -> None:
    image = Image.new("RGB", (40, 20))
    exif = image.getexif()
    exif[0x0112] = 6
    assert decode_upright(_bytes(image, "JPEG", exif=exif)).shape == (40, 20, 3)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    kind = "TIFF" if mode == "CMYK" else "PNG"
    assert decode_upright(_bytes(Image.new(mode, (8, 6)), kind)).shape == (6, 8, 3)


def test_sixteen_bit_grey_keeps_its_tones_instead_of_turning_white() -> None:
    values = np.linspace(0, 65535, 100, dtype=np.uint16).reshape(10, 10)
    decoded = decode_upright(_bytes(Image.fromarray(values)))
    assert decoded[0, 0, 0] == 0
    assert 120 < decoded[5, 0, 0] < 136


def test_what_is_not_a_picture_is_refused_by_name(tmp_path: Path) -> None:
    whole = _bytes(Image.effect_noise((200, 200), 60), "JPEG")
    for data, code in ((b"hello", "not_an_image"), (b"", "not_an_image"), (whole[:2000], "truncated_image")):
        with pytest.raises(BadPicture) as raised:
            decode_upright(data)
        assert raised.value.code == code


def test_a_bomb_is_refused_on_its_header() -> None:
    bomb = _bytes(Image.new("1", (13_000, 13_000)))
    assert len(bomb) < 100_000
    with pytest.raises(BadPicture) as raised:
        decode_upright(bomb)
    assert raised.value.code == "too_many_pixels"


@pytest.mark.parametrize("shape", [(480, 640), (1280, 720), (300, 301), (3, 500), (1, 1)])
def test_only_the_part_that_a_crop_keeps_is_resized_and_it_is_the_same(shape: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    spec = InputSpec(64, 64)
    tensor, mapping = prepare(pixels, spec, Preprocess("center_crop", scale=1.0))
    size = (round(mapping.scale_x * shape[1]), round(mapping.scale_y * shape[0]))
    whole = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR))
    left, top = int(-mapping.offset_x), int(-mapping.offset_y)
    middle = whole[top : top + 64, left : left + 64].transpose(2, 0, 1)
    assert np.abs(tensor[0] - middle).max() <= 1  # the last bit is rounded from another place


@pytest.mark.parametrize("shape", [(1, 20_000), (20_000, 1)])
def test_a_picture_of_one_row_takes_no_more_room_for_a_crop_than_others(shape: tuple[int, int]) -> None:
    pixels = np.full((*shape, 3), 100, np.uint8)
    tracemalloc.start()
    tensor, _ = prepare(pixels, InputSpec(224, 224), Preprocess("center_crop", scale=1.0))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * 2**20  # enlarged whole it would have 3.9 GB
    assert (tensor == 100).all()


def test_half_of_sixteen_bits_is_half_grey_however_dark_the_rest_is() -> None:
    decoded = decode_upright(_bytes(Image.new("I;16", (8, 6), 32_768)))
    assert set(decoded.ravel()) <= {127, 128}
