"""Calls of auditors that come page by page: each walk is logged when it begins.

Contract: where a page begins is the caller's word. So a page that belongs to no walk of this
officer that was logged within the hour, by this process, is logged as the beginning of one.
Thread-safe.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final

from relec_exchange.desk.core import Core

WALK_TIME: Final = timedelta(hours=1)
_REMEMBERED_MAX: Final = 1_000

Walk = tuple[str, ...]


class Walks:
    """The walks of one kind of call, which is named by `action` in the log."""

    def __init__(self, core: Core, action: str) -> None:
        self.core, self.action = core, action
        self._lock = threading.Lock()
        self._begun: OrderedDict[Walk, datetime] = OrderedDict()

    def page(self, officer: str, *what: str, first: bool, ref: str = "") -> None:
        """Log it unless it goes on with what this officer began; `what` tells walks apart."""
        walk, now = (officer, *what), self.core.clock()
        if first or not self._goes_on(walk, now):
            self.core.log_access(officer, self.action, ref)
            with self._lock:
                self._begun[walk] = now
                self._begun.move_to_end(walk)
                while len(self._begun) > _REMEMBERED_MAX:
                    self._begun.popitem(last=False)

    def _goes_on(self, walk: Walk, now: datetime) -> bool:
        with self._lock:
            begun = self._begun.get(walk)
        return begun is not None and begun <= now < begun + WALK_TIME
