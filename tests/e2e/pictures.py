"""Pictures for the README and the documentation, taken by the tests from the real product."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page

_IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"


def picture(page: Page, name: str) -> None:
    """docs/images/``name``.png, where WINNOW_SCREENSHOTS=1 asks for it."""
    if os.environ.get("WINNOW_SCREENSHOTS") == "1":
        _IMAGES.mkdir(parents=True, exist_ok=True)
        page.wait_for_timeout(400)  # for thumbnails
        page.screenshot(path=_IMAGES / f"{name}.png")


def snap(page: Page, name: str) -> None:
    """A picture for whoever wants to look: WINNOW_SNAPS names a folder."""
    if os.environ.get("WINNOW_SNAPS"):
        page.screenshot(path=Path(os.environ["WINNOW_SNAPS"]) / f"{name}.png")
