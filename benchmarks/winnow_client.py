"""Speaks Winnow's HTTP API as a person's browser does: session cookie, CSRF header, If-Match, Idempotency-Key."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import requests

POLL_S = 1.0
FINISHED = {"succeeded", "failed", "cancelled"}
TIMEOUT_S = 120.0


class Refused(RuntimeError):
    """The server said no; ``code`` is the problem's."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code = status, code


class WinnowClient:
    """One signed-in person."""

    def __init__(self, url: str, say: Callable[[str], None]) -> None:
        self.url, self.say = url, say
        self.session = requests.Session()

    def sign_in(self, email: str, password: str) -> None:
        self.get("/api/session/")
        self.post("/api/session/", {"email": email, "password": password})

    def get(self, path: str, **query: Any) -> Any:
        return self._send("GET", path, params=query)

    def post(self, path: str, body: dict[str, Any], **headers: str) -> Any:
        return self._send("POST", path, json=body, headers=headers)

    def patch(self, path: str, body: dict[str, Any], revision: int) -> Any:
        return self._send("PATCH", path, json=body, headers={"If-Match": str(revision)})

    def upload(self, path: str, file: Path, fields: dict[str, str]) -> Any:
        with file.open("rb") as stream:
            return self._send("POST", path, files={"file": (file.name, stream, "application/zip")}, data=fields)

    def _send(self, method: str, path: str, headers: dict[str, str] | None = None, **arguments: Any) -> Any:
        token = {"X-CSRFToken": self.session.cookies.get("csrftoken", "")}
        answer = self.session.request(
            method, self.url + path, headers=token | (headers or {}), timeout=TIMEOUT_S, **arguments
        )
        if answer.ok:
            return answer.json() if answer.content else None
        try:
            problem = answer.json()
        except ValueError:
            problem = {"code": "no_json", "message": answer.text[:300]}
        raise Refused(answer.status_code, problem.get("code", ""), f"{problem.get('message')} {problem.get('details')}")

    def wait(self, run: dict[str, Any]) -> dict[str, Any]:
        """Follow a run to its end, telling its stages. Raises SystemExit when it does not succeed."""
        seen, stage, epoch = 0, "", 0.0
        while True:
            page = self.get(f"/api/runs/{run['id']}/events/", after=seen)
            for event in page["results"]:
                seen = event["seq"]
                if event["kind"] == "log":
                    self.say(f"    {event['message'][:200]}")
                if event["kind"] == "metric" and event["data"].get("epoch"):
                    epoch = event["data"]["epoch"]
            run = page["run"]
            if run["stage"] != stage:
                stage = run["stage"]
                self.say(f"    {run['kind']} {run['id']}: {stage}" + (f" (after epoch {epoch:.0f})" if epoch else ""))
            if run["state"] in FINISHED:
                break
            time.sleep(POLL_S)
        if run["state"] != "succeeded":
            raise SystemExit(f"{run['kind']} {run['id']} {run['state']}: {run['error']}")
        return run

    def wait_for_all(self, project_id: int, kind: str) -> None:
        """Wait until no run of this kind is under way."""
        while True:
            open_runs = self.get(f"/api/projects/{project_id}/runs/", kind=kind, state="queued,running")["results"]
            if not open_runs:
                return
            self.wait(open_runs[-1])

    def items(self, project_id: int, **filters: Any) -> Iterator[dict[str, Any]]:
        """Rows of all items that pass the filters."""
        after: int | None = 0
        while after is not None:
            page = self.get(f"/api/projects/{project_id}/items/", after=after, limit=500, **filters)
            yield from page["results"]
            after = page["next"]

    def submit(self, work: dict[str, Any], document: dict[str, Any], duration_ms: int) -> Any:
        """Hand in the document for the item in hand."""
        item = work["item"]
        body = {"document": document, "lease_token": work["lease"]["token"], "duration_ms": duration_ms}
        if work["prediction"]:
            body["prediction_id"] = work["prediction"]["id"]  # the guess that was seen
        headers = {"If-Match": str(item["revision"]), "Idempotency-Key": str(uuid.uuid4())}
        return self.post(f"/api/items/{item['id']}/submit/", body, **headers)
