from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from annotator.core import decoding
from annotator.core.decoding import DecoderPool
from tests.annotator.core.samples import write_picture
from tests.annotator.core.test_picture import png_bomb


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    return [write_picture(folder / f"{n}.png", seed=n, kind="PNG") for n in range(12)]


def test_pictures_come_back_in_order_with_their_thumbnails(pictures, tmp_path):
    with DecoderPool(tmp_path) as pool:
        found = list(pool.decode_all(pictures))
    assert [path for path, _ in found] == pictures
    assert all((one.width, one.height, one.code) == (64, 48, None) for _, one in found)
    assert all(Path(one.thumbnail_path).stat().st_size > 100 and one.data_path is None for _, one in found)


def test_a_refused_picture_says_why_and_the_next_one_is_fine(pictures, tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_bytes(png_bomb(13_000, 13_000))
    missing = tmp_path / "missing.png"
    with DecoderPool(tmp_path / "out") as pool:
        codes = [one.code for _, one in pool.decode_all([bad, missing, pictures[0]])]
    assert codes == ["too_many_pixels", "unreadable", None]


def test_a_child_that_dies_costs_one_picture(pictures, tmp_path):
    with DecoderPool(tmp_path, processes=1) as pool:
        stream = pool.decode_all(pictures)
        next(stream)
        os.kill(pool._children[0]._process.pid, signal.SIGKILL)
        codes = [one.code for _, one in stream]
    assert codes.count("decoder_crashed") <= 1
    assert codes[-1] is None


def test_memory_is_limited(tmp_path):
    big = tmp_path / "big.png"
    big.write_bytes(png_bomb(7_000, 7_000))  # 49 Mpx: within the pixel limit, 190 MiB once it is RGB
    with DecoderPool(tmp_path / "out", processes=1, memory_bytes=200 * 2**20) as pool:
        codes = [one.code for _, one in pool.decode_all([big, write_picture(tmp_path / "small.png", kind="PNG")])]
    assert codes == ["too_much_memory", None]


def test_a_child_that_hangs_is_stopped(pictures, tmp_path):
    with DecoderPool(tmp_path, processes=1, timeout_s=0.5) as pool:
        list(pool.decode_all(pictures[:1]))
        os.kill(pool._children[0]._process.pid, signal.SIGSTOP)
        started = time.monotonic()
        codes = [one.code for _, one in pool.decode_all(pictures[:2])]
    assert codes[0] == "decoder_timeout"
    assert time.monotonic() - started < 10


def test_no_bad_image_crashes_hangs_or_eats_memory(shared, tmp_path):
    """All of the corpus in one process under 1 GiB: what fails does so with a code of ours."""
    if shared is None:
        folder, count = tmp_path / "corpus", 3
        for name, data in (
            ("a.png", b"\x89PNG\r\n\x1a\n junk"),
            ("b.tif", b"II*\0" + b"\xff" * 90),
            ("c.jpg", b"\xff\xd8"),
        ):
            folder.mkdir(exist_ok=True)
            (folder / name).write_bytes(data)
    else:
        folder, count = shared / "data" / "bad-images", 116
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix not in (".tsv", ".md"))
    files = [path for path in files if path.name != "LICENSE"]
    assert len(files) == count
    started = time.monotonic()
    with DecoderPool(tmp_path / "out", memory_bytes=2**30, timeout_s=20) as pool:
        found = {path.name: one for path, one in pool.decode_all(files)}
    assert time.monotonic() - started < 60
    codes = {one.code for one in found.values()}
    allowed = {None, "not_an_image", "unsupported_format", "too_many_pixels", "truncated_image", "broken_image"}
    assert codes <= allowed, {name: one for name, one in found.items() if one.code not in allowed}
    if shared is not None:
        assert found["truncated_jpeg.jpg"].code == found["truncated_image.png"].code == "truncated_image"
        assert found["bmp__b__reallybig.bmp"].code == "too_many_pixels"
        assert found["decompression_bomb.gif"].code == "unsupported_format"
        assert sum(one.code is None for one in found.values()) > 60
        assert (found["hopper_orientation_6.jpg"].width, found["orientation_rectangle.jpg"].height) == (128, 2)


def test_the_child_runs_without_django():
    script = (
        "import sys, annotator.core.decoding; sys.exit(any(name.split('.')[0] == 'django' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
    assert decoding.MEMORY_BYTES == 2 * 2**30
