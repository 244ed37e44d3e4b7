"""Django's registration of the app."""

from django.apps import AppConfig


class PrelabelConfig(AppConfig):
    name = "prelabel"
    verbose_name = "Winnow prelabel"
