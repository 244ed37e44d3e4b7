"""Each further kind of network learns from a few real pictures, is exported, opened by its predictor, and describes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torchvision import models

from annotator.core.formats import FORMATS
from compression.core.snapshot import Snapshot, materialize
from compression.core.trainer import Trained, TrainRequest
from compression.core.trainers import TRAINERS, load_trainer, trainer_for_arch
from compression.core.training.retinanet import RetinaNet, anchor_boxes, decoded, focal_loss, taught_loss
from compression.core.training.trained_folder import load_matching
from prelabel.core.predictors import load_predictor
from prelabel.core.preprocess import decode_upright
from tests.compression.conftest import draw_manifest, masks_manifest, shapes_manifest

SHARED = Path(__file__).resolve().parents[5] / "shared" / "data"
DRAWN: dict[str, Callable[[Path, dict[str, int]], dict[str, Any]]] = {
    "object_detection": draw_manifest,
    "image_classification": shapes_manifest,
    "semantic_segmentation": masks_manifest,
}
REAL = {
    "object_detection": ("pascal_voc", "bccd"),
    "image_classification": ("image_folder", "clothing"),
    "semantic_segmentation": ("mask_png", "camvid"),
}
FEW = {"train": 8, "val": 1, "test": 1}
# Every network of the requirements that no other test trains, smallest size that it takes.
KINDS = {
    "mobilenet_v2": 64,
    "shufflenet_v2_x0_5": 64,
    "shufflenet_v2_x1_0": 64,
    "tf_efficientnet_lite0": 64,
    "yolov3-tiny": 96,
    "yolo26n": 64,
    "ssdlite320_mobilenet_v3_large": 64,
    "retinanet_mobilenet_v3_large": 96,
    "deeplabv3_mobilenet_v3_large": 64,
    "unet_mobilenet_v2": 64,
}


def few_pictures(task_type: str, root: Path) -> Snapshot:
    """Some pictures of a real set, or drawn ones where it is not on this machine."""
    slug, name = REAL[task_type]
    if not (SHARED / name).is_dir():
        manifest = DRAWN[task_type](root / "blobs", FEW)
        return materialize(manifest, root / "snapshot", lambda sha256: root / "blobs" / sha256)
    found = FORMATS[slug].read(SHARED / name)
    left, blobs, items = dict(FEW), {}, []
    names = sorted({thing.class_name for image in found.images for thing in image.objects})
    for image in found.images:
        split = {"validation": "val"}.get(image.split or "", image.split or "train")
        if not left.get(split) or not image.objects:
            continue
        left[split] -= 1
        path = SHARED / name / image.path
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        blobs[sha256] = path
        height, width = decode_upright(path).shape[:2]
        objects = [_object(thing, names, width, height) for thing in image.objects]
        entry = {"item_id": len(items) + 1, "sha256": sha256, "name": path.name, "width": width, "height": height}
        items.append({**entry, "split": split, "objects": objects})
    classes = [{"id": index, "name": one} for index, one in enumerate(names)]
    manifest = {"schema": 1, "task_type": task_type, "classes": classes, "items": items}
    return materialize(manifest, root / "snapshot", lambda sha256: blobs[sha256])


def _object(thing: Any, names: list[str], width: int, height: int) -> dict[str, Any]:
    one: dict[str, Any] = {"class_id": names.index(thing.class_name)}
    if thing.bbox is not None:
        one["bbox"] = list(thing.bbox)
    if thing.mask is not None:
        one["rle"] = {"size": [height, width], "counts": thing.mask}
    return one


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Snapshot]:
    made: dict[str, Snapshot] = {}

    def of(task_type: str) -> Snapshot:
        if task_type not in made:
            made[task_type] = few_pictures(task_type, tmp_path_factory.mktemp(task_type))
        return made[task_type]

    return of


@pytest.mark.parametrize("arch", KINDS)
def test_a_kind_learns_from_real_pictures_and_its_predictor_opens_what_it_exports(
    arch: str, pictures: Callable[[str], Snapshot], tmp_path: Path
) -> None:
    slug = trainer_for_arch(arch)
    snapshot, trainer = pictures(TRAINERS[slug].task_type), load_trainer(slug)
    request = TrainRequest(snapshot, tmp_path / "work", arch, epochs=1, image_size=KINDS[arch], batch=2, threads=1)
    trained = trainer.train(request)
    record = json.loads((trained.folder / "training.json").read_text())
    assert all(np.isfinite(value) for value in record["history"][0].values())
    predictor = load_predictor(trainer.export(trained, tmp_path / "onnx"), floor=0.001, embed=True)
    guesses, features = predictor.look(decode_upright(snapshot.items["test"][0].path))
    assert predictor.embeds and features is not None and len(features) >= 32 and np.isfinite(features).all()
    assert predictor.classes == tuple(snapshot.classes)
    if len(snapshot.classes) > 2 and guesses and slug in ("retinanet", "ssdlite"):
        assert len(guesses[0].top3) == 3  # the whole vector came along


def test_anchors_are_torchvision_s_rule_and_there_is_one_for_every_output() -> None:
    network = RetinaNet("mobilenet_v2", 3).eval()
    for width, height in ((320, 320), (160, 96), (96, 160)):
        with torch.no_grad():
            found = network(torch.zeros(1, 3, height, width))
        assert found["cls_logits"].shape[1:] == (len(anchor_boxes(width, height)), 3)
    # Lin et al. 2017: three sides 2^(0, 1/3, 2/3) at each level, ratios h / w of 1:2, 1:1, 2:1, same area.
    first = anchor_boxes(320, 320)[:9]
    areas = ((first[:, 2] - first[:, 0]) * (first[:, 3] - first[:, 1])).reshape(3, 3)
    expected = torch.tensor([16 * 2 ** (third / 3) for third in range(3)]) ** 2
    assert torch.allclose(areas, expected.expand(3, 3), rtol=0.15)  # torchvision rounds sides to whole pixels


def test_the_loss_is_torchvision_s_own() -> None:
    from torchvision.models.detection import RetinaNet as Theirs
    from torchvision.models.detection.anchor_utils import AnchorGenerator

    torch.manual_seed(1)
    ours = RetinaNet("mobilenet_v2", 3).eval()
    backbone = torch.nn.Identity()
    backbone.out_channels = 128  # type: ignore[assignment]
    sizes = tuple(tuple(2 * 2**level * 2 ** (third / 3) for third in range(3)) for level in range(3, 8))
    theirs = Theirs(backbone, 3, anchor_generator=AnchorGenerator(sizes, ((0.5, 1.0, 2.0),) * 5), head=ours.head)
    with torch.no_grad():
        found = ours(torch.rand(2, 3, 128, 128))
    boxes, classes = torch.tensor([[20.0, 30, 60, 90], [70, 40, 120, 110]]), torch.tensor([0, 2])
    empty = torch.zeros(0, 4), torch.zeros(0, dtype=torch.int64)
    targets = [{"boxes": boxes, "labels": classes}, {"boxes": empty[0], "labels": empty[1]}]
    anchors = anchor_boxes(128, 128)
    parts = theirs.compute_loss(targets, found, [anchors, anchors])
    assert float(focal_loss(found, [(boxes, classes), empty], anchors)) == pytest.approx(
        sum(part.item() for part in parts.values()), rel=1e-5
    )
    rows = decoded(ours, 128, 128)
    with torch.no_grad():
        boxed = rows(torch.zeros(1, 3, 128, 128))[0].T
        raw = ours(torch.zeros(1, 3, 128, 128))
    expected = theirs.box_coder.decode_single(raw["bbox_regression"][0], anchors)
    corners = torch.cat([boxed[:, :2] - boxed[:, 2:4] / 2, boxed[:, :2] + boxed[:, 2:4] / 2], dim=1)
    assert torch.allclose(corners, expected, atol=1e-3)


def test_a_taught_loss_is_nothing_for_equal_outputs_and_minds_only_what_the_teacher_sees() -> None:
    theirs = {"cls_logits": torch.tensor([[[-9.0, -9.0], [9.0, -9.0]]]), "bbox_regression": torch.zeros(1, 2, 4)}
    assert float(taught_loss(theirs, theirs, 2.0)) == pytest.approx(0.0, abs=1e-5)
    background = {**theirs, "bbox_regression": torch.tensor([[[1.0] * 4, [0.0] * 4]])}
    thing = {**theirs, "bbox_regression": torch.tensor([[[0.0] * 4, [1.0] * 4]])}
    assert float(taught_loss(background, theirs, 2.0)) < 0.01 < float(taught_loss(thing, theirs, 2.0))


@pytest.mark.parametrize(
    ("arch", "backbone", "least"),
    [
        ("unet_mobilenet_v2", models.mobilenet_v2, 300),
        ("retinanet_mobilenet_v2", models.mobilenet_v2, 300),
        ("retinanet_mobilenet_v3_large", models.mobilenet_v3_large, 290),
        ("shufflenet_v2_x0_5", models.shufflenet_v2_x0_5, 270),
    ],
)
def test_published_weights_fit_by_their_names(
    arch: str, backbone: Callable[..., torch.nn.Module], least: int, tmp_path: Path
) -> None:
    """With torchvision's own classifier of 1,000 classes, as its files hold it."""
    published = backbone(num_classes=1000).state_dict()
    save_file({name: value.contiguous().clone() for name, value in published.items()}, tmp_path / "weights.safetensors")
    trainer = load_trainer(trainer_for_arch(arch))
    taken, _ = load_matching(trainer.build(arch, 3), tmp_path)  # type: ignore[attr-defined]
    assert taken >= least
    assert taken >= len(published) - 4


