"""Who else saw a log: cosignatures of other nodes, and whether there are enough of them.

Prevents: a log whose owner shows one history to the court and another to everybody else. For that
more than two thirds of the owner's partners must have signed the very tree. Witnesses whose
authority nobody compared prove nothing. A partner of which the bundle holds no card of that time,
or only cards that anybody can have written, might have been one that had to sign. Both are told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from relec_verify.keys import KeyPair
from relec_verify.notes import COSIGNED_LINES_MAX, Note, split_note
from relec_verify.people import Member
from relec_verify.refused import Refused

_KINDS = ("state", "witness")
_BEFORE = timedelta(hours=1)
"""So much earlier than an entry says may a clock be that cosigned its tree."""


@dataclass(frozen=True)
class Seen:
    """Who cosigned a tree (node and time each), and how many of how many had to.

    `uncompared` cosigned too, but nobody compared their authority; of `unknown` partners of the
    log's owner the bundle does not show that they had not to.
    """

    by: tuple[tuple[str, datetime], ...]
    needed: int
    asked: int
    uncompared: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def enough(self) -> bool:
        """Whether those whose authority was compared are a quorum of all that may be witnesses."""
        return len(self.by) >= quorum_of(self.asked + len(self.unknown))

    @property
    def latest(self) -> datetime:
        """The newest of the times at which they saw it."""
        return max(at for _, at in self.by)


def quorum_of(count: int) -> int:
    """More than two thirds of so many."""
    return 1 + 2 * count // 3


def seen_by(note: bytes, owner: Member, people: Mapping[str, Member], logged_at: datetime) -> Seen:
    """The cosignatures of a checkpoint, each checked (`cosignature`, `quorum`).

    One that states a time before the entry was `logged_at` does not count: dated back, it would be
    counted by the cards of a time at which fewer were enough.
    """
    parsed = split_note(note, COSIGNED_LINES_MAX)
    found = cosigners(parsed, owner, people)
    if not found:
        raise Refused("quorum", "nobody cosigned the checkpoint")
    latest = max(found.values())
    may = witnesses_of(owner, people, latest)
    least = logged_at - _BEFORE
    counting = {node: at for node, at in found.items() if node in may and at >= least}
    if len(counting) < quorum_of(len(may)):
        raise Refused("quorum", f"{len(counting)} of {len(may)} witnesses are no quorum")
    compared = tuple((n, at) for n, at in sorted(counting.items()) if people[n].compared)
    others = tuple(node for node in sorted(counting) if not people[node].compared)
    unknown = unknown_to(owner, people, latest)
    return Seen(compared, quorum_of(len(may)), len(may), others, unknown)


def cosigners(note: Note, owner: Member, people: Mapping[str, Member]) -> dict[str, datetime]:
    """Who cosigned a checkpoint, and when; a wrong cosignature of a known key refuses."""
    found: dict[str, datetime] = {}
    for node, member in people.items():
        at = _cosigned(note, member) if node != owner.node else None
        if at is not None:
            found[node] = at
    return found


def witnesses_of(
    owner: Member, people: Mapping[str, Member], at: datetime
) -> dict[str, tuple[KeyPair, ...]]:
    """The nodes in mutual listing with the owner at a time, with their witness keys."""
    card = owner.card_at(at)
    found: dict[str, tuple[KeyPair, ...]] = {}
    for node in card.partners if card else ():
        theirs = people[node].card_at(at) if node in people else None
        if theirs is None or theirs.kind not in _KINDS or owner.node not in theirs.partners:
            continue
        keys = _keys(people[node], at)
        if keys:
            found[node] = keys
    return found


def unknown_to(owner: Member, people: Mapping[str, Member], at: datetime) -> tuple[str, ...]:
    """Partners of the owner that are no witnesses by the cards in the file, though they may be one.

    That a partner is none, only a card says that is valid then and that its own authority signed:
    with an older one, or one that they made themselves, somebody makes the quorum smaller.
    """
    card, may = owner.card_at(at), witnesses_of(owner, people, at)
    others = sorted(node for node in (card.partners if card else ()) if node not in may)
    return tuple(node for node in others if not _shown(people.get(node), at))


def _shown(member: Member | None, at: datetime) -> bool:
    return member is not None and member.compared and member.card_at(at) is not None


def _keys(member: Member, at: datetime) -> tuple[KeyPair, ...]:
    """The witness keys of its cards that are valid at a time; around a change there are two."""
    keys = {card.witness.fingerprint: card.witness for card in member.cards if card.valid_at(at)}
    return tuple(key for name, key in keys.items() if not member.revocation("witness", name))


def _cosigned(note: Note, member: Member) -> datetime | None:
    keys = {card.witness.fingerprint: card.witness for card in member.cards}
    for key in keys.values():
        if not key.claimed(note.lines):
            continue
        try:
            stated = key.verify(note)
            at = datetime.fromtimestamp(stated, UTC)
        except Refused as refused:
            raise Refused("cosignature", refused.detail) from None
        except (OverflowError, ValueError, OSError):
            raise Refused("cosignature", "a time that does not exist") from None
        if not stated:  # without one, nobody says that this is the largest tree they have seen
            raise Refused("cosignature", f"{key.name}: no time")
        if key in _keys(member, at):
            return at
    return None
