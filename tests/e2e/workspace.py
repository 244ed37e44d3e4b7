"""The review page as a person's hands and eyes meet it: real mouse, real keys, positions asked from the engine."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

Point = tuple[float, float]
# Handles of a box with a side under 28 screen pixels stand outside of it (frontend/src/canvas/handles.ts).
SMALL_SIDE_PX, OUTSIDE_PX = 28, 5


class Workspace:
    """One open review page."""

    def __init__(self, page: Page, project_id: int) -> None:
        self.page = page
        self.project_id = project_id

    def open(self, item_id: int | None = None) -> Workspace:
        query = f"?item={item_id}" if item_id else ""
        self.page.goto(f"/projects/{self.project_id}/review{query}")
        return self.wait_ready()

    def wait_ready(self, *, other_than: int | None = None) -> Workspace:
        """Until a picture (of another item) is there and nothing moves any more."""
        self.page.wait_for_function(
            """other => {
                const state = window.__engine?.state();
                return state?.ready && !state.moving && state.itemId !== other;
            }""",
            arg=other_than,
        )
        return self

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.page.evaluate("window.__engine.state()")
        return found

    @property
    def item_id(self) -> int:
        return int(self.state["itemId"])

    def region(self, region_id: str) -> dict[str, Any]:
        return next(one for one in self.state["regions"] if one["id"] == region_id)

    def on_screen(self, region_id: str) -> tuple[float, float, float, float]:
        found = self.page.evaluate("id => window.__engine.toScreen(id)", region_id)
        assert found is not None, f"{region_id} is not drawn"
        return tuple(found)  # type: ignore[return-value]

    def corner(self, region_id: str) -> Point:
        """The lower right handle of a selected box."""
        x1, y1, x2, y2 = self.on_screen(region_id)
        out = OUTSIDE_PX if min(x2 - x1, y2 - y1) < SMALL_SIDE_PX else 0
        return x2 + out, y2 + out

    def drag(self, start: Point, by: Point) -> None:
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down()
        mouse.move(start[0] + by[0] / 2, start[1] + by[1] / 2, steps=3)
        mouse.move(start[0] + by[0], start[1] + by[1], steps=3)
        mouse.up()

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def accept_all(self) -> None:
        """Everything shown at once, as soon as the page knows how often that is right."""
        expect(self.page.get_by_test_id("accept-all")).not_to_have_attribute("aria-disabled", "true")
        self.press("Shift+A")

    def empty_spot(self, width: float, height: float) -> Point:
        """A place on the picture where a box of this size meets no region; the middle of the sky in a road scene."""
        regions = [self.on_screen(one["id"]) for one in self.state["regions"]]
        canvas = self.canvas.bounding_box()
        assert canvas is not None
        top = canvas["y"] + canvas["height"] / 2 - 200
        for left in range(int(canvas["x"]) + 60, int(canvas["x"] + canvas["width"] - width) - 60, 20):
            spot = (left, top, left + width, top + height)
            if all(spot[2] < x1 or spot[0] > x2 or spot[3] < y1 or spot[1] > y2 for x1, y1, x2, y2 in regions):
                return float(left), float(top)
        raise AssertionError("the picture is full")

    @property
    def canvas(self) -> Locator:
        return self.page.get_by_test_id("canvas")

    @property
    def pill(self) -> Locator:
        return self.page.get_by_test_id("save-pill")

    def expect_saved(self) -> None:
        expect(self.pill).to_have_attribute("data-state", "saved")


def eventually(found: Callable[[], Any], wanted: Any = True, seconds: float = 8.0) -> None:
    """Wait for what the server will know soon."""
    end = time.monotonic() + seconds
    while (last := found()) != wanted and time.monotonic() < end:
        time.sleep(0.05)
    assert last == wanted
