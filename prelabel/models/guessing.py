"""How a project's pictures are looked at: as a whole or in tiles too, by one model or by a committee."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

LEAST_TILE, MOST_TILE = 64, 4096


class Guessing(models.Model):
    """A project without a row has the defaults."""

    project = models.OneToOneField("annotator.Project", on_delete=models.CASCADE, related_name="guessing")
    tiles = models.CharField(max_length=8, default="off")  # off | auto | size
    tile_size = models.PositiveIntegerField(
        default=640, validators=[MinValueValidator(LEAST_TILE), MaxValueValidator(MOST_TILE)]
    )
    tile_overlap = models.FloatField(default=0.2, validators=[MinValueValidator(0.0), MaxValueValidator(0.5)])
    committee = models.CharField(max_length=8, default="off")  # off | views | variants

    def __str__(self) -> str:
        return f"{self.tiles}, {self.committee} in {self.project_id}"
