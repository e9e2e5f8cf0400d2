"""Writing the guard copy: nothing is released without it, so one that cannot be written ends the
writer.
"""

from __future__ import annotations

import time

from relec_exchange.errors import IntegrityFailure, Unavailable
from relec_exchange.journal.state import JournalState
from relec_exchange.ports import Guard

GUARD_TRIES = 3
GUARD_PAUSE_SECONDS = 0.2


class GuardLostError(IntegrityFailure):
    """The batch is on the disk, and its guard copy is not: nothing of it may leave."""


def write_guard(guard: Guard, state: JournalState) -> None:
    """Copy the heads of all our logs, closed ones too; GuardLostError if that cannot be done."""
    logs = (*state.closed.values(), state.exchange, state.activity)
    heads = {log.origin: (log.size, log.root) for log in logs if log.size}
    for tries_left in reversed(range(GUARD_TRIES)):
        try:
            guard.write(heads)
            return
        except Unavailable as error:
            if not tries_left:
                raise GuardLostError(
                    f"the node must stop: {error.message}",
                    remedy="see to the disk of the guard copy, then start the node again",
                ) from None
        time.sleep(GUARD_PAUSE_SECONDS)
