"""Small trained models, each made once a session and only where a test asks for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.contracts.small_models import Small, make_small


@pytest.fixture(scope="session")
def smalls(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Small]:
    made: dict[str, Small] = {}

    def small(kind: str) -> Small:
        if kind not in made:
            made[kind] = make_small(kind, tmp_path_factory.mktemp(kind))
        return made[kind]

    return small


@pytest.fixture(params=["classifier", "detector"])
def small(request: pytest.FixtureRequest, smalls: Callable[[str], Small]) -> Small:
    return smalls(request.param)


@pytest.fixture
def classifier(smalls: Callable[[str], Small]) -> Small:
    return smalls("classifier")
