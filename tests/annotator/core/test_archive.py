from __future__ import annotations

import stat
import zipfile
from random import Random

import pytest

from annotator.core.archive import ArchiveLimits, extract_zip, safe_entry_name
from annotator.core.errors import BadArchive, TooLarge, UnsafePath, WinnowError


def make_zip(path, entries, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return path


def nothing_written(folder):
    return not folder.exists() or not any(folder.rglob("*"))


def test_files_come_out_where_the_zip_says(tmp_path):
    source = make_zip(tmp_path / "a.zip", [("images/1.txt", b"one"), ("deep/er/2.txt", b"two"), ("empty/", b"")])
    result = extract_zip(source, tmp_path / "out")
    assert (tmp_path / "out/images/1.txt").read_bytes() == b"one"
    assert (tmp_path / "out/deep/er/2.txt").read_bytes() == b"two"
    assert (result.files, result.size_bytes, result.skipped) == (2, 6, [])


@pytest.mark.parametrize(
    "name",
    ["../evil.txt", "a/../../evil.txt", "/etc/passwd", "C:/evil.txt", "..\\evil.txt", "a/\x1fb.txt", "\\\\host\\x"],
)
def test_a_name_that_leaves_the_folder_refuses_the_whole_zip(tmp_path, name):
    with pytest.raises(UnsafePath) as caught:
        safe_entry_name(name)
    assert caught.value.code == "unsafe_path"
    source = make_zip(tmp_path / "a.zip", [("good.txt", b"x"), (name, b"evil")])
    with pytest.raises(UnsafePath):
        extract_zip(source, tmp_path / "out")
    assert nothing_written(tmp_path / "out")
    assert not (tmp_path / "evil.txt").exists()


def test_a_symlink_is_refused(tmp_path):
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    source = make_zip(tmp_path / "a.zip", [(info, b"/etc/passwd")])
    with pytest.raises(UnsafePath, match="link"):
        extract_zip(source, tmp_path / "out")
    assert nothing_written(tmp_path / "out")


def test_a_zip_bomb_is_refused_by_its_ratio_before_anything_is_written(tmp_path):
    source = make_zip(tmp_path / "a.zip", [("zeros.bin", b"\0" * 200 * 2**20)])
    assert source.stat().st_size < 250 * 2**10
    with pytest.raises(TooLarge, match="100:1"):
        extract_zip(source, tmp_path / "out")
    assert nothing_written(tmp_path / "out")


def test_a_bomb_hidden_among_plain_files_is_found_too(tmp_path):
    noise = Random(1).randbytes(3 * 2**20)
    source = make_zip(tmp_path / "a.zip", [("noise.bin", noise), ("zeros.bin", b"\0" * 30 * 2**20)])
    with pytest.raises(TooLarge, match=r"zeros\.bin"):
        extract_zip(source, tmp_path / "out")


def test_small_files_full_of_zeros_are_no_bomb(tmp_path):
    source = make_zip(tmp_path / "a.zip", [("labels.txt", b"0 0 0 0 0\n" * 20_000)])
    assert extract_zip(source, tmp_path / "out").files == 1


def test_entries_and_bytes_have_limits(tmp_path):
    source = make_zip(tmp_path / "a.zip", [(f"{n}.txt", b"1234567890") for n in range(20)])
    with pytest.raises(TooLarge, match="20 entries; the limit is 10"):
        extract_zip(source, tmp_path / "out", ArchiveLimits(entries=10))
    with pytest.raises(TooLarge, match="the limit is"):
        extract_zip(source, tmp_path / "out", ArchiveLimits(total_bytes=100))


def test_archives_inside_are_left_out_and_named(tmp_path):
    source = make_zip(
        tmp_path / "a.zip", [("a.txt", b"x"), ("more.zip", b"PK"), ("__MACOSX/._a.txt", b""), (".DS_Store", b"")]
    )
    result = extract_zip(source, tmp_path / "out")
    assert result.files == 1
    assert result.skipped == [("more.zip", "an archive inside the archive is not unpacked")]


def test_a_name_twice_is_refused_also_when_only_the_case_differs(tmp_path):
    source = make_zip(tmp_path / "a.zip", [("A.txt", b"1"), ("a.txt", b"2")])
    with pytest.raises(BadArchive, match="twice"):
        extract_zip(source, tmp_path / "out")


def test_broken_and_encrypted_zips_are_refused(tmp_path):
    broken = tmp_path / "b.zip"
    broken.write_bytes(b"PK\x03\x04 not really")
    with pytest.raises(BadArchive, match="broken"):
        extract_zip(broken, tmp_path / "out")
    data = bytearray(make_zip(tmp_path / "c.zip", [("a.txt", b"secret")], zipfile.ZIP_STORED).read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    broken.write_bytes(bytes(data))
    with pytest.raises(BadArchive, match="encrypted"):
        extract_zip(broken, tmp_path / "out")


def test_a_damaged_entry_is_refused(tmp_path):
    data = make_zip(tmp_path / "a.zip", [("a.txt", b"hello world")], zipfile.ZIP_STORED).read_bytes()
    (tmp_path / "b.zip").write_bytes(data.replace(b"hello world", b"hellO world", 1))
    with pytest.raises(WinnowError, match="broken"):
        extract_zip(tmp_path / "b.zip", tmp_path / "out")


def test_too_deep_is_refused():
    with pytest.raises(UnsafePath, match="too deep"):
        safe_entry_name("/".join("abcdefghijklmnopqrst") + "/x.jpg")
