"""The README of a bundle: what is in it, how a picture becomes the input, how the output is read, how to run it."""

from __future__ import annotations

from collections.abc import Sequence

from prelabel.core.artifact import OWN_TARGETS, Manifest
from prelabel.core.bundle.example import RUNTIMES

_RESIZES = {
    "letterbox": "scaled to fit with its proportions kept, the rest padded evenly with grey {pad}",
    "letterbox_top_left": "scaled to fit with its proportions kept, into the top left, the rest padded with grey {pad}",
    "stretch": "scaled to the input's size, whatever its proportions",
    "center_crop": "scaled so that {share:.1%} of its shorter side fill the input (with smoothing), the middle cut out",
}
_DECODERS = {
    "yolo": "one tensor 1 × (4 + classes) × N: centre x, centre y, width and height in pixels of the input, then a "
    "score from 0 to 1 per class; overlapping boxes of one class at IoU over {iou} fall",
    "yolo_e2e": "one tensor 1 × N × 6: x1, y1, x2, y2 in pixels of the input, score, class; nothing overlaps",
    "yolox": "one tensor 1 × N × (5 + classes), cells of strides {strides}: offsets and log sizes in strides, "
    "objectness, a score per class; overlapping boxes of one class at IoU over {iou} fall",
    "nanodet": "for strides {strides} a map of class scores and one of distances to the four sides in bins; "
    "overlapping boxes of one class at IoU over {iou} fall",
    "softmax": "one logit per class; softmax makes probabilities of them",
    "probabilities": "one probability per class",
    "class_map": "logits 1 × classes × height × width; the best class of each place, scaled to the picture",
}


def readme(manifest: Manifest, example_names: Sequence[str]) -> str:
    """Markdown. ``example_names``: what lies in examples/."""
    return "\n".join(
        [
            f"# {manifest.name}",
            "",
            f"{_TASKS[manifest.task_type]}, {len(manifest.classes)} classes, {manifest.precision} for "
            f"{manifest.target}. `manifest.json` holds everything below for programs, `labels.txt` the class names in "
            "the order of the output, `MODEL_CARD.md` how good it is and on what.",
            "",
            "## Files",
            "",
            *(
                f"- `{name}`: {entry.size_bytes:,} bytes, sha256 `{entry.sha256}`"
                for name, entry in manifest.files.items()
            ),
            "",
            *_code_warning(manifest),
            "## From picture to input",
            "",
            *_preprocessing(manifest),
            "",
            "## Output",
            "",
            _decoding(manifest),
            "",
            *_running(manifest, example_names),
        ]
    )


_TASKS = {
    "object_detection": "Object detector",
    "image_classification": "Image classifier",
    "semantic_segmentation": "Semantic segmenter",
}


def _code_warning(manifest: Manifest) -> list[str]:
    if manifest.target not in OWN_TARGETS:
        return []
    return [f"A {manifest.target} file can carry code: check its sha256 before you load it, and import it nowhere.", ""]


def _preprocessing(manifest: Manifest) -> list[str]:
    size, steps = manifest.input, manifest.preprocess
    resize = _RESIZES[steps.resize].format(pad=steps.pad, share=steps.crop)
    return [
        "1. Decode, turn as EXIF says, convert to RGB.",
        f"2. Resize: the picture is {resize}. Input: {size.width} wide, {size.height} high.",
        f"3. Channels in the order {size.channels}; `value = (pixel * {steps.scale:.8g} - mean) / std` with mean "
        f"{list(steps.mean)} and std {list(steps.std)}.",
        f"4. A float32 tensor 1 × 3 × {size.height} × {size.width}"
        + (f" named `{size.name}`." if size.name and manifest.target in ("onnx", "openvino") else "."),
    ]


def _decoding(manifest: Manifest) -> str:
    output = manifest.output
    strides = ", ".join(str(stride) for stride in output.strides)
    text = _DECODERS[output.decoder].format(iou=output.nms_iou, strides=strides)
    return text[0].upper() + text[1:] + "."


def _running(manifest: Manifest, example_names: Sequence[str]) -> list[str]:
    if not example_names:
        return ["## Run it", "", "Time it with NVIDIA's own program: `trtexec --loadEngine=model.engine`.", ""]
    lines = ["## Run it", ""]
    for name in example_names:
        package = RUNTIMES[name.removeprefix("run_").removesuffix(".py")].package
        lines += [f"    pip install numpy pillow {package}", f"    python examples/{name} picture.jpg", ""]
    return lines
