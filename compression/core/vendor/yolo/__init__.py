"""The only place of this app that imports ultralytics (AGPL-3.0), with everything that phones home turned off first."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from PIL import Image

_QUIET = {
    "YOLO_AUTOINSTALL": "0",  # never pip install from inside a worker
    "YOLO_OFFLINE": "1",  # no network probes
    "ULTRALYTICS_SKIP_REQUIREMENTS_CHECKS": "1",
    "YOLO_VERBOSE": "False",
}


def _settings_folder() -> str:
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "winnow" / "ultralytics"
    try:
        base.mkdir(parents=True, exist_ok=True)
    except OSError:
        return tempfile.mkdtemp(prefix="winnow-ultralytics-")
    return str(base)


os.environ.update(_QUIET)
os.environ.setdefault("YOLO_CONFIG_DIR", _settings_folder())

_pillow_open = Image.open

from ultralytics.utils import SETTINGS  # noqa: E402  the environment must be set before the first import

# Ultralytics puts its own function there, which tries to install a decoder for whatever is no picture.
Image.open = _pillow_open

_OFF = ("sync", "clearml", "comet", "dvc", "mlflow", "raytune", "tensorboard", "wandb")
if any(SETTINGS.get(key) for key in _OFF):
    SETTINGS.update(dict.fromkeys(_OFF, False))
