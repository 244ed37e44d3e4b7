"""A MobileNetV2 that has seen ImageNet, as float weights, out of the quantized file in ../shared/weights.

Networks trained from nothing on 400 pictures say little about compression. The file is TensorFlow Lite with 8-bit
weights and batch normalisation folded into them: each convolution is scaled back to float and put where torchvision
has its own, the bias in the normalisation behind it. Source of the file: google-coral/test_data, Apache-2.0.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn
from torchvision.models import mobilenet_v2

FILE = Path("weights") / "mobilenet_v2_1.0_224_quant.tflite"
_CONVOLUTIONS = {3, 4}  # CONV_2D, DEPTHWISE_CONV_2D
_MEAN, _STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


def write_start(tflite_file: Path, folder: Path, pictures: torch.Tensor) -> Path:
    """weights.safetensors and architecture.json to start a ``mobilenet_v2`` from; the head of 1,001 classes is left.

    ``pictures`` (n, 3, h, w), normalised as torchvision's, are some of those that will be trained on.
    """
    network = unfold_norms(imagenet_network(tflite_file), pictures)
    tensors = {name: value.contiguous() for name, value in network.state_dict().items() if "classifier" not in name}
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, str(folder / "weights.safetensors"))
    described = {"schema": 1, "arch": "mobilenet_v2", "family": "mobilenet", "classes": []}
    (folder / "architecture.json").write_text(json.dumps(described), encoding="utf-8")
    return folder


def imagenet_network(tflite_file: Path) -> nn.Module:
    """The float network with its 1,001 logits; pictures are normalised as torchvision's are."""
    layers = list(_layers(tflite_file))
    network = mobilenet_v2(weights=None, num_classes=1001)
    pairs = _convolutions_with_norms(network)
    if len(layers) != len(pairs) + 1:
        raise ValueError(f"{tflite_file.name} has {len(layers)} convolutions, {len(pairs) + 1} are expected.")
    with torch.no_grad():
        for (convolution, norm), (weight, bias) in zip(pairs, layers[:-1], strict=True):
            convolution.weight.copy_(torch.from_numpy(weight))
            norm.running_mean.zero_()
            norm.running_var.fill_(1.0 - norm.eps)
            norm.weight.fill_(1.0)
            norm.bias.copy_(torch.from_numpy(bias))
        _take_our_pixels(*pairs[0])
        weight, bias = layers[-1]
        network.classifier[1].weight.copy_(torch.from_numpy(weight[:, :, 0, 0]))
        network.classifier[1].bias.copy_(torch.from_numpy(bias))
    return network.eval()


@torch.no_grad()
def unfold_norms(network: nn.Module, pictures: torch.Tensor) -> nn.Module:
    """The same answers, with norms that hold the statistics of what flows through them.

    Folded norms divide by one. Training divides by the batch's own deviation, and the network would lose what it knows
    with the first batch: of each channel with mean m and deviation d, d becomes the factor and m is added to the bias.
    """
    found: dict[nn.Module, list[torch.Tensor]] = {}

    def watch(norm: nn.Module, inputs: tuple[torch.Tensor]) -> None:
        found[norm] = [inputs[0].mean(dim=(0, 2, 3)), inputs[0].var(dim=(0, 2, 3))]

    hooks = [norm.register_forward_pre_hook(watch) for norm in network.modules() if isinstance(norm, nn.BatchNorm2d)]
    network.eval()(pictures)
    for hook in hooks:
        hook.remove()
    for norm, (mean, variance) in found.items():
        assert isinstance(norm, nn.BatchNorm2d)
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.bias += mean
        norm.weight.copy_((variance + norm.eps).sqrt())
    return network


def _layers(tflite_file: Path) -> Any:
    """(weight as torch has it, bias) of each convolution in the order of the graph."""
    import tflite

    model = tflite.Model.GetRootAsModel(tflite_file.read_bytes(), 0)
    graph = model.Subgraphs(0)
    for index in range(graph.OperatorsLength()):
        operator = graph.Operators(index)
        code = model.OperatorCodes(operator.OpcodeIndex()).BuiltinCode()
        if code not in _CONVOLUTIONS:
            continue
        weight = _float(model, graph.Tensors(operator.Inputs(1)), np.uint8)
        bias = _float(model, graph.Tensors(operator.Inputs(2)), np.int32)
        axes = (0, 3, 1, 2) if code == 3 else (3, 0, 1, 2)
        yield np.ascontiguousarray(weight.transpose(axes)), bias


def _float(model: Any, tensor: Any, kind: Any) -> Any:
    """(value - zero point) * scale."""
    raw = np.frombuffer(model.Buffers(tensor.Buffer()).DataAsNumpy().tobytes(), dtype=kind)
    quantization = tensor.Quantization()
    zero = quantization.ZeroPoint(0) if quantization.ZeroPointLength() else 0
    values = (raw.astype(np.float64) - zero) * quantization.Scale(0)
    return values.reshape(tensor.ShapeAsNumpy()).astype(np.float32)


def _convolutions_with_norms(network: nn.Module) -> list[tuple[nn.Conv2d, nn.BatchNorm2d]]:
    convolutions = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    return list(zip(convolutions, norms, strict=True))


def _take_our_pixels(convolution: nn.Conv2d, norm: nn.BatchNorm2d) -> None:
    """The file wants (p - 128) / 128, our pictures are (p / 255 - mean) / std: the first layer takes up the difference.

    At the border, where zeros are padded, that is not exact.
    """
    scale = torch.from_numpy(255 * _STD / 128).float()[None, :, None, None]
    shift = torch.from_numpy((255 * _MEAN - 128) / 128).float()[None, :, None, None]
    norm.bias += (convolution.weight * shift).sum(dim=(1, 2, 3))
    convolution.weight *= scale
