"""What a training can start from. Metadata only: free of torch, so that the API can list it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from annotator.core.errors import NotFound

SHIPPED = Path(__file__).resolve().parents[1] / "weights"


@dataclass(frozen=True)
class BaseModel:
    """A start for training: shipped in ``folder`` or downloaded from ``url`` in the train worker.

    ``sha256`` pins the download: all 64 digits, or those that the publisher put into the file name. What nobody
    publishes a hash of is never downloaded: ``by_hand`` names its file, taken where an admin put it. A model with
    neither starts from nothing.
    """

    slug: str
    task_type: str
    arch: str
    label: str
    licence: str
    url: str = ""
    sha256: str = ""
    by_hand: str = ""
    max_bytes: int = 64 * 2**20
    folder: Path | None = None
    default: bool = False

    @property
    def file_name(self) -> str:
        """Name of the downloaded file, also under which it may be put by hand on a machine without network."""
        return self.by_hand or self.url.rpartition("/")[2]

    @property
    def shipped(self) -> bool:
        """Whether the weights are here already."""
        return self.folder is not None and (self.folder / "weights.safetensors").is_file()

    @property
    def available(self) -> bool:
        """Whether it can be offered: here already, known where to get it, or trained from nothing."""
        return self.shipped or self.folder is None


_ULTRALYTICS = "https://github.com/ultralytics/assets/releases/download"
_TORCH = "https://download.pytorch.org/models"
_TIMM = "https://github.com/rwightman/pytorch-image-models/releases/download/v0.1-weights"

BASE_MODELS: dict[str, BaseModel] = {
    model.slug: model
    for model in (
        BaseModel(
            slug="yolo11n",
            task_type="object_detection",
            arch="yolo11n",
            label="YOLO11 nano (COCO)",
            licence="AGPL-3.0",
            url=f"{_ULTRALYTICS}/v8.3.0/yolo11n.pt",
            sha256="0ebbc80d4a7680d14987a577cd21342b65ecfd94632bd9a8da63ae6417644ee1",
            default=True,
        ),
        BaseModel(
            slug="yolo26n",
            task_type="object_detection",
            arch="yolo26n",
            label="YOLO26 nano (COCO)",
            licence="AGPL-3.0",
            url=f"{_ULTRALYTICS}/v8.4.0/yolo26n.pt",
            sha256="9b09cc8bf347f0fc8a5f7657480587f25db09b34bf33b0652110fb03a8ad4fef",
        ),
        BaseModel(
            slug="winnow-road",
            task_type="object_detection",
            arch="yolo11p",
            label="Winnow road (synthetic scenes)",
            licence="AGPL-3.0",
            folder=SHIPPED / "road",
        ),
        BaseModel(
            slug="ssdlite320_mobilenet_v3_large",
            task_type="object_detection",
            arch="ssdlite320_mobilenet_v3_large",
            label="SSDLite MobileNetV3 large (COCO)",
            licence="BSD-3-Clause",
            url=f"{_TORCH}/ssdlite320_mobilenet_v3_large_coco-a79551df.pth",
            sha256="a79551df",
        ),
        BaseModel(
            slug="yolov3-tiny",
            task_type="object_detection",
            arch="yolov3-tiny",
            label="YOLOv3-tiny (COCO, if the file is there)",
            licence="AGPL-3.0",
            by_hand="yolov3-tinyu.pt",
        ),
        BaseModel(
            slug="retinanet_mobilenet_v3_large",
            task_type="object_detection",
            arch="retinanet_mobilenet_v3_large",
            label="RetinaNet MobileNetV3 large (ImageNet backbone)",
            licence="BSD-3-Clause",
            url=f"{_TORCH}/mobilenet_v3_large-8738ca79.pth",
            sha256="8738ca79",
        ),
        BaseModel(
            slug="mobilenet_v3_small",
            task_type="image_classification",
            arch="mobilenet_v3_small",
            label="MobileNetV3 small (ImageNet)",
            licence="BSD-3-Clause",
            url=f"{_TORCH}/mobilenet_v3_small-047dcff4.pth",
            sha256="047dcff4addef86ea5bc2eff13c9614dc11f47ab1160d0a71a25e7db994f4e1f",
            default=True,
        ),
        BaseModel(
            slug="mobilenet_v2",
            task_type="image_classification",
            arch="mobilenet_v2",
            label="MobileNetV2 (ImageNet)",
            licence="BSD-3-Clause",
            url=f"{_TORCH}/mobilenet_v2-7ebf99e0.pth",
            sha256="7ebf99e0",
        ),
        BaseModel(
            slug="mobilenet_v3_large",
            task_type="image_classification",
            arch="mobilenet_v3_large",
            label="MobileNetV3 large (ImageNet)",
            licence="BSD-3-Clause",
            url=f"{_TORCH}/mobilenet_v3_large-8738ca79.pth",
            sha256="8738ca79",
        ),
        BaseModel(
            slug="resnet18",
            task_type="image_classification",
            arch="resnet18",
            label="ResNet-18 (ImageNet), a teacher",
            licence="BSD-3-Clause",
            url=f"{_TORCH}/resnet18-f37072fd.pth",
            sha256="f37072fd",
        ),
        BaseModel(
            slug="resnet50",
            task_type="image_classification",
            arch="resnet50",
            label="ResNet-50 (ImageNet), a teacher",
            licence="BSD-3-Clause",
            url=f"{_TORCH}/resnet50-0676ba61.pth",
            sha256="0676ba61",
            max_bytes=128 * 2**20,
        ),
        BaseModel(
            slug="shufflenet_v2_x0_5",
            task_type="image_classification",
            arch="shufflenet_v2_x0_5",
            label="ShuffleNetV2 x0.5 (ImageNet)",
            licence="BSD-3-Clause",
            url=f"{_TORCH}/shufflenetv2_x0.5-f707e7126e.pth",
            sha256="f707e7126e",
        ),
        BaseModel(
            slug="shufflenet_v2_x1_0",
            task_type="image_classification",
            arch="shufflenet_v2_x1_0",
            label="ShuffleNetV2 x1.0 (ImageNet)",
            licence="BSD-3-Clause",
            url=f"{_TORCH}/shufflenetv2_x1-5666bf0f80.pth",
            sha256="5666bf0f80",
        ),
        BaseModel(
            slug="tf_efficientnet_lite0",
            task_type="image_classification",
            arch="tf_efficientnet_lite0",
            label="EfficientNet-Lite0 (ImageNet)",
            licence="Apache-2.0",
            url=f"{_TIMM}/tf_efficientnet_lite0-0aa007d2.pth",
            sha256="0aa007d2",
        ),
        BaseModel(
            slug="lraspp_mobilenet_v3_large",
            task_type="semantic_segmentation",
            arch="lraspp_mobilenet_v3_large",
            label="LRASPP MobileNetV3 large (COCO, VOC classes)",
            licence="BSD-3-Clause",
            url=f"{_TORCH}/lraspp_mobilenet_v3_large-d234d4ea.pth",
            sha256="d234d4ea",
            default=True,
        ),
        BaseModel(
            slug="deeplabv3_mobilenet_v3_large",
            task_type="semantic_segmentation",
            arch="deeplabv3_mobilenet_v3_large",
            label="DeepLabV3 MobileNetV3 large (COCO, VOC classes)",
            licence="BSD-3-Clause",
            url=f"{_TORCH}/deeplabv3_mobilenet_v3_large-fc3c493d.pth",
            sha256="fc3c493d",
        ),
        BaseModel(
            slug="unet_mobilenet_v2",
            task_type="semantic_segmentation",
            arch="unet_mobilenet_v2",
            label="U-Net over MobileNetV2 (ImageNet encoder)",
            licence="BSD-3-Clause",
            url=f"{_TORCH}/mobilenet_v2-7ebf99e0.pth",
            sha256="7ebf99e0",
        ),
    )
}


def base_models_for(task_type: str) -> list[BaseModel]:
    """Starts that fit a task type, the default first."""
    fitting = [model for model in BASE_MODELS.values() if model.task_type == task_type and model.available]
    return sorted(fitting, key=lambda model: not model.default)


def base_model(slug: str) -> BaseModel:
    """Entry of the table. Raises NotFound."""
    try:
        return BASE_MODELS[slug]
    except KeyError as error:
        raise NotFound(f"There is no base model {slug!r}; use one of {', '.join(BASE_MODELS)}.") from error
