"""Segmentation by keyboard and mouse: accept, paint, erase, draw, convert; what PostgreSQL holds afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from annotator.models import Annotation, Draft
from prelabel.core.masks import decode_mask
from tests.annotator.core.test_polygons import by_crossings
from tests.e2e.masks import CAMVID_CLASSES, DRAWN_CLASSES, camvid_pictures, drawn_pictures, make_masks
from tests.e2e.pictures import picture, snap
from tests.e2e.street import Street, let_guesses_be_known
from tests.e2e.test_accessibility import LOOKS, violations
from tests.e2e.workspace import Point, Workspace, eventually

PageOf = Callable[..., Page]
BRUSH_PX = 12.0
# Two pixels of a stroke's border may fall either way: the mouse moves in fractions that are rounded on their way.
ROUNDED = 2


class MaskDesk(Workspace):
    """A review page with masks on it; places are given in pixels of the picture."""

    def place(self, x: float, y: float) -> Point:
        """The whole screen pixel nearest to a place of the picture."""
        view, canvas = self.state["viewport"], self.canvas.bounding_box()
        assert canvas is not None
        return round(canvas["x"] + view["x"] + x * view["scale"]), round(canvas["y"] + view["y"] + y * view["scale"])

    def in_picture(self, at: Point) -> np.ndarray:
        view, canvas = self.state["viewport"], self.canvas.bounding_box()
        assert canvas is not None
        return np.array([at[0] - canvas["x"] - view["x"], at[1] - canvas["y"] - view["y"]]) / view["scale"]

    def pixels(self, region_id: str) -> np.ndarray:
        return decode_mask(self.region(region_id)["rle"])

    def stroke(self, region_id: str, start: Point, end: Point, *, erase: bool = False) -> np.ndarray:
        """Drags the brush; returns the pixels that it must have gone over."""
        before = self.region(region_id)["rle"]["counts"]
        first, last = self.place(*start), self.place(*end)
        if erase:
            self.page.keyboard.down("Shift")
        self.drag(first, (last[0] - first[0], last[1] - first[1]))
        if erase:
            self.page.keyboard.up("Shift")
        self.page.wait_for_function(
            """([id, before]) => window.__engine.state().regions.find(one => one.id === id).rle.counts !== before""",
            arg=[region_id, before],
        )
        return capsule(self.in_picture(first), self.in_picture(last), self.pixels(region_id).shape)

    def draw(self, corners: list[Point]) -> str:
        """Draws a polygon, closed by Enter; returns its id."""
        self.press("p")
        for corner in corners:
            self.page.mouse.click(*self.place(*corner))
        self.press("Enter")
        drawn: str = self.state["selectedId"]
        assert self.region(drawn)["kind"] == "polygon"
        return drawn

    def expect_kind(self, region_id: str, kind: str) -> None:
        eventually(lambda: self.region(region_id)["kind"], kind)

    def note(self, text: str) -> None:
        expect(self.page.get_by_test_id("note")).to_contain_text(text)


def capsule(start: np.ndarray, end: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Pixels whose centres lie within the brush's radius of the way from start to end."""
    ys, xs = np.mgrid[: shape[0], : shape[1]] + 0.5
    way = end - start
    t = np.clip(((xs - start[0]) * way[0] + (ys - start[1]) * way[1]) / (way @ way), 0, 1)
    far = np.hypot(xs - start[0] - t * way[0], ys - start[1] - t * way[1])
    found: np.ndarray = far <= BRUSH_PX
    return found


def ring(desk: MaskDesk, corners: list[Point]) -> np.ndarray:
    return np.concatenate([desk.in_picture(desk.place(*corner)) for corner in corners])


@pytest.fixture
def frames(street: Street) -> Any:
    """CamVid frames where they are, else drawn scenes; the classes of the former or the latter."""
    real = camvid_pictures()
    project = make_masks(street, real or drawn_pictures(), CAMVID_CLASSES if real else DRAWN_CLASSES)
    let_guesses_be_known(project)
    return project


