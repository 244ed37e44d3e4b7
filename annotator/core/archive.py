"""Unpacks an untrusted zip into a folder: everything is checked before the first byte is written."""

from __future__ import annotations

import shutil
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from annotator.core.errors import BadArchive, TooLarge, UnsafePath

ARCHIVES = frozenset({".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".zst"})
CHUNK = 2**20


@dataclass(frozen=True)
class ArchiveLimits:
    """Caps on an archive; each is named in the error that it causes."""

    entries: int = 500_000
    total_bytes: int = 50 * 2**30
    ratio: float = 100.0
    # Below this, a high ratio is a small text file full of zeros, not a bomb.
    ratio_from_bytes: int = 4 * 2**20
    folders_deep: int = 16


@dataclass
class Extracted:
    """What came out: files written, their bytes, and names that were left alone with the reason."""

    files: int = 0
    size_bytes: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)


def extract_zip(
    zip_path: Path,
    out_dir: Path,
    limits: ArchiveLimits | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Extracted:
    """Unpack into ``out_dir`` (made if missing); nested archives are left out and named.

    Raises BadArchive (broken, encrypted, a name twice), UnsafePath (a name that leaves the folder, a link), TooLarge
    (more entries, bytes or compression than ``limits`` allow, or than the disk holds).
    """
    limits = limits or ArchiveLimits()
    try:
        with zipfile.ZipFile(zip_path) as archive:
            plan, result = _plan(archive, limits)
            _check_disk(out_dir, sum(info.file_size for info, _ in plan))
            for index, (info, name) in enumerate(plan):
                _write(archive, info, out_dir / name)
                result.files += 1
                result.size_bytes += info.file_size
                if on_progress is not None:
                    on_progress(index + 1, len(plan))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError) as error:
        raise BadArchive(f"the zip is broken or uses a method that cannot be read ({error}); pack it again") from error
    return result


def _plan(archive: zipfile.ZipFile, limits: ArchiveLimits) -> tuple[list[tuple[zipfile.ZipInfo, str]], Extracted]:
    infos = archive.infolist()
    if len(infos) > limits.entries:
        raise TooLarge(f"the zip has {len(infos)} entries; the limit is {limits.entries}", limit=limits.entries)
    _check_sizes(infos, limits)
    plan, result, seen = [], Extracted(), set()
    for info in infos:
        name = safe_entry_name(info.filename, limits.folders_deep)
        if info.is_dir():
            continue
        _check_kind(info)
        reason = _skip_reason(name)
        if reason:
            if reason != "system file":
                result.skipped.append((name, reason))
            continue
        # Compared as a case-blind file system would, or one file could silently replace another there.
        folded = unicodedata.normalize("NFC", name).casefold()
        if folded in seen:
            raise BadArchive(f"the zip holds “{name}” twice; remove one and pack it again", path=name)
        seen.add(folded)
        plan.append((info, name))
    return plan, result


def _check_sizes(infos: list[zipfile.ZipInfo], limits: ArchiveLimits) -> None:
    total = sum(info.file_size for info in infos)
    if total > limits.total_bytes:
        raise TooLarge(
            f"the zip unpacks to {total / 2**30:.1f} GiB; the limit is {limits.total_bytes / 2**30:.1f} GiB",
            limit=limits.total_bytes,
        )
    packed = sum(info.compress_size for info in infos)
    worst = max(infos, key=lambda info: info.file_size, default=None)
    suspects = [(total, packed, "the zip")]
    if worst is not None:
        suspects.append((worst.file_size, worst.compress_size, f"“{worst.filename[:200]}”"))
    for size, small, what in suspects:
        if size > limits.ratio_from_bytes and size > limits.ratio * max(1, small):
            raise TooLarge(
                f"{what} unpacks to {size / max(1, small):.0f} times its size; the limit is {limits.ratio:g}:1",
                limit=limits.ratio,
            )


def safe_entry_name(raw: str, folders_deep: int = 16) -> str:
    """The entry's path relative to the folder, with forward slashes. Raises UnsafePath."""
    name = raw.replace("\\", "/")
    parts = [part for part in PurePosixPath(name).parts if part != "."]
    drive = len(name) > 1 and name[1] == ":"
    if name.startswith("/") or drive or ".." in parts or not parts or any(ord(letter) < 32 for letter in name):
        raise UnsafePath(
            f"the zip names “{raw[:200]!s}”, which would leave its folder; nothing was unpacked", path=raw[:200]
        )
    if len(parts) > folders_deep or any(len(part.encode(errors="replace")) > 255 for part in parts):
        raise UnsafePath(f"the path “{raw[:200]}” is too deep or too long; nothing was unpacked", path=raw[:200])
    return "/".join(parts)


def _check_kind(info: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind and not stat.S_ISREG(kind):
        raise UnsafePath(
            f"“{info.filename[:200]}” is a link or a device; zips may hold plain files only", path=info.filename[:200]
        )
    if info.flag_bits & 0x1:
        raise BadArchive(f"“{info.filename[:200]}” is encrypted; pack the zip without a password")


def _skip_reason(name: str) -> str:
    parts = PurePosixPath(name).parts
    if parts[0] == "__MACOSX" or parts[-1] in (".DS_Store", "Thumbs.db", "desktop.ini") or parts[-1].startswith("._"):
        return "system file"
    if PurePosixPath(name).suffix.lower() in ARCHIVES:
        return "an archive inside the archive is not unpacked"
    return ""


def _check_disk(out_dir: Path, needed: int) -> None:
    out_dir.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(out_dir).free
    if needed > free:
        raise TooLarge(
            f"the zip unpacks to {needed / 2**20:.0f} MiB, the disk has {free / 2**20:.0f} MiB free; make room",
            code="disk_full",
        )


def _write(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    left = info.file_size
    with archive.open(info) as source, target.open("wb") as out:
        while chunk := source.read(CHUNK):
            left -= len(chunk)
            if left < 0:  # the directory lied about the size
                raise BadArchive(f"“{info.filename[:200]}” is larger than the zip says")
            out.write(chunk)
