"""What is installed is what the lock file says, and the web part is small."""

import importlib.metadata
import re
import sysconfig
import tomllib

from tests.house.source_files import ROOT

# The heavy ones: only workers have them.
MACHINES = {"torch", "torchvision", "numpy", "openvino", "onnxruntime", "onnx", "ultralytics-opencv-headless", "scipy"}


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def locked() -> dict[str, str]:
    pins = re.findall(r"^([A-Za-z0-9][\w.-]*)==(\S+)", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    return {plain(name): version for name, version in pins}


def installed() -> dict[str, str]:
    """Of this environment alone: setuptools, once imported, puts copies of its own on the path."""
    folders = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    found = importlib.metadata.distributions(path=folders)
    return {plain(one.metadata["Name"]): one.version for one in found}


def requirements_of(name: str) -> set[str]:
    """What a package needs without extras on this machine."""
    from packaging.requirements import Requirement

    asked = (Requirement(line) for line in importlib.metadata.requires(name) or ())
    return {plain(one.name) for one in asked if one.marker is None or one.marker.evaluate({"extra": ""})}


def web_part() -> set[str]:
    """Everything that a plain `pip install winnow` brings."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    waiting = {plain(re.split(r"[<>=!~;\[ ]", line)[0]) for line in project["dependencies"]}
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting |= requirements_of(name)
    return found


def test_every_installed_version_is_the_locked_one() -> None:
    pins, present = locked(), installed()
    differing = {
        name: (present[name], pin)
        for name, pin in pins.items()
        if name in present and present[name].partition("+")[0] != pin.partition("+")[0]
    }
    assert differing == {}


def test_every_direct_dependency_is_locked_and_has_an_upper_bound() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    unbounded = [line for line in asked if "==" not in line and "<" not in line]
    assert unbounded == []
    names = {plain(re.split(r"[<>=!~;\[ ]", line)[0]) for line in asked}
    assert names - set(locked()) == set()


def test_the_pins_that_work_together_are_kept() -> None:
    pins = locked()
    assert (pins["torch"], pins["torchvision"]) == ("2.14.1", "0.29.1")
    assert tuple(map(int, pins["numpy"].split("."))) <= (2, 3, 5)


def test_the_only_opencv_is_the_headless_one() -> None:
    """Two packages that both own the module cv2 overwrite each other, and the plain one needs a screen's libraries."""
    for names in (installed(), locked()):
        assert {name for name in names if "opencv" in name and not name.startswith("ultralytics")} <= {
            "opencv-python-headless"
        }


def test_the_lock_file_names_no_index_and_no_folder() -> None:
    text = (ROOT / "constraints.txt").read_text()
    assert re.findall(r"https?://|file://|^-|--(?:index|find|extra)|@ ", text, re.MULTILINE) == []


def test_the_web_part_needs_none_of_the_machines() -> None:
    needed = web_part()
    assert {"django", "celery", "granian"} <= needed
    assert needed & MACHINES == set()