@pytest.fixture
def desk(frames: Any, street: Street, page_of: PageOf) -> MaskDesk:
    made = MaskDesk(page_of(street.bob), frames.pk)
    made.open()
    return made


def paint_and_erase(desk: MaskDesk, road: str) -> np.ndarray:
    """A stroke more and a stroke less, both undone and done again; returns what is left."""
    desk.press("m")
    guess, start = desk.region(road)["rle"], desk.pixels(road)
    height, width = start.shape
    gone_over = desk.stroke(road, (0.4 * width, 0.3 * height), (0.6 * width, 0.35 * height))
    painted = desk.pixels(road)
    assert (painted ^ (start | gone_over)).sum() <= ROUNDED and painted.sum() > start.sum()
    gone_over = desk.stroke(road, (0.3 * width, 0.8 * height), (0.7 * width, 0.85 * height), erase=True)
    erased = desk.pixels(road)
    assert (erased ^ (painted & ~gone_over)).sum() <= ROUNDED and erased.sum() < painted.sum()
    desk.press("Control+z")
    eventually(lambda: (desk.pixels(road) == painted).all())
    desk.press("Control+z")
    eventually(lambda: (desk.region(road)["rle"], desk.region(road)["state"]), (guess, "pending"))
    desk.press("Control+Shift+z")
    desk.press("Control+Shift+z")
    eventually(lambda: (desk.pixels(road) == erased).all())
    return erased


def draw_and_convert(desk: MaskDesk, size: tuple[int, ...]) -> str:
    """A triangle of the third class, turned into a mask and back; returns its id."""
    height, width = size
    corners = [(0.3 * width, 0.4 * height), (0.5 * width, 0.35 * height), (0.55 * width, 0.6 * height)]
    drawn = desk.draw(corners)
    desk.press("3")
    assert desk.region(drawn)["rings"][0] == pytest.approx(list(ring(desk, corners)), abs=0.01)
    expect(desk.page.get_by_test_id("cost-mask")).to_contain_text("IoU loss")
    desk.press("Shift+M")
    desk.expect_kind(drawn, "mask")
    desk.note("A mask now, IoU loss")
    desk.press("Control+z")
    desk.expect_kind(drawn, "polygon")
    return drawn


def stored_objects(item_id: int) -> dict[str, Any]:
    """What was submitted, by id, in its order; two masks were edited, one relabelled, one polygon added."""
    annotation = Annotation.objects.get(item_id=item_id)
    changes = {name: annotation.changes[name] for name in ("edited", "relabelled", "deleted", "added")}
    assert changes == {"edited": 2, "relabelled": 1, "deleted": 0, "added": 1}
    return {one["id"]: one for one in annotation.document["objects"]}


def test_guesses_are_accepted_relabelled_painted_and_converted_and_the_database_holds_it(
    desk: MaskDesk, frames: Any
) -> None:
    classes = list(frames.classes.order_by("index").values_list("pk", flat=True))
    item_id = desk.item_id
    guesses = {one["id"]: one for one in desk.state["regions"]}
    road = next(name for name, one in guesses.items() if one["classId"] == frames.classes.get(name="road").pk)
    one, two, *_ = queue = [name for name in guesses if name != road]
    assert desk.state["selectedId"] == one
    desk.press("a")
    assert desk.region(one)["state"] == "accepted"
    while desk.state["selectedId"] != two:
        desk.press("j")
    desk.press("2" if guesses[two]["classId"] != classes[1] else "1")
    relabelled = desk.region(two)
    assert (relabelled["state"], relabelled["rle"]) == ("edited", guesses[two]["rle"])

    while desk.state["selectedId"] != road:
        desk.press("j")
    erased = paint_and_erase(desk, road)
    height, width = erased.shape
    drawn = draw_and_convert(desk, erased.shape)
    assert desk.item_id == item_id  # Enter closed the polygon and did nothing else

    desk.page.get_by_test_id("region-row").nth(0).click()
    outlined = desk.state["selectedId"]
    assert outlined in queue and desk.region(outlined)["state"] == "pending"
    expect(desk.page.get_by_test_id("cost-polygon")).to_contain_text("IoU loss")
    desk.press("Shift+P")
    desk.expect_kind(outlined, "polygon")
    desk.accept_all()
    kept = {region["id"]: region for region in desk.state["regions"]}
    desk.press("Enter")
    desk.wait_ready(other_than=item_id)
    desk.expect_saved()

    stored = stored_objects(item_id)
    assert list(stored) == [*guesses, drawn]  # what was drawn lies above
    assert (stored[one]["rle"], stored[one]["origin"]) == (guesses[one]["rle"], "accepted")
    assert (stored[two]["class_id"], stored[two]["origin"]) == (relabelled["classId"], "edited")
    assert (decode_mask(stored[road]["rle"]) == erased).all() and "polygon" not in stored[road]
    for name in (drawn, outlined):
        assert stored[name]["polygon"] == kept[name]["rings"]
        assert (decode_mask(stored[name]["rle"]) == by_crossings(kept[name]["rings"], height, width)).all()
    assert (stored[drawn]["class_id"], stored[drawn]["origin"]) == (classes[2], "manual")


