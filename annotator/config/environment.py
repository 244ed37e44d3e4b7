"""Reads the process environment: the only source of configuration."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


def flag(name: str, default: bool) -> bool:
    """True for 1/true/yes/on; anything else that is set is false."""
    value = os.environ.get(name)
    return default if value is None else value.strip().lower() in {"1", "true", "yes", "on"}


def number(name: str, default: float) -> float:
    """A number from the environment; a clear error names the variable when it is not one."""
    value = os.environ.get(name)
    if not value:
        return default
    try:
        return float(value)
    except ValueError as error:
        raise SystemExit(f"{name} must be a number, not {value!r}") from error


def words(name: str, default: list[str]) -> list[str]:
    """A comma-separated list."""
    value = os.environ.get(name)
    return [word.strip() for word in value.split(",") if word.strip()] if value else default


def database(url: str) -> dict[str, Any]:
    """Django's DATABASES entry for ``postgresql://user:pass@host:port/name`` or ``…/name?host=/socket/dir``."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise SystemExit(f"DATABASE_URL must start with postgresql://, not {parts.scheme}://")
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "winnow",
        "USER": unquote(parts.username or query.pop("user", "")),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(query.pop("port", parts.port or "")),
        "OPTIONS": query,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def secret_key(data_dir: Path) -> str:
    """``WINNOW_SECRET_KEY``, or one made at first start and kept in the data folder (mode 0600)."""
    from_env = os.environ.get("WINNOW_SECRET_KEY")
    if from_env:
        return from_env
    path = data_dir / "secret_key"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(50))
        except FileExistsError:
            pass  # another process of the same first start was quicker
    return path.read_text().strip()
