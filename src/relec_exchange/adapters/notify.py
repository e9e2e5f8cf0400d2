"""The hook that tells a unit, or the duty contact, that something waits. It carries no content.

Contract: runs one configured program with fixed arguments, never a shell, and gives it one JSON
object on its standard input: event, unit, type, urgency, message id, deadline. Exit status 0
within the time limit means told; anything else is `Unavailable`, and the router tries again. What
the program prints is thrown away; it sees neither our environment nor our files.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

from relec_exchange.errors import Misconfigured, Unavailable
from relec_exchange.message.encoding import canonical
from relec_exchange.message.identifiers import format_time

Event = Literal["arrived", "unacknowledged"]

# What a program needs to find its interpreter and to read UTF-8; nothing of ours.
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}


class NotifyItem(Protocol):
    """What the hook may tell of a delivery: no body, no header text, no sender's words."""

    @property
    def message_id(self) -> str:
        """The message that waits."""
        ...

    @property
    def unit(self) -> str:
        """For whom it waits."""
        ...

    @property
    def type(self) -> str:
        """The message type, of the closed list."""
        ...

    @property
    def urgency(self) -> str:
        """routine, urgent or flash."""
        ...

    @property
    def deadline(self) -> datetime | None:
        """When an answer is due."""
        ...


class CommandHook:
    """Tells by running a program. `timeout_seconds` bounds one run; then its group is killed."""

    def __init__(
        self, command: Sequence[str], event: Event = "arrived", timeout_seconds: float = 10.0
    ) -> None:
        if not command or not os.path.isabs(command[0]):
            raise Misconfigured(
                "a hook's program must be given by its absolute path",
                field="routing.notify",
                remedy='for example notify = ["/usr/local/bin/notify-duty", "--unit", "border"]',
            )
        self._command = tuple(command)
        self._event = event
        self._timeout_seconds = timeout_seconds

    def deliver(self, item: NotifyItem) -> None:
        """Run the program once. Raises `Unavailable` if it cannot start, fails or hangs."""
        try:
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_ENVIRONMENT,
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:
            raise self._failed(f"does not start: {error.strerror}") from None
        try:
            process.communicate(note(item, self._event), timeout=self._timeout_seconds)
        except subprocess.TimeoutExpired:
            raise self._failed(f"took longer than {self._timeout_seconds:g} s") from None
        finally:
            _end(process)
        if process.returncode != 0:
            raise self._failed(f"ended with status {process.returncode}")

    def _failed(self, how: str) -> Unavailable:
        return Unavailable(
            f"the hook {self._command[0]} {how}",
            field="routing.notify",
            remedy="run it by hand with the JSON of docs/reference on its standard input",
        )


def note(item: NotifyItem, event: Event) -> bytes:
    """The line of JSON that the program reads: six names, `deadline` null when there is none."""
    deadline = None if item.deadline is None else format_time(item.deadline)
    told = {
        "event": event,
        "unit": item.unit,
        "type": item.type,
        "urgency": item.urgency,
        "message_id": item.message_id,
        "deadline": deadline,
    }
    return canonical(told) + b"\n"


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill what still runs of the program and its children, and collect it."""
    if process.poll() is None:
        # Its own session, so its own group: no other process is hit. Still unreaped, so the
        # number cannot belong to somebody else.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.stdin:
        process.stdin.close()
