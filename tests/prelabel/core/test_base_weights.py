"""Base models: downloaded from known hosts only, checked, and read without running what a pickle holds."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import urllib.error
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from annotator.core.errors import BadArtifact, NotFound, RunFailed
from prelabel.core.base_models import BASE_MODELS, base_model, base_models_for
from prelabel.core.base_weights import _CheckedRedirects, base_folder, check_url
from prelabel.core.inert_checkpoint import read_tensors


class _Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4))
        self.second = nn.ModuleList([nn.Linear(4, 2)])
        self.register_buffer("scratch", torch.zeros(3), persistent=False)
        self.names = {0: "car", 1: "dog"}


def _saved(tmp_path: Path, value: object) -> Path:
    path = tmp_path / "any.pt"
    torch.save(value, path)
    return path


def _same(found: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]) -> bool:
    return found.keys() == expected.keys() and all(torch.equal(found[name], expected[name]) for name in expected)


def test_a_network_saved_whole_gives_its_state_dict_and_class_names(tmp_path: Path) -> None:
    network = _Network().half()
    found = read_tensors(_saved(tmp_path, {"model": network, "ema": None, "date": "x"}))
    assert _same(found.tensors, network.state_dict())
    assert found.classes == ["car", "dog"]


def test_a_real_ultralytics_checkpoint_gives_its_state_dict(tmp_path: Path) -> None:
    tasks = pytest.importorskip("ultralytics.nn.tasks")
    network = tasks.DetectionModel("yolo11n.yaml", nc=3, verbose=False)
    found = read_tensors(_saved(tmp_path, {"model": network, "train_args": {"lr0": 0.1}}))
    assert _same(found.tensors, network.state_dict())
    assert found.classes == ["0", "1", "2"]


def test_a_state_dict_is_read_as_it_is(tmp_path: Path) -> None:
    state = _Network().state_dict()
    assert _same(read_tensors(_saved(tmp_path, state)).tensors, state)


class _Hostile:
    def __init__(self, witness: Path) -> None:
        self.witness = witness

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.witness}",)


def test_code_inside_a_checkpoint_is_not_run(tmp_path: Path) -> None:
    witness = tmp_path / "ran"
    path = _saved(tmp_path, {"model": _Network(), "extra": _Hostile(witness)})
    assert read_tensors(path).tensors
    assert not witness.exists()
    plain = tmp_path / "plain.pt"
    plain.write_bytes(pickle.dumps(_Hostile(witness)))
    with pytest.raises(BadArtifact):
        read_tensors(plain)
    assert not witness.exists()


def _model(tmp_path: Path) -> tuple[object, bytes]:
    data = _saved(tmp_path, _Network().state_dict()).read_bytes()
    model = replace(base_model("mobilenet_v3_small"), sha256=hashlib.sha256(data).hexdigest())
    return model, data


def test_a_download_becomes_safetensors_once_and_records_its_origin(tmp_path: Path) -> None:
    model, data = _model(tmp_path)
    opened: list[str] = []

    def opener(url: str) -> io.BytesIO:
        opened.append(url)
        return io.BytesIO(data)

    cache = tmp_path / "cache"
    folder = base_folder(model, cache, opener=opener)
    assert base_folder(model, cache, opener=opener) == folder
    assert opened == [model.url]
    assert _same(load_file(str(folder / "weights.safetensors")), torch.load(io.BytesIO(data), weights_only=True))
    origin = json.loads((folder / "architecture.json").read_text())["origin"]
    assert origin == {"url": model.url, "sha256": hashlib.sha256(data).hexdigest()}


def test_a_download_with_another_hash_is_refused_and_not_kept(tmp_path: Path) -> None:
    model, _ = _model(tmp_path)
    with pytest.raises(BadArtifact, match="sha256"):
        base_folder(model, tmp_path / "cache", opener=lambda url: io.BytesIO(b"other bytes"))
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_download_over_its_cap_is_refused(tmp_path: Path) -> None:
    model, data = _model(tmp_path)
    with pytest.raises(BadArtifact, match="larger than 100 bytes"):
        base_folder(replace(model, max_bytes=100), tmp_path / "cache", opener=lambda url: io.BytesIO(data))
    assert list((tmp_path / "cache").iterdir()) == []


def test_no_network_is_one_clear_line(tmp_path: Path) -> None:
    model, _ = _model(tmp_path)

    def opener(url: str) -> io.BytesIO:
        raise urllib.error.URLError("Name or service not known")

    with pytest.raises(RunFailed) as raised:
        base_folder(model, tmp_path / "cache", opener=opener)
    assert raised.value.code == "offline"
    assert "\n" not in raised.value.message
    assert model.file_name in raised.value.message


def test_a_checkpoint_put_there_by_hand_is_taken_without_network(tmp_path: Path) -> None:
    model, data = _model(tmp_path)
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / model.file_name).write_bytes(data)

    def opener(url: str) -> io.BytesIO:
        raise AssertionError("the network was asked")

    assert (base_folder(model, cache, opener=opener) / "weights.safetensors").is_file()


@pytest.mark.parametrize(
    "url",
    [
        "http://github.com/x.pt",
        "https://github.com.evil.example/x.pt",
        "https://169.254.169.254/x.pt",
        "https://github.com:8443/x.pt",
        "file:///etc/passwd",
    ],
)
def test_other_places_are_refused_also_as_the_target_of_a_redirect(url: str) -> None:
    with pytest.raises(BadArtifact):
        check_url(url)
    with pytest.raises(BadArtifact):
        _CheckedRedirects().redirect_request(None, None, 302, "", {}, url)


def test_every_base_model_is_pinned_and_comes_from_an_allowed_host() -> None:
    for model in BASE_MODELS.values():
        if model.url:
            check_url(model.url)
            assert len(model.sha256) >= 8


def test_yolo11n_and_mobilenet_v3_small_are_the_defaults() -> None:
    assert base_models_for("object_detection")[0].slug == "yolo11n"
    assert base_models_for("image_classification")[0].slug == "mobilenet_v3_small"
    with pytest.raises(NotFound, match="yolo26n"):
        base_model("yolo99")


def test_weights_without_a_published_hash_are_taken_from_the_folder_alone(tmp_path: Path) -> None:
    tiny = base_model("yolov3-tiny")
    assert tiny.available and not tiny.url

    def never(url: str) -> Any:
        raise AssertionError("nothing may be fetched")

    with pytest.raises(RunFailed, match=r"put yolov3-tinyu\.pt") as refused:
        base_folder(tiny, tmp_path, opener=never)
    assert refused.value.code == "no_weights"
    torch.save({"model.0.conv.weight": torch.ones(2, 3, 1, 1)}, tmp_path / "yolov3-tinyu.pt")
    folder = base_folder(tiny, tmp_path, opener=never)
    assert json.loads((folder / "architecture.json").read_text())["arch"] == "yolov3-tiny"
    assert (folder / "weights.safetensors").is_file()
