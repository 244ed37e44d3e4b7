"""Decodes untrusted pictures in child processes of limited memory and time.

A child that dies (a decoder's crash), hangs or runs out of memory costs one picture, never the worker. Children are
plain subprocesses: a worker may itself be a daemonic process, which could not start multiprocessing's.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from annotator.core.errors import BadPicture
from annotator.core.picture import MAX_PIXELS, open_picture

MEMORY_BYTES = 2 * 2**30
TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Decoded:
    """What a child found, or why it refused (``code`` and ``reason``).

    ``data_path`` is None where the original file serves as it is; ``thumbnail_path`` is a JPEG. Both are files in the
    pool's folder that the caller may move away.
    """

    width: int = 0
    height: int = 0
    format: str = ""
    sha256: str = ""
    dhash: int = 0
    data_path: str | None = None
    thumbnail_path: str | None = None
    notices: tuple[tuple[str, str], ...] = ()
    code: str | None = None
    reason: str = ""


class DecoderPool:
    """``processes`` children, each asked for one picture at a time and replaced when it dies or hangs."""

    def __init__(
        self,
        folder: Path,
        *,
        processes: int = 2,
        max_pixels: int = MAX_PIXELS,
        memory_bytes: int = MEMORY_BYTES,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._settings = [str(max_pixels), str(memory_bytes)]
        self._timeout_s = timeout_s
        self._processes = processes
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix="decode")
        self._local = threading.local()
        self._children: list[_Child] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the children."""
        self._threads.shutdown(cancel_futures=True)
        for child in self._children:
            child.kill()

    def decode_all(self, paths: Iterable[Path]) -> Iterator[tuple[Path, Decoded]]:
        """Decoded pictures in the order of ``paths``, a few read ahead."""
        waiting: list[tuple[Path, Future[Decoded]]] = []
        for path in paths:
            waiting.append((path, self._threads.submit(self._decode, path)))
            if len(waiting) >= self._processes * 4:
                done, future = waiting.pop(0)
                yield done, future.result()
        for done, future in waiting:
            yield done, future.result()

    def _decode(self, path: Path) -> Decoded:
        child: _Child | None = getattr(self._local, "child", None)
        if child is None or not child.alive:
            child = _Child(self._folder, self._settings)
            self._local.child = child
            self._children.append(child)
        return child.ask(path, self._timeout_s)


class _Child:
    def __init__(self, folder: Path, settings: list[str]) -> None:
        self.alive = True
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "annotator.core.decoding", str(folder), *settings],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env=environment,
        )

    def ask(self, path: Path, timeout_s: float) -> Decoded:
        assert self._process.stdin is not None and self._process.stdout is not None
        watchdog = threading.Timer(timeout_s, self._process.kill)
        watchdog.start()
        try:
            self._process.stdin.write(json.dumps(str(path)) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except OSError:
            line = ""
        finally:
            in_time = watchdog.is_alive()
            watchdog.cancel()
        if line:
            return _from_json(json.loads(line))
        self.kill()
        if not in_time:
            return Decoded(code="decoder_timeout", reason=f"decoding took longer than {timeout_s:g} s and was stopped")
        return Decoded(code="decoder_crashed", reason="the decoder crashed on this file")

    def kill(self) -> None:
        self.alive = False
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # the pipe of a dead child may fail to flush
                    continue
        self._process.wait()


def _from_json(values: dict[str, Any]) -> Decoded:
    notices = tuple((str(code), str(reason)) for code, reason in values.pop("notices"))
    return Decoded(**values, notices=notices)


def _limit_memory(memory_bytes: int) -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _decode_here(path: Path, folder: Path, max_pixels: int) -> Decoded:
    try:
        picture = open_picture(path, max_pixels)
    except BadPicture as error:
        return Decoded(code=error.code, reason=error.message)
    except MemoryError:
        return Decoded(code="too_much_memory", reason="decoding needs more memory than a picture of its size should")
    except OSError as error:
        return Decoded(code="unreadable", reason=f"the file cannot be read ({error.strerror or error})")
    except Exception as error:  # one strange file must not end the import
        return Decoded(
            code="broken_image", reason=f"the picture cannot be decoded ({type(error).__name__}: {error})"[:300]
        )
    return Decoded(
        width=picture.width,
        height=picture.height,
        format=picture.format,
        sha256=picture.sha256,
        dhash=picture.dhash,
        data_path=_keep(folder, picture.data) if picture.reencoded else None,
        thumbnail_path=_keep(folder, picture.thumbnail),
        notices=picture.notices,
    )


def _keep(folder: Path, data: bytes) -> str:
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        file.write(data)
    return file.name


def _serve(folder: Path, max_pixels: int, memory_bytes: int) -> None:
    """The child: a path a line in, a JSON line out."""
    _limit_memory(memory_bytes)
    for line in sys.stdin:
        decoded = _decode_here(Path(json.loads(line)), folder, max_pixels)
        sys.stdout.write(json.dumps(asdict(decoded)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
