"""What docker-compose.yml and the Dockerfile promise exists."""

import importlib.util
import re

import yaml

from annotator.management.embedded.product import CELERY_APP, GPU_QUEUE, WORKERS, WSGI_APP
from tests.house.source_files import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]


def words(service: str) -> list[str]:
    return list(SERVICES[service]["command"])


def test_every_service_of_the_design_is_there() -> None:
    workers = {"worker-predict", "worker-interactive", "worker-train", "worker-io"}
    assert {"db", "redis", "web", "beat"} | workers <= set(SERVICES)


def test_commands_name_modules_that_exist() -> None:
    named = [
        word
        for service in SERVICES
        for word in SERVICES[service].get("command", [])
        if re.fullmatch(r"[\w.]+:\w+", word)
    ]
    assert set(named) == {WSGI_APP, CELERY_APP}
    for target in named:
        assert importlib.util.find_spec(target.partition(":")[0]) is not None
    assert words("migrate")[1] == "manage.py" and (ROOT / "manage.py").exists()


def test_workers_run_the_same_pools_as_those_of_make_run() -> None:
    for queue, pool in WORKERS.items():
        command = words(f"worker-{queue}")
        assert command[command.index("-Q") + 1] == queue
        assert set(pool) <= set(command)


def test_the_gpu_has_a_worker_of_its_own_that_a_host_without_one_does_not_start() -> None:
    service = SERVICES["worker-train-gpu"]
    assert service["profiles"] == ["gpu"]
    assert words("worker-train-gpu")[words("worker-train-gpu").index("-Q") + 1] == GPU_QUEUE
    assert service["deploy"]["resources"]["reservations"]["devices"][0]["capabilities"] == ["gpu"]


def test_no_secret_is_written_down_and_both_are_asked_for() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    assert set(re.findall(r"\$\{(\w+):\?", text)) == {"POSTGRES_PASSWORD", "WINNOW_SECRET_KEY"}
    example = dict(re.findall(r"^(\w+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert example["POSTGRES_PASSWORD"] == example["WINNOW_SECRET_KEY"] == ""


def test_every_variable_of_the_services_is_read_by_the_settings() -> None:
    settings = "".join((ROOT / "annotator" / "config" / name).read_text() for name in ("settings.py", "environment.py"))
    assert {name for name in SERVICES["web"]["environment"] if f'"{name}"' not in settings} == set()


def test_the_web_image_is_built_without_the_workers_packages() -> None:
    text = (ROOT / "Dockerfile").read_text()
    web, worker = text.split("FROM web AS worker")
    assert "[worker]" not in web and "[worker]" in worker
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE):
        assert all((ROOT / name).exists() for name in source.split()), source


def test_the_data_stores_are_waited_for_by_their_health() -> None:
    for store in ("db", "redis"):
        assert "healthcheck" in SERVICES[store]
    assert SERVICES["web"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
