"""Rounding in training: equal to torch.ao's, felt by the loss, invisible to what is saved."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn
from torch.ao.quantization import MovingAverageMinMaxObserver

from compression.core.training.fake_quant import RoundedInput, RoundedWeight, install, is_installed, plain_state, remove


def _network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6), nn.SiLU(), nn.Conv2d(6, 6, 3, groups=6), nn.Flatten(),
        nn.Linear(216, 4),
    )  # fmt: skip


def test_weights_are_rounded_as_torch_rounds_them_per_channel() -> None:
    weight = torch.randn(5, 3, 3, 3, generator=torch.Generator().manual_seed(1))
    scale = weight.abs().flatten(1).amax(1) / 127
    expected = torch.fake_quantize_per_channel_affine(weight, scale, torch.zeros(5, dtype=torch.int32), 0, -127, 127)
    assert torch.allclose(RoundedWeight()(weight), expected, atol=1e-7)


def test_a_weight_by_hand() -> None:
    # 1.27 is level 127, so a level is 0.01: 0.256 → 25.6 → 26 → 0.26; the channel of zeros stays zero.
    found = RoundedWeight()(torch.tensor([[1.27, 0.256, -0.004], [0.0, 0.0, 0.0]]))
    assert torch.allclose(found, torch.tensor([[1.27, 0.26, 0.0], [0.0, 0.0, 0.0]]), atol=1e-6)


def test_inputs_are_observed_and_rounded_as_torch_does() -> None:
    ours, theirs = RoundedInput(), MovingAverageMinMaxObserver(averaging_constant=0.01, quant_min=0, quant_max=255)
    values = torch.zeros(())
    for seed in range(4):
        values = 3 * torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(seed)) + 0.5
        found = ours(values)
        theirs(values)
    scale, zero = theirs.calculate_qparams()
    expected = torch.fake_quantize_per_tensor_affine(values, float(scale), int(zero), 0, 255)
    assert (float(ours.low), float(ours.high)) == pytest.approx(
        (float(theirs.min_val), float(theirs.max_val)), rel=1e-6
    )
    assert torch.allclose(found, expected, atol=1e-5)


def test_the_gradient_passes_inside_the_range_and_stops_outside() -> None:
    layer = RoundedInput()
    layer(torch.tensor([-1.0, 1.0]))
    layer.eval()
    values = torch.tensor([-5.0, 0.3, 5.0], requires_grad=True)
    layer(values).sum().backward()
    assert values.grad is not None
    assert values.grad.tolist() == [0.0, 1.0, 0.0]


def test_install_is_felt_and_remove_leaves_no_trace() -> None:
    network, picture = _network(), torch.rand(2, 3, 8, 8)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    network.eval()
    plain = network(picture).detach()
    assert install(network) == 3
    assert install(network) == 0
    network.train()
    network(picture)
    network.eval()
    rounded = network(picture).detach()
    assert 0 < float((rounded - plain).abs().max()) < 0.1
    assert set(plain_state(network)) == set(before)
    remove(network)
    assert not any(is_installed(module) for module in network.modules())
    assert set(network.state_dict()) == set(before)
    assert not any(module._forward_pre_hooks for module in network.modules())


def test_a_layer_that_does_not_learn_is_left_alone() -> None:
    network = _network()
    network[0].weight.requires_grad_(False)
    skipped = network[5]
    assert install(network, skip=[skipped]) == 1
    assert not is_installed(network[0])
    assert not is_installed(skipped)


def test_a_deep_copy_observes_for_itself() -> None:
    network = _network()
    install(network)
    twin = copy.deepcopy(network)
    twin.train()
    twin(torch.rand(2, 3, 8, 8))
    assert bool(twin[0].input_quantizer.seen)
    assert not bool(network[0].input_quantizer.seen)


def test_training_goes_on_from_a_saved_state_exactly() -> None:
    def step(network: nn.Module, seed: int) -> None:
        picture = torch.rand(4, 3, 8, 8, generator=torch.Generator().manual_seed(seed))
        network.train()
        network.zero_grad()
        network(picture).square().mean().backward()
        with torch.no_grad():
            for parameter in network.parameters():
                parameter -= 0.1 * parameter.grad

    whole, first, second = _network(), _network(), _network()
    for network in (whole, first, second):
        install(network)
    step(whole, 1)
    step(whole, 2)
    step(first, 1)
    second.load_state_dict(first.state_dict())
    step(second, 2)
    for mine, other in zip(whole.state_dict().values(), second.state_dict().values(), strict=True):
        assert torch.equal(mine, other)


def test_folding_batch_norm_keeps_weights_on_the_grid() -> None:
    weight = torch.randn(4, 3, 3, 3, generator=torch.Generator().manual_seed(2))
    factor = torch.tensor([0.2, 3.0, -1.5, 7.0]).view(-1, 1, 1, 1)
    rounded = RoundedWeight()
    assert torch.allclose(rounded(weight * factor), rounded(weight) * factor, atol=1e-5)
