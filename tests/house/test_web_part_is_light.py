"""The web part, booted in a process of its own, has loaded nothing that trains or guesses."""

import json
import os
import subprocess
import sys

from tests.house.source_files import ROOT

HEAVY = {"torch", "torchvision", "openvino", "ultralytics", "onnxruntime", "onnx", "numpy", "cv2", "scipy", "sklearn"}
BOOT = """
import json, os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "annotator.config.settings"
from annotator.config.wsgi import application
from django.urls import get_resolver
import annotator.config.celery

def walk(patterns):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from walk(pattern.url_patterns)
        else:
            yield pattern.callback

views = list(walk(get_resolver().url_patterns))
application.load_middleware()
print(json.dumps({"views": len(views), "modules": sorted(sys.modules)}))
"""


def test_booting_every_route_loads_no_array_library_no_net_and_no_job() -> None:
    done = subprocess.run([sys.executable, "-c", BOOT], cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["views"] > 20
    modules = set(seen["modules"])
    assert {name.partition(".")[0] for name in modules} & HEAVY == set()
    jobs = {f"{app}.{part}" for app in ("annotator", "prelabel", "compression") for part in ("jobs", "tasks")}
    assert {name for name in modules if ".".join(name.split(".")[:2]) in jobs} == set()
