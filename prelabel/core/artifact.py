"""Model artifacts: a folder with ``manifest.json`` and the files it names, checked before anything is opened.

The manifest says all that is needed to run the model (input, preprocessing, head, classes), so any ONNX detector can be
brought in by writing one. Pure standard library: the web part reads manifests too.
"""

from __future__ import annotations

import hashlib
import json
import re
import stat
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from annotator.core.errors import BadArtifact
from prelabel.core.manifest_fields import Fields

MANIFEST_NAME = "manifest.json"
MAX_MANIFEST_BYTES = 1 << 20
MAX_FILE_BYTES = 1 << 30
MAX_FILES = 16
MAX_CLASSES = 10_000
MAX_INPUT_SIDE = 4096

RESIZES = ("letterbox", "letterbox_top_left", "stretch", "center_crop")
CHANNELS = ("RGB", "BGR")
# int8 = weights and activations (QDQ), w8 = weights alone, w8a16 = int8 weights and 16-bit activations, int4 = weights
# of int4, some of them int8.
PRECISIONS = ("fp32", "fp16", "bf16", "int8", "int8_dynamic", "w8", "w8a16", "int4")
TASK_TYPES = ("object_detection", "image_classification", "semantic_segmentation")
DETECTION_DECODERS = ("yolo", "yolo_e2e", "yolox", "nanodet")
CLASSIFICATION_DECODERS = ("softmax", "probabilities")
SEGMENTATION_DECODERS = ("class_map",)  # logits (1, classes, h, w)

