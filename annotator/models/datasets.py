"""A dataset: items that came in together."""

from __future__ import annotations

from django.db import models


class Dataset(models.Model):
    project = models.ForeignKey("annotator.Project", on_delete=models.CASCADE, related_name="datasets")
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="dataset_name_once")]

    def __str__(self) -> str:
        return self.name
