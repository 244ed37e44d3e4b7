"""Packs a variant for taking away, as a stream: a model of 500 MB is never in memory."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping

from annotator import storage
from prelabel.models import ModelVariant

_DATE = (2020, 1, 1, 0, 0, 0)  # fixed: the same variant gives the same bytes


class _Outlet:
    """A file that cannot seek: zipfile writes into it, the response takes out what has come so far."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._written = 0

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        self._written += len(data)
        return len(data)

    def tell(self) -> int:
        return self._written

    def flush(self) -> None:
        """Nothing waits."""

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def bundle_name(variant: ModelVariant) -> str:
    """File name of the zip."""
    kind = variant.precision if variant.format == "onnx" else f"{variant.format}-{variant.precision}"
    stem = re.sub(r"[^\w.-]+", "-", f"{variant.version.name}-v{variant.version.number}-{kind}")
    return f"{stem}.zip"


def stream_bundle(variant: ModelVariant, texts: Mapping[str, str]) -> Iterator[bytes]:
    """A zip of ``texts`` (path → text) and of the files that the variant's manifest names, blob by blob.

    Raises NotFound, before the first byte, where a blob is missing.
    """
    files = {name: entry["sha256"] for name, entry in variant.manifest["files"].items()}
    for sha256 in files.values():
        storage.blob_size(sha256)
    return _chunks(files, texts)


def _chunks(files: Mapping[str, str], texts: Mapping[str, str]) -> Iterator[bytes]:
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w") as bundle:  # type: ignore[call-overload]  # write, tell and flush are all it asks
        for path, text in texts.items():
            bundle.writestr(zipfile.ZipInfo(path, _DATE), text, zipfile.ZIP_DEFLATED)
        for name, sha256 in files.items():
            # Stored: weights do not compress, and a runtime may map them out of an unpacked folder as they are.
            with bundle.open(zipfile.ZipInfo(name, _DATE), "w", force_zip64=True) as entry:
                for chunk in storage.blob_chunks(sha256):
                    entry.write(chunk)
                    yield outlet.take()
    yield outlet.take()
