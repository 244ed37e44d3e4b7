"""The table of sceneries: slug → object with ``draw_scene``."""

from __future__ import annotations

from annotator.core.scene import Scenery
from annotator.core.scenes.road import RoadScenery

SCENES: dict[str, Scenery] = {"road": RoadScenery()}
