"""Opens untrusted picture files: header first, then one guarded decode; upright, hashed, with a thumbnail."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import NoReturn

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from annotator.core.errors import BadPicture
from annotator.core.quality import difference_hash

MAX_PIXELS = 50_000_000
MAX_FILE_BYTES = 200 * 2**20
THUMBNAIL_PX = 320
# Decoded by these decoders only. SVG, HTML and the exotic ones never reach a parser.
# (MPO, many phones' JPEG with several frames, comes through the JPEG decoder.)
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF")
EXTENSIONS = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".dib", ".tif", ".tiff", ".mpo"})
ORIENTATION = 0x0112

# First bytes of files that are pictures (or often mistaken for some), though none that we take.
_FOREIGN: tuple[tuple[bytes, int, str], ...] = (
    (b"GIF8", 0, "GIF"), (b"ftypavif", 4, "AVIF"), (b"ftypavis", 4, "AVIF"), (b"ftypheic", 4, "HEIC"),
    (b"ftypmif1", 4, "HEIF"), (b"ftypheix", 4, "HEIC"), (b"jP  ", 4, "JPEG 2000"),
    (b"\xff\x4f\xff\x51", 0, "JPEG 2000"), (b"8BPS", 0, "PSD"), (b"%PDF", 0, "PDF"), (b"<svg", 0, "SVG"),
    (b"<?xml", 0, "XML or SVG"), (b"<!DOCTYPE", 0, "HTML"),
    (b"<html", 0, "HTML"), (b"P4", 0, "PNM"), (b"P5", 0, "PNM"), (b"P6", 0, "PNM"), (b"\x00\x00\x01\x00", 0, "ICO"),
    (b"\x01\xda", 0, "SGI"), (b"PK\x03\x04", 0, "ZIP"),
)  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """A picture that was decoded once.

    ``width`` and ``height`` are pixels upright; ``data`` is what to store: the original bytes, or a re-encoding when it
    had to be turned or no browser shows it; ``sha256`` (hex) is of the original bytes; ``dhash`` 64 bits; ``thumbnail``
    a JPEG of at most 320 px. ``notices`` are (code, sentence) of what was changed.
    """

    width: int
    height: int
    format: str
    data: bytes
    sha256: str
    dhash: int
    thumbnail: bytes
    notices: tuple[tuple[str, str], ...] = ()
    reencoded: bool = False


def open_picture(source: Path | bytes, max_pixels: int = MAX_PIXELS) -> Picture:
    """Decode an untrusted picture file.

    Raises BadPicture with the code not_an_image, unsupported_format, too_many_pixels, truncated_image, broken_image,
    or file_too_large.
    """
    data = source if isinstance(source, bytes) else _read(source)
    if not data:
        raise BadPicture("the file is empty", code="not_an_image")
    with warnings.catch_warnings():
        # Pillow warns of odd metadata and of sizes beyond its own limit; ours is checked below.
        warnings.simplefilter("ignore")
        image = _open_header(data, max_pixels)
        with image:
            return _take(image, data, max_pixels)


def read_size(path: Path) -> tuple[int, int] | None:
    """Width and height in pixels, upright, from the header alone; None when it cannot be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=FORMATS) as image:
                width, height = image.size
                turned = _orientation(image) >= 5
    except Exception:  # a hostile header may raise anything; whoever decodes the file will say what is wrong
        return None
    return (height, width) if turned else (width, height)


def _read(path: Path) -> bytes:
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        limit = MAX_FILE_BYTES // 2**20
        raise BadPicture(f"the file has {size // 2**20} MiB; the limit is {limit} MiB", code="file_too_large")
    return path.read_bytes()


