"""Calls what happens by the clock, in one thread, at a steady pace."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from relec_exchange.errors import IntegrityFailure, RelecError
from relec_exchange.ports import Clock

Tick = Callable[[datetime], object]


class Ticker:
    """Runs every tick in order; one that fails is logged and the others still run."""

    def __init__(
        self,
        ticks: Sequence[Tick],
        clock: Clock,
        pace_seconds: float,
        on_fatal: Callable[[RelecError], None],
    ) -> None:
        self._ticks = ticks
        self._clock = clock
        self._pace = pace_seconds
        self._on_fatal = on_fatal
        self._later: deque[Callable[[], object]] = deque()
        self._wake = threading.Condition()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def later(self, call: Callable[[], object]) -> None:
        """Have `call` made on the rounds thread soon (any thread may ask)."""
        with self._wake:
            self._later.append(call)
            self._wake.notify()

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, name="rounds", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether `start` was called."""
        return self._thread is not None

    def stop(self) -> None:
        """Finish the tick under way and end."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join()

    def step(self) -> None:
        """Everything once, in this thread."""
        while self._later:
            self._guarded(self._later.popleft())
        now = self._clock()
        for tick in self._ticks:
            self._guarded(lambda tick=tick: tick(now))  # type: ignore[misc]
        while self._later:
            self._guarded(self._later.popleft())

    def _guarded(self, call: Callable[[], object]) -> None:
        try:
            call()
        except IntegrityFailure as error:
            self._on_fatal(error)
        except RelecError as error:
            structlog.get_logger().warning("rounds.tick.failed", code=error.code)
        except Exception as error:  # noqa: BLE001 - one failing duty must not end the others
            structlog.get_logger().error("rounds.tick.unexpected", error=type(error).__name__)

    def _run(self) -> None:
        while not self._stopping:
            self.step()
            with self._wake:
                self._wake.wait_for(lambda: self._stopping or bool(self._later), timeout=self._pace)
