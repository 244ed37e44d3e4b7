"""Writes the predicted class of what waits already: a batch at a time, so that people go on working meanwhile."""

from django.db import migrations
from django.db.models import BigIntegerField, Case, FloatField, OuterRef, Subquery, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

BATCH = 2000


def fill(apps, schema_editor):
    Project = apps.get_model("annotator", "Project")
    QueueEntry = apps.get_model("annotator", "QueueEntry")
    Prediction = apps.get_model("annotator", "Prediction")
    for project_id, source_id in Project.objects.filter(task_type="image_classification").values_list(
        "pk", "active_source_id"
    ):
        guesses = Prediction.objects.filter(item=OuterRef("item")).order_by(
            Case(When(source_id=source_id or 0, then=0), default=1), "-pk"
        )
        of_class = Cast(KT("document__objects__0__class_id"), BigIntegerField())
        score = Cast(KT("document__objects__0__score"), FloatField())
        entries, last = QueueEntry.objects.filter(project_id=project_id, guess__isnull=True), 0
        while batch := list(entries.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
            QueueEntry.objects.filter(pk__in=batch).update(
                guess_id=Subquery(guesses.values("pk")[:1]),
                guess_class=Subquery(guesses.annotate(one=of_class).values("one")[:1]),
                guess_score=Subquery(guesses.annotate(one=score).values("one")[:1]),
            )
            last = batch[-1]


class Migration(migrations.Migration):
    # Each batch is a transaction; what is filled already is not met again by a second try.
    atomic = False

    dependencies = [
        ("annotator", "0006_queue_guess"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
