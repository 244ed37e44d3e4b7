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
    entry = next(chunk for chunk in manifest.values() if chunk.get("isEntry"))
    return {"script": entry["file"], "styles": entry.get("css", [])}


@never_cache
@ensure_csrf_cookie
def page(request: HttpRequest) -> HttpResponse:
    """The application, or how to build it when it was not built yet."""
    try:
        stamp = (settings.FRONTEND_DIST / ".vite" / "manifest.json").stat().st_mtime
    except OSError:
        return render(request, "not_built.html", status=503)
    return render(request, "index.html", _entry(stamp))
