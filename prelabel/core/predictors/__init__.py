"""Table of predictors. Free of numpy and of any runtime, so that the API can list it; classes load on first use."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from annotator.core.errors import BadArtifact
from prelabel.core.artifact import RUNNABLE_TARGETS, load_artifact
from prelabel.core.predictor import FLOOR, Predictor

_RUN_OPTIONS: dict[str, Any] = {
    "runtime": {"type": "string", "enum": ["auto", "openvino", "onnxruntime", "cuda", "tensorrt"], "default": "auto"},
    "threads": {"type": "integer", "minimum": 1, "maximum": 64, "default": 1},
    "streams": {"type": "integer", "minimum": 1, "maximum": 64, "default": 1},
    "precision": {"type": "string", "enum": ["f32", "bf16", "f16"], "default": "f32"},
    "floor": {"type": "number", "minimum": 0.001, "maximum": 1, "default": FLOOR},
}
_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": _RUN_OPTIONS,
    "additionalProperties": False,
}


@dataclass(frozen=True)
class PredictorInfo:
    """What can be known of a predictor without loading it: ``path`` is ``module:Class``, ``schema`` its run options."""

    slug: str
    path: str
    task_type: str
    label: str
    decoders: tuple[str, ...]
    schema: dict[str, Any]

    def load(self) -> Any:
        """The class itself."""
        module, _, name = self.path.partition(":")
        return getattr(import_module(module), name)


def _info(slug: str, name: str, task_type: str, label: str, decoders: tuple[str, ...]) -> PredictorInfo:
    return PredictorInfo(slug, f"prelabel.core.predictors.{slug}:{name}", task_type, label, decoders, _SCHEMA)


PREDICTORS: dict[str, PredictorInfo] = {
    "yolo": _info("yolo", "YoloPredictor", "object_detection", "Ultralytics YOLO", ("yolo", "yolo_e2e")),
    "yolox": _info("yolox", "YoloxPredictor", "object_detection", "YOLOX", ("yolox",)),
    "onnx_detector": _info(
        "onnx_detector",
        "OnnxDetector",
        "object_detection",
        "ONNX detector with a manifest",
        ("yolo", "yolo_e2e", "yolox", "nanodet"),
    ),
    "mobilenet": _info(
        "mobilenet", "MobilenetPredictor", "image_classification", "MobileNet", ("softmax", "probabilities")
    ),
    "segmenter": _info(
        "segmenter", "SegmenterPredictor", "semantic_segmentation", "Segmenter with class logits", ("class_map",)
    ),
}


def predictor_info(slug: str) -> PredictorInfo:
    """Entry of the table. Raises BadArtifact for an unknown slug."""
    try:
        return PREDICTORS[slug]
    except KeyError as error:
        raise BadArtifact(
            f"There is no predictor {slug!r}; use one of {', '.join(PREDICTORS)}.", field="predictor"
        ) from error


def load_predictor(
    artifact_folder: Path,
    *,
    runtime: str = "auto",
    threads: int = 1,
    floor: float = FLOOR,
    streams: int = 1,
    precision: str = "f32",
    embed: bool = False,
) -> Predictor:
    """Verify an artifact and open it, warmed. Raises BadArtifact.

    ``threads`` per request, ``streams`` requests at once, ``floor`` 0..1 is the lowest score kept;
    ``embed``: features too.
    """
    artifact = load_artifact(artifact_folder)
    if artifact.manifest.target not in RUNNABLE_TARGETS:
        raise BadArtifact(
            f"A {artifact.manifest.target} file is for another runtime than this worker's; deploy the ONNX or OpenVINO "
            "variant of the model.",
            field="target",
        )
    info = predictor_info(artifact.manifest.predictor)
    if info.task_type != artifact.manifest.task_type:
        raise BadArtifact(
            f"Predictor {info.slug} does {info.task_type}, the manifest says {artifact.manifest.task_type}.",
            field="task_type",
        )
    predictor: Predictor = info.load()(
        artifact, runtime=runtime, threads=threads, floor=floor, streams=streams, precision=precision, embed=embed
    )
    return predictor
