"""Notices, proposals, and what ends soon: what changes between this node and its partners."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from relec_exchange.desk.core import Core, Json
from relec_exchange.errors import Conflict
from relec_exchange.journal.plan import Plan, joined
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import OfferedNote
from relec_exchange.records import NoteRow, Where
from relec_exchange.rounds.ending import endings
from relec_exchange.rounds.proposals import KIND, checked, kept, proposing
from relec_exchange.trust.agreement import read_agreement
from relec_exchange.trust.notices import SignedNotice, parse_notice
from relec_exchange.trust.numbering import check_own_number
from relec_exchange.trust.revocation import Revocation
from relec_exchange.trust.suspension import Suspension
from relec_exchange.trust.termination import Termination

PAST_DAYS: Final = 30
"""What ended longer ago and was not renewed is not listed any more."""


class NoticeDesk:
    """See the module."""

    def __init__(self, core: Core) -> None:
        self.core = core

    def notices(self) -> list[Json]:
        """All notices held, by node, time and number."""
        held = self.core.directory.notices.values()
        ordered = sorted(held, key=_place)
        now = self.core.clock()
        return [self._notice(one, now) for one in ordered]

    def notes(self) -> list[Json]:
        """Every note that the directory rests on, in an order in which it can be built again."""
        directory = self.core.directory
        found = [("card", n) for m in directory.members.values() for n in m.succession()]
        found += [(one.kind, one.note) for one in directory.notices.values()]
        found += [("agreement", n) for h in directory.agreements.values() for n in h.notes()]
        return [{"kind": kind, "note": note.decode()} for kind, note in found]

    def import_notice(self, note: str, officer: str) -> Json:
        """Adopt a notice; what our own authority signed is told at once."""
        signed = parse_notice(note.encode())
        check_own_number(self.core.directory, signed)
        core, offered = self.core, OfferedNote(signed.kind, note.encode())
        core.book.adopt([offered], core.journal, core.clock(), tell=core.random)
        core.log_access(officer, f"import-{signed.kind}")
        return self._notice(core.directory.notice(signed.hash), core.clock())

    def proposals(self) -> list[Json]:
        """All proposals kept, the newest first."""
        rows = self.core.store.rows(NoteRow, Where("kind", "=", KIND), order="-adopted_at")
        return [self._proposal(row) for row in rows]

    def propose(self, text: str, to: list[str], officer: str) -> Json:
        """Send a text to the nodes that would sign it, and keep it as ours."""
        core, directory, now = self.core, self.core.directory, self.core.clock()
        nodes = list(dict.fromkeys(to))
        agreement = checked(directory, text, nodes)
        sends = proposing(directory, text, nodes, now, core.random)
        try:
            own = kept(core.store, agreement, text, directory.own, now)
        except Conflict:
            own = Plan()  # proposed before: it goes to others now, or once more
        seen = Plan(activity=(core.access(officer, "propose-agreement"),))
        core.journal.write(joined(own, sends, seen))
        return next(one for one in self.proposals() if one["text"] == text)

    def expiring(self, days: int) -> list[Json]:
        """What ends within so many days, and what has ended of late."""
        core, now = self.core, self.core.clock()
        return [
            {
                "what": one.what,
                "subject": one.subject,
                "ends_at": format_time(one.ends),
                "days": max(0, one.days(now)),
            }
            for one in endings(core.store, core.directory, core.certificate)
            if -PAST_DAYS <= one.days(now) <= days
        ]

    def _notice(self, signed: SignedNotice, now: datetime) -> Json:
        notice = signed.notice
        found: Json = {
            "hash": signed.hash,
            "kind": signed.kind,
            "node": notice.node,
            "issued": format_time(notice.issued),
            "starts": format_time(notice.issued),
            "reason": notice.reason,
            "note": signed.note.decode(),
        }
        if isinstance(notice, Termination):
            found |= {"starts": format_time(notice.effective), "agreement": notice.agreement}
        if isinstance(notice, Revocation):
            found |= {"starts": format_time(notice.since), "key": notice.key}
        else:
            found["partners"] = list(notice.partners)
        if isinstance(notice, Suspension):
            found |= self._suspension(notice, signed.hash)
        return {**found, "state": self._state(signed, found, now)}

    def _suspension(self, notice: Suspension, digest: str) -> Json:
        ends = [format_time(notice.until)] if notice.until is not None else []
        ends += [
            format_time(other.notice.issued)
            for other in self.core.directory.notices.values()
            if isinstance(other.notice, Suspension)
            and (other.notice.node, digest in other.notice.lifts) == (notice.node, True)
            and set(notice.partners) <= {*other.notice.partners, *_all(other.notice, notice)}
            and self.core.directory.counts(other)
        ]
        return {
            "number": notice.number,
            "action": notice.action,
            "areas": [str(area) for area in notice.areas],
            "types": list(notice.types),
            "lifts": list(notice.lifts),
            "ends": min(ends, default=""),
        }

    def _state(self, signed: SignedNotice, found: Json, now: datetime) -> str:
        if not self.core.directory.counts(signed):
            return "disputed"
        at = format_time(now)
        if found.get("ends") and found["ends"] <= at:
            return "over"
        return "ahead" if signed.kind == "termination" and at < found["starts"] else "effective"

    def _proposal(self, row: NoteRow) -> Json:
        text = row.note.decode()
        agreement = read_agreement(text)
        held = self.core.directory.agreements.get(row.hash)
        return {
            "hash": row.hash,
            "proposer": row.subject,
            "received_at": row.adopted_at,
            "title": agreement.title,
            "parties": list(agreement.parties),
            "version": agreement.version,
            "valid_from": format_time(agreement.valid_from),
            "valid_until": format_time(agreement.valid_until),
            "signed_by": sorted(held.signers) if held is not None else [],
            "text": text,
        }


def _place(signed: SignedNotice) -> tuple[str, datetime, int, str]:
    notice = signed.notice
    number = notice.number if isinstance(notice, Suspension) else 0
    return notice.node, notice.issued, number, signed.hash


def _all(lift: Suspension, notice: Suspension) -> tuple[str, ...]:
    """A lift for everybody covers every partner of a suspension."""
    return notice.partners if "*" in lift.partners else ()
