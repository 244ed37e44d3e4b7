from __future__ import annotations

import hashlib
import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from annotator.core.errors import BadPicture
from annotator.core.picture import open_picture, read_size
from tests.annotator.core.samples import picture_bytes


def code_of(data: bytes, max_pixels: int = 50_000_000) -> str:
    with pytest.raises(BadPicture) as caught:
        open_picture(data, max_pixels)
    return caught.value.code


def rotated(orientation: int, kind: str = "JPEG") -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return picture_bytes(5, (64, 32), kind, exif.tobytes())


def png_bomb(width: int, height: int) -> bytes:
    """A valid 1-bit PNG of a few KiB that decodes to width x height."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = zlib.compress(b"\0" * ((width + 7) // 8 + 1) * height, 9)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_an_upright_picture_keeps_its_bytes():
    data = picture_bytes(1)
    picture = open_picture(data)
    assert (picture.width, picture.height, picture.format) == (64, 48, "JPEG")
    assert picture.data is data and not picture.reencoded
    assert picture.sha256 == hashlib.sha256(data).hexdigest()


def test_a_path_is_read_as_bytes_are(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(picture_bytes(1))
    assert open_picture(path) == open_picture(picture_bytes(1))


@pytest.mark.parametrize("orientation", range(2, 9))
def test_exif_orientation_is_applied_to_pixels(orientation):
    """The reference is the picture before it was tagged, turned by Pillow's own table."""
    data = rotated(orientation)
    picture = open_picture(data)
    assert (picture.width, picture.height) == ((32, 64) if orientation >= 5 else (64, 32))
    assert picture.sha256 == hashlib.sha256(data).hexdigest()
    assert picture.reencoded and picture.notices[0][0] == "turned_upright"
    table = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }  # fmt: skip
    with Image.open(BytesIO(picture.data)) as turned, Image.open(BytesIO(picture_bytes(5, (64, 32)))) as plain:
        assert turned.getexif().get(0x0112, 1) == 1
        wanted = plain.transpose(table[orientation]).convert("L").resize((9, 8))
        found = turned.convert("L").resize((9, 8))
        assert max(abs(a - b) for a, b in zip(wanted.tobytes(), found.tobytes(), strict=True)) < 12


def test_the_thumbnail_fits_320_pixels_and_keeps_the_shape():
    with Image.open(BytesIO(open_picture(picture_bytes(1, (1280, 640))).thumbnail)) as thumbnail:
        assert thumbnail.size == (320, 160)
        assert thumbnail.format == "JPEG"


def test_read_size_is_upright(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(rotated(6))
    assert read_size(path) == (32, 64)
    path.write_bytes(b"nothing")
    assert read_size(path) is None


@pytest.mark.parametrize("data", [b"", b"hello", b"\x00" * 5000, b"\xff\xd8\xff\xe0" + b"junk" * 10])
def test_what_is_no_picture_is_called_so(data):
    assert code_of(data) == "not_an_image"


@pytest.mark.parametrize("data", [b"GIF89a" + b"\0" * 90, b'<svg xmlns="http://www.w3.org/2000/svg"/>', b"%PDF-1.7 x"])
def test_other_kinds_are_named(data):
    assert code_of(data) == "unsupported_format"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP"])
def test_a_truncated_picture_is_refused_by_name(kind):
    whole = picture_bytes(2, (640, 480), kind)
    assert code_of(whole[: len(whole) // 2]) in (
        "truncated_image",
        "not_an_image" if kind == "WEBP" else "truncated_image",
    )


def test_a_bomb_is_refused_from_its_header_with_the_limit_in_the_message():
    bomb = png_bomb(13_000, 13_000)
    assert len(bomb) < 60_000
    with pytest.raises(BadPicture, match="50 megapixels") as caught:
        open_picture(bomb)
    assert caught.value.code == "too_many_pixels"
    assert caught.value.details["limit"] == 50_000_000


def test_pillows_own_bomb_error_gets_the_same_name():
    assert code_of(png_bomb(20_000, 20_000)) == "too_many_pixels"


def test_the_limit_is_a_setting():
    assert code_of(picture_bytes(1, (100, 100)), max_pixels=9_999) == "too_many_pixels"
    assert open_picture(picture_bytes(1, (100, 100)), max_pixels=10_000).width == 100


def test_tiff_is_stored_as_png_because_browsers_do_not_show_it():
    picture = open_picture(picture_bytes(3, kind="TIFF"))
    assert picture.format == "PNG" and picture.data.startswith(b"\x89PNG")
    assert ("stored_as_png", picture.notices[0][1]) in picture.notices


def test_of_an_animation_the_first_frame_is_taken():
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    buffer = BytesIO()
    frames[0].save(buffer, "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    picture = open_picture(buffer.getvalue())
    assert picture.notices[0][0] == "first_frame"
    with Image.open(BytesIO(picture.data)) as still:
        assert getattr(still, "n_frames", 1) == 1
        assert still.convert("RGB").getpixel((5, 5)) == (255, 0, 0)


def test_sixteen_bit_greys_are_scaled_and_not_clipped_to_white():
    image = Image.new("I;16", (40, 20), 30_000)
    buffer = BytesIO()
    image.save(buffer, "PNG")
    with Image.open(BytesIO(open_picture(buffer.getvalue()).thumbnail)) as thumbnail:
        assert thumbnail.convert("L").getpixel((5, 5)) == pytest.approx(30_000 / 257, abs=3)
