"""The shapes of a predictor, boxes, whole-image classes and class maps; the plugins differ in which heads they take."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotator.core.errors import BadArtifact
from prelabel.core.artifact import Artifact, InputSpec
from prelabel.core.confidence import bernoulli_entropy, vector_entropy
from prelabel.core.embedding import pooled
from prelabel.core.masks import encode_mask
from prelabel.core.nms import nms
from prelabel.core.postprocess import BOX_DECODERS, CLASS_DECODERS, MAP_DECODERS, Candidates, softmax
from prelabel.core.predictor import FLOOR, MAX_OBJECTS, Guess
from prelabel.core.preprocess import MAX_PIXELS, Mapping, Pixels
from prelabel.core.runtime import open_session, warm
from prelabel.core.scaled_decode import Picture, decode_for, prepare_picture


class ModelRunner:
    """A verified artifact opened in a runtime and warmed. ``decoders`` says which heads the subclass reads."""

    decoders: tuple[str, ...] = ()

    def __init__(
        self,
        artifact: Artifact,
        *,
        runtime: str = "auto",
        threads: int = 1,
        streams: int = 1,
        precision: str = "f32",
        floor: float = FLOOR,
        embed: bool = False,
    ) -> None:
        manifest = artifact.manifest
        if manifest.output.decoder not in self.decoders:
            raise BadArtifact(
                f"Predictor {manifest.predictor} does not read the head {manifest.output.decoder!r}; it reads "
                f"{', '.join(self.decoders)}.",
                field="output.decoder",
            )
        self.manifest = manifest
        self.classes = manifest.classes
        self.floor = floor
        self.session = open_session(
            artifact.model_path,
            runtime=runtime,
            threads=threads,
            streams=streams,
            precision=precision,
            embed_for=manifest.task_type if embed else "",
        )
        self.embeds = self.session.embeds
        name = manifest.input.name
        if name and self.session.input_name and name != self.session.input_name:
            raise BadArtifact(
                f"The model's input is called {self.session.input_name!r}, the manifest says {name!r}.",
                field="input.name",
            )
        # Warm-up and check in one: the head is decoded once, so a wrong class list is refused here, not in mid-run.
        self.check(self._heads(warm(self.session, (1, 3, manifest.input.height, manifest.input.width))))

    def decode(self, source: Path | bytes, max_pixels: int = MAX_PIXELS) -> Picture:
        """A picture file, no larger than this network needs it. Raises BadPicture."""
        return decode_for(source, self.manifest.input, self.manifest.preprocess, max_pixels)

    def predict(self, images: Sequence[Pixels | Picture]) -> list[list[Guess]]:
        """Guesses per picture; one request each, since batches gain nothing on a CPU (measured, 4 % at best)."""
        return [self.predict_one(image) for image in images]

    def predict_one(self, image: Pixels | Picture) -> list[Guess]:
        """Guesses of one (h, w, 3) uint8 RGB picture, best first."""
        return self.look(image)[0]

    def look(self, image: Pixels | Picture) -> tuple[list[Guess], NDArray[np.float32] | None]:
        """Guesses of one picture and its features (d,), None where the model was not opened to give them."""
        picture = image if isinstance(image, Picture) else Picture(image, image.shape[1], image.shape[0])
        tensor, mapping = prepare_picture(picture, self.manifest.input, self.manifest.preprocess)
        outputs = self.session.run(tensor)
        features = pooled(outputs[-1]) if self.embeds else None
        return self.read(self._heads(outputs), mapping), features

    def _heads(self, outputs: list[NDArray[Any]]) -> list[NDArray[Any]]:
        return outputs[:-1] if self.embeds else outputs

    def check(self, outputs: list[NDArray[Any]]) -> None:
        """Decode the outputs of a blank image. Raises BadArtifact when head and manifest disagree."""
        size = self.manifest.input
        try:
            self.read(outputs, Mapping(1.0, 1.0, 0.0, 0.0, size.width, size.height))
        except BadArtifact:
            raise
        except Exception as error:  # whatever a head of another rank or type breaks in a decoder
            shapes = ", ".join(str(np.shape(output)) for output in outputs)
            raise BadArtifact(
                f"The decoder {self.manifest.output.decoder} cannot read outputs of the shapes {shapes}: {error}. Name "
                "the decoder that fits the model's head.",
                field="output.decoder",
            ) from error

    def read(self, outputs: list[NDArray[Any]], mapping: Mapping) -> list[Guess]:
        """Guesses from the raw outputs of one picture."""
        raise NotImplementedError


class BoxRunner(ModelRunner):
    """Detectors: decode, NMS where the head needs it, back to picture pixels."""

    def read(self, outputs: list[NDArray[Any]], mapping: Mapping) -> list[Guess]:
        """Boxes ≥ floor, best first, at most 300."""
        output = self.manifest.output
        found = BOX_DECODERS[output.decoder](outputs, self.manifest, self.floor)
        return box_guesses(found, mapping, output.nms_iou)


class ClassRunner(ModelRunner):
    """Classifiers: one guess with the vector's top 3 and entropy, or none when even the best is under the floor."""

    def read(self, outputs: list[NDArray[Any]], mapping: Mapping) -> list[Guess]:
        """At most one guess."""
        vector = CLASS_DECODERS[self.manifest.output.decoder](outputs, self.manifest)
        if not np.isfinite(vector).all():
            raise BadArtifact("The model gives scores that are not numbers.", field="output")
        best = int(vector.argmax())
        if vector[best] < self.floor:
            return []
        scores = tuple(vector.tolist())
        return [Guess(None, best, scores[best], _top3(vector), vector_entropy(scores), scores=scores)]


