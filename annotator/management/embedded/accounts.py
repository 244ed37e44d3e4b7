"""Which system user the database servers run as.

PostgreSQL refuses to run as root, and Redis has no need to. As root we drop to an account that every Linux has (or
a better one where it exists) and give it a place that it can reach; nobody's folder modes are opened for that.
"""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

PREFERRED = ("winnow", "postgres", "nobody")


@dataclass(frozen=True)
class Account:
    name: str
    uid: int
    gid: int


def server_account() -> Account | None:
    """The account that servers are dropped to; None when we are not root and they simply run as us."""
    if os.geteuid() != 0:
        return None
    for name in PREFERRED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    return Account("uid 65534", 65534, 65534)


def may_enter(folder: Path, account: Account | None) -> bool:
    """True when the account can walk down to the folder: the x bit of each folder on the way counts."""
    if account is None:
        return True
    return all(_may_search(part, account) for part in (folder, *folder.parents) if part.exists())


def _may_search(folder: Path, account: Account) -> bool:
    facts = folder.stat()
    if facts.st_uid == account.uid:
        return bool(facts.st_mode & stat.S_IXUSR)
    if facts.st_gid == account.gid:
        return bool(facts.st_mode & stat.S_IXGRP)
    return bool(facts.st_mode & stat.S_IXOTH)


def give_to(path: Path, account: Account | None) -> None:
    """Make the account the owner of one file or folder (nothing below it)."""
    if account is not None:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)
