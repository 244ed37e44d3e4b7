from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Cast, make_project


@pytest.fixture
def empty_project(cast: Cast) -> Any:
    """A detection project without classes: an import makes them."""
    return make_project(cast, "object_detection", ())
