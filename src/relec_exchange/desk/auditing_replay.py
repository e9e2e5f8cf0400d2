"""Decisions made again: those of agreements from the log alone, those of protection rules unsealed.

Contract: a decision of an agreement is recomputed from the notes that this node had adopted by then
and from what its entry says was asked. To judge a message by the protection rules again its content
has to be opened: the auditor gives a reason, an `unsealed` entry is written first, and what comes
back says whether the outcome is the same, never a word of the message, nor which rule spoke.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from relec_exchange.desk.auditing_entries import ACTIVITY, EXCHANGE, Placed, walk, walk_kind
from relec_exchange.desk.auditing_walks import Walks
from relec_exchange.desk.core import Core, Json
from relec_exchange.errors import IntegrityFailure, InvalidInput, NotFound
from relec_exchange.journal.judged import found, outcome, read_judgement
from relec_exchange.journal.plan import Plan
from relec_exchange.journal.replaying import Replay
from relec_exchange.journal.state import LogState
from relec_exchange.message.document import parse_message
from relec_exchange.protection.rules import rules_digest
from relec_exchange.records import InboxRow, JudgementRow, NoteRow, OutboxRow, Where

SCANNED_MAX: Final = 5_000
"""So many entries of the activity log are looked at in one call."""

DIFFERENCES_MAX: Final = 100
_BETWEEN: Final = b"\0"
_DECISION: Final = "decision"


@dataclass(slots=True)
class Counts:
    """What became of decisions: made again alike, otherwise, or not asked of an agreement."""

    decisions: int = 0
    same: int = 0
    not_asked: int = 0
    differences: list[Json] = field(default_factory=list)


class ReplayDesk:
    """See the module."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self._replay: tuple[tuple[object, ...], Replay] | None = None
        self._replays = Walks(core, "audit-replay")
        self._lists = Walks(core, "audit-judgements")

    def replay_decisions(self, log: LogState, start: int, officer: str) -> Json:
        """`answers.ReplayPage` of the decisions among the next entries of one activity log;
        logged when it begins. IntegrityFailure if notes and log do not belong together.
        """
        self._replays.page(officer, log.origin, first=start == 0)
        replay, counts = self._known(), Counts()
        end = min(log.size, start + SCANNED_MAX)
        for one in walk(self.core.store, log, (_DECISION,), start=start):
            if one.index >= end:
                break
            _compare(replay, one, counts)
        return {
            "origin": log.origin,
            "size": log.size,
            "next": end if end < log.size else None,
            "decisions": counts.decisions,
            "same": counts.same,
            "not_asked": counts.not_asked,
            "different": counts.decisions - counts.same - counts.not_asked,
            "differences": counts.differences,
        }

    def judgements(self, after: int, limit: int, officer: str) -> Json:
        """`answers.JudgementPage`: which messages were judged, and which can be judged again."""
        self._lists.page(officer, first=after == 0)
        rows = self.core.store.rows(
            JudgementRow, Where("row", ">", after), order="row", limit=limit, blobs=False
        )
        here = self.core.vault.get([row.key_id for row in rows])
        items = [
            {
                "message_id": row.message_id,
                "direction": "in" if row.direction == "inbound" else "out",
                "peer": row.peer,
                "at": row.at,
                "content": row.key_id in here,
            }
            for row in rows
        ]
        return {"items": items, "next": rows[-1].row if len(rows) == limit else None}

    def unseal(self, given: Json, officer: str) -> Json:
        """`answers.JudgedAgain`, logged first. Given: message_id, direction, reason (a word).

        Errors: NotFound (no judgement is kept, or the content was erased).
        """
        row = self.core.found(given["message_id"], given["direction"])
        self.core.content_key(row)
        kept = self._judgement(row)
        self._log(row, officer, given["reason"])
        raw, _ = self.core.content(row)
        judgement, rules = read_judgement(kept, self.core.vault.get([kept.key_id])[kept.key_id])
        message = self.core.known.disclosing.opened(parse_message(raw))
        again = found(message, judgement.facts)
        return {
            "message_id": row.message_id,
            "direction": given["direction"],
            "at": kept.at,
            "outcome": outcome(judgement.findings),
            "now": outcome(again),
            "same": again == judgement.findings,
            "rules_changed": bool(rules) and rules != rules_digest(),
        }

    # ---- inside --------------------------------------------------------------------------------

    def _judgement(self, row: InboxRow | OutboxRow) -> JudgementRow:
        direction = "inbound" if isinstance(row, InboxRow) else "outbound"
        rows = self.core.store.rows(
            JudgementRow,
            Where("message_id", "=", row.message_id),
            Where("direction", "=", direction),
            order="-row",
        )
        here = self.core.vault.get([one.key_id for one in rows])
        kept = next((one for one in rows if one.key_id in here), None)
        if kept is None:
            raise NotFound("no judgement of this message is kept", field="message_id")
        return kept

    def _log(self, row: InboxRow | OutboxRow, officer: str, reason: str) -> None:
        entry = {
            "kind": "unsealed",
            "network": self.core.directory.network,
            "actor": officer,
            "id": row.message_id,
            "leaf": row.leaf.hex(),
            "reason": reason,
        }
        self.core.journal.write(Plan(activity=(entry,)))

    def _known(self) -> Replay:
        """What this node knew, step by step; made again when something was adopted since."""
        store, state = self.core.store, self.core.journal.state
        adopted = list(walk_kind(store, state, EXCHANGE, ("opened", "adopted")))
        rows = [row for row in store.rows(NoteRow) if row.kind != "proposal"]
        key = (len(adopted), *sorted((row.hash, len(row.note)) for row in rows))
        if self._replay is None or self._replay[0] != key:
            notes = [note for row in rows for note in row.note.split(_BETWEEN)]
            self._replay = (key, Replay((one.entry for one in adopted), notes))
        return self._replay[1]


def _compare(replay: Replay, one: Placed, counts: Counts) -> None:
    counts.decisions += 1
    try:
        asked = replay.compared(one.entry)
    except IntegrityFailure as error:
        _differs(one, error.message, counts)
    else:
        counts.same += asked
        counts.not_asked += not asked


def _differs(one: Placed, why: str, counts: Counts) -> None:
    if len(counts.differences) == DIFFERENCES_MAX:
        return
    said: dict[str, Any] = {
        name: one.entry[name] for name in ("id", "direction", "peer", "type", "outcome", "rule")
    }
    place = {"origin": one.origin, "index": one.index, "time": one.entry["time"]}
    counts.differences.append({**place, **said, "why": why})


def activity_log(core: Core, log: str) -> LogState:
    """The activity log of this name (`activity`, or `activity-1` for a closed one)."""
    _, _, number = log.partition("-")
    for one in (core.journal.state.activity, *core.journal.state.closed.values()):
        kind, own = one.origin.split("/")[-2:]
        if kind == ACTIVITY and number in ("", own):
            return one
    raise InvalidInput("this node has no such log", field="log", remedy="GET /v1/logs lists them")
