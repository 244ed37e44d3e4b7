"""Django's registration of the app."""

from django.apps import AppConfig


class CompressionConfig(AppConfig):
    name = "compression"
    verbose_name = "Winnow compression"
