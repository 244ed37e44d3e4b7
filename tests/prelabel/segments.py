"""A segmentation project whose deployed model sees channels, and a picture with squares in it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from annotator import storage
from annotator.models import Item
from prelabel.services.deployments import deploy_variant
from prelabel.services.registry import VersionRecord, register_variant, register_version
from tests.conftest import make_project
from tests.prelabel.toy_models import channel_segmenter
from tests.world import add_items

# Half-open xyxy px of a picture of 64 x 48 px; all else is blue, which is no class of the project.
RED, SMALL_RED, GREEN = (20, 10, 36, 26), (2, 2, 8, 8), (44, 30, 56, 42)


def segmentation_project(cast: Any) -> Any:
    """Of the classes red and green."""
    return make_project(cast, "semantic_segmentation", ("red", "green"))


def deploy_channels(project: Any, folder: Path) -> Any:
    """Register and deploy the segmenter of channels without starting a run."""
    version = register_version(actor=None, project=project, record=VersionRecord(name="channels", arch="toy"))
    variant = register_variant(actor=None, version=version, artifact_folder=channel_segmenter(folder))
    deployment, _ = deploy_variant(actor=None, variant=variant, predict=False)
    project.refresh_from_db()
    return deployment


def squares_item(project: Any) -> Item:
    """A queued picture of two red squares and a green one."""
    image = Image.new("RGB", (64, 48), (0, 0, 255))
    draw = ImageDraw.Draw(image)
    for (x1, y1, x2, y2), colour in ((RED, "#ff0000"), (SMALL_RED, "#ff0000"), (GREEN, "#00ff00")):
        draw.rectangle((x1, y1, x2 - 1, y2 - 1), fill=colour)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    item = add_items(project, 1)[0]
    Item.objects.filter(pk=item.pk).update(blob=storage.put_bytes(buffer.getvalue()), width=64, height=48)
    item.refresh_from_db()
    return item
