"""All routes: the API of each app, then the single-page application for everything else."""

from django.urls import include, path

urlpatterns = [path("api/", include("annotator.api"))]
