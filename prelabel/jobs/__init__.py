"""The kinds of run that this app does: kind → ``module:function``."""

JOBS: dict[str, str] = {
    "predict": "prelabel.jobs.predict:run",
    "import_model": "prelabel.jobs.import_model:run",
}
