"""The API's routes as the URL table has them."""

from __future__ import annotations

import re

from annotator.config.urls import urlpatterns

METHODS = ("get", "post", "put", "patch", "delete")


def api_routes() -> list[str]:
    """``METHOD path`` of everything that the API answers."""
    found = []
    for pattern in urlpatterns:
        path = str(pattern.pattern)
        if not path.startswith("api/"):
            continue
        view = getattr(pattern.callback, "view_class", None) or pattern.callback.cls
        found += [f"{method.upper()} {path}" for method in METHODS if hasattr(view, method)]
    return found


def address(path: str, ids: dict[str, int | str]) -> str:
    """The path with ids in the place of its parameters."""
    return "/" + re.sub(r"<id:(\w+)>", lambda match: str(ids[match.group(1)]), path)