PICKLE_SUFFIXES = frozenset({".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".npy", ".npz", ".torchscript"})
FILE_SUFFIXES = frozenset(
    {".onnx", ".data", ".safetensors", ".json", ".xml", ".bin", ".tflite", ".param", ".txt", ".yaml"}
)
# What each target's graph is called.
GRAPH_SUFFIXES = {
    "onnx": ".onnx", "openvino": ".xml", "litert": ".tflite", "ncnn": ".param", "torchscript": ".torchscript",
    "coreml": ".zip", "tensorrt": ".engine",
}  # fmt: skip
# Code in an archive: taken from our own exports alone (their hash is in the database), never from an import.
OWN_TARGETS = frozenset({"torchscript", "coreml", "tensorrt"})
RUNNABLE_TARGETS = frozenset({"onnx", "openvino"})  # what predictors open; the others are for taking away
_SHA256 = re.compile(r"[0-9a-f]{64}")
# A zip header or a pickle protocol mark: how torch checkpoints begin, whatever their name says.
_PICKLE_STARTS = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


@dataclass(frozen=True)
class InputSpec:
    """The one image input: width and height in pixels, channel order, tensor name (NCHW float32)."""

    width: int
    height: int
    channels: str = "RGB"
    name: str = ""


@dataclass(frozen=True)
class Preprocess:
    """After the resize pixels 0..255 become ``(pixel * scale - mean) / std``; center_crop keeps the share ``crop``."""

    resize: str = "letterbox"
    pad: int = 114
    scale: float = 1 / 255
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    crop: float = 0.875


@dataclass(frozen=True)
class OutputSpec:
    """How the head is read: decoder slug, IoU of the class-aware NMS, strides for heads that give a raw grid."""

    decoder: str
    nms_iou: float = 0.45
    strides: tuple[int, ...] = (8, 16, 32)


@dataclass(frozen=True)
class FileEntry:
    """Identity of one file."""

    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class Manifest:
    """All that is known about one model file; see the module for the JSON form."""

    name: str
    task_type: str
    predictor: str
    arch: str
    classes: tuple[str, ...]
    input: InputSpec
    preprocess: Preprocess
    output: OutputSpec
    precision: str
    files: dict[str, FileEntry] = field(default_factory=dict)
    parent: str | None = None
    dataset_version: int | None = None
    licence: str = ""
    schema: int = 1
    target: str = "onnx"
    # Of an exported file: parity with its parent, effect of the simplification (exporting/conversion.py).
    export: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form, the inverse of :meth:`from_json`."""
        document = asdict(self)
        document["classes"] = list(self.classes)
        for part, key in (("preprocess", "mean"), ("preprocess", "std"), ("output", "strides")):
            document[part][key] = list(document[part][key])
        return document

    @classmethod
    def from_json(cls, document: Any) -> Manifest:
        """Read and check a manifest. Raises BadArtifact whose details name the ``field``."""
        return _manifest(document)

    @property
    def model_file(self) -> str:
        """Name of the graph to run: ``model.onnx`` if present, else the only one of its target. Raises BadArtifact."""
        if "model.onnx" in self.files:
            return "model.onnx"
        wanted = (".onnx", ".xml") if self.target == "onnx" else GRAPH_SUFFIXES[self.target]
        graphs = [name for name in self.files if name.endswith(wanted)]
        if len(graphs) != 1:
            raise BadArtifact(
                f"The manifest lists {len(graphs)} model graphs; name the one to run model.onnx.", field="files"
            )
        return graphs[0]

    @property
    def size_bytes(self) -> int:
        """Bytes of all files needed to run: the graph and its weights, not the training extras."""
        return sum(entry.size_bytes for name, entry in self.files.items() if not name.endswith(".safetensors"))


@dataclass(frozen=True)
class Artifact:
    """A verified folder."""

    folder: Path
    manifest: Manifest

    @property
    def model_path(self) -> Path:
        """Path of the graph to run."""
        return self.folder / self.manifest.model_file


def load_artifact(folder: Path, *, own: bool = False) -> Artifact:
    """Read ``manifest.json`` and verify size and sha256 of every file. Raises BadArtifact.

    ``own``: the folder is an export of this installation, which may hold what an import must not (OWN_TARGETS).
    """
    path = folder / MANIFEST_NAME
    if not path.is_file():
        raise BadArtifact(f"There is no {MANIFEST_NAME} in the model folder.", field=MANIFEST_NAME)
    manifest = parse_manifest(path.read_bytes()[: MAX_MANIFEST_BYTES + 1])
    if manifest.target in OWN_TARGETS and not own:
        raise BadArtifact(
            f"A {manifest.target} file can carry code; only ONNX models are taken. Export the model to ONNX.",
            field="target",
        )
    for name, entry in manifest.files.items():
        verify_file(folder / name, name, entry, trusted=_own_graph(name, manifest.target))
    manifest.model_file  # noqa: B018 - raises when there is no single graph
    return Artifact(folder, manifest)


def parse_manifest(data: bytes) -> Manifest:
    """Manifest from the bytes of a manifest.json. Raises BadArtifact."""
    if len(data) > MAX_MANIFEST_BYTES:
        raise BadArtifact(f"{MANIFEST_NAME} is larger than {MAX_MANIFEST_BYTES} bytes.", field=MANIFEST_NAME)
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadArtifact(f"{MANIFEST_NAME} is not JSON: {error}.", field=MANIFEST_NAME) from error
    return Manifest.from_json(document)


def save_manifest(folder: Path, manifest: Manifest) -> Path:
    """Write ``manifest.json`` into ``folder`` and return its path."""
    path = folder / MANIFEST_NAME
    path.write_text(json.dumps(manifest.to_json(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def describe_file(path: Path) -> FileEntry:
    """Identity of a file on disk."""
    return FileEntry(sha256_of(path), path.stat().st_size)


def sha256_of(path: Path) -> str:
    """Hex sha256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def verify_file(path: Path, name: str, entry: FileEntry, *, trusted: bool = False) -> None:
    """Check that ``path`` is a plain file with the stated size and sha256 and no pickle. Raises BadArtifact."""
    where = f"files.{name}"
    try:
        # lstat: a link could point anywhere on the server, so it is refused, not followed.
        status = path.lstat()
    except OSError as error:
        raise BadArtifact(f"{name} is listed in the manifest but is not there.", field=where) from error
    if not stat.S_ISREG(status.st_mode):
        raise BadArtifact(f"{name} is not a plain file.", field=where)
    if status.st_size != entry.size_bytes:
        raise BadArtifact(f"{name} has {status.st_size} bytes, the manifest says {entry.size_bytes}.", field=where)
    if not trusted:
        refuse_pickle(name, path)
    found = sha256_of(path)
    if found != entry.sha256:
        raise BadArtifact(f"{name} has sha256 {found[:12]}…, the manifest says {entry.sha256[:12]}….", field=where)


def refuse_pickle(name: str, path: Path | None = None) -> None:
    """Refuse a pickle by its name, and by its first bytes where ``path`` is given. Raises BadArtifact."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in PICKLE_SUFFIXES:
        raise BadArtifact(
            f"{name} is a pickle: loading one runs any code inside it. Export the model to ONNX.", field=f"files.{name}"
        )
    if path is not None and suffix != ".data":
        with path.open("rb") as stream:
            start = stream.read(4)
        if start.startswith(_PICKLE_STARTS):
            raise BadArtifact(
                f"{name} holds a pickle or a zip under another name. Export the model to ONNX.", field=f"files.{name}"
            )


def _own_graph(name: str, target: str) -> bool:
    return target in OWN_TARGETS and PurePosixPath(name).suffix.lower() == GRAPH_SUFFIXES[target]


def check_file_name(name: str, target: str = "onnx") -> None:
    """Refuse a name that leaves the folder, or whose kind is not a model file. Raises BadArtifact."""
    where = f"files.{name}"
    path = PurePosixPath(name)
    if (
        not name
        or len(name) > 200
        or "\\" in name
        or "\0" in name
        or ":" in name
        or path.is_absolute()
        or str(path) != name
        or ".." in path.parts
        or len(path.parts) != 1
        or name.startswith(".")
        or name == MANIFEST_NAME
    ):
        raise BadArtifact(f"{name!r} is not a file name inside the model folder.", field=where)
    if _own_graph(name, target):
        return
    refuse_pickle(name)
    if path.suffix.lower() not in FILE_SUFFIXES:
        raise BadArtifact(f"{name} is not a kind of model file ({', '.join(sorted(FILE_SUFFIXES))}).", field=where)


def _manifest(document: Any) -> Manifest:
    top = Fields(document, "")
    schema = top.integer("schema", 1, 1)
    task_type = top.choice("task_type", TASK_TYPES)
    target = top.choice("target", tuple(GRAPH_SUFFIXES), default="onnx")
    return Manifest(
        schema=schema,
        name=top.text("name", 1, 200),
        task_type=task_type,
        predictor=top.text("predictor", 1, 64),
        arch=top.text("arch", 0, 100, default=""),
        classes=_classes(top),
        input=_input(top.child("input")),
        preprocess=_preprocess(top.child("preprocess")),
        output=_output(top.child("output"), task_type),
        precision=top.choice("precision", PRECISIONS, default="fp32"),
        files=_files(top, target),
        parent=top.optional_text("parent", 200),
        dataset_version=top.optional_integer("dataset_version"),
        licence=top.text("licence", 0, 200, default=""),
        target=target,
        export=top.optional_object("export"),
    )


def _classes(top: Fields) -> tuple[str, ...]:
    names = top.texts("classes", 200)
    if not names or len(names) > MAX_CLASSES:
        raise BadArtifact(f"classes has {len(names)} names; give 1 to {MAX_CLASSES}.", field="classes")
    if len(set(names)) != len(names):
        twice = next(name for index, name in enumerate(names) if name in names[:index])
        raise BadArtifact(f"classes names {twice!r} twice.", field="classes")
    return tuple(names)


def _input(part: Fields) -> InputSpec:
    return InputSpec(
        width=part.integer("width", 16, MAX_INPUT_SIDE),
        height=part.integer("height", 16, MAX_INPUT_SIDE),
        channels=part.choice("channels", CHANNELS, default="RGB"),
        name=part.text("name", 0, 200, default=""),
    )


def _preprocess(part: Fields) -> Preprocess:
    std = part.numbers("std", 3, default=(1.0, 1.0, 1.0))
    if any(value == 0 for value in std):
        raise BadArtifact("preprocess.std holds a zero.", field="preprocess.std")
    return Preprocess(
        resize=part.choice("resize", RESIZES),
        pad=part.integer("pad", 0, 255, default=114),
        scale=part.number("scale", 1e-6, 1e3, default=1.0),
        mean=part.numbers("mean", 3, default=(0.0, 0.0, 0.0)),
        std=std,
        crop=part.number("crop", 0.1, 1.0, default=0.875),
    )


def _output(part: Fields, task_type: str) -> OutputSpec:
    decoders = {
        "object_detection": DETECTION_DECODERS,
        "image_classification": CLASSIFICATION_DECODERS,
        "semantic_segmentation": SEGMENTATION_DECODERS,
    }[task_type]
    strides = part.integers("strides", 1, 128, default=(8, 16, 32))
    return OutputSpec(
        decoder=part.choice("decoder", decoders),
        nms_iou=part.number("nms_iou", 0.0, 1.0, default=0.45),
        strides=strides,
    )


def _files(top: Fields, target: str) -> dict[str, FileEntry]:
    part = top.child("files")
    if not part.keys() or len(part.keys()) > MAX_FILES:
        raise BadArtifact(f"files lists {len(part.keys())} files; give 1 to {MAX_FILES}.", field="files")
    files: dict[str, FileEntry] = {}
    for name in part.keys():  # noqa: SIM118 - Fields is not a dict
        check_file_name(name, target)
        entry = part.child(name)
        sha256 = entry.text("sha256", 64, 64)
        if not _SHA256.fullmatch(sha256):
            raise BadArtifact(f"files.{name}.sha256 is not 64 lower-case hex digits.", field=f"files.{name}.sha256")
        files[name] = FileEntry(sha256, entry.integer("size_bytes", 1, MAX_FILE_BYTES))
    return files
