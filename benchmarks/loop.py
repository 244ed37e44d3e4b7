"""The whole loop on a labelled folder, through the HTTP API, with the ground truth in the reviewer's place.

    .venv/bin/python benchmarks/loop.py --data ../shared/data/bccd
    .venv/bin/python benchmarks/loop.py --quick

Any Pascal VOC, COCO or YOLO folder will do. The product is started on a data folder of its own (embedded PostgreSQL and
Redis unless DATABASE_URL and REDIS_URL are set) and is gone afterwards. A seed of labelled pictures trains a first
model; then each round imports a part of the pool without labels, lets the model pre-label and route it, has the oracle
answer everything that waits for a person, freezes, retrains and measures on the test part, which never trains. Edits
are counted on guesses stored before the oracle saw the label (benchmarks/oracle.py). The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
from pathlib import Path, PurePosixPath
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.drawn import draw_folder
from benchmarks.oracle import Effort, Hits, Thing, answer, compare, effort_of, hits_of, shown_of
from benchmarks.portions import Portions, cut, file_name, zip_labelled, zip_pictures
from benchmarks.product import running_product
from benchmarks.promotion import choose_promotion
from benchmarks.winnow_client import WinnowClient

STARTED = time.monotonic()
# Nothing scores this high, so nothing is accepted without a person.
NEVER = 1.0


def say(line: str) -> None:
    """One progress line with the minutes and seconds since the start."""
    elapsed = time.monotonic() - STARTED
    print(f"[{int(elapsed // 60):3d}:{elapsed % 60:04.1f}] {line}", flush=True)


class Loop:
    """One project's way through the loop."""

    def __init__(self, client: WinnowClient, portions: Portions, options: argparse.Namespace, folder: Path) -> None:
        self.client, self.portions, self.options, self.folder = client, portions, options, folder
        classes = [{"name": name} for name in portions.classes]
        body = {"name": "Loop", "task_type": "object_detection", "classes": classes}
        self.project = client.post("/api/projects/", body)
        ids = {one["name"]: one["id"] for one in self.project["classes"]}
        everything = [*portions.test, *portions.seed, *(image for part in portions.rounds for image in part)]
        self.truths = {
            file_name(image): [Thing(one.bbox, ids[one.class_name]) for one in image.objects if one.bbox]
            for image in everything
        }
        self.path = f"/api/projects/{self.project['id']}"
        self.map50: float | None = None
        self.trained: dict[str, Any] = {}

    def run(self) -> dict[str, Any]:
        """Seed, then every round; returns what the last line says."""
        client, portions = self.client, self.portions
        say("Importing the test part and the seed with their labels")
        self.upload(zip_labelled(portions, portions.test, self.folder / "test.zip"), labels="truth")
        self.upload(zip_labelled(portions, portions.seed, self.folder / "seed.zip"), labels="truth")
        self.retrain("seed")
        seed_map50, rounds = self.map50, []
        for number, images in enumerate(portions.rounds, start=1):
            say(f"Round {number} of {len(portions.rounds)}: {len(images)} pictures without labels")
            accept = self.calibrate()
            self.upload(zip_pictures(portions, images, self.folder / f"round-{number}.zip"), labels="none")
            client.wait(client.post(f"{self.path}/predict/", {"scope": "unreviewed"}))
            client.wait_for_all(self.project["id"], "predict")
            auto_n, hits = self.judge_auto({file_name(image) for image in images})
            reviewed, effort = self.review(accept)
            self.retrain(f"round {number}")
            rounds.append(self.row(reviewed, effort, auto_n, hits))
            say(f"Round {number}: {json.dumps(rounds[-1])}")
        return {"rounds": rounds, "model": self.model(), "seed": {"reviewed": len(portions.seed), "map50": seed_map50}}

    def upload(self, archive: Path, *, labels: str) -> None:
        fields = {"labels": labels, "format": "auto", "split": "keep", "dataset": archive.stem, "dry_run": "false"}
        run = self.client.wait(self.client.upload(f"{self.path}/imports/", archive, fields))
        archive.unlink()
        say(f"  imported {archive.stem}: {json.dumps(run['result'])[:300]}")

    def calibrate(self) -> float:
        """Set both thresholds from the seed's val part, as a lead would; returns accept."""
        precision = self.options.precision
        show = self.client.get(f"{self.path}/thresholds/estimate/", precision=precision)["show"]
        if show is not None:
            self.set_thresholds(show_threshold=show, accept_threshold=NEVER)
        found = self.client.get(f"{self.path}/thresholds/estimate/", precision=precision)
        accept = NEVER if found["accept"] is None else found["accept"]
        self.set_thresholds(accept_threshold=accept, thresholds_calibrated=found["accept"] is not None)
        shown = "as it was" if show is None else f"≥ {show:.3f} costs least"
        kept = "nothing keeps" if found["accept"] is None else f"accept ≥ {accept:.3f} keeps"
        say(f"  on the seed's {found['n']} val guesses show {shown}, {kept} precision {precision}")
        return accept

    def set_thresholds(self, **values: Any) -> None:
        revision = self.client.get(f"{self.path}/")["revision"]
        self.client.patch(f"{self.path}/", values, revision)

    def judge_auto(self, names: set[str]) -> tuple[int, Hits]:
        """Of this round's pictures: those accepted without a person, and how right their objects are."""
        count, hits = 0, Hits()
        for row in list(self.client.items(self.project["id"], state="auto_accepted")):
            name = PurePosixPath(row["name"]).name
            if name in names:
                work = self.client.get(f"/api/items/{row['id']}/")
                hits += hits_of(work["annotation"]["objects"], self.truths[name])
                count += 1
        say(f"  accepted without a person: {count}")
        return count, hits

    def review(self, accept: float) -> tuple[int, Effort]:
        """Answer everything that waits, one item after the other; returns how many and what it took."""
        reviewed, effort = 0, Effort()
        show = self.client.get(f"{self.path}/")["show_threshold"]
        while (work := self.client.post(f"{self.path}/next/", {}))["item"]:
            began = time.monotonic()
            guesses = work["prediction"]["objects"] if work["prediction"] else []
            truths = self.truths[PurePosixPath(work["item"]["name"]).name]
            comparison = compare(shown_of(guesses, show), truths)
            mine = effort_of(comparison, accept)
            told = self.client.submit(work, answer(comparison), duration_ms=int(1000 * (time.monotonic() - began)))
            if (told["changes"]["added"], told["changes"]["deleted"]) != (mine.draws, mine.deletes):
                say(f"  {work['item']['name']}: the product counted {told['changes']}, the oracle {mine}")
            effort += mine
            reviewed += 1
        say(f"  reviewed {reviewed}: {effort.edits} edits of {effort}")
        return reviewed, effort

    def retrain(self, what: str) -> None:
        """Freeze, train, compress; deploy as a lead would, and let the unreviewed be predicted again."""
        version = self.client.post(f"{self.path}/versions/", {"note": f"after {what}"})
        say(f"  training on version {version['number']}: {json.dumps(version['counts'])}")
        options = self.options
        body = {"version_id": version["id"], "preset": "quick", "minutes": options.minutes_per_training}
        body |= {"seed": options.seed, "image_size": options.image_size}
        if not self.trained and options.base:
            body["base"] = options.base
        run = self.client.wait(self.client.post(f"{self.path}/retrain/", body))
        self.trained = run["result"]
        variants = self.trained["variants"]
        promotion = choose_promotion(variants)
        if promotion is None:
            say("  not promoted: the gate says no; the deployed model stays")
            self.map50 = self.trained["deployed_before"]["map50"]
            return
        chosen = variants[promotion.variant]
        self.client.post(f"/api/variants/{chosen['id']}/deploy/", {"reason": promotion.reason})
        self.client.wait_for_all(self.project["id"], "predict")
        self.map50 = chosen["metrics"]["map50"]
        say(f"  deployed {promotion.variant} ({promotion.reason or 'the gate passed it'}): test mAP50 {self.map50:.3f}")

    def row(self, reviewed: int, effort: Effort, auto_n: int, hits: Hits) -> dict[str, Any]:
        each = max(reviewed, 1)
        return {
            "reviewed": reviewed,
            "auto_n": auto_n,
            "auto_precision": _rounded(hits.precision),
            "auto_recall": _rounded(hits.recall),
            "edits_per_image": _rounded(effort.edits / each),
            "edits_from_nothing_per_image": _rounded(effort.from_nothing / each),
            "accepts_per_image": _rounded(effort.accepts / each),
            "map50": _rounded(self.map50),
        }

    def model(self) -> dict[str, Any]:
        """The last training's fp32 parent before, and its int8 variant after."""
        before, after = self.trained["variants"]["fp32"], self.trained["variants"]["int8"]
        return {
            "bytes_before": before["size_bytes"],
            "bytes_after": after["size_bytes"],
            "p20_ms_before": before["latency"]["p20_ms"],
            "p20_ms_after": after["latency"]["p20_ms"],
            "map50_before": _rounded(before["metrics"]["map50"]),
            "map50_after": _rounded(after["metrics"]["map50"]),
            "gate": after["gate"]["verdict"],
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def read_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--data", type=Path, help="a labelled folder: Pascal VOC, COCO or YOLO")
    source.add_argument("--quick", action="store_true", help="minutes on drawn scenes, to see that all of it works")
    parser.add_argument("--seed-images", type=int, help="labelled pictures to begin with (60)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--most-images", type=int, default=2000, help="a larger data set is thinned to this many")
    parser.add_argument("--precision", type=float, default=0.95, help="what accepting without a person must keep")
    parser.add_argument("--minutes-per-training", type=float, help="of each of the trainings, one more than rounds (6)")
    parser.add_argument("--image-size", type=int, help="pixels, long side, to train on (320)")
    parser.add_argument("--base", help="base model of the first training; by default the product chooses")
    parser.add_argument("--seed", type=int, default=0, help="decides the cut and the trainings")
    parser.add_argument("--keep", action="store_true", help="leave database, blobs and logs behind")
    options = parser.parse_args()
    if options.quick:
        options.base = options.base or "winnow-road"
    options.image_size = options.image_size or (416 if options.quick else 320)
    options.seed_images = options.seed_images or (24 if options.quick else 60)
    options.minutes_per_training = options.minutes_per_training or (0.4 if options.quick else 6.0)
    return options


def main() -> None:
    """Cut, start, go round, print."""
    options = read_options()
    # An orderly end, so that the product is stopped and its data removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    with tempfile.TemporaryDirectory(prefix="winnow-zips-") as made:
        folder = Path(made)
        data = draw_folder(folder / "drawn", {"train": 54, "test": 20}) if options.quick else options.data
        portions = cut(
            data, seed=options.seed, seed_size=options.seed_images, rounds=options.rounds, most=options.most_images
        )
        say(portions.describe())
        with running_product(keep=options.keep, say=say) as product:
            client = WinnowClient(product.url, say)
            client.sign_in(product.email, product.password)
            result = Loop(client, portions, options, folder).run()
    seconds = round(time.monotonic() - STARTED)
    print(json.dumps(result | {"data": data.name, "format": portions.format, "seconds": seconds}), flush=True)


if __name__ == "__main__":
    main()
