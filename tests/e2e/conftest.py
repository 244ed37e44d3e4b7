"""A real Chromium before the built frontend and the real API; background work is done when a test asks for it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.e2e.street import Street, make_street

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# The page exposes its engine's coordinates where this tag is; put there by the test, never by the product.
E2E_TAG = """
document.addEventListener('DOMContentLoaded', () => {
  const tag = document.createElement('meta');
  tag.name = 'winnow-e2e';
  document.head.append(tag);
});
"""
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's sync API runs inside a loop of its own


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium where it is, else the one that Playwright brought."""
    found = {"executable_path": CHROMIUM} if Path(CHROMIUM).exists() else {}
    return {**browser_type_launch_args, **found, "args": FLAGS}


@pytest.fixture(scope="session")
def frontend() -> Path:
    """The built browser side; built once where it is missing."""
    dist = Path(os.environ.get("WINNOW_FRONTEND_DIR", ROOT / "frontend" / "dist"))
    if not (dist / ".vite" / "manifest.json").exists():
        npm = shutil.which("npm")
        if npm is None:
            pytest.fail("the frontend is not built and there is no npm; run `make setup` first")
        subprocess.run([npm, "run", "build"], cwd=ROOT / "frontend", check=True, stdout=sys.stderr)
    return dist


@pytest.fixture(scope="session", autouse=True)
def static_root(tmp_path_factory: pytest.TempPathFactory) -> None:
    """An empty folder: WhiteNoise warns of one that is not there."""
    django_settings.STATIC_ROOT = tmp_path_factory.mktemp("static")


@pytest.fixture
def site(frontend: Path, settings: Any, live_server: Any) -> str:
    """The address of the running web part."""
    settings.FRONTEND_DIST = frontend
    settings.STATICFILES_DIRS = [("app", frontend)]
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    return str(live_server.url)


@pytest.fixture
def bells(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """Runs that were rung for; nothing reaches a broker."""
    rung: list[tuple[int, str]] = []
    monkeypatch.setattr("annotator.dispatch.ring", lambda run_id, kind, queue=None: rung.append((run_id, kind)))
    return rung


@pytest.fixture
def work_off(bells: list[tuple[int, str]]) -> Callable[[], list[str]]:
    """Does, as a worker would, every run that was rung for; returns their kinds."""
    from annotator.jobs import JOBS as ANNOTATOR
    from annotator.jobs.runner import execute
    from compression.jobs import JOBS as COMPRESSION
    from prelabel.jobs import JOBS as PRELABEL

    def work() -> list[str]:
        done = []
        while bells:
            run_id, kind = bells.pop(0)
            execute(run_id, {**ANNOTATOR, **PRELABEL, **COMPRESSION}[kind])
            done.append(kind)
        return done

    return work


@pytest.fixture
def street(transactional_db: None, settings: Any, bells: list[tuple[int, str]]) -> Street:
    """A project of drawn road scenes with guesses, and its people."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a good one costs time on purpose
    return make_street()


@pytest.fixture
def expected_errors() -> list[str]:
    """Patterns of console errors that a test provokes on purpose; a test appends its own."""
    return []


@pytest.fixture
def open_browser(browser: Browser, site: str, expected_errors: list[str]) -> Iterator[Callable[..., BrowserContext]]:
    """Opens windows of their own; every one fails the test on a console error, an exception or a CSP report."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def watch(page: Page) -> None:
        page.on("console", lambda message: complaints.extend(_complaint(message)))
        page.on("pageerror", lambda error: complaints.append(f"exception: {error}"))

    def open_(user: Any = None, **options: Any) -> BrowserContext:
        chosen = {"viewport": {"width": 1360, "height": 850}, "locale": "en-US", "reduced_motion": "reduce", **options}
        context = browser.new_context(base_url=site, **chosen)
        context.add_init_script(E2E_TAG)
        context.on("page", watch)
        if user is not None:
            context.add_cookies([{"name": "sessionid", "value": session_of(user), "url": site}])
        contexts.append(context)
        return context

    yield open_
    for context in contexts:
        context.close()
    unexpected = [line for line in complaints if not any(re.search(pattern, line) for pattern in expected_errors)]
    assert not unexpected, unexpected


def _complaint(message: ConsoleMessage) -> list[str]:
    return [f"{message.type}: {message.text} ({message.location.get('url')})"] if message.type == "error" else []


def session_of(user: Any) -> str:
    """The key of a fresh session of this person."""
    from django.test import Client

    client = Client()
    client.force_login(user)
    return str(client.cookies["sessionid"].value)


@pytest.fixture
def page_of(open_browser: Callable[..., BrowserContext]) -> Callable[..., Page]:
    """A page in a window where this person is signed in."""

    def make(user: Any = None, **options: Any) -> Page:
        return open_browser(user, **options).new_page()

    return make
