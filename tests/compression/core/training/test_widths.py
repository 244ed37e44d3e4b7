"""Any network that torch-pruning cut comes back from its widths and weights as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch_pruning
import torchvision
from torch import nn

from annotator.core.errors import BadArtifact
from compression.core.training.widths import apply_widths, check_runs, narrowed, read_widths


class Odd(nn.Module):
    """Grouped, depthwise, transposed and dense layers, with and without bias."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU())
        self.deep = nn.Sequential(nn.Conv2d(32, 32, 3, padding=1, groups=32, bias=False), nn.BatchNorm2d(32))
        self.grouped = nn.Conv2d(32, 48, 3, padding=1, groups=4)
        self.up = nn.ConvTranspose2d(48, 24, 2, stride=2)
        self.norm = nn.BatchNorm2d(24, affine=False)
        self.head = nn.Sequential(nn.Linear(24, 40), nn.ReLU(), nn.Linear(40, 5, bias=False))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.norm(self.up(self.grouped(self.deep(self.stem(x)))))
        out: torch.Tensor = self.head(x.mean((2, 3)))
        return out


MAKE: dict[str, Callable[[], nn.Module]] = {
    "odd": Odd,
    "mobilenet_v3_small": lambda: torchvision.models.mobilenet_v3_small(weights=None, num_classes=5),
    "mobilenet_v2": lambda: torchvision.models.mobilenet_v2(weights=None, num_classes=5),
    "resnet18": lambda: torchvision.models.resnet18(weights=None, num_classes=5),
}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", list(MAKE))
def test_a_pruned_network_is_its_stock_network_with_widths(name: str, seed: int) -> None:
    torch.manual_seed(seed)
    network, picture = MAKE[name]().eval(), torch.rand(2, 3, 64, 64)
    linears = [layer for layer in network.modules() if isinstance(layer, nn.Linear)]
    share = float(torch.rand(()) * 0.6 + 0.1)
    torch_pruning.pruner.BasePruner(
        network,
        picture[:1],
        importance=torch_pruning.importance.RandomImportance(),
        pruning_ratio=share,
        ignored_layers=linears[-1:],
    ).step()
    stock = MAKE[name]()
    widths = narrowed(network, stock)
    assert widths
    apply_widths(stock, widths)
    stock.load_state_dict(network.state_dict())
    stock.eval()
    with torch.no_grad():
        assert torch.equal(stock(picture), network(picture))
    assert narrowed(network, stock) == {}
    assert read_widths(network) == read_widths(stock)


def test_a_stock_network_has_no_widths_to_tell() -> None:
    assert narrowed(Odd(), Odd()) == {}


def test_a_narrowed_network_can_be_trained_from_nothing() -> None:
    """Outputs keep about the variance that they had in the wide network."""
    torch.manual_seed(0)
    wide, narrow = nn.Linear(4096, 64, bias=False), nn.Linear(4096, 64, bias=False)
    apply_widths(nn.ModuleDict({"layer": narrow}), {"layer": [32, 64, 1]})
    with torch.no_grad():
        found = float(narrow(torch.randn(512, 64)).var() / wide(torch.randn(512, 4096)).var())
    assert found == pytest.approx(1.0, rel=0.2)


@pytest.mark.parametrize(
    ("widths", "words"),
    [
        ({"stem.0": [33, 3, 1]}, "wider"),
        ({"stem.0": [32, 4, 1]}, "wider"),
        ({"stem.1": [64]}, "wider"),
        ({"stem.0": [0, 3, 1]}, "positive"),
        ({"stem.0": [16, 3]}, "3 whole numbers"),
        ({"stem.0": "16,"}, "3 whole numbers"),
        ({"stem.0": [True, 3, 1]}, "3 whole numbers"),
        ({"grouped": [46, 8, 4]}, "from 4 groups"),
        ({"tail": [16, 3, 1]}, "no such layer"),
    ],
)
def test_widths_that_no_layer_can_have_are_refused(widths: dict[str, Any], words: str) -> None:
    network = Odd()
    with pytest.raises(BadArtifact, match=words):
        apply_widths(network, widths)
    assert read_widths(network) == read_widths(Odd())


def test_widths_that_do_not_fit_one_another_are_refused() -> None:
    network = Odd()
    apply_widths(network, {"stem.0": [16, 3, 1]})  # its norm still has 32
    with pytest.raises(BadArtifact, match="do not fit"):
        check_runs(network, lambda net: net(torch.rand(1, 3, 32, 32)))


def test_a_network_of_other_layers_is_refused() -> None:
    with pytest.raises(BadArtifact, match="lacks"):
        narrowed(Odd(), MAKE["resnet18"]())
