"""Whether a node may sign: the states of one process, as a table, and the permit that the writer
asks.

A node whose log may have been continued elsewhere listens first; one that has seen its own
signature on a tree that it does not hold refuses, and never signs in that log again. A proof is
final: no time that passes and no operator's word takes it back, only a successor of the log does.
"""

from __future__ import annotations

import threading
from enum import StrEnum
from typing import Final

from relec_exchange.errors import IntegrityFailure, RelecError, Unavailable


class Standing(StrEnum):
    """What a node may do with its logs."""

    LISTENING = "listening"
    SIGNING = "signing"
    REFUSING = "refusing"


class Turn(StrEnum):
    """What may change it."""

    HEARD = "heard"  # partners enough were heard, and none has anything beyond what we hold
    OVER = "over"  # the time of listening has passed
    DECLARED = "declared"  # the operator says that this store is the newest
    PROVEN = "proven"  # our own signature stands on a tree that we do not hold


_NEXT: Final = {
    (Standing.LISTENING, Turn.HEARD): Standing.SIGNING,
    (Standing.LISTENING, Turn.OVER): Standing.SIGNING,
    (Standing.LISTENING, Turn.DECLARED): Standing.SIGNING,
    (Standing.LISTENING, Turn.PROVEN): Standing.REFUSING,
    (Standing.SIGNING, Turn.PROVEN): Standing.REFUSING,
}
"""Every turn that changes something; all others leave a node where it is."""


def after(standing: Standing, turn: Turn) -> Standing:
    """Where this turn leads."""
    return _NEXT.get((standing, turn), standing)


class NodeBehind(IntegrityFailure):
    """This node has signed more than it holds: it must not sign in that log any more."""

    code = "node-behind"


class StillListening(Unavailable):
    """This node does not know yet whether its store is the newest."""


class Permit:
    """The standing of one process; thread-safe."""

    def __init__(self, standing: Standing = Standing.SIGNING) -> None:
        self._standing = standing
        self._lock = threading.Lock()

    @property
    def standing(self) -> Standing:
        """What the node may do now."""
        return self._standing

    @property
    def signs(self) -> bool:
        """Whether it may sign."""
        return self._standing is Standing.SIGNING

    def turn(self, turn: Turn) -> bool:
        """Something happened; whether it changed the standing."""
        with self._lock:
            before = self._standing
            self._standing = after(before, turn)
            return self._standing is not before

    def refusal(self) -> RelecError | None:
        """Why nothing may be signed now, or None."""
        if self._standing is Standing.LISTENING:
            return StillListening(
                "the node listens: it asks its partners whether they hold more of its log",
                remedy="try again in some minutes; relec status says for whom it waits",
            )
        if self._standing is Standing.REFUSING:
            return NodeBehind(
                "this node has signed more of its log than it holds: an old copy of it runs",
                remedy="stop it, and see docs/how-to/restore.md: relec audit recover",
            )
        return None

    def check(self) -> None:
        """StillListening or NodeBehind unless this node may sign."""
        error = self.refusal()
        if error is not None:
            raise error
