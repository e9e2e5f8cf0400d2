"""Files that hold secrets: written whole and durably, readable by their owner only.

Contract: a file that group or others may read or write is refused, not repaired: somebody may
have read it already. Raises `Misconfigured`, which names the file and the remedy.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from relec_exchange.errors import Conflict, Misconfigured, NotFound


def make_private_directory(path: Path) -> None:
    """Make a directory, and those above it, that only the owner may enter (mode 0700)."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)


def read_private(path: Path, max_bytes: int) -> bytes:
    """The bytes of a secret file, its owner and mode checked on the opened file."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        raise NotFound(f"there is no key file {path}", field=path.name) from None
    except OSError as error:
        raise Misconfigured(
            f"the key file {path} cannot be read: {error.strerror}", field=path.name
        ) from None
    with os.fdopen(handle, "rb") as file:
        _check(path, os.fstat(file.fileno()))
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise Misconfigured(f"the key file {path} is too large", field=path.name)
    return data


def _check(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise Misconfigured(f"{path} is not a file", field=path.name)
    if status.st_mode & 0o077:
        raise Misconfigured(
            f"the key file {path} may be read by others (mode {status.st_mode & 0o777:04o})",
            field=path.name,
            remedy=f"chmod 600 {path}, and replace the key if others use this machine",
        )
    if status.st_uid not in {os.geteuid(), 0}:
        raise Misconfigured(
            f"the key file {path} belongs to another user",
            field=path.name,
            remedy="run as the user that owns the node's files",
        )


def write_private(path: Path, data: bytes) -> None:
    """Write a new secret file with mode 0600, durably. `Conflict` if it exists already."""
    make_private_directory(path.parent)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        handle = os.open(path, flags, 0o600)
    except FileExistsError:
        raise Conflict(
            f"the file {path} exists already",
            field=path.name,
            remedy="move it away first: secrets are never overwritten",
        ) from None
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    sync_directory(path.parent)


def destroy(path: Path) -> None:
    """Overwrite a file, remove its name, and make both durable. Missing files are fine.

    On flash and on copying file systems the old blocks may survive for a while; what they hold
    is encrypted, and the disk should be too (`docs/threat-model.md`).
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return
    with os.fdopen(handle, "r+b", buffering=0) as file:
        file.write(b"\0" * os.fstat(file.fileno()).st_size)
        os.fsync(file.fileno())
    path.unlink()
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
