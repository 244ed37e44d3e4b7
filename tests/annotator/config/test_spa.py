"""The page around the built browser side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client


@pytest.fixture
def built(tmp_path: Path, settings: Any) -> Path:
    """A build whose entry imports a chunk with styles of its own, which imports another, and back."""
    manifest = {
        "src/main.tsx": {"file": "assets/main.js", "isEntry": True, "imports": ["_kit.js"], "css": ["assets/main.css"]},
        "_kit.js": {"file": "assets/kit.js", "imports": ["_base.js"], "css": ["assets/kit.css"]},
        "_base.js": {"file": "assets/base.js", "imports": ["_kit.js"], "css": ["assets/base.css"]},
        "src/lazy.tsx": {"file": "assets/lazy.js", "isDynamicEntry": True, "css": ["assets/lazy.css"]},
    }
    (tmp_path / ".vite").mkdir()
    (tmp_path / ".vite" / "manifest.json").write_text(json.dumps(manifest))
    settings.FRONTEND_DIST = tmp_path
    return tmp_path


def test_styles_of_shared_chunks_come_before_the_entry_s_and_lazy_ones_stay_out(built: Path, client: Client) -> None:
    html = client.get("/projects/1").content.decode()
    places = [html.index(f"/static/app/assets/{name}.css") for name in ("base", "kit", "main")]
    assert places == sorted(places)
    assert "lazy" not in html


def test_shared_chunks_are_preloaded_and_only_the_entry_is_run(built: Path, client: Client) -> None:
    html = client.get("/").content.decode()
    assert 'rel="modulepreload" href="/static/app/assets/kit.js"' in html
    assert html.count("<script") == 1
    assert 'src="/static/app/assets/main.js"' in html


def test_the_page_carries_the_nonce_of_its_policy_and_no_inline_script(built: Path, client: Client) -> None:
    answer = client.get("/")
    policy = answer.headers["Content-Security-Policy"]
    nonce = answer.content.decode().split('name="csp-nonce" content="')[1].split('"')[0]
    assert f"'nonce-{nonce}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_without_a_build_the_page_says_how_to_make_one(tmp_path: Path, settings: Any, client: Client) -> None:
    settings.FRONTEND_DIST = tmp_path / "nothing"
    answer = client.get("/")
    assert answer.status_code == 503
    assert b"make run" in answer.content
