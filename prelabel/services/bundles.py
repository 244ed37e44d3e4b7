"""Packs a variant for taking away."""

from __future__ import annotations

import io
import json
import re
import zipfile

from annotator import storage
from prelabel.models import ModelVariant


def bundle_variant(variant: ModelVariant) -> tuple[str, bytes]:
    """File name and bytes of a zip with manifest.json and the files that it names. Model files do not compress."""
    stem = re.sub(r"[^\w.-]+", "-", f"{variant.version.name}-v{variant.version.number}-{variant.precision}")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as bundle:
        bundle.writestr("manifest.json", json.dumps(variant.manifest, indent=2, ensure_ascii=False))
        for name, entry in variant.manifest["files"].items():
            bundle.writestr(name, storage.read_blob(entry["sha256"]))
    return f"{stem}.zip", buffer.getvalue()
