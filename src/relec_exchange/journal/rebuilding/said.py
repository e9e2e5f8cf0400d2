"""What the entries of our logs say that records repeat, read once and kept by what it is about.

`ends` are, by log, the sizes at which the time changed: entries of one commit have one time, and a
message left under the tree with which its commit ended.

Contract: as `walks`: reads pages, writes nothing. Give every page of our logs to `take`. Times
are those of entries, never before the times of the records that were written with them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from relec_exchange.journal.rebuilding.walks import Entry, Page
from relec_exchange.message.identifiers import MessageClass

CONTROL: Final = str(MessageClass.CONTROL)
ACCEPTED: Final = "accepted"
HELD: Final = "held"


class Deed(NamedTuple):
    """What an officer signed: kind of the entry, message, officer, question, what it is over."""

    kind: str
    message_id: str
    actor: str
    time: str
    question: str = ""
    leaf: str = ""


class Came(NamedTuple):
    """A message that came and was logged: `place` is log and index of its sender's entry."""

    message_id: str
    sender: str
    cls: str
    seq: int
    place: tuple[str, int]
    outcome: str
    time: str


@dataclass(slots=True)
class Said:
    """See the module."""

    deeds: dict[str, Deed] = field(default_factory=dict)
    openings: dict[tuple[str, str], list[Deed]] = field(default_factory=dict)
    submitted: dict[str, Deed] = field(default_factory=dict)
    closings: dict[tuple[str, str], Deed] = field(default_factory=dict)
    kept: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    unkept: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    extracted: set[tuple[str, str]] = field(default_factory=set)
    access: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    decided: dict[tuple[str, str, str], Entry] = field(default_factory=dict)
    judged: set[tuple[str, str]] = field(default_factory=set)
    holds: set[str] = field(default_factory=set)
    freed: set[str] = field(default_factory=set)
    alarms: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=dict)
    officers: list[Entry] = field(default_factory=list)
    quarantined: dict[tuple[str, str, str], int] = field(default_factory=dict)
    delivered: dict[tuple[str, str, str], str] = field(default_factory=dict)
    erased: dict[str, tuple[str, str]] = field(default_factory=dict)
    epochs_over: str = ""
    voided: dict[bytes, tuple[str, str]] = field(default_factory=dict)
    came: dict[bytes, Came] = field(default_factory=dict)
    rounds: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    newest: str = ""
    ends: dict[str, list[int]] = field(default_factory=dict)
    _times: dict[str, str] = field(default_factory=dict)

    def take(self, page: Page) -> None:
        """Remember what this page says."""
        ends = self.ends.setdefault(page.origin, [])
        for index, _, entry in page.rows:
            if entry["time"] != self._times.get(page.origin, entry["time"]):
                ends.append(index)
            self._times[page.origin] = entry["time"]
            take = _TAKE.get(entry["kind"])
            if take is not None:
                take(self, entry)
            self.newest = max(self.newest, entry["time"])
            if entry["kind"] == "sent" and entry["type"] == "round":
                key = (page.origin, entry["to"])
                self.rounds[key] = (self.rounds.get(key, (0, ""))[0] + 1, entry["time"])


def _deed(said: Said, entry: Entry) -> None:
    said.deeds[entry["signature"]] = _of(entry)


def _opened(said: Said, entry: Entry) -> None:
    said.openings.setdefault((entry["id"], entry["leaf"]), []).append(_of(entry))


def _submitted(said: Said, entry: Entry) -> None:
    said.submitted[entry["id"]] = _of(entry)


def _closed(said: Said, entry: Entry) -> None:
    said.closings[entry["id"], entry["leaf"]] = _of(entry)


def _freed(said: Said, entry: Entry) -> None:
    said.freed.add(entry["id"])
    _deed(said, entry)


def _of(entry: Entry) -> Deed:
    return Deed(
        entry["kind"],
        entry["id"],
        entry["actor"],
        entry["time"],
        entry.get("question", ""),
        entry.get("leaf", ""),
    )


def _kept(said: Said, entry: Entry) -> None:
    said.kept[entry["id"], entry["direction"], entry["actor"], entry["until"]] += 1


def _unkept(said: Said, entry: Entry) -> None:
    said.unkept[entry["id"], entry["direction"], entry["actor"]] += 1


def _extracted(said: Said, entry: Entry) -> None:
    said.extracted.add((entry["id"], entry["actor"]))


def _access(said: Said, entry: Entry) -> None:
    if entry["ref"]:
        said.access.setdefault((entry["action"], entry["ref"]), Counter())[entry["actor"]] += 1


def _decision(said: Said, entry: Entry) -> None:
    said.judged.add((entry["id"], entry["direction"]))
    if entry["direction"] == "inbound" and entry["outcome"] == HELD:
        said.holds.add(entry["id"])
    if entry["type"] and entry["outcome"] in ("allowed", ACCEPTED, HELD, "waits"):
        said.decided[entry["direction"], entry["id"], entry["peer"]] = entry


def _alarm(said: Said, entry: Entry) -> None:
    actor = entry.get("actor", "")
    said.alarms.setdefault((entry["what"], entry["subject"]), []).append((entry["time"], actor))


def _officer(said: Said, entry: Entry) -> None:
    said.officers.append(entry)


def _quarantined(said: Said, entry: Entry) -> None:
    key = (entry["minute"], entry["source"], entry["reason"])
    said.quarantined[key] = said.quarantined.get(key, 0) + entry["count"]


def _delivered(said: Said, entry: Entry) -> None:
    said.delivered[entry["id"], entry["unit"], entry["target"]] = entry["time"]


def _erased(said: Said, entry: Entry) -> None:
    if entry["what"] == "message":
        said.erased.setdefault(entry["subject"], (entry["time"], entry["reason"]))
    else:
        said.epochs_over = max(said.epochs_over, entry["time"])


def _voided(said: Said, entry: Entry) -> None:
    said.voided[bytes.fromhex(entry["leaf"])] = (entry["time"], entry["reason"])


def _received(said: Said, entry: Entry) -> None:
    leaf = bytes.fromhex(entry["leaf"])
    if leaf in said.came and said.came[leaf].outcome == ACCEPTED:
        return
    said.came[leaf] = Came(
        entry["id"],
        entry["from"],
        entry["class"],
        entry["seq"],
        (entry["origin"], entry["index"]),
        entry["outcome"],
        entry["time"],
    )


_TAKE: Final[Mapping[str, Callable[[Said, Any], None]]] = {
    "submitted": _submitted,
    "answered": _deed,
    "approved": _deed,
    "released": _deed,
    "confirmed": _deed,
    "returned": _deed,
    "freed": _freed,
    "closed": _closed,
    "opened_message": _opened,
    "kept": _kept,
    "unkept": _unkept,
    "extracted": _extracted,
    "access": _access,
    "decision": _decision,
    "alarm": _alarm,
    "alarm_closed": _alarm,
    "officer": _officer,
    "quarantined": _quarantined,
    "delivered": _delivered,
    "erased": _erased,
    "voided": _voided,
    "received": _received,
}
