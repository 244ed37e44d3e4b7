"""What the tests of the grid look at: pictures of clothes with guesses, a few of them wrong on purpose."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

CLASSES = {
    "dress": "连衣裙", "hat": "帽子", "longsleeve": "长袖衫", "outwear": "外套", "pants": "长裤", "shirt": "衬衫",
    "shoes": "鞋", "shorts": "短裤", "skirt": "半身裙", "t-shirt": "T 恤",
}  # fmt: skip
# What the pictures show, in the order in which they wait; all of the first 30 are guessed to be shoes.
SHOWN = ["shoes"] * 4 + ["hat"] + ["shoes"] * 3 + ["pants"] + ["shoes"] * 21 + ["hat"] * 3


@dataclass(frozen=True)
class Closet:
    """A classification project of alice, where bob annotates; ``classes`` maps names to ids."""

    project: Any
    alice: Any
    bob: Any
    classes: dict[str, int]

    @property
    def address(self) -> str:
        return f"/projects/{self.project.pk}/grid"


def make_closet(alice: Any, bob: Any, shared: Path | None) -> Closet:
    """Thirty guesses of shoes, of which the fifth picture is a hat and the ninth are pants; three guesses of hats."""
    from annotator.models import Dataset, Item, Member, PredictionSource
    from annotator.services import projects
    from prelabel.services.predictions import Guessed, store_predictions

    project = projects.create_project(
        actor=alice,
        name="Closet",
        task_type="image_classification",
        classes=[{"name": name, "name_zh": chinese} for name, chinese in CLASSES.items()],
    )
    Member.objects.create(project=project, user=bob, role="annotator")
    source = PredictionSource.objects.create(project=project, kind="model", name="net v1", reference="variant:0")
    projects.use_source(actor=alice, project_id=project.pk, source=source)
    classes = dict(project.classes.values_list("name", "pk"))
    dataset = Dataset.objects.create(project=project, name="clothes")
    used: dict[str, int] = {}
    guessed = []
    for number, shown in enumerate(SHOWN):
        data = _picture(shared, shown, used.setdefault(shown, 0))
        used[shown] += 1
        item = Item.objects.create(
            project=project, dataset=dataset, name=f"{number:02d}-{shown}.jpg", split="train", state="new",
            blob=_stored(data), source_sha256=hashlib.sha256(data + bytes([number])).hexdigest(), width=300, height=400,
        )  # fmt: skip
        # The least certain wait first.
        guess, score = ("shoes", 0.4 + number / 100) if number < 30 else ("hat", 0.8)
        other = "hat" if guess == "shoes" else "shoes"
        top3 = [[classes[guess], score], [classes[other], (1 - score) / 2], [classes["pants"], (1 - score) / 3]]
        one = {"id": "p1", "class_id": classes[guess], "score": score, "top3": top3, "entropy": 1 - score}
        guessed.append(Guessed(item, {"objects": [one]}))
    store_predictions(source=source, guessed=guessed)
    return Closet(project, alice, bob, classes)


def _stored(data: bytes) -> str:
    from annotator import storage

    return storage.put_bytes(data)


def _picture(shared: Path | None, name: str, position: int) -> bytes:
    """A real picture of the class where there are some, else a plain one in a colour of its own."""
    folder = shared / "data" / "clothing" / "train" / name if shared else None
    if folder is not None and folder.is_dir():
        return sorted(folder.iterdir())[position % 30].read_bytes()
    colour = hashlib.sha256(f"{name} {position}".encode()).digest()
    data = io.BytesIO()
    Image.new("RGB", (300, 400), (colour[0], colour[1], colour[2])).save(data, "JPEG")
    return data.getvalue()
