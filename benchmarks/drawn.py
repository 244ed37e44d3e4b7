"""A folder of drawn road scenes in COCO's layout, for a loop without a data set."""

from __future__ import annotations

import tempfile
from pathlib import Path

from annotator.core.format import ExportItem, SourceObject
from annotator.core.formats import FORMATS
from annotator.core.scenes.road import CLASSES, draw_scene

# Not among the demo's seeds, and below those that the shipped model was trained on.
FIRST_SEED = 500_000


def draw_folder(out: Path, counts: dict[str, int]) -> Path:
    """Draw ``counts`` scenes for each split into ``out`` and return it."""
    with tempfile.TemporaryDirectory() as made:
        items, seed = [], FIRST_SEED
        for split, count in counts.items():
            for _ in range(count):
                scene = draw_scene(seed)
                path = Path(made) / f"road-{seed}.jpg"
                scene.image.save(path, "JPEG", quality=92)
                objects = [SourceObject(name, box) for name, box in scene.objects]
                items.append(ExportItem(path.name, split, *scene.image.size, objects, path))
                seed += 1
        FORMATS["coco"].write(out, items, list(CLASSES))
    return out
