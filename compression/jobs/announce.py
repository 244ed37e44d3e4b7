"""A worker tells what machine it runs on, keeps saying that it lives, and listens to that machine's own queue."""

from __future__ import annotations

import logging
import threading
from typing import Any

from django.conf import settings
from django.db import connection

from compression.core.benchmarking.device import device_profile, here_name
from compression.services.devices import renew_device, see_device

log = logging.getLogger(__name__)
# Workers that compute; the io worker is no place to measure.
COMPUTING = frozenset({"predict", "train", "train_gpu"})
_started = threading.Event()


def announce(consumer: Any) -> None:
    """Called when a worker is ready; does its work in a thread, so that no start waits for it or fails by it."""
    queues = set(consumer.app.amqp.queues.consume_from)
    if not queues & COMPUTING or _started.is_set():
        return
    _started.set()
    threading.Thread(target=_live, args=(consumer, queues), name="device", daemon=True).start()


def _live(consumer: Any, queues: set[str]) -> None:
    stop = threading.Event()  # never set: the thread ends with its process
    device_id: int | None = None
    while True:
        try:
            if device_id is None:
                device = see_device(name=here_name(), profile=device_profile(), queues=queues)
                consumer.call_soon(consumer.add_task_queue, device.queue)
                device_id = device.pk
                log.info("this worker runs on device %s (%s)", device.name, device.queue)
            else:
                renew_device(device_id=device_id)
        except Exception:  # the database may be away; the next round tries again
            log.exception("the device could not be announced")
        finally:
            connection.close()
        stop.wait(settings.DEVICE_SEEN_S)
