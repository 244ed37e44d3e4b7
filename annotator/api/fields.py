"""Fields of request bodies that DRF reads too generously."""

from __future__ import annotations

import math
from typing import Any

from rest_framework import serializers

MOST_ID = 2**63 - 1  # of a bigint primary key


class FiniteFloat(serializers.FloatField):
    """A number; ``"nan"`` and ``"inf"``, which Python's float takes and every comparison lets through, are refused."""

    def to_internal_value(self, data: Any) -> float:
        value: float = super().to_internal_value(data)
        if not math.isfinite(value):
            self.fail("invalid")
        return value


class Share(FiniteFloat):
    """A number from 0 to 1."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=1, **options)


class Id(serializers.IntegerField):
    """A primary key."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=MOST_ID, **options)
