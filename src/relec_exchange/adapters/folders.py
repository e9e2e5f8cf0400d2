"""A unit's folder: one file a message, whole or not at all.

Contract: the file `<message id>.<sender>.json` holds the message's bytes as they were proven, mode
0600. It appears under its name only when its bytes are on the disk. The same message again
replaces the file by the same bytes; who takes files away sees a repeat by its name. Nothing
outside the folder is ever written: the name is checked, the folder is opened once and names are
resolved within it, links are not followed. Raises `Unavailable` if the disk or mount is missing.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from relec_exchange.errors import Misconfigured, Unavailable
from relec_exchange.message.identifiers import check_message_id, check_node

_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW


class FolderItem(Protocol):
    """What a folder needs to know of a delivery."""

    @property
    def message_id(self) -> str:
        """UUID version 7, unique per sender."""
        ...

    @property
    def sender(self) -> str:
        """The sending node: message ids of two senders may be equal."""
        ...

    @property
    def message(self) -> bytes:
        """The whole message."""
        ...


class FolderTarget:
    """Delivers into one existing folder that only this node's user (and group) may write."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def deliver(self, item: FolderItem) -> None:
        """Write one message durably. Raises `InvalidInput` for a name that is none."""
        name = file_name(item.message_id, item.sender)
        with _opened(self._folder) as folder:
            try:
                _write(folder, name, item.message)
            except OSError as error:
                raise Unavailable(
                    f"the folder {self._folder} takes no file: {error.strerror}",
                    field="routing.units.folder",
                    remedy="check space and permissions; the message waits",
                ) from None


def file_name(message_id: str, sender: str) -> str:
    """The file's name: both parts have a fixed alphabet without slash or dot."""
    return f"{check_message_id(message_id)}.{check_node(sender, field='sender')}.json"


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    try:
        folder = os.open(path, _FOLDER)
    except OSError as error:
        # Not created here: an unmounted disk would silently be replaced by a local folder.
        raise Unavailable(
            f"the folder {path} cannot be opened: {error.strerror}",
            field="routing.units.folder",
            remedy="create or mount it (a folder, not a link); the message waits",
        ) from None
    try:
        if os.fstat(folder).st_mode & stat.S_IWOTH:
            raise Misconfigured(
                f"everybody on this machine may write into {path}",
                field="routing.units.folder",
                remedy=f"chmod o-rwx {path}",
            )
        yield folder
    finally:
        os.close(folder)


def _write(folder: int, name: str, data: bytes) -> None:
    # One fixed temporary name per message: what a crash left behind is removed by the repeat.
    temporary = f".{name}.part"
    with suppress(FileNotFoundError):
        os.unlink(temporary, dir_fd=folder)
    handle = os.open(temporary, _NEW_FILE, 0o600, dir_fd=folder)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        os.unlink(temporary, dir_fd=folder)
        raise
    os.fsync(folder)
