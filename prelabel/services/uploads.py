"""Checks an uploaded model against its manifest before a worker opens it."""

from __future__ import annotations

from typing import Any

from annotator.core.errors import BadArtifact
from prelabel.core.artifact import Manifest, check_file_name

# A pickle protocol mark or a zip: how torch checkpoints begin. An ONNX file begins with a protobuf field (0x08).
PICKLE_STARTS = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


def refuse_pickle_start(head: bytes) -> None:
    """Refuse a pickle whatever its name says, before a byte of it is stored. Raises BadArtifact."""
    if head.startswith(PICKLE_STARTS):
        raise BadArtifact(
            "the model file is a pickle or a zip: loading one runs any code inside it; export the model to ONNX",
            field="model",
        )


def check_upload(manifest: Any, *, file_name: str, sha256: str, size_bytes: int, task_type: str) -> Manifest:
    """The manifest with the uploaded file entered as ``model.onnx``.

    A manifest that states the file's sha256 must be right; one without gets it. Raises BadArtifact.
    """
    if not isinstance(manifest, dict):
        raise BadArtifact("the manifest must be a JSON object", field="manifest")
    check_file_name(file_name)
    if not file_name.lower().endswith(".onnx"):
        raise BadArtifact(f"{file_name} is not an ONNX file; export the model to ONNX", field="model")
    entry = _stated_entry(manifest.get("files"), file_name)
    if isinstance(entry, dict) and entry.get("sha256") not in (None, sha256):
        raise BadArtifact(
            f"the file has sha256 {sha256[:12]}…, the manifest says {str(entry['sha256'])[:12]}…", field="files"
        )
    files = {"model.onnx": {"sha256": sha256, "size_bytes": size_bytes}}
    checked = Manifest.from_json({**manifest, "files": files, "target": "onnx", "export": {}})
    if checked.task_type != task_type:
        raise BadArtifact(f"the model is for {checked.task_type}, the project for {task_type}", field="task_type")
    return checked


def _stated_entry(files: Any, file_name: str) -> Any:
    """What a manifest says of the uploaded file: under its name, as ``model.onnx``, or as its only graph."""
    if not isinstance(files, dict):
        return None
    graphs = [entry for name, entry in files.items() if str(name).lower().endswith(".onnx")]
    return files.get(file_name) or files.get("model.onnx") or (graphs[0] if len(graphs) == 1 else None)
