"""The kinds of run that this app does: kind → ``module:function``."""

JOBS: dict[str, str] = {
    "retrain": "compression.jobs.retrain:run",
    "compress": "compression.jobs.compress:run",
    "evaluate": "compression.jobs.evaluate:run",
    "export_model": "compression.jobs.export_model:run",
    "benchmark": "compression.jobs.benchmark:run",
}
