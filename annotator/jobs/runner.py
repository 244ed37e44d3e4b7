"""Does a run: claim, heartbeat, call the job, close. The Celery tasks are thin wrappers of `execute`."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import shutil
import socket
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.utils import timezone

from annotator.core.errors import LeaseLost, RunCancelled, WinnowError
from annotator.jobs.context import RunContext, WorkerStops
from annotator.jobs.sharing import HelperContext
from annotator.models import Run
from annotator.models.runs import RunState
from annotator.selectors.shards import free_shards, needs_help
from annotator.services import runs

log = logging.getLogger(__name__)
_NO_ROOM = 2**20  # bytes; with less nothing can be written that is worth it
_DISK_FULL = (
    "the disk is full; make room (manage.py clean_artifacts removes old runs) and retry: the run goes on from where it "
    "was"
)
Job = Callable[[RunContext], dict[str, Any] | None]


def load_job(where: str) -> Job:
    """The function named by ``package.module:function``."""
    module, _, name = where.partition(":")
    job: Job = getattr(import_module(module), name)
    return job


def execute(run_id: int, where: str, helping: str | None = None) -> None:
    """Claim and do the run. When somebody else has it, do shards of it by ``helping``; quietly return where none is."""
    close_old_connections()
    worker = f"{socket.gethostname()}:{os.getpid()}"
    run = runs.claim_run(run_id=run_id, worker=worker)
    if run is None and helping is not None:
        _help(run_id, helping, worker)
        # Its holder may have died meanwhile, and this worker is the one that knows.
        run = runs.claim_run(run_id=run_id, worker=worker)
    if run is not None:
        _hold(RunContext(run), where)


def _hold(context: RunContext, where: str) -> None:
    """Do a run that this worker has claimed, to whichever end."""
    run_id = context.run_id
    try:
        with _Heartbeat(context):
            result = load_job(where)(context)
        runs.finish_run(run_id=run_id, lease_token=context.lease_token, state=RunState.SUCCEEDED, result=result)
    except LeaseLost:
        log.warning("run %s was taken over by another worker; this one lets go", run_id)
    except RunCancelled as stop:
        _close(context, RunState.CANCELLED, stop.code, stop.message)
    except WinnowError as error:
        log.info("run %s failed: %s", run_id, error)
        _close(context, RunState.FAILED, error.code, error.message, error.details)
    except WorkerStops:
        context.give_back()
        log.info("run %s goes back to the queue: this worker stops", run_id)
    except (SystemExit, KeyboardInterrupt):
        context.give_back()
        raise
    except (OperationalError, InterfaceError):
        # The database went away: nothing can be written now. The lease runs out, the sweeper rings for the next try.
        log.exception("run %s: the database does not answer; left to its next try", run_id)
        connection.close()
    except MemoryError:
        _close(context, RunState.FAILED, "out_of_memory", "the worker ran out of memory; use a smaller size or batch")
    except Exception as error:
        log.exception("run %s failed", run_id)
        if _disk_is_full(error):
            _close(context, RunState.FAILED, "disk_full", _DISK_FULL)
        else:
            _close(context, RunState.FAILED, "internal", f"{type(error).__name__}: {error}")


def _help(run_id: int, where: str, worker: str) -> None:
    """Do shards of a run that another worker holds. What goes wrong here is told in the run's story and ends the help,
    never the run: another machine may do better."""
    run = Run.objects.filter(pk=run_id, state=RunState.RUNNING).first() if needs_help(run_id) else None
    if run is None or run.lease_token is None or not free_shards(timezone.now()).filter(run=run).exists():
        return
    context = HelperContext(run, worker)
    try:
        with _Heartbeat(context):
            load_job(where)(context)
        context.give_back()
    except LeaseLost as lost:
        log.info("run %s: %s", run_id, lost)
    except WorkerStops:
        context.give_back()
    except (SystemExit, KeyboardInterrupt):
        context.give_back()
        raise
    except (OperationalError, InterfaceError):
        log.exception("run %s: the database does not answer; its shards are left to others", run_id)
        connection.close()
    except Exception as error:
        log.exception("run %s: no more help from this worker", run_id)
        context.give_back(counts=True)
        reason = error.message if isinstance(error, WinnowError) else f"{type(error).__name__}: {error}"
        runs.add_event_once(run_id=run_id, message=f"{worker} cannot help: {reason}")


def _disk_is_full(error: BaseException) -> bool:
    """Libraries wrap the system's word (torch says "failed writing file"), so the disk is asked too."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        cause = cause.__cause__ or cause.__context__
    with contextlib.suppress(OSError):
        return shutil.disk_usage(settings.DATA_DIR).free < _NO_ROOM
    return False


def _close(
    context: RunContext, state: RunState, code: str, message: str, details: dict[str, Any] | None = None
) -> None:
    error = {"code": code, "message": message, "details": details or {}}
    try:
        runs.finish_run(run_id=context.run_id, lease_token=context.lease_token, state=state, error=error)
    except LeaseLost:
        log.warning("run %s was taken over before its end could be written", context.run_id)


class _Heartbeat:
    """Renews the leases from a thread with its own database connection while the job computes."""

    def __init__(self, context: RunContext) -> None:
        self._context = context
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"heartbeat-{context.run_id}", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _beat(self) -> None:
        try:
            while not self._stop.wait(settings.RUN_HEARTBEAT_S):
                try:
                    if not self._context.renew():
                        self._context.lost = True
                        return
                except Exception:  # the database may be restarting; the lease tells in time whether it mattered
                    log.exception("heartbeat of run %s", self._context.run_id)
                    connection.close()
        finally:
            connection.close()
