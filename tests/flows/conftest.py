"""Staff for a test: real workers that hear its bells alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import current_app

from tests.flows.workers import Staff, staff


@pytest.fixture
def people(transactional_db: None, tmp_path: Path, own_data_dir: None, settings: Any) -> Iterator[Staff]:
    """The staff of this test, gone with all its children at the end."""
    settings.RUN_LEASE_S, settings.RUN_HEARTBEAT_S, settings.RUN_RERING_S = 2, 0.5, 2
    prefix = current_app.conf.broker_transport_options["global_keyprefix"]
    with staff(tmp_path / "staff", prefix) as hired:
        yield hired
