"""One node of an exercise as a process: started, watched, stopped, killed.

Contract: a process is ended by its own id only, which is kept with the tick it began at, so that
another object (or another run of the demonstration) can end what this one started, and nobody
else's process is ever hit. What it writes goes to `<log>/<node>.out` and `.err`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import httpx2

from relec_exchange.demo.broker_files import Started
from relec_exchange.errors import Conflict, Unavailable

READY_SECONDS: Final = 180.0
STOP_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.05
_TAIL_BYTES: Final = 2000


def run_command(home: Path) -> tuple[str, ...]:
    """The command that runs the node of a home, with this very interpreter."""
    return (sys.executable, "-m", "relec_exchange.cli", "--home", str(home), "run")


class NodeProcess:
    """The process of one node. Every method may be called again."""

    def __init__(self, node: str, command: Sequence[str], socket: Path, log: Path) -> None:
        self.node, self.socket = node, socket
        self._command, self._log = tuple(command), log
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        if self._child is not None and self._child.poll() is not None:
            self._child = None
        started = Started.read(self._log, self.node)
        return started.pid if started is not None and started.runs() else None

    def spawn(self) -> None:
        """Start it; `await_ready` tells when it answers. `Conflict` if it runs."""
        if self.pid is not None:
            raise Conflict(f"the node {self.node} runs already", field="node")
        self._log.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (
            (self._log / f"{self.node}.out").open("ab") as out,
            (self._log / f"{self.node}.err").open("ab") as err,
        ):
            self._child = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                # An interrupt at the terminal goes to whoever called, not to the node as well.
                start_new_session=True,
            )
        Started.of(self._child.pid).write(self._log, self.node)

    def await_ready(self, timeout_seconds: float = READY_SECONDS) -> None:
        """Wait until its local API answers. `Unavailable` with the end of its log."""
        deadline = time.monotonic() + timeout_seconds
        while not self.answers():
            if self.pid is None or time.monotonic() > deadline:
                raise Unavailable(
                    f"the node {self.node} does not answer; its log ends:\n{self.log_tail()}",
                    remedy=f"read {self._log / self.node}.err",
                )
            time.sleep(_POLL_SECONDS)

    def answers(self) -> bool:
        """Whether GET /v1/health is answered on its socket."""
        if not self.socket.is_socket():
            return False
        transport = httpx2.HTTPTransport(uds=os.fspath(self.socket))
        try:
            with httpx2.Client(transport=transport, base_url="http://node", timeout=5) as http:
                return http.get("/v1/health").status_code == 200
        except httpx2.HTTPError:
            return False

    def stop(self, timeout_seconds: float = STOP_SECONDS) -> None:
        """End it in good order (SIGTERM). `Unavailable` if it had to be killed after all."""
        if not self._end(signal.SIGTERM, timeout_seconds):
            self.kill()
            raise Unavailable(
                f"the node {self.node} did not stop within {timeout_seconds:g} s and was killed"
            )

    def kill(self) -> None:
        """End it with SIGKILL, as a power cut would, and wait until it is gone."""
        self._end(signal.SIGKILL, STOP_SECONDS)

    def log_tail(self) -> str:
        """The end of what it wrote to standard error."""
        path = self._log / f"{self.node}.err"
        return path.read_bytes()[-_TAIL_BYTES:].decode("utf-8", "replace") if path.exists() else ""

    def _end(self, with_signal: signal.Signals, timeout_seconds: float) -> bool:
        pid = self.pid
        if pid is None:
            return True
        os.kill(pid, with_signal)
        deadline = time.monotonic() + timeout_seconds
        while self.pid is not None:
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
        return True
