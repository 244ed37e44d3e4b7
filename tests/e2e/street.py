"""What the browser tests look at: a project of drawn scenes whose guesses are known to the pixel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from annotator.core.geometry import box_area
from annotator.core.scene import Scene
from annotator.core.scenes.road import draw_scene

PASSWORD = "a long enough secret"
CLASSES = [
    {"name": "vehicle", "name_zh": "车辆"},
    {"name": "pedestrian", "name_zh": "行人"},
    {"name": "traffic_sign", "name_zh": "交通标志"},
]
SEEDS = (302, 214, 68, 394)  # by day, with people and signs, few objects before each other


@cache
def drawn(seed: int) -> Scene:
    """The scene of a seed, drawn once in a session."""
    return draw_scene(seed)


class DrawnOnce:
    """The road scenery, with a memory."""

    slug = "road"
    label = "Road traffic"
    classes = ("vehicle", "pedestrian", "traffic_sign")

    def draw_scene(self, seed: int, width: int = 640, height: int = 384) -> Scene:
        return drawn(seed)


@dataclass(frozen=True)
class Street:
    """alice administers, bob annotates, eve is a stranger; ``classes`` maps names to ids."""

    project: Any
    alice: Any
    bob: Any
    eve: Any
    classes: dict[str, int]


def make_street() -> Street:
    """Four pictures wait; the first is the most uncertain. Guesses are the truth, off by a few pixels."""
    from annotator.models import PredictionSource
    from annotator.services import projects, scenes, users
    from annotator.services.scenes import Planned

    alice, bob, eve = (
        users.add_user(actor=None, email=f"{name}@example.org", name=name.title(), password=PASSWORD, is_staff=staff)
        for name, staff in (("alice", True), ("bob", False), ("eve", False))
    )
    project = projects.create_project(
        actor=alice, name="Street", task_type="object_detection", classes=CLASSES, description="Drawn."
    )
    projects.add_member(actor=alice, project=project, email=bob.email, role="annotator")
    planned = [Planned(seed, "train", labelled=False) for seed in SEEDS]
    scenes.add_scenes(actor=alice, project=project, dataset="Drawn", scenery=DrawnOnce(), planned=planned)
    source = PredictionSource.objects.create(project=project, kind="model", name="road v1", reference="variant:0")
    projects.use_source(actor=alice, project_id=project.pk, source=source)
    classes = {label.name: label.pk for label in project.classes.all()}
    _guess(project, source, classes)
    return Street(project, alice, bob, eve, classes)


def let_guesses_be_known(project: Any, count: int = 25) -> None:
    """A reviewed val picture on which people found this many guesses right: what accepting all at once asks for."""
    from annotator.models import Annotation, Prediction

    guess = Prediction.objects.filter(item__project=project).select_related("item").order_by("pk")[0]
    item = guess.item
    item.pk, item.source_sha256, item.state, item.split, item.revision = None, "f" * 64, "reviewed", "val", 1
    item.save()
    first = guess.document["objects"][0]
    found = [first | {"id": f"p{n}", "score": 0.97} for n in range(count)]
    guess.pk, guess.item, guess.document = None, item, {"objects": found}
    guess.save()
    kept = {key: first[key] for key in ("bbox", "rle", "class_id") if key in first}
    truth = [kept | {"id": one["id"], "origin": "accepted", "prediction_id": one["id"]} for one in found]
    # Of a class there is one mask, which all guesses of it are measured by.
    truth = truth[:1] if "rle" in first else truth
    Annotation.objects.create(item=item, revision=1, document={"objects": truth}, origin="human")


def _guess(project: Any, source: Any, classes: dict[str, int]) -> None:
    from annotator.models import Item
    from prelabel.services.predictions import Guessed, store_predictions

    guessed = []
    for order, item in enumerate(Item.objects.filter(project=project).order_by("pk")):
        objects = []
        # The largest first: their handles are easy to hit.
        things = sorted(drawn(item.metadata["seed"]).objects, key=lambda one: -box_area(one[1]))
        for index, (name, box) in enumerate(things):
            # The first of each picture is doubtful, the later the picture the less; the rest is certain.
            score = 0.4 + 0.1 * order if index == 0 else 0.98 - 0.01 * (index % 6)
            shift = 2.0 if box[2] + 2 < item.width else -2.0
            objects.append(
                {
                    "id": f"p{index + 1}",
                    "bbox": [box[0] + shift, box[1], box[2] + shift, box[3]],
                    "class_id": classes[name],
                    "score": score,
                    "top3": [[classes[name], score]],
                    "entropy": 0.3,
                }
            )
        guessed.append(Guessed(item, {"objects": objects}))
    store_predictions(source=source, guessed=guessed)
