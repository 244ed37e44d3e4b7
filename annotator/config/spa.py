"""The one page of the browser side: a template around the files that Vite built."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie


@lru_cache(maxsize=4)
def _entry(stamp: float) -> dict[str, Any]:
    """Script and styles of the entry in Vite's manifest; ``stamp`` makes a new build be read."""
    manifest = json.loads((settings.FRONTEND_DIST / ".vite" / "manifest.json").read_text())
    name = next(name for name, chunk in manifest.items() if chunk.get("isEntry"))
    chunks = [manifest[one] for one in _with_imports(manifest, name)]
    return {
        "script": manifest[name]["file"],
        "preloads": [chunk["file"] for chunk in chunks[:-1]],
        "styles": [style for chunk in chunks for style in chunk.get("css", [])],
    }


def _with_imports(manifest: dict[str, Any], name: str, seen: tuple[str, ...] = ()) -> list[str]:
    """The chunk after everything that it imports: styles of a shared chunk belong to no entry of their own."""
    found: list[str] = []
    for one in manifest[name].get("imports", []):
        if one not in seen:
            found += [two for two in _with_imports(manifest, one, (*seen, name)) if two not in found]
    return [*found, name]


@never_cache
@ensure_csrf_cookie
def page(request: HttpRequest) -> HttpResponse:
    """The application, or how to build it when it was not built yet."""
    try:
        stamp = (settings.FRONTEND_DIST / ".vite" / "manifest.json").stat().st_mtime
    except OSError:
        return render(request, "not_built.html", status=503)
    return render(request, "index.html", _entry(stamp))