def test_corners_are_added_taken_out_and_snapped_and_a_reload_brings_all_back(desk: MaskDesk) -> None:
    height, width = desk.state["regions"][0]["rle"]["size"]
    square = [(100.0, 100.0), (200.0, 100.0), (200.0, 180.0), (100.0, 180.0)]
    desk.press("Escape")
    first = desk.draw(square)
    desk.press("v")
    desk.drag(desk.place(150, 180), (0, 40))  # a new corner out of the lower edge
    assert len(desk.region(first)["rings"][0]) == 10
    desk.press("Delete")
    assert len(desk.region(first)["rings"][0]) == 8
    assert desk.region(first)["state"] == "manual"

    desk.press("p")
    near = desk.place(200, 100)
    desk.page.mouse.click(near[0] + 3, near[1] - 2)  # drawn to the corner of the first
    for corner in ((300, 120), (320, 60), (330, 170)):
        desk.page.mouse.click(*desk.place(*corner))
    desk.press("Control+z")  # takes back the last corner, not the first polygon
    desk.press("Enter")
    second = desk.state["selectedId"]
    shared = desk.region(first)["rings"][0][2:4]
    assert desk.region(second)["rings"][0][:2] == shared and len(desk.region(second)["rings"][0]) == 6

    desk.press("m")
    desk.press("m")
    assert desk.state["selectedId"] is None
    desk.press("]")
    desk.note("Brush 30 px")
    desk.press("[")
    start, end = desk.place(0.2 * width, 0.9 * height), desk.place(0.3 * width, 0.9 * height)
    desk.drag(start, (end[0] - start[0], 0))
    eventually(lambda: desk.state["selectedId"] is not None)
    third = desk.state["selectedId"]
    assert desk.region(third)["kind"] == "mask"
    desk.press("Shift+B")
    desk.note("It lies below all others now.")
    desk.expect_saved()
    eventually(lambda: [one["id"] for one in Draft.objects.get().document["objects"]], [third, first, second])
    before = {one["id"]: one for one in desk.state["regions"]}
    desk.page.reload()
    desk.wait_ready()
    assert {one["id"]: one for one in desk.state["regions"]} == before


def test_a_polygon_on_its_way_is_neither_submitted_nor_lost(desk: MaskDesk) -> None:
    item_id, count = desk.item_id, len(desk.state["regions"])
    desk.press("p")
    for corner in ((100, 100), (200, 100)):
        desk.page.mouse.click(*desk.place(*corner))
    desk.press("Enter")
    assert (desk.item_id, len(desk.state["regions"])) == (item_id, count)  # two corners are no polygon
    desk.page.mouse.click(*desk.place(150, 180))
    desk.page.get_by_role("button", name="Submit").click()
    eventually(lambda: len(desk.state["regions"]), count + 1)
    assert desk.item_id == item_id
    desk.press("Escape")
    assert desk.state["tool"] == "select"
    desk.press("m")
    desk.page.keyboard.down("Shift")
    desk.page.mouse.click(*desk.place(50, 50))
    desk.page.keyboard.up("Shift")
    desk.note("Shift + M turns the polygon into one")


