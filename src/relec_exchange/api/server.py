"""The application on a Unix socket, served by uvicorn in a thread of its own.

Contract: `start` returns when requests are answered, `stop` when none is any more. Only one
process serves a socket; what a dead process left behind is removed, a living one is `Conflict`.
"""

from __future__ import annotations

import fcntl
import os
import socket
import threading
import time
from pathlib import Path
from typing import Final

import uvicorn
from fastapi import FastAPI

from relec_exchange.api.app import close_streams
from relec_exchange.errors import Conflict, Misconfigured, Unavailable

MODE: Final = 0o660
PATH_MAX: Final = 107
BACKLOG: Final = 128
START_SECONDS: Final = 10.0
STOP_SECONDS: Final = 5


class LocalServer:
    """Serves `app` on `socket_path` (mode 0660: its owner and group may connect)."""

    def __init__(self, app: FastAPI, socket_path: Path) -> None:
        self._app = app
        self._path = socket_path
        self._lock = -1
        self._socket: socket.socket | None = None
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=STOP_SECONDS,
            limit_concurrency=256,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="local-api", daemon=True)

    def start(self) -> None:
        """Bind and serve. `Conflict` if another process does, `Misconfigured` for the path."""
        if len(os.fsencode(self._path)) > PATH_MAX:
            raise Misconfigured(
                f"the path of the socket is longer than {PATH_MAX} bytes",
                field="api.socket",
                remedy="use a shorter home directory, or set api.socket",
            )
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        self._hold_lock()
        try:
            self._socket = self._bind()
            self._thread.start()
            self._await_start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Finish running requests (at most five seconds), then remove the socket."""
        close_streams(self._app)
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS + 5)
        if self._socket is not None:
            self._socket.close()
            self._path.unlink(missing_ok=True)
            self._socket = None
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _serve(self) -> None:
        self._server.run(sockets=[self._socket] if self._socket else None)

    def _hold_lock(self) -> None:
        """A lock that dies with its process: only its holder may remove an old socket."""
        lock = self._path.with_name(self._path.name + ".lock")
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise Conflict(
                f"another process serves {self._path}",
                field="api.socket",
                remedy="stop it first, or use another home directory",
            ) from None
        self._lock = handle

    def _bind(self) -> socket.socket:
        if self._path.is_socket():
            self._path.unlink()
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            made.bind(os.fspath(self._path))
            # Nobody can connect before listen(), so the mode is in force from the start.
            self._path.chmod(MODE)
            made.listen(BACKLOG)
        except OSError as error:
            made.close()
            raise Misconfigured(
                f"the socket {self._path} cannot be made: {error.strerror}", field="api.socket"
            ) from None
        return made

    def _await_start(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise Unavailable("the local API did not start", remedy="read the node's log")
            time.sleep(0.005)
