"""What a correction makes known of an earlier message: may it, and is it what was cut?

Contract: both ends ask the same. What the present agreement withholds is neither corrected into a
message nor disclosed; what is disclosed fits the commitment of the message that withheld it. Reads
the boxes, writes nothing, keeps nothing. Raises `Refused` (`withheld-field`,
`disclosure-mismatch`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from relec_exchange.errors import InvalidInput, Refused, Unverified
from relec_exchange.journal.content import read_message
from relec_exchange.journal.threads import Row
from relec_exchange.message.bodies.amendments import CorrectedField, Correction
from relec_exchange.message.catalogue import features
from relec_exchange.message.document import Message
from relec_exchange.message.encoding import unb64
from relec_exchange.message.header import Header
from relec_exchange.message.presence import Presence, look
from relec_exchange.message.withholding import (
    RULE_MISMATCH,
    RULE_WITHHELD,
    Cut,
    Disclosure,
    above,
    covers,
    open_cut,
    restored,
)
from relec_exchange.ports import Store, Vault
from relec_exchange.records import InboxRow, OutboxRow, Where
from relec_exchange.trust.decide import Allowed, decide
from relec_exchange.trust.directory import Directory

READ_MAX = 64
"""Corrections of one message that are looked at: the newest."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """The message that a correction is about, and the grant under which it went."""

    message: Message = field(repr=False)
    agreement: str
    grant: str


@dataclass(frozen=True, slots=True)
class Disclosed:
    """A field that was withheld and is known now; `by` is the correction that told it."""

    path: str
    value: str = field(repr=False)
    by: str


class Disclosing:
    """Thread-safe: it holds no state but its parts."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault

    def checked(
        self, message: Message, directory: Directory, at: datetime, given: Earlier | None = None
    ) -> Message:
        """The message, judged by what it says of an earlier one; `given` is that, if it came in
        the same batch. One that discloses comes back as a `Disclosure`.
        """
        body = message.body
        if not isinstance(body, Correction):
            return message
        earlier = given or self._earlier(message)
        if earlier is not None:
            _check_allowed(body, earlier, directory, at)
        return self._opened(message, body, earlier)

    def opened(self, message: Message) -> Message:
        """The same without asking agreements, to look at what was decided before."""
        body = message.body
        if not isinstance(body, Correction):
            return message
        return self._opened(message, body, self._earlier(message))

    def disclosed(self, row: Row) -> list[Disclosed]:
        """What corrections made known of a message, each field once and proven unaltered."""
        message = self._read(row)
        if message is None or not isinstance(message.header, Header):
            return []
        found: dict[str, Disclosed] = {}
        for by, one in self._cuts_of(message.header):
            with suppress(Refused):
                open_cut(message.header, one)
                found.setdefault(one.path, Disclosed(one.path, one.value, by))
        return list(found.values())

    def _opened(self, message: Message, body: Correction, earlier: Earlier | None) -> Message:
        if not body.disclosed:
            return message
        if earlier is None:
            return Disclosure(message.header, message.body, message.raw, None)
        header = earlier.message.header
        cuts = {one.path: one for _, one in self._cuts_of(header) if _fits(header, one)}
        cuts |= {one.path: one for one in _cuts(body)}
        try:
            whole = restored(earlier.message, list(cuts.values()))
        except InvalidInput as error:
            raise Refused(
                f"what is disclosed and the message it belongs to are no message: {error.message}",
                rule=RULE_MISMATCH,
                field="body.disclosed",
            ) from None
        return Disclosure(message.header, message.body, message.raw, whole)

    def _earlier(self, correction: Message) -> Earlier | None:
        body, header = correction.body, correction.header
        name = body.message_id if isinstance(body, Correction) else ""
        for row in self._named(name, header.sender, header.recipient):
            message = self._read(row)
            if message is not None:
                return Earlier(message, row.agreement, row.grant_id)
        return None

    def _named(self, name: str, sender: str, recipient: str) -> Iterator[Row]:
        """A message with this id from one node to the other: one of the two is we."""
        wanted = Where("message_id", "=", name)
        yield from self._store.rows(OutboxRow, wanted, Where("recipient", "=", recipient))
        yield from self._store.rows(InboxRow, wanted, Where("sender", "=", sender))

    def _cuts_of(self, header: object) -> Iterator[tuple[str, Cut]]:
        """What earlier corrections of a message disclosed, with their ids."""
        if not isinstance(header, Header):
            return
        wanted = (Where("about", "=", header.message_id), Where("type", "=", "correction"))
        sent = self._store.rows(
            OutboxRow,
            *wanted,
            Where("recipient", "=", header.recipient),
            Where("sent_at", ">", ""),
            order="-row",
            limit=READ_MAX,
        )
        came = self._store.rows(
            InboxRow,
            *wanted,
            Where("sender", "=", header.sender),
            Where("state", "!=", "held"),
            order="-row",
            limit=READ_MAX,
        )
        rows: list[Row] = [*sent, *came]
        for row in rows:
            message = self._read(row)
            body = message.body if message is not None else None
            if isinstance(body, Correction):
                for one in _cuts(body):
                    yield row.message_id, one

    def _read(self, row: Row) -> Message | None:
        """A message that is kept, or None if it was erased."""
        with suppress(Unverified):
            return read_message(row, self._vault)
        return None


def _cuts(body: Correction) -> list[Cut]:
    return [Cut(one.path, one.value, unb64(one.salt)) for one in body.disclosed]


def _fits(header: object, one: Cut) -> bool:
    with suppress(Refused):
        return isinstance(header, Header) and open_cut(header, one) is not Ellipsis
    return False


def _check_allowed(body: Correction, earlier: Earlier, directory: Directory, at: datetime) -> None:
    """Refuse what the present agreement withholds of such a message."""
    decision = decide(directory, features(earlier.message.header), at)
    if isinstance(decision, Allowed):
        paths: Sequence[str] = decision.withhold
    elif body.disclosed:
        raise Refused(
            "no agreement allows such a message now, so nothing more of it is disclosed",
            rule=RULE_WITHHELD,
            field="body.disclosed",
            remedy="see `relec agreement check`; a correction of what was said may go",
        )
    else:
        paths = _granted(directory, earlier)
    for number, one in enumerate(body.disclosed):
        if any(covers(path, one.path) for path in paths):
            raise _withheld(f"body.disclosed.{number}.path")
    for number, changed in enumerate(body.fields):
        if any(_tells(path, changed, earlier.message) for path in paths):
            raise _withheld(f"body.fields.{number}.path")


def _tells(path: str, changed: CorrectedField, message: Message) -> bool:
    """Whether a correction tells what is withheld. What the message said may be put right."""
    if changed.now is None or not covers(path, changed.path):
        return False
    if above(path, changed.path):
        return True
    with suppress(InvalidInput):
        return look(message.header, message.body, changed.path) is Presence.UNKNOWN
    return True


def _granted(directory: Directory, earlier: Earlier) -> tuple[str, ...]:
    """What the grant withholds under which the message went, where none allows it any more."""
    held = directory.agreements.get(earlier.agreement)
    grants = held.agreement.grants if held is not None else ()
    return next((one.withhold for one in grants if one.id == earlier.grant), ())


def _withheld(place: str) -> Refused:
    return Refused(
        "the agreement withholds this field from this state",
        rule=RULE_WITHHELD,
        field=place,
        remedy="leave it out, or have the agreement amended first",
    )
