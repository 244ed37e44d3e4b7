"""Blobs: named by content, whole or absent."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile

from annotator import storage
from annotator.core.errors import NotFound

DATA = b"winnow" * 1000
SHA256 = hashlib.sha256(DATA).hexdigest()


def blob_files(settings: Any) -> list[Path]:
    return [path for path in (settings.DATA_DIR / "blobs").rglob("*") if path.is_file()]


def test_storing_twice_keeps_one_file(settings: Any) -> None:
    assert storage.put_bytes(DATA) == storage.put_bytes(DATA) == SHA256
    assert len(blob_files(settings)) == 1
    assert storage.read_blob(SHA256) == DATA
    assert storage.blob_size(SHA256) == len(DATA)


def test_bytes_files_and_uploads_of_one_content_are_one_blob(settings: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(DATA)
    assert {storage.put_file(path), storage.put_upload(ContentFile(DATA)), storage.put_bytes(DATA)} == {SHA256}
    assert len(blob_files(settings)) == 1
    assert b"".join(storage.blob_chunks(SHA256)) == DATA


def test_what_is_missing_or_no_sha256_is_not_found() -> None:
    for name in (SHA256, "../../etc/passwd", SHA256.upper(), ""):
        with pytest.raises(NotFound):
            storage.open_blob(name)
        with pytest.raises(NotFound):
            storage.blob_path(name)


def test_a_write_that_breaks_off_leaves_nothing(settings: Any) -> None:
    class Broken(ContentFile):
        def read(self, *args: Any) -> bytes:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        storage._save(SHA256, Broken(DATA))
    assert blob_files(settings) == []


def test_a_blob_cut_short_by_a_power_cut_is_healed_by_the_next_write(settings: Any) -> None:
    storage.put_bytes(DATA)
    storage.blob_path(SHA256).write_bytes(DATA[:10])
    storage.put_bytes(DATA)
    assert storage.read_blob(SHA256) == DATA


def test_a_process_killed_while_it_writes_leaves_no_half_blob(settings: Any, tmp_path: Path) -> None:
    script = """
import sys, time, django
from django.conf import settings
settings.configure(DATA_DIR=sys.argv[1], STORAGES={"default": {
    "BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": sys.argv[1] + "/blobs"}}})
django.setup()
from django.core.files.base import ContentFile
from annotator import storage
class Slow(ContentFile):
    def read(self, *args):
        print("writing", flush=True); time.sleep(0.05)
        return super().read(1)
storage._save("a" * 64, Slow(b"x" * 1000))
"""
    child = subprocess.Popen([sys.executable, "-c", script, str(settings.DATA_DIR)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    for _ in range(3):
        child.stdout.readline()
    time.sleep(0.05)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert not storage.has_blob("a" * 64)
    assert all(path.name.startswith(".part-") for path in blob_files(settings))
