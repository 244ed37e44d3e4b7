"""What every test may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path | None:
    """The folder of real data beside the checkout, None where it is absent (tests then generate data)."""
    return SHARED if (SHARED / "data").is_dir() else None
