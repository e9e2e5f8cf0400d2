"""What an authority is asked to sign, in words: agreements, cards and notices.

Contract: pure. `read_paper` accepts what the module of its kind accepts, signed or not; `summary`
and `difference` are lines of plain English that say what the text says, and leave nothing out that
decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from relec_exchange.errors import InvalidInput
from relec_exchange.trust.agreement import Agreement, SignedAgreement, read_agreement
from relec_exchange.trust.card import (
    Card,
    authority_fingerprint,
    format_fingerprint,
    read_card,
)
from relec_exchange.trust.difference import difference as agreement_difference
from relec_exchange.trust.fields import EVERYONE
from relec_exchange.trust.lint import lint
from relec_exchange.trust.note import split_note
from relec_exchange.trust.notices import Notice, read_notice
from relec_exchange.trust.remark import Remark
from relec_exchange.trust.revocation import Revocation
from relec_exchange.trust.summary import summary as agreement_summary
from relec_exchange.trust.suspension import Suspension
from relec_exchange.trust.termination import Termination

_SIGNED: Final = "\n\n\u2014 "


@dataclass(frozen=True, slots=True)
class Paper:
    """A text with what it says; `note` is empty unless somebody has signed it."""

    content: Agreement | Card | Notice
    text: str
    note: bytes = b""

    @property
    def hash(self) -> str:
        """SHA-256 of the text in hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def speaks_for(self, node: str) -> bool:
        """Whether the authority of this node is one to sign it."""
        if isinstance(self.content, Agreement):
            return self.content.names(node)
        return self.content.node == node


def read_paper(data: bytes) -> Paper:
    """A card, agreement or notice from the bytes of a file, signatures unchecked.

    Raises `InvalidInput` naming line or field, `Refused` as `read_agreement` does, and `Unverified`
    if signature lines are malformed.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidInput("the file is not UTF-8", field="file") from None
    signed = _SIGNED in text
    text = split_note(data).text.decode() if signed else text
    return Paper(_read(text), text, data if signed else b"")


def _read(text: str) -> Agreement | Card | Notice:
    first = text.split("\n", 1)[0]
    if first == 'format = "relec/v1 agreement"':
        return read_agreement(text)
    if first == 'format = "relec/v1 card"':
        return read_card(text)
    return read_notice(text)


def summary(paper: Paper) -> list[str]:
    """What the paper says."""
    content = paper.content
    if isinstance(content, Agreement):
        return agreement_summary(content)
    if isinstance(content, Card):
        return list(_card(content))
    return list(_notice(content))


def difference(before: Paper, after: Paper) -> list[str]:
    """What changes from one paper to the next of the same kind; empty if nothing does."""
    old, new = before.content, after.content
    if isinstance(old, Agreement) and isinstance(new, Agreement):
        return agreement_difference(old, new)
    if isinstance(old, Card) and isinstance(new, Card):
        return list(_card_difference(old, new))
    raise InvalidInput(
        "these two cannot be compared", field="against", remedy="give two agreements or two cards"
    )


def remarks(paper: Paper, others: Iterable[SignedAgreement], at: datetime) -> tuple[Remark, ...]:
    """What is wrong or doubtful in an agreement that would be signed at this time, beside others
    that are held; of other papers nothing is said here.
    """
    if isinstance(paper.content, Agreement):
        return lint(paper.content, tuple(others), at=at, text=paper.text)
    return ()


def _card(card: Card) -> Iterator[str]:
    yield f"Card {card.version} of {card.node}: {card.name}."
    yield f"Network: {card.network} ({card.network_kind})."
    yield f"Valid from {card.valid_from:%Y-%m-%d} until {card.valid_until:%Y-%m-%d}."
    yield f"Partners: {_listed(partner.node for partner in card.partners)}."
    yield f"Authority keys: {format_fingerprint(authority_fingerprint(card))}"
    yield f"Next authority keys: {format_fingerprint(card.authority.next)}"
    for log in card.logs:
        yield f"Log {log.origin}: {log.state}."
    yield f"Sealing keys: {len(card.sealing)}, until {card.sealing[-1].ends:%Y-%m-%d}."
    yield f"Units: {_listed(_unit(unit) for unit in card.units)}."
    yield f"Duty contact: {card.duty.phone}, {card.duty.email}."


def _unit(unit: Any) -> str:
    return f"{unit.name} (with a key of its own)" if unit.key else str(unit.name)


def _notice(notice: Notice) -> Iterator[str]:
    if isinstance(notice, Termination):
        whom = _nodes(notice.partners)
        yield f"{notice.node} terminates agreement {notice.agreement[:16]} with {whom}."
        yield f"It ends on {notice.effective:%Y-%m-%d at %H:%M} UTC; until then nothing changes."
    elif isinstance(notice, Suspension) and notice.action == "lift":
        yield f"{notice.node} lifts, for messages with {_nodes(notice.partners)}:"
        yield from (f"  suspension {name[:16]}" for name in notice.lifts)
    elif isinstance(notice, Suspension):
        yield f"{notice.node} stops messages with {_nodes(notice.partners)}, both ways and at once."
        yield f"Areas: {_listed(notice.areas) if notice.areas else 'all'}."
        closing = "all, but those that close open business"
        yield f"Types: {_listed(notice.types) if notice.types else closing}."
        until = f"{notice.until:%Y-%m-%d at %H:%M} UTC" if notice.until else "it is lifted"
        yield f"Until: {until}."
    else:
        yield from _revocation(notice)
    yield f"Reason, which all who get it read: {notice.reason}"


def _revocation(notice: Revocation) -> Iterator[str]:
    yield f"{notice.node} revokes its {notice.kind} key {notice.key}, for good."
    yield f"It may have been in wrong hands since {notice.since:%Y-%m-%d at %H:%M} UTC."
    if notice.kind == "log":
        yield f"The log is good up to entry {notice.good_size}; what lies beyond is disputed."
    if notice.kind == "authority":
        yield f"Cards up to {notice.good_card} and {len(notice.good_texts)} texts stay good."


def _card_difference(old: Card, new: Card) -> Iterator[str]:
    if old.node != new.node:
        raise InvalidInput("these are cards of two nodes", field="against")
    before, after = (card.model_dump(mode="json", by_alias=True) for card in (old, new))
    for name in after:
        if before.get(name) != after[name]:
            yield from _changed(name, before.get(name), after[name])


_NAMED: Final = {"partners": "node", "logs": "origin", "sealing": "id", "units": "name"}


def _changed(name: str, before: Any, after: Any) -> Iterator[str]:
    """One field of a card: lists of tables by what names their rows, others whole."""
    if name in _NAMED:
        old, new = ({row[_NAMED[name]]: row for row in rows or ()} for rows in (before, after))
        yield from (f"{name}: {key} is added" for key in new if key not in old)
        yield from (f"{name}: {key} is taken out" for key in old if key not in new)
        yield from (
            f"{name}: {key} is changed" for key in new if key in old and old[key] != new[key]
        )
    elif isinstance(after, dict):
        fields = sorted(
            k for k in {*(before or {}), *after} if (before or {}).get(k) != after.get(k)
        )
        yield f"{name}: {', '.join(fields)} changes"
    else:
        yield f"{name}: from {before} to {after}"


def _nodes(names: Sequence[str]) -> str:
    return "all partners" if EVERYONE in names else _listed(names)


def _listed(items: Iterable[object]) -> str:
    return ", ".join(str(item) for item in items) or "none"
