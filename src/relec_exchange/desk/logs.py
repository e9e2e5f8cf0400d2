"""Our logs, open and closed, and the successor of one: what a security officer may ask for."""

from __future__ import annotations

from relec_exchange.desk.core import Core, Json
from relec_exchange.errors import Conflict
from relec_exchange.journal.plan import Plan, Successor, joined
from relec_exchange.journal.state import LogState
from relec_exchange.journal.succession import next_origin, succession_plan
from relec_exchange.message.identifiers import parse_origin
from relec_exchange.ports import LogSigner


class LogDesk:
    """See the module."""

    def __init__(self, core: Core, signer: LogSigner) -> None:
        self.core = core
        self._signer = signer

    def logs(self) -> list[Json]:
        """All logs of this node, the closed ones first, with what a card has to name of each."""
        state = self.core.journal.state
        return [self._log(log) for log in (*state.closed.values(), state.exchange, state.activity)]

    def succeed_log(self, origin: str, officer: str) -> Json:
        """Close the log `origin` and go on in its successor: {closed, opened}.

        Asked for a log that is closed already, it says so and changes nothing. `Conflict` for a
        log that is not one of ours.
        """
        journal = self.core.journal
        log = journal.state.log(origin)
        if log is None:
            raise Conflict(
                "this node has no log of that name", field="origin", remedy="see GET /v1/logs"
            )
        if log.final is None:
            following = next_origin(origin)
            self._signer.add_log(following, self.core.random)
            access = self.core.access(officer, "replace-log", following)
            plan = succession_plan([Successor(following)], self.core.clock())
            journal.write(joined(plan, Plan(activity=(access,))))
        state = journal.state
        kind = parse_origin(origin).log
        opened = state.exchange if kind == "exchange" else state.activity
        return {"closed": self._log(state.closed[origin]), "opened": self._log(opened)}

    def _log(self, log: LogState) -> Json:
        ed25519, mldsa44 = self._signer.log_public(log.origin).vkeys()
        return {
            "origin": log.origin,
            "state": "closed" if log.final else "current",
            "size": log.size,
            "root": log.root.hex(),
            "ed25519": ed25519,
            "mldsa44": mldsa44,
        }
