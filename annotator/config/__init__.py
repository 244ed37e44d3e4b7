"""Wiring only. Celery's app is made here so that every process (web, worker, shell) rings the same broker."""

from annotator.config.celery import app as celery_app

__all__ = ["celery_app"]
