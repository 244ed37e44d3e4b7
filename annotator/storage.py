"""Content-addressed blobs over Django's storage: pictures, manifests, model files alike (disk or S3).

A blob's name is its sha256, so that a write is idempotent and a read can be verified. Blobs are never changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

from annotator.core.errors import NotFound

SHA256 = re.compile(r"[0-9a-f]{64}")
CHUNK = 2**20


def _name(sha256: str) -> str:
    if not SHA256.fullmatch(sha256):
        raise NotFound(f"“{sha256[:80]}” is not a sha256")
    return f"{sha256[:2]}/{sha256}"


def sha256_of(path: Path) -> str:
    """The hex digest of a file, read in chunks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def put_bytes(data: bytes) -> str:
    """Store bytes; returns their sha256. Storing the same twice keeps one."""
    sha256 = hashlib.sha256(data).hexdigest()
    _save(sha256, ContentFile(data))
    return sha256


def put_file(path: Path) -> str:
    """Store a file of any size; returns its sha256."""
    sha256 = sha256_of(path)
    with path.open("rb") as file:
        _save(sha256, File(file))
    return sha256


def _save(sha256: str, content: File[bytes]) -> None:
    name = _name(sha256)
    try:
        path = Path(default_storage.path(name))
    except NotImplementedError:  # not a disk
        if not default_storage.exists(name):
            default_storage.save(name, content)
    else:
        _save_on_disk(path, content)


def _save_on_disk(target: Path, content: File[bytes]) -> None:
    """Write beside and rename: a killed process leaves no half blob under a name that promises its content.

    A blob of another size than its content (the machine lost power before the disk had it) is written anew.
    """
    if target.exists() and target.stat().st_size == content.size:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".part-", delete=False) as part:
        try:
            shutil.copyfileobj(content, part, CHUNK)
            part.flush()
            Path(part.name).chmod(0o644)
            Path(part.name).replace(target)
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise


def open_blob(sha256: str) -> File[bytes]:
    """Open for reading. Raises NotFound."""
    try:
        opened: File[bytes] = default_storage.open(_name(sha256), "rb")
        return opened
    except FileNotFoundError as error:
        raise NotFound(f"blob {sha256[:12]}… is missing from the storage") from error


def read_blob(sha256: str) -> bytes:
    """The whole blob; for what is known to be small."""
    with open_blob(sha256) as file:
        return file.read()


def blob_size(sha256: str) -> int:
    """Bytes of a blob. Raises NotFound."""
    try:
        return default_storage.size(_name(sha256))
    except FileNotFoundError as error:
        raise NotFound(f"blob {sha256[:12]}… is missing from the storage") from error


def has_blob(sha256: str) -> bool:
    """True when the storage has it."""
    return default_storage.exists(_name(sha256))


def delete_blob(sha256: str) -> None:
    """Remove a blob that nothing refers to any more; one that is gone already is no error."""
    default_storage.delete(_name(sha256))


def blob_path(sha256: str) -> Path:
    """A local path of the blob; a remote storage is read through a cache in the data folder. Raises NotFound."""
    name = _name(sha256)
    with contextlib.suppress(NotImplementedError):
        path = Path(default_storage.path(name))
        if not path.exists():
            raise NotFound(f"blob {sha256[:12]}… is missing from the storage")
        return path
    cached = Path(settings.DATA_DIR) / "cache" / name
    if not cached.exists():
        with open_blob(sha256) as file:
            _save_on_disk(cached, File(file))
    return cached


def blob_chunks(sha256: str) -> Iterator[bytes]:
    """The blob in chunks, for streaming responses."""
    with open_blob(sha256) as file:
        while chunk := file.read(CHUNK):
            yield chunk


def put_upload(upload: File[bytes]) -> str:
    """Store an uploaded file, hashed while it is read in chunks; returns its sha256."""
    digest = hashlib.sha256()
    for chunk in upload.chunks(CHUNK):
        digest.update(chunk)
    upload.seek(0)
    _save(digest.hexdigest(), upload)
    return digest.hexdigest()