class MapRunner(ModelRunner):
    """Segmenters: one guess per class that some pixel is of, with its mask in the picture's own pixels."""

    def read(self, outputs: list[NDArray[Any]], mapping: Mapping) -> list[Guess]:
        """Masks that do not overlap and together cover the picture, surest class first."""
        logits = MAP_DECODERS[self.manifest.output.decoder](outputs, self.manifest)
        if not np.isfinite(logits).all():
            raise BadArtifact("The model gives scores that are not numbers.", field="output")
        return mask_guesses(logits, mapping, self.manifest.input, self.floor)


def mask_guesses(logits: NDArray[np.float32], mapping: Mapping, spec: InputSpec, floor: float) -> list[Guess]:
    """Class logits (classes, h, w) over the network's input to one guess per class.

    Logits are interpolated, then compared: a class map enlarged afterwards has stairs for edges. ``score`` is the mean
    probability of the class over its own pixels, taken at the head's resolution.
    """
    shares = softmax(logits.transpose(1, 2, 0))  # (h, w, classes)
    nearest = logits.argmax(axis=0)
    best = np.full((mapping.height, mapping.width), -np.inf, dtype=np.float32)
    found = np.zeros(best.shape, dtype=np.int32)
    occurring = np.unique(nearest).tolist()
    for index in occurring:  # one class at a time: twelve of a large picture at once would take gigabytes
        layer = mapping.enlarge(logits[index], spec.width, spec.height)
        better = layer > best
        best[better], found[better] = layer[better], index
    guesses = []
    for index in occurring:
        mask = found == index
        vector = shares[nearest == index].mean(axis=0)
        if mask.any() and vector[index] >= floor:
            entropy = vector_entropy(vector.tolist())
            guesses.append(Guess(None, index, float(vector[index]), _top3(vector), entropy, encode_mask(mask)))
    return sorted(guesses, key=lambda guess: -guess.score)


def box_guesses(found: Candidates, mapping: Mapping, nms_iou: float, limit: int = MAX_OBJECTS) -> list[Guess]:
    """Candidates in input px to guesses in picture px; boxes with no area left after clipping are dropped."""
    scores, boxes = found.scores, found.boxes
    finite = np.isfinite(boxes).all(axis=1) & np.isfinite(scores).all(axis=1)
    if not finite.all():
        scores, boxes = scores[finite], boxes[finite]
    if len(scores) == 0:
        return []
    classes, best = scores.argmax(axis=1), scores.max(axis=1)
    kept = np.argsort(-best, kind="stable") if found.final else nms(boxes, best, classes, nms_iou, limit)
    placed = mapping.to_picture(boxes[kept]).astype(np.float64)
    wide = ((placed[:, 2:] - placed[:, :2]) >= 1.0).all(axis=1)
    kept, placed = kept[wide][:limit], placed[wide][:limit]
    rows = zip(
        placed.tolist(), classes[kept].tolist(), np.minimum(best[kept], 1.0).tolist(), _top3s(scores[kept]), strict=True
    )
    return [
        Guess((box[0], box[1], box[2], box[3]), index, score, top, bernoulli_entropy(score))
        for box, index, score, top in rows
    ]


def _top3(vector: NDArray[np.float32]) -> tuple[tuple[int, float], ...]:
    return _top3s(vector[None])[0]


def _top3s(vectors: NDArray[np.float32]) -> list[tuple[tuple[int, float], ...]]:
    """Of each row (n, classes) its three highest positive entries, best first."""
    order = np.argsort(-vectors, axis=1, kind="stable")[:, :3]
    values = np.take_along_axis(vectors, order, axis=1)
    return [
        tuple((index, value) for index, value in zip(indices, row, strict=True) if value > 0.0)
        for indices, row in zip(order.tolist(), values.tolist(), strict=True)
    ]
