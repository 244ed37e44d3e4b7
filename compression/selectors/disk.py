"""How much room the data folder has."""

from __future__ import annotations

import shutil
from pathlib import Path

from django.conf import settings


def free_bytes() -> int:
    """Bytes free where runs and blobs lie."""
    folder = Path(settings.DATA_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(folder).free
