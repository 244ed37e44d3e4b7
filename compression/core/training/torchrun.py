"""One training on several GPUs: a process for each, started by torchrun, speaking to this one over its output.

The child processes run the same trainer on the same request; only the callbacks stay here. Source: PyTorch, "torchrun
(Elastic Launch)" and "DistributedDataParallel".
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, cast

from annotator.core.errors import RunFailed, WinnowError
from compression.core.snapshot import Snapshot, SnapshotItem
from compression.core.trainer import EpochReport, Teacher, Trained, TrainRequest
from compression.core.training.checkpoint import write_json
from compression.core.training.loop import Outcome, Work, lacks_memory, out_of_memory, run_training
from compression.core.training.processes import devices_of, join_group

ENTRY = "compression.core.training.torchrun"  # the module that each process runs
_MARK = "@training "  # other libraries write to standard output too
_CALLBACKS = ("on_epoch", "on_tick")
_ROOT = Path(__file__).resolve().parents[3]
_MIN_PER_PROCESS = 2
_GRACE_S = 40  # torchrun itself waits 30 s before it kills a child that does not end


def run_training_on(request: TrainRequest, trainer: str, make: Callable[[], Work]) -> Outcome | Trained:
    """Train here, or in one process per device where ``request.device`` names several: these leave a trained folder."""
    folder = Trained(request.workdir / "trained")
    if "WORLD_SIZE" in os.environ:
        outcome = run_training(request, make)
        return outcome if join_group(request.device).first else folder  # rank 0 alone writes it
    if len(devices_of(request.device)) > 1:
        launch(request, trainer)
        return folder
    return run_training(request, make)


def launch(request: TrainRequest, trainer: str) -> None:
    """Train in one process per device; out of memory in any of them halves the batch. Raises what callbacks raise."""
    world = len(devices_of(request.device))
    least = _MIN_PER_PROCESS * world
    # More than there are would only be halved several times before anything changes.
    batch = max(least, min(request.batch, len(request.snapshot.items["train"])))
    while True:
        try:
            _launch_once(replace(request, batch=batch), trainer, world)
            return
        except RunFailed as failed:
            if failed.code != "out_of_memory":
                raise
            if batch <= least:
                raise out_of_memory(batch, request.image_size) from failed
            batch = max(least, batch // 2)


def _launch_once(request: TrainRequest, trainer: str, world: int) -> None:
    request.workdir.mkdir(parents=True, exist_ok=True)
    order = request.workdir / "request.json"
    write_json(order, {"trainer": trainer, "request": request_to_json(request)})
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={world}"]
    environment = {**os.environ, "OMP_NUM_THREADS": str(request.threads), "PYTHONPATH": str(_ROOT)}
    with (request.workdir / "torchrun.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [*command, "-m", ENTRY, str(order)],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=environment,
            cwd=_ROOT,
            start_new_session=True,  # so that all of it can be stopped at once
        )
        try:
            failure = _listen(process, request)
            code = process.wait()
        finally:
            _stop(process)
    if failure is not None:
        raise RunFailed(failure["message"], code=failure["code"])
    if code:
        tail = (request.workdir / "torchrun.log").read_text(encoding="utf-8", errors="replace")[-500:]
        raise RunFailed(f"Training on {world} devices ended with status {code}: {tail}", code="torchrun_failed")


def _listen(process: subprocess.Popen[str], request: TrainRequest) -> dict[str, str] | None:
    """Pass the children's reports on until they end; returns the first failure."""
    assert process.stdout is not None
    failure: dict[str, str] | None = None
    for line in process.stdout:
        mark, found, text = line.partition(_MARK)
        if not found or mark:
            continue
        event = json.loads(text)
        if "failed" in event:
            failure = failure or event["failed"]
        elif "tick" in event:
            request.on_tick(float(event["tick"]))
        else:
            request.on_epoch(EpochReport(**event["epoch"]))
    return failure


def _stop(process: subprocess.Popen[str]) -> None:
    if process.stdout is not None:
        process.stdout.close()
    if process.poll() is None:
        process.terminate()  # torchrun passes it on: its children lead sessions of their own
        try:
            process.wait(timeout=_GRACE_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def request_to_json(request: TrainRequest) -> dict[str, Any]:
    """Everything of a request but its callbacks, as plain values."""
    plain = {field.name: getattr(request, field.name) for field in fields(request) if field.name not in _CALLBACKS}
    plain["snapshot"] = asdict(request.snapshot)
    plain["teacher"] = asdict(request.teacher) if request.teacher else None
    return cast(dict[str, Any], json.loads(json.dumps(plain, default=_plain)))


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)


def request_from_json(plain: Mapping[str, Any]) -> TrainRequest:
    """The inverse of :func:`request_to_json`."""
    snapshot, teacher = plain["snapshot"], plain["teacher"]
    items = {split: tuple(_item(entry) for entry in entries) for split, entries in snapshot["items"].items()}
    return TrainRequest(
        **{
            **plain,
            "snapshot": Snapshot(
                Path(snapshot["root"]),
                snapshot["task_type"],
                tuple(snapshot["classes"]),
                tuple(snapshot["class_ids"]),
                items,
            ),
            "workdir": Path(plain["workdir"]),
            "init": Path(plain["init"]) if plain["init"] else None,
            "teacher": Teacher(**{**teacher, "folder": Path(teacher["folder"])}) if teacher else None,
        }
    )


def _item(entry: Mapping[str, Any]) -> SnapshotItem:
    objects = tuple((int(index), tuple(bbox) if bbox else None) for index, bbox in entry["objects"])
    paths = {name: Path(entry[name]) for name in ("path", "mask") if entry.get(name)}
    return SnapshotItem(**{**entry, **paths, "objects": objects})


def _say(event: Mapping[str, Any]) -> None:
    # A parent that was killed closes the pipe: this raises then, and no orphan goes on training.
    print(_MARK + json.dumps(event), flush=True)


def main(order: Path) -> None:
    """One of the processes: train as ordered, report if first."""
    from compression.core.trainers import load_trainer

    given = json.loads(order.read_text(encoding="utf-8"))
    request = request_from_json(given["request"])
    try:
        if join_group(request.device).first:
            request = replace(
                request,
                on_tick=lambda fraction: _say({"tick": fraction}),
                on_epoch=lambda report: _say({"epoch": asdict(report)}),
            )
        load_trainer(given["trainer"]).train(request)
    except Exception as error:
        code = error.code if isinstance(error, WinnowError) else "torchrun_failed"
        code = "out_of_memory" if lacks_memory(error) else code
        _say({"failed": {"code": code, "message": str(error)[:1000]}})
        raise


if __name__ == "__main__":
    main(Path(sys.argv[1]))
