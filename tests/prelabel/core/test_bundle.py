"""The examples of a bundle run as they are, on real pictures, and say what our predictor says."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from compression.core.exporting.environments import install, python_of
from compression.core.targets import load_target
from prelabel.core.artifact import Manifest, load_artifact
from prelabel.core.bundle import CardFacts, bundle_texts
from prelabel.core.bundle.card import Metric, model_card
from prelabel.core.bundle.example import MOST_LINES, RUNTIMES, example, examples
from prelabel.core.masks import decode_mask
from prelabel.core.predictors import load_predictor
from prelabel.core.preprocess import decode_upright
from tests.conftest import ROOT, SHARED
from tests.contracts.exported_models import Exportable, make_exportable

ALLOWED = {
    "json",
    "sys",
    "pathlib",
    "zipfile",
    "numpy",
    "PIL",
    "torch",
    "onnxruntime",
    "openvino",
    "ncnn",
    "coremltools",
    "ai_edge_litert",
}


@pytest.fixture(scope="module")
def exportables(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Exportable]:
    made: dict[str, Exportable] = {}

    def make(kind: str) -> Exportable:
        if kind not in made:
            made[kind] = make_exportable(kind, tmp_path_factory.mktemp(kind))
        return made[kind]

    return make


def unpack(artifact: Path, out: Path) -> Path:
    """The bundle of an artifact as it lies after unzipping."""
    manifest = load_artifact(artifact, own=True).manifest
    out.mkdir(parents=True, exist_ok=True)
    for name in manifest.files:
        shutil.copy(artifact / name, out / name)
    for name, text in bundle_texts(manifest, CardFacts("toy v1")).items():
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_text(text, encoding="utf-8")
    return out


def run_example(bundle: Path, runtime: str, picture: Path, python: str = sys.executable) -> list[dict[str, Any]]:
    """What the example prints, run as a user would, away from this project."""
    command = [python, "-I", str(bundle / "examples" / f"run_{runtime}.py"), str(picture)]
    done = subprocess.run(command, cwd=bundle, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def check_boxes(found: list[dict[str, Any]], artifact: Path, picture: Path) -> None:
    """The same objects as our predictor shows: class, score and box, Pillow's rounding aside."""
    predictor = load_predictor(artifact, runtime="onnxruntime")
    wanted = [guess for guess in predictor.predict([decode_upright(picture)])[0] if guess.score >= 0.3]
    assert wanted, "a picture that shows nothing proves nothing"
    for guess in wanted:
        same = [one for one in found if one["class"] == predictor.classes[guess.class_index]]
        near = min(float(np.abs(np.subtract(one["bbox"], guess.bbox)).max()) for one in same)
        assert near < 3.0
        assert min(abs(one["score"] - guess.score) for one in same) < 0.03


@pytest.mark.parametrize(
    ("runtime", "target"),
    [("onnxruntime", "onnx"), ("openvino", "onnx"), ("openvino", "openvino"), ("torchscript", "torchscript")],
)
def test_a_detectors_example_finds_what_the_predictor_finds(
    runtime: str, target: str, exportables: Callable[[str], Exportable], tmp_path: Path
) -> None:
    given = exportables("detector")
    load_target(target).export(given.request(tmp_path / "export"))
    bundle = unpack(tmp_path / "export", tmp_path / "bundle")
    check_boxes(run_example(bundle, runtime, given.pictures[0]), given.model.artifact, given.pictures[0])


@pytest.mark.slow
@pytest.mark.parametrize("target", ["ncnn", "litert"])
def test_an_example_for_small_devices_finds_it_too(
    target: str, exportables: Callable[[str], Exportable], tmp_path: Path
) -> None:
    python = python_of(target) or install(target)
    given = exportables("detector")
    load_target(target).export(given.request(tmp_path / "export"))
    bundle = unpack(tmp_path / "export", tmp_path / "bundle")
    found = run_example(bundle, target, given.pictures[0], str(python))
    check_boxes(found, given.model.artifact, given.pictures[0])


@pytest.mark.parametrize("name", ["yolox_nano_416", "nanodet_m_416"])
def test_imported_detectors_have_examples_that_run(name: str, tmp_path: Path) -> None:
    """Published weights, whose grids the example decodes by itself."""
    source, picture = SHARED / "weights" / f"{name}.onnx", SHARED / "weights" / "sample_images" / "pets.jpg"
    assert source.is_file(), "the shared weights belong beside the checkout"
    artifact = tmp_path / "artifact"
    artifact.mkdir()
    template = json.loads((ROOT / "prelabel" / "manifests" / f"{name}.json").read_text(encoding="utf-8"))
    (file,) = template["files"]
    shutil.copy(source, artifact / file)
    (artifact / "manifest.json").write_text(json.dumps(template), encoding="utf-8")
    bundle = unpack(artifact, tmp_path / "bundle")
    check_boxes(run_example(bundle, "onnxruntime", picture), artifact, picture)


def test_a_classifiers_example_gives_the_predictors_scores(
    exportables: Callable[[str], Exportable], tmp_path: Path
) -> None:
    given = exportables("classifier")
    (best,) = load_predictor(given.model.artifact, runtime="onnxruntime").predict(
        [decode_upright(given.pictures[0])]
    )[0]  # fmt: skip
    found = run_example(unpack(given.model.artifact, tmp_path / "bundle"), "onnxruntime", given.pictures[0])
    names = load_artifact(given.model.artifact).manifest.classes
    assert [one["class"] for one in found] == [names[index] for index, _ in best.top3]
    assert [one["score"] for one in found] == pytest.approx([score for _, score in best.top3], abs=2e-3)