def test_a_guess_laid_above_the_others_before_it_is_decided_lies_there_after_a_reload(desk: MaskDesk) -> None:
    item_id, before = desk.item_id, [one["id"] for one in desk.state["regions"]]
    moved = desk.state["selectedId"]
    desk.press("Shift+F" if before[-1] != moved else "Shift+B")
    after = [one["id"] for one in desk.state["regions"]]
    assert after != before and desk.region(moved)["state"] == "pending"
    eventually(lambda: Draft.objects.filter(item_id=item_id).exists())
    desk.expect_saved()
    desk.page.reload()
    desk.wait_ready()
    assert [one["id"] for one in desk.state["regions"]] == after
    assert desk.region(moved)["state"] == "pending"


# How many pixels of the picture in the dialog have a colour, within a little.
PIXELS_OF = """(canvas, [red, green, blue]) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let at = 0; at < data.length; at += 4)
    if (Math.abs(data[at] - red) + Math.abs(data[at + 1] - green) + Math.abs(data[at + 2] - blue) < 24) count += 1;
  return count;
}"""


@LOOKS
def test_two_versions_of_a_mask_are_shown_with_their_outlines(
    street: Street, page_of: PageOf, language: str, scheme: str, expected_errors: list[str]
) -> None:
    expected_errors.append("409")
    project = make_masks(street, drawn_pictures(), DRAWN_CLASSES)
    let_guesses_be_known(project)
    street.bob.locale = language
    street.bob.save()
    desk = MaskDesk(page_of(street.bob, color_scheme=scheme), project.pk)
    desk.open()
    item_id, region = desk.item_id, desk.state["selectedId"]
    other = MaskDesk(page_of(street.bob), project.pk)
    other.open(item_id)
    other.press("4" if other.region(region)["classId"] != project.classes.get(name="pedestrian").pk else "1")
    other.accept_all()
    other.press("Enter")
    other.wait_ready(other_than=item_id)
    eventually(lambda: Annotation.objects.filter(item_id=item_id).exists())

    desk.press("Shift+P")
    desk.expect_kind(region, "polygon")
    desk.page.get_by_test_id("lease-lost").get_by_role("button").nth(1).click()
    crop = desk.page.get_by_role("dialog").locator("canvas").first
    expect(crop).to_be_visible()
    mine, theirs = crop.evaluate(PIXELS_OF, [76, 201, 160]), crop.evaluate(PIXELS_OF, [255, 180, 84])
    assert mine > 100 and theirs > 0
    assert violations(desk.page) == []
    snap(desk.page, f"conflict-mask-{language}-{scheme}")


@LOOKS
def test_the_workspace_in_both_languages_light_and_dark(
    street: Street, page_of: PageOf, language: str, scheme: str
) -> None:
    project = make_masks(street, drawn_pictures(), DRAWN_CLASSES)
    let_guesses_be_known(project)
    street.bob.locale = language
    street.bob.save()
    desk = MaskDesk(page_of(street.bob, color_scheme=scheme), project.pk)
    desk.open()
    expect(desk.page.get_by_test_id("cost-polygon")).to_contain_text("%")
    assert violations(desk.page) == []
    desk.accept_all()
    van = next(one["id"] for one in desk.state["regions"] if one["classId"] == project.classes.get(name="vehicle").pk)
    while desk.state["selectedId"] != van:
        desk.press("Shift+J")
    desk.press("Shift+P")
    desk.expect_kind(van, "polygon")
    desk.page.locator("#outline-tolerance").focus()
    for _ in range(3):
        desk.press("ArrowRight")
    expect(desk.page.get_by_test_id("cost-simplify")).to_contain_text("→")
    assert violations(desk.page) == []
    if language == "en":
        picture(desk.page, "review-polygon")
    desk.page.get_by_test_id("canvas").focus()
    desk.press("m")
    expect(desk.page.locator("#brush-size")).to_be_visible()
    assert violations(desk.page) == []
    desk.press("?")
    expect(desk.page.get_by_role("dialog")).to_be_visible()
    assert violations(desk.page) == []
