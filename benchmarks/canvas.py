"""Milliseconds per frame of our canvas beside a tuned react-konva page, in a real Chromium, side by side in one run.

A picture of 3840 x 2160 with 100, 1,000 and 5,000 labelled boxes and with 2,000 polygons of 20 points; each frame
changes the view (or moves one shape) once, and the time to the next frame is taken, with no cap on the frame rate.
Zooming goes from fitted to 2.4x and back, panning is at about 100 %. Both draw the same picture, shapes, styles and
labels and cull by the same index; the Konva page is tuned: nothing listens while it moves, one layer for the drag,
perfectDraw off. The redraw after a gesture is reported apart (`settle_ms`). Rounds alternate between the two.

The last line is JSON. `zoom_vs_konva_5000` is our share of Konva's time for a frame (0.2: five times as fast);
`growth_100_to_5000` is how many times as long a frame takes with 5,000 boxes as with 100. Read ratios: absolute times
are of this machine. `next_item_ms` is the median time from Enter to the next picture in the running product.

    python benchmarks/canvas.py [--quick] [--rounds 3] [--frames 40] [--next-items 50]
"""

from __future__ import annotations

import argparse
import functools
import http.server
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import next_item

ROOT = Path(__file__).resolve().parents[1]
FRONTEND = ROOT / "frontend"
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
UNCAPPED = ["--disable-gpu-vsync", "--disable-frame-rate-limit"]
SCENES: dict[str, tuple[int, bool]] = {
    "100": (100, False),
    "1000": (1000, False),
    "5000": (5000, False),
    "polygons_2000": (2000, True),
}
GESTURES = ("zoom", "pan", "drag")
CANVASES = ("winnow", "konva")
Outcomes = dict[tuple[str, str], list[dict[str, Any]]]


def main() -> None:
    """Measure and print."""
    options = _options()
    rounds, frames = (1, 4) if options.quick else (options.rounds, options.frames)
    items, pause_ms = (3, 300) if options.quick else (options.next_items, next_item.PAUSE_MS)
    with tempfile.TemporaryDirectory() as scratch:
        site = _built(Path(scratch) / "page")
        with _served(site) as url:
            outcomes = _measure(url, rounds, frames)
    with _browser([]) as browser:
        waits = next_item.measure(items, pause_ms, browser, _say)
    print(json.dumps({"rounds": rounds, "frames": frames, **report(outcomes), **waits}))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few frames of each: to see that it works, not to time")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--frames", type=int, default=40, help="of each gesture in each round; an even number")
    parser.add_argument("--next-items", type=int, default=50, help="items to go on from with Enter")
    return parser.parse_args()


def _built(out: Path) -> Path:
    """The page with both canvases, built as the product is."""
    sys.path.insert(0, str(ROOT / "tools"))
    from winnow_setup.frontend import find_node

    node = find_node(Path(sys.prefix))
    if node is None or not (FRONTEND / "node_modules" / "konva").is_dir():
        sys.exit("The frontend's packages are not installed; run `make setup` first.")
    vite = FRONTEND / "node_modules" / "vite" / "bin" / "vite.js"
    config = ROOT / "benchmarks" / "canvas_page" / "vite.config.mts"
    command = [str(node.node), str(vite), "build", "--config", str(config), "--outDir", str(out), "--logLevel", "warn"]
    subprocess.run(command, cwd=FRONTEND, env={**os.environ, **node.env}, check=True, stdout=sys.stderr)
    return out


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing of files that were fetched."""


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()


@contextmanager
def _browser(flags: list[str]) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = {"executable_path": CHROMIUM} if Path(CHROMIUM).exists() else {}
        browser = playwright.chromium.launch(args=[*FLAGS, *flags], **found)
        yield browser
        browser.close()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _measure(url: str, rounds: int, frames: int) -> Outcomes:
    outcomes: Outcomes = {(scene, who): [] for scene in SCENES for who in CANVASES}
    complaints: list[str] = []
    with _browser(UNCAPPED) as browser:
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        page.set_default_timeout(600_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto(url)
        page.wait_for_function("() => window.bench !== undefined")
        for number in range(rounds):
            for scene, (count, polygons) in SCENES.items():
                # Whoever comes first pays for what the other finds warm: they take turns.
                for who in CANVASES if number % 2 == 0 else CANVASES[::-1]:
                    order = {"who": who, "count": count, "polygons": polygons, "frames": frames}
                    outcome = page.evaluate("order => window.bench.run(order)", order)
                    outcomes[scene, who].append(outcome)
                    times = ", ".join(f"{name} {_median([outcome], name):.1f}" for name in GESTURES)
                    _say(f"round {number + 1}: {scene}, {who}: {times} ms a frame")
    if complaints:
        sys.exit(f"The page had errors: {complaints}")
    return outcomes


def _median(outcomes: list[dict[str, Any]], gesture: str) -> float:
    return statistics.median(frame for outcome in outcomes for frame in outcome[gesture]["frames"])


def report(outcomes: Outcomes) -> dict[str, Any]:
    """What the last line says: medians over all frames of all rounds, in milliseconds, and the ratios of them."""
    counts = {scene: _scene(outcomes[scene, "winnow"], outcomes[scene, "konva"]) for scene in SCENES}
    few, many = counts["100"], counts["5000"]
    return {
        "counts": counts,
        "zoom_vs_konva_5000": round(many["zoom_ms"] / many["konva_zoom_ms"], 3),
        "growth_100_to_5000": {name: round(many[f"{name}_ms"] / few[f"{name}_ms"], 2) for name in ("zoom", "pan")},
    }


def _scene(ours: list[dict[str, Any]], konva: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for prefix, outcomes in (("", ours), ("konva_", konva)):
        for name in GESTURES:
            found[f"{prefix}{name}_ms"] = round(_median(outcomes, name), 2)
        settles = [outcome[name]["settle"] for outcome in outcomes for name in ("zoom", "pan")]
        found[f"{prefix}settle_ms"] = round(statistics.median(settles), 2)
        found[f"{prefix}mount_ms"] = round(statistics.median(outcome["mount"] for outcome in outcomes), 1)
    found["redraws"] = {name: ours[-1][name]["redraws"] for name in GESTURES}
    return found


if __name__ == "__main__":
    main()