def test_published_efficientnet_weights_fit_and_are_fed_as_they_expect(tmp_path: Path) -> None:
    import timm

    from compression.core.trainers.classifier import build, preprocess

    published = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    save_file({k: v.contiguous().clone() for k, v in published.state_dict().items()}, tmp_path / "weights.safetensors")
    taken, tensors = load_matching(build("tf_efficientnet_lite0", 3), tmp_path)
    assert taken == tensors - 2
    told = published.pretrained_cfg
    assert preprocess("tf_efficientnet_lite0").mean == told["mean"] == (0.5, 0.5, 0.5)
    assert preprocess("tf_efficientnet_lite0").std == told["std"]
    assert preprocess("mobilenet_v2").mean == (0.485, 0.456, 0.406)


def test_a_unet_of_an_earlier_release_is_refused_with_what_to_do(tmp_path: Path) -> None:
    from annotator.core.errors import BadArtifact

    save_file({"ups.0.first.0.weight": torch.zeros(4, 4, 3, 3)}, tmp_path / "weights.safetensors")
    described = {"schema": 1, "arch": "unet_mobilenet_v2", "classes": ["a", "b"]}
    (tmp_path / "architecture.json").write_text(json.dumps(described))
    with pytest.raises(BadArtifact, match="train it anew"):
        load_trainer("segmenter").load(Trained(tmp_path).folder)
