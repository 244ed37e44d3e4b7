"""Where the embedded servers keep their data and their sockets."""

import hashlib
import json
import os
import secrets
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from annotator.management.embedded.accounts import Account, give_to, may_enter
from annotator.management.embedded.failures import StartFailure

# A socket's whole path has to fit in sun_path: 108 bytes on Linux, 104 on macOS, with ".s.PGSQL.5432" in it.
LONGEST_SOCKET_FOLDER = 80
# Used by root when the data folder lies below a folder that the servers' account cannot enter, such as /root.
FALLBACK_ROOT = Path("/var/lib/winnow")


@dataclass(frozen=True)
class Home:
    """Folders of the embedded servers: `data` (kept), `sockets` (0700) and the account that owns both."""

    data: Path
    sockets: Path
    account: Account | None


def open_home(data_dir: Path, account: Account | None, *, fallback_root: Path = FALLBACK_ROOT) -> Home:
    """Make or find the folders below `data_dir`; elsewhere (see servers.json) if root's servers cannot enter it."""
    make_folder(data_dir, 0o711)
    note = data_dir / "servers.json"
    if may_enter(data_dir, account):
        base = data_dir / "servers"
    else:
        base = _noted_base(note) or fallback_root / secrets.token_hex(6)
        make_folder(base.parent, 0o711)
        note.write_text(
            json.dumps({"why": f"{data_dir} is closed to {account and account.name}", "servers": str(base)})
        )
    make_folder(base, 0o700)
    give_to(base, account)
    sockets = base / "run"
    if len(os.fsencode(sockets)) > LONGEST_SOCKET_FOLDER:
        mark = hashlib.sha256(os.fsencode(base)).hexdigest()[:10]
        sockets = Path(tempfile.gettempdir()) / f"winnow-{mark}"
    _make_private(sockets, account)
    return Home(base, sockets, account)


def make_folder(folder: Path, mode: int) -> None:
    try:
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError as error:
        raise StartFailure(f"Cannot make the folder {folder}: {error.strerror}.") from error


def _noted_base(note: Path) -> Path | None:
    try:
        return Path(json.loads(note.read_text())["servers"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _make_private(folder: Path, account: Account | None) -> None:
    """A 0700 folder of our own; a stranger's folder or link of that name in a shared /tmp is refused, not used."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise StartFailure(f"Cannot make the folder {folder}: {error.strerror}.") from error
    facts = folder.lstat()
    owners = {os.geteuid()} | ({account.uid} if account else set())
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid not in owners:
        raise StartFailure(f"{folder} belongs to someone else; remove it or set TMPDIR to a folder of your own.")
    folder.chmod(0o700)
    give_to(folder, account)