def _open_header(data: bytes, max_pixels: int) -> ImageFile.ImageFile:
    try:
        image = Image.open(BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        _refuse_size(max_pixels, str(error))
    except UnidentifiedImageError as error:
        _refuse_unknown(data, error)
    except Exception as error:  # header parsers raise ValueError, OSError, struct.error, SyntaxError …
        raise BadPicture(f"the header is broken ({error})", code="not_an_image") from error
    width, height = image.size
    if width * height > max_pixels:
        image.close()
        _refuse_size(max_pixels, f"{width} x {height}")
    if width < 1 or height < 1:
        image.close()
        raise BadPicture(f"the picture is {width} x {height} pixels", code="not_an_image")
    return image


def _refuse_size(max_pixels: int, found: str) -> NoReturn:
    raise BadPicture(
        f"the picture has too many pixels ({found}); the limit is {max_pixels / 1e6:g} megapixels",
        code="too_many_pixels",
        limit=max_pixels,
    )


def _refuse_unknown(data: bytes, error: Exception) -> NoReturn:
    head = data[:64].lstrip()
    for magic, offset, name in _FOREIGN:
        if data[offset : offset + len(magic)] == magic or (offset == 0 and head.startswith(magic)):
            raise BadPicture(
                f"{name} files are not taken; convert to JPEG, PNG, WebP, BMP or TIFF", code="unsupported_format"
            ) from error
    raise BadPicture("the file is not a picture", code="not_an_image") from error


def _take(image: ImageFile.ImageFile, data: bytes, max_pixels: int) -> Picture:
    kind = "JPEG" if image.format == "MPO" else str(image.format)
    frames = _frames(image)
    try:
        turn = _orientation(image)
        image.load()
        # Pillow turns TIFF files while loading and forgets the tag: what is still there afterwards is left to do.
        upright = ImageOps.exif_transpose(image) if _orientation(image) != 1 else image
        if upright.width * upright.height > max_pixels:  # a second look: some loaders change the size
            _refuse_size(max_pixels, f"{upright.width} x {upright.height}")
        shown = _displayable(upright)
    except BadPicture:
        raise
    except MemoryError:
        raise
    except Exception as error:  # decoders raise OSError, ValueError, SyntaxError, EOFError, struct.error …
        words = str(error)
        cut = any(word in words.lower() for word in ("truncated", "premature", "unexpected end", "cannot read"))
        code = "truncated_image" if cut or isinstance(error, EOFError) else "broken_image"
        raise BadPicture(f"the picture cannot be decoded ({words[:200]})", code=code) from error
    notices = []
    if turn != 1:
        notices.append(("turned_upright", f"turned upright (EXIF orientation {turn})"))
    if frames > 1 and kind != "JPEG":
        notices.append(("first_frame", f"only the first of {frames} frames was taken"))
    if kind == "TIFF":
        notices.append(("stored_as_png", "stored as PNG, since browsers do not show TIFF"))
    data_out, kind = _encoded(data, kind, upright, shown, changed=turn != 1 or (frames > 1 and kind != "JPEG"))
    small = shown.copy()
    small.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX), Image.Resampling.BICUBIC, reducing_gap=2.0)
    return Picture(
        width=upright.width,
        height=upright.height,
        format=kind,
        data=data_out,
        sha256=hashlib.sha256(data).hexdigest(),
        dhash=difference_hash(small),
        thumbnail=_as_jpeg(small, quality=80),
        notices=tuple(notices),
        reencoded=data_out is not data,
    )


def _frames(image: Image.Image) -> int:
    try:
        return int(getattr(image, "n_frames", 1))
    except Exception:  # broken frame tables; the first frame may be fine all the same
        return 1


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(ORIENTATION, 1)
    except Exception:  # broken EXIF is common and harmless
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _displayable(image: Image.Image) -> Image.Image:
    """The picture as 8-bit RGB (transparent parts on white), for thumbnails and hashes."""
    if image.mode in ("RGB", "L"):
        return image.convert("RGB")
    if image.mode.startswith("I") or image.mode == "F":
        return eight_bit(image).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        layered = image.convert("RGBA")
        white = Image.new("RGB", layered.size, (255, 255, 255))
        white.paste(layered, (0, 0), layered)
        return white
    return image.convert("RGB")


def eight_bit(image: Image.Image) -> Image.Image:
    """16-bit, 32-bit and float greys as 8 bits, 0..255; convert() would clip them to white."""
    wide = image.convert("F")
    extremes = wide.getextrema()
    low, high = float(extremes[0]), float(extremes[1])  # type: ignore[arg-type]
    if image.mode.startswith("I;16") or (image.mode == "I" and 255 < high <= 65535):
        low, high = 0.0, 65535.0
    elif low >= 0 and high <= 255:
        low, high = 0.0, 255.0
    scale = 255.0 / (high - low) if high > low else 0.0
    return wide.point(lambda level: level * scale + -low * scale).convert("L")


def _encoded(data: bytes, kind: str, upright: Image.Image, shown: Image.Image, *, changed: bool) -> tuple[bytes, str]:
    """The bytes to store and their format: the original wherever a browser shows it upright by itself."""
    if not changed and kind != "TIFF":
        return data, kind
    if kind == "JPEG":
        return _as_jpeg(shown, quality=95), "JPEG"
    plain = upright if upright.mode in ("L", "RGB", "RGBA", "LA", "P") else shown
    buffer = BytesIO()
    Image.Image.save(plain, buffer, "PNG", compress_level=3)
    return buffer.getvalue(), "PNG"


def _as_jpeg(image: Image.Image, quality: int) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
