"""The web server is killed under an annotator's hands and comes back twenty seconds later: no edit is lost."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from annotator.management.embedded.product import WSGI_APP
from annotator.models import Annotation, Draft
from tests.e2e.street import Street
from tests.e2e.workspace import Workspace, eventually
from tests.flows.workers import ROOT, environment

GONE_S = 20.0
# The browser tries again after 1, 2, 4 … seconds, at most 60: that soon it must have noticed.
BACK_S = 90.0


class WebServer:
    """Winnow's web part in processes of its own, as `manage.py up` starts it."""

    def __init__(self, frontend: Path, secret: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.environment = environment("unheard:") | {
            "WINNOW_SECRET_KEY": secret,
            "WINNOW_FRONTEND_DIST": str(frontend),
            "DJANGO_SETTINGS_MODULE": "annotator.config.settings",
        }
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
        command += ["--port", str(self.port), "--workers", "1", "--log-level", "warning", WSGI_APP]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, start_new_session=True)
        eventually(self.answers, seconds=60)

    def answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, "the web server ended by itself"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/api/session/")
            return connection.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def kill(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


@pytest.fixture
def server(frontend: Path, settings: Any, transactional_db: None) -> Iterator[WebServer]:
    made = WebServer(frontend, settings.SECRET_KEY)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def site(server: WebServer) -> str:
    """In place of the test's own live server, which cannot be killed."""
    return server.url


def move_first_box(desk: Workspace) -> list[float]:
    """Ten pixels to the right; where it is then."""
    desk.page.evaluate("document.querySelector('[data-testid=canvas]').focus()")
    desk.press("Shift+ArrowRight")
    moved: list[float] = desk.region("p1")["bbox"]
    return moved


def test_work_done_while_the_server_was_gone_arrives_when_it_is_back(
    street: Street, server: WebServer, page_of: Callable[..., Page], expected_errors: list[str]
) -> None:
    expected_errors.append("ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE")
    desk = Workspace(page_of(street.bob), street.project.pk).open()
    first = desk.item_id
    desk.page.wait_for_timeout(1500)  # two more items come ahead, with their pictures
    server.kill()
    gone = time.monotonic()

    where = {first: move_first_box(desk)}
    desk.press("Enter")
    desk.wait_ready(other_than=first)
    second = desk.item_id
    where[second] = move_first_box(desk)
    desk.press("Enter")
    desk.wait_ready(other_than=second)
    third = desk.item_id
    where[third] = move_first_box(desk)
    assert len(where) == 3
    expect(desk.pill).to_contain_text("3 waiting")
    desk.page.wait_for_timeout(max(0.0, GONE_S - (time.monotonic() - gone)) * 1000)
    assert not Annotation.objects.filter(item_id__in=where).exists()
    assert not Draft.objects.filter(item_id__in=where).exists()

    server.start()
    eventually(
        lambda: set(Annotation.objects.filter(item_id__in=where).values_list("item_id", flat=True)),
        {first, second},
        seconds=BACK_S,
    )
    eventually(lambda: Draft.objects.filter(item_id=third, user=street.bob).exists(), seconds=BACK_S)
    expect(desk.pill).to_have_attribute("data-state", "saved", timeout=BACK_S * 1000)
    stored = {one.item_id: one.document for one in Annotation.objects.filter(item_id__in=where)}
    stored[third] = Draft.objects.get(item_id=third).document
    for item_id, moved in where.items():
        boxes = {one["id"]: one["bbox"] for one in stored[item_id]["objects"]}
        assert boxes["p1"] == pytest.approx(moved, abs=0.01), item_id
    assert Annotation.objects.filter(item_id__in=where).count() == 2, "nothing was done twice"
