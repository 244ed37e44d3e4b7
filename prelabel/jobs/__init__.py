"""The kinds of run that this app does: kind → ``module:function``."""

JOBS: dict[str, str] = {
    "predict": "prelabel.jobs.predict:run",
    "order_queue": "prelabel.jobs.order_queue:run",
    "find_similar": "prelabel.jobs.find_similar:run",
    "import_model": "prelabel.jobs.import_model:run",
}

# What a worker does for a run of this kind that another worker holds.
HELPING: dict[str, str] = {"predict": "prelabel.jobs.predict:help_out"}
