"""Files that hold secrets: written whole and durably, readable by their owner only.

Contract: a file that group or others may read or write is refused, not repaired: somebody may
have read it already. Raises `Misconfigured`, which names the file and the remedy.
"""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path
from typing import Final

from relec_exchange.errors import Conflict, Misconfigured, NotFound

_WRITING: Final = threading.Lock()


def make_private_directory(path: Path) -> None:
    """Make a directory, and those above it, that only the owner may enter (mode 0700)."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)


def read_private(path: Path, max_bytes: int) -> bytes:
    """The bytes of a secret file, its owner and mode checked on the opened file."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        raise NotFound(
            f"there is no key file {path}",
            field=path.name,
            remedy="put it back from your own copy, or name the right file",
        ) from None
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
    """Write a new secret file with mode 0600, durably. `Conflict` if it exists already.

    It has its name only when the disk has all of it: a kill leaves no half of a key under the name
    of a key, which nobody could read and nothing would replace.
    """
    make_private_directory(path.parent)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with _WRITING:
        _drop(part)  # of a process that was killed and had our number
        try:
            _write_whole(part, data)
            _name(part, path)
        except FileExistsError:
            raise Conflict(
                f"the file {path} exists already",
                field=path.name,
                remedy="move it away first: secrets are never overwritten",
            ) from None
        finally:
            _drop(part)
    sync_directory(path.parent)


def _write_whole(part: Path, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    with os.fdopen(os.open(part, flags, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _name(part: Path, path: Path) -> None:
    """Give a whole file its name, unless that is taken (FileExistsError)."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:  # some media know no second name of a file
        if os.path.lexists(path):
            raise FileExistsError from None
        os.rename(part, path)


def _drop(part: Path) -> None:
    """Remove what is not, or not only, a part any more: a file that has its name stays whole."""
    if part.exists() and part.stat().st_nlink > 1:
        part.unlink()
    destroy(part)


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


def overwritten(path: Path) -> bool:
    """Whether `destroy` was killed when nothing but the name of a file was left."""
    try:
        return not path.read_bytes().strip(b"\0")
    except FileNotFoundError:
        return True


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
