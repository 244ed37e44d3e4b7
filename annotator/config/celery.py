"""The Celery application. Workers find their tasks in each app's ``tasks`` module; the web part never loads them."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.config.settings")
app = Celery("winnow")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["annotator", "prelabel", "compression"])