def test_a_segmenters_example_draws_the_predictors_classes(
    exportables: Callable[[str], Exportable], tmp_path: Path
) -> None:
    given = exportables("segmenter")
    picture = tmp_path / "scene.png"
    shutil.copy(given.pictures[0], picture)
    found = run_example(unpack(given.model.artifact, tmp_path / "bundle"), "onnxruntime", picture)
    shares = {one["class"]: one["share"] for one in found}
    names = load_artifact(given.model.artifact).manifest.classes
    assert set(shares) == set(names) and sum(shares.values()) == pytest.approx(1)
    labels = np.asarray(Image.open(picture.with_suffix(".classes.png")))
    assert labels.shape == np.asarray(Image.open(picture)).shape[:2]
    predictor = load_predictor(given.model.artifact, runtime="onnxruntime")
    for guess in predictor.predict([decode_upright(picture)])[0]:
        assert guess.rle is not None
        ours = decode_mask(guess.rle)
        assert shares[names[guess.class_index]] == pytest.approx(float(ours.mean()), abs=0.05)


def manifests(template: Manifest) -> list[Manifest]:
    """One for every head, resize and channel order."""
    heads = {
        "object_detection": ("yolo", "yolo_e2e", "yolox", "nanodet"),
        "image_classification": ("softmax", "probabilities"),
        "semantic_segmentation": ("class_map",),
    }
    return [
        replace(
            template,
            task_type=task,
            output=replace(template.output, decoder=decoder),
            preprocess=replace(template.preprocess, resize=resize),
            input=replace(template.input, channels=channels),
        )
        for task, decoders in heads.items()
        for decoder in decoders
        for resize in ("letterbox", "letterbox_top_left", "stretch", "center_crop")
        for channels in ("RGB", "BGR")
    ]


def test_every_example_is_short_and_needs_numpy_pillow_and_its_runtime_alone() -> None:
    template = load_artifact(ROOT / "prelabel" / "weights" / "road").manifest
    for manifest in manifests(template):
        for name, text in examples(manifest).items():
            assert len(text.splitlines()) <= MOST_LINES, (manifest.output, name)
            imported = {
                (node.names[0].name if isinstance(node, ast.Import) else str(node.module)).partition(".")[0]
                for node in ast.walk(ast.parse(text))
                if isinstance(node, ast.Import | ast.ImportFrom)
            }
            assert imported <= ALLOWED, name


@pytest.mark.parametrize("runtime", sorted(RUNTIMES))
def test_every_runtime_has_an_example_that_is_python(runtime: str) -> None:
    manifest = load_artifact(ROOT / "prelabel" / "weights" / "road").manifest
    text = example(manifest, runtime)
    compile(text, runtime, "exec")
    assert len(text.splitlines()) <= MOST_LINES


def test_the_openvino_example_maps_the_weights_into_memory() -> None:
    manifest = load_artifact(ROOT / "prelabel" / "weights" / "road").manifest
    assert '"ENABLE_MMAP": True' in example(manifest, "openvino")


def test_a_card_says_what_was_measured_with_its_interval_and_what_was_not() -> None:
    manifest = replace(load_artifact(ROOT / "prelabel" / "weights" / "road").manifest, precision="int8")
    facts = CardFacts(
        "road v3",
        data={"number": 4, "counts": {"train": 200, "val": 40, "test": 60}},
        metrics=[Metric("test", "map50", 0.8321, 0.79, 0.87), Metric("test", "recall", 0.7)],
        latencies=[
            {"device": "edge", "runtime": "openvino", "threads": 1, "p20_ms": 7.0, "p50_ms": 7.4, "p95_ms": 9.1}
        ],
        lineage=["road v1 (yolo11n)", "road v3 (yolo11n)"],
        steps=["prune (amount 0.5)"],
    )
    card = model_card(manifest, facts)
    assert "| test | map50 | 0.8321 | 0.7900 to 0.8700 |" in card
    assert "| test | recall | 0.7000 | not computed |" in card
    assert "| edge | openvino | 1 | 7.0 ms | 7.4 ms | 9.1 ms |" in card
    assert "road v1 (yolo11n) → road v3 (yolo11n)" in card and "1. prune (amount 0.5)" in card
    assert "60 test images only" in card and "Quantized" in card
    empty = model_card(manifest, CardFacts("toy v1"))
    assert "Not measured." in empty and "Not measured on any device." in empty


def test_the_readme_and_labels_tell_a_person_what_the_manifest_tells_a_program() -> None:
    manifest = load_artifact(ROOT / "prelabel" / "weights" / "road").manifest
    texts = bundle_texts(manifest, CardFacts("road v1"))
    assert texts["labels.txt"].split() == list(manifest.classes)
    assert Manifest.from_json(json.loads(texts["manifest.json"])) == manifest
    readme = texts["README.md"]
    assert f"{manifest.input.width} wide, {manifest.input.height} high" in readme
    assert manifest.files["model.onnx"].sha256 in readme
    assert "python examples/run_onnxruntime.py picture.jpg" in readme
    assert {name for name in texts if name.startswith("examples/")} == {
        "examples/run_onnxruntime.py", "examples/run_openvino.py",
    }  # fmt: skip
