"""The kinds of run that this app does: kind → ``module:function``."""

JOBS: dict[str, str] = {
    "import_dataset": "annotator.jobs.import_dataset:run",
    "export_dataset": "annotator.jobs.export_dataset:run",
    "bulk_items": "annotator.jobs.bulk_items:run",
}
