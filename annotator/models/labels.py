"""The classes of a project. Documents refer to them by id, so that a rename touches one row."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models

from annotator.models.projects import SHARE

# Twelve hues that stay apart for the common kinds of colour blindness (after Okabe and Ito, and Tol's "muted").
PALETTE = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00",
    "#8c6bb1", "#999933", "#44aa99", "#882255", "#117733", "#aa4499",
)  # fmt: skip


class LabelClass(models.Model):
    project = models.ForeignKey("annotator.Project", on_delete=models.CASCADE, related_name="classes")
    index = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=120, blank=True)
    color = models.CharField(max_length=7, validators=[RegexValidator(r"^#[0-9a-f]{6}$")])
    show_threshold = models.FloatField(null=True, blank=True, validators=SHARE)
    accept_threshold = models.FloatField(null=True, blank=True, validators=SHARE)
    archived = models.BooleanField(default=False)

    class Meta:
        ordering = ["index", "id"]
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="label_class_name_once")]

    def __str__(self) -> str:
        return self.name
