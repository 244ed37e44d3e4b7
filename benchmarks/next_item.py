"""How soon the next picture is on the screen after Enter, in the running product and a real Chromium.

Pictures of 1280 x 720 are imported and reviewed one after the other, with a pause on each as a person would make. Each
has a patch of a colour of its own in the middle; the time runs from the key's event to the frame that finds the next
picture's colour on the canvas.
"""

from __future__ import annotations

import statistics
import tempfile
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.product import Product, running_product
from benchmarks.winnow_client import WinnowClient

WIDTH, HEIGHT = 1280, 720
PAUSE_MS = 1000
_STEPS = 6  # levels of each of two colour channels: 36 neighbours in the queue have different colours

# `next` resolves to the milliseconds from Enter to the frame that shows another picture than the one before.
_PROBE = """
window.probe = {
  colour() {
    const layer = document.querySelector('canvas.canvas-layer-image');
    return [...layer.getContext('2d').getImageData(layer.width >> 1, layer.height >> 1, 1, 1).data];
  },
  far(a, b) { return Math.max(...a.map((value, index) => Math.abs(value - b[index]))) > 12; },
  arm(colours) {
    const before = this.colour();
    this.next = new Promise((resolve) => {
      addEventListener('keydown', (event) => {
        const look = () => {
          const now = this.colour();
          const shown = this.far(now, before) && colours.some((colour) => !this.far(now.slice(0, 3), colour));
          if (shown) resolve(performance.now() - event.timeStamp);
          else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      }, { capture: true, once: true });
    });
  },
};
"""


def colour_of(number: int) -> tuple[int, int, int]:
    """The patch of one picture; its neighbours' differ by 30 or more in a channel."""
    return 40 + 30 * (number % _STEPS), 40 + 30 * (number // _STEPS % _STEPS), 128


def write_pictures(archive: Path, count: int) -> None:
    """A zip of ``count`` JPEGs with as much detail as a photograph, so that decoding costs as much."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (HEIGHT // 8, WIDTH // 8, 3), dtype=np.uint8)
    ground = np.asarray(Image.fromarray(coarse).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)).astype(np.int16)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as out:
        for number in range(count):
            pixels = np.clip(ground + rng.integers(-12, 13, ground.shape), 0, 255).astype(np.uint8)
            pixels[HEIGHT // 2 - 60 : HEIGHT // 2 + 60, WIDTH // 2 - 60 : WIDTH // 2 + 60] = colour_of(number)
            stream = BytesIO()
            Image.fromarray(pixels).save(stream, "JPEG", quality=90)
            out.writestr(f"picture-{number:03d}.jpg", stream.getvalue())


def measure(count: int, pause_ms: int, browser: Any, say: Callable[[str], None]) -> dict[str, Any]:
    """``next_item_ms``: the median over ``count`` items, with its spread; starts and stops a product of its own."""
    with running_product(keep=False, say=say) as product:
        client = WinnowClient(product.url, say)
        client.sign_in(product.email, product.password)
        project = _project(client, count + 1)
        times = _review(product, client, project, browser, count, pause_ms)
    ordered = sorted(times)
    return {
        "next_item_ms": round(statistics.median(ordered), 1),
        "next_item_p95_ms": round(ordered[int(0.95 * (len(ordered) - 1))], 1),
        "next_items": len(ordered),
    }


def _project(client: WinnowClient, count: int) -> int:
    """A project with ``count`` pictures that wait for a person."""
    body = {"name": "Next item", "task_type": "object_detection", "classes": [{"name": "thing"}]}
    project = client.post("/api/projects/", body)["id"]
    with tempfile.TemporaryDirectory() as scratch:
        archive = Path(scratch) / "pictures.zip"
        write_pictures(archive, count)
        fields = {"labels": "none", "format": "auto", "split": "keep", "dataset": "pictures", "dry_run": "false"}
        client.wait(client.upload(f"/api/projects/{project}/imports/", archive, fields))
    return int(project)


def _review(
    product: Product, client: WinnowClient, project: int, browser: Any, count: int, pause_ms: int
) -> list[float]:
    context = browser.new_context(viewport={"width": 1600, "height": 1000})
    cookies = client.session.cookies
    context.add_cookies([{"name": one.name, "value": one.value, "url": product.url} for one in cookies])
    page = context.new_page()
    page.goto(f"{product.url}/projects/{project}/review")
    page.wait_for_selector("canvas.canvas-layer-image", state="attached")
    page.evaluate(_PROBE)
    colours = [list(colour_of(number)) for number in range(count + 1)]
    times = []
    for _ in range(count):
        page.wait_for_timeout(pause_ms)
        page.evaluate("(colours) => window.probe.arm(colours)", colours)
        page.keyboard.press("Enter")
        times.append(float(page.evaluate("() => window.probe.next")))
    context.close()
    return times
