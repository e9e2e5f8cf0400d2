"""Where an entry stands: in whose log, at which place, and in a tree that its owner signed.

Prevents: an entry of one node shown as the word of another; a tree that was signed after its log
had ended, or with a key that was lost before; and the smaller tree that a thief of the key signs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from relec_verify.bundle import Logged
from relec_verify.encodings import parse_time
from relec_verify.entries import read_entry
from relec_verify.keys import KeyPair
from relec_verify.logs import parse_proof, verify_chain, verify_checkpoint, verify_entry
from relec_verify.notes import COSIGNED_LINES_MAX, Head, read_head, split_note
from relec_verify.people import Member
from relec_verify.refused import Refused
from relec_verify.witnesses import Seen, seen_by


@dataclass(frozen=True)
class Place:
    """An entry that its log's owner has signed for: fields, owner, place and tree."""

    fields: dict[str, Any]
    owner: Member
    index: int
    head: Head

    @property
    def values(self) -> dict[str, Any]:
        """The fields of the entry and its place, to fill sentences with."""
        return {**self.fields, "origin": self.head.origin, "index": self.index}


def member(people: Mapping[str, Member], node: str) -> Member:
    """A node of which the bundle must hold a card (`card-missing`)."""
    if node not in people:
        raise Refused("card-missing", f"there is no card of {node}")
    return people[node]


def place_of(logged: Logged, people: Mapping[str, Member], kind: str, node: str) -> Place:
    """An entry in the log of the node whose word it is; `node` empty for the entry's sender."""
    fields = read_entry(logged.entry, kind)
    owner = member(people, node or fields["from"])
    head = read_head(split_note(parse_proof(logged.proof).checkpoint).text)
    if head.origin.split("/")[:3] != [fields["network"], owner.node, "exchange"]:
        raise Refused("proof-key", f"not an exchange log of {owner.node}")
    index, _ = verify_entry(logged.entry, logged.proof, _key(owner, head))
    _check_standing(owner, head)
    return Place(fields, owner, index, head)


def witnessed(place: Place, logged: Logged, people: Mapping[str, Member]) -> Seen | None:
    """Who cosigned a tree that holds all of the tree of the proof; None if that is not shown."""
    if logged.cosigned is None:
        return None
    note = logged.cosigned.note
    claimed = read_head(split_note(note, COSIGNED_LINES_MAX).text)
    if claimed.origin != place.head.origin:
        raise Refused("chain", "the cosigned tree is of another log")
    end = verify_checkpoint(note, _key(place.owner, claimed), COSIGNED_LINES_MAX)
    _check_standing(place.owner, end)
    verify_chain(place.head, logged.cosigned.links, end)
    logged_at = parse_time(place.fields["time"], "entry-malformed")
    return seen_by(note, place.owner, people, logged_at)


def vouched(place: Place, logged: Logged, people: Mapping[str, Member]) -> bool:
    """Whether more than its key speaks for the tree of a log whose key was lost later.

    Who has the key can sign trees of every size below the last good one. Only that head itself, the
    end that the card names, and trees that a quorum cosigned are not theirs to make.
    """
    notices = place.owner.revocation("log", place.head.origin)
    if not notices:
        return True
    ends = {(one.table["good_size"], bytes.fromhex(one.table["good_root"])) for one in notices}
    final = place.owner.newest.logs[place.head.origin].final
    if (place.head.size, place.head.root) in {*ends, final}:
        return True
    try:
        seen = witnessed(place, logged, people)
    except Refused:  # told where the cosignatures are judged
        return False
    return seen is not None and seen.enough


def _key(owner: Member, head: Head) -> KeyPair:
    """The key of a log, from the newest card of its owner that counts (`proof-key`)."""
    log = owner.newest.logs.get(head.origin)
    if log is None:
        raise Refused("proof-key", f"no card of {owner.node} names this log")
    return log.key


def _check_standing(owner: Member, head: Head) -> None:
    """That the log had not ended, nor its key been lost, before this tree."""
    final = owner.newest.logs[head.origin].final
    if final is not None and head.size > final[0]:
        raise Refused("log-closed", "the log had ended before this tree")
    if final is not None and head.size == final[0] and head.root != final[1]:
        raise Refused("log-closed", "the log ended with another tree")
    for notice in owner.revocation("log", head.origin):
        if head.size > notice.table["good_size"]:
            raise Refused("key-revoked", "the tree lies beyond the last good head of the log")
        same = head.size == notice.table["good_size"]
        if same and head.root.hex() != notice.table["good_root"]:
            raise Refused("key-revoked", "the tree is not the last good head of the log")
