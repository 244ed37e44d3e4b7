"""Gets the weights of a base model: shipped ones as they are, others over https, checked and turned into safetensors.

For the train worker only. The checkpoints on the net are pickles; `inert_checkpoint` reads tensors out of them without
running anything that they hold.
"""

from __future__ import annotations

import hashlib
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from annotator.core.errors import BadArtifact, RunFailed
from prelabel.core.base_models import BaseModel

# github.com answers a release with a redirect to one of the two content hosts.
ALLOWED_HOSTS = frozenset(
    {
        "github.com",
        "objects.githubusercontent.com",
        "release-assets.githubusercontent.com",
        "download.pytorch.org",
    }
)
TIMEOUT_S = 30
CHUNK = 1 << 20
Open = Callable[[str], IO[bytes]]
Report = Callable[[int], None]


def base_folder(model: BaseModel, cache: Path, *, report: Report = lambda n: None, opener: Open | None = None) -> Path:
    """Folder with ``weights.safetensors`` and ``architecture.json`` of a base model.

    Downloads into ``cache`` at most once; a file with its name and hash that was put there by hand is taken too.
    ``report`` hears the bytes so far and may raise to stop. Raises RunFailed (code offline) and BadArtifact.
    """
    if model.shipped:
        assert model.folder is not None
        return model.folder
    if not model.url and not (cache / model.file_name).is_file():
        raise RunFailed(
            f"Nobody publishes a hash of the weights of {model.slug}, so they are not downloaded: put "
            f"{model.file_name} into {cache} to start from them.",
            code="no_weights",
        )
    folder = cache / model.slug
    if (folder / "weights.safetensors").is_file() and (folder / "architecture.json").is_file():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    checkpoint = cache / model.file_name
    if not checkpoint.is_file():
        download(model, checkpoint, report=report, opener=opener or open_https)
    found = _check(model, checkpoint)
    convert(model, checkpoint, folder, found)
    return folder


def download(model: BaseModel, target: Path, *, report: Report, opener: Open) -> None:
    """Fetch ``model.url`` to ``target``, whole or not at all, never more than ``model.max_bytes``."""
    check_url(model.url)
    part = target.with_name(target.name + ".part")
    try:
        with opener(model.url) as source, part.open("wb") as out:
            size = 0
            while chunk := source.read(CHUNK):
                size += len(chunk)
                if size > model.max_bytes:
                    raise BadArtifact(f"{model.url} is larger than {model.max_bytes} bytes.", field="url")
                out.write(chunk)
                report(size)
        _check(model, part)
        part.replace(target)
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", error)
        raise RunFailed(
            f"The weights of {model.slug} could not be downloaded from {urlsplit(model.url).hostname} ({reason}). "
            f"Check the network, put {model.file_name} into {target.parent}, or train from nothing.",
            code="offline",
        ) from error
    finally:
        part.unlink(missing_ok=True)


def check_url(url: str) -> None:
    """Only https, only known hosts, only the usual port. Raises BadArtifact."""
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.hostname not in ALLOWED_HOSTS or parts.port not in (None, 443):
        raise BadArtifact(f"{parts.scheme}://{parts.hostname} is not a place that weights are taken from.", field="url")


class _CheckedRedirects(urllib.request.HTTPRedirectHandler):
    """Follows a redirect only to another allowed host: an open redirect must not lead into the local network."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        check_url(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def open_https(url: str) -> IO[bytes]:
    """Open an allowed url for reading."""
    opener = urllib.request.build_opener(_CheckedRedirects)
    request = urllib.request.Request(url, headers={"User-Agent": "winnow"})  # noqa: S310 - check_url allows https only
    stream: IO[bytes] = opener.open(request, timeout=TIMEOUT_S)
    return stream


def convert(model: BaseModel, checkpoint: Path, folder: Path, sha256: str) -> None:
    """Write the tensors of a checkpoint as safetensors beside a description; ``sha256`` is recorded as its origin."""
    from safetensors.torch import save_file

    from prelabel.core.inert_checkpoint import read_tensors

    found = read_tensors(checkpoint)
    folder.mkdir(parents=True, exist_ok=True)
    described = {
        "schema": 1,
        "arch": model.arch,
        "classes": found.classes,
        "licence": model.licence,
        "origin": {"url": model.url, "sha256": sha256},
    }
    part = folder / "weights.part"
    save_file(found.tensors, str(part))
    text = json.dumps(described, ensure_ascii=False, indent=1)
    (folder / "architecture.json").write_text(text + "\n", encoding="utf-8")
    # Last, since its presence is what says that the folder is whole.
    part.replace(folder / "weights.safetensors")


def _check(model: BaseModel, path: Path) -> str:
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if not found.startswith(model.sha256):
        raise BadArtifact(
            f"{path.name.removesuffix('.part')} has sha256 {found[:12]}…, {model.sha256[:12]}… is the right one; "
            "delete the file and try again.",
            field="sha256",
        )
    return found
