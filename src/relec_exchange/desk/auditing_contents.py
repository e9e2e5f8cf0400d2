"""What is kept of messages: it opens with its key, is what was sent, and is gone once erased.

Contract: content is decrypted inside this process to be compared with the commitment that its
sender has logged; nothing of it is told, and nothing of what stands in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from relec_exchange.audit.entry import commitment
from relec_exchange.desk.auditing_tally import (
    DIFFERS,
    DOES_NOT_OPEN,
    KEY_LEFT,
    NO_ENTRY,
    NO_KEY,
    NO_RECORD,
    Problem,
    Tally,
)
from relec_exchange.desk.auditing_written import CONTROL, Written
from relec_exchange.desk.core import Core
from relec_exchange.errors import RelecError
from relec_exchange.journal.content import read_content
from relec_exchange.journal.erasure import ERASED
from relec_exchange.journal.judged import read_judgement
from relec_exchange.message.encoding import parse_json
from relec_exchange.records import (
    AcceptedRow,
    CommentRow,
    DraftRow,
    ExtractRow,
    InboxRow,
    JudgementRow,
    LegalHoldRow,
    OutboxRow,
    ReceivedContentRow,
    RegisterRow,
    Where,
)

Secrets = Mapping[str, bytes]

_WHOLE: Final[tuple[tuple[type[Any], str, str], ...]] = (
    (ReceivedContentRow, "received_content", "message_id"),
    (DraftRow, "draft", "draft_id"),
    (CommentRow, "comment", "message_id"),
    (RegisterRow, "register", "entry_id"),
    (ExtractRow, "extract", "extract_id"),
    (LegalHoldRow, "legal_hold", "hold_id"),
)


def contents_and_keys(core: Core, log: Written, tally: Tally) -> Iterator[Problem]:
    """Messages in both boxes, then everything else that is kept under a key."""
    officers = Where("cls", "!=", CONTROL)
    for rows in tally.pages(core.store, OutboxRow, "outbox contents", officers, blobs=True):
        stated = {row.message_id: row.commitment for row in rows}
        yield from _messages(core, rows, "outbox", stated, log)
        yield from _judged(core, rows, "outbound", log)
    for came in tally.pages(core.store, InboxRow, "inbox contents", officers, blobs=True):
        yield from _messages(core, came, "inbox", _stated(core, came), log)
        yield from _judged(core, came, "inbound", log)
    for judged in tally.pages(core.store, JudgementRow, "judgements", blobs=True):
        yield from _opened(core, judged, "judgement", "message_id", read_judgement)
    for kind, name, ref in _WHOLE:
        rows = core.store.rows(kind)
        tally.records[f"{name.replace('_', ' ')} records"] += len(rows)
        kept = [row for row in rows if row.key_id and not _ended(row)]
        yield from _opened(core, kept, name, ref, read_content)


def _messages(
    core: Core,
    rows: Sequence[OutboxRow] | Sequence[InboxRow],
    name: str,
    stated: Mapping[str, bytes],
    log: Written,
) -> Iterator[Problem]:
    secrets = core.vault.get([row.key_id for row in rows if row.key_id])
    for row in rows:
        if row.erased_at or row.withdrawn == ERASED:
            yield from _gone(row, name, secrets, core.directory.own, log)
            continue
        secret = secrets.get(row.key_id)
        if secret is None:
            yield Problem(NO_KEY, name, row.message_id, "its content cannot be read any more")
            continue
        try:
            raw, salt = read_content(row, secret)
        except RelecError:
            yield Problem(DOES_NOT_OPEN, name, row.message_id, "its content was changed")
            continue
        expected = stated.get(row.message_id, b"")
        if expected and commitment(salt, raw) != expected:
            yield Problem(DIFFERS, name, row.message_id, "its content is not what was logged")


def _judged(
    core: Core, rows: Sequence[OutboxRow] | Sequence[InboxRow], direction: str, log: Written
) -> Iterator[Problem]:
    """A decision about a message that is still here left what the rules had seen."""
    wanted = {
        row.message_id
        for row in rows
        if row.key_id and not row.erased_at and (row.message_id, direction) in log.decisions
    }
    about = Where("message_id", "in", sorted(wanted)), Where("direction", "=", direction)
    here = {one.message_id for one in core.store.rows(JudgementRow, *about, blobs=False)}
    for missing in sorted(wanted - here):
        yield Problem(NO_RECORD, "judgement", missing, "a decision about it is in the log")


def _ended(row: Any) -> bool:
    """The key of an entry of the register goes when the entry ends."""
    return isinstance(row, RegisterRow) and bool(row.ended_at)


def _gone(
    row: OutboxRow | InboxRow, name: str, secrets: Secrets, own: str, log: Written
) -> Iterator[Problem]:
    sender = row.sender if isinstance(row, InboxRow) else own
    if row.key_id in secrets:
        yield Problem(KEY_LEFT, name, row.message_id, "it counts as erased")
    if f"{sender}/{row.message_id}" not in log.erased:
        yield Problem(NO_ENTRY, name, row.message_id, "no erasure of it is logged")


def _stated(core: Core, rows: Sequence[InboxRow]) -> dict[str, bytes]:
    """The commitments that the senders' entries have."""
    accepted = core.store.rows(AcceptedRow, Where("leaf", "in", [row.leaf for row in rows]))
    found: dict[str, bytes] = {}
    for one in accepted:
        entry: Any = parse_json(one.entry) if one.entry else {}
        found[one.message_id] = bytes.fromhex(entry.get("commitment", ""))
    return found


def _opened(
    core: Core,
    rows: Sequence[Any],
    name: str,
    ref: str,
    read: Callable[[Any, bytes], object],
) -> Iterator[Problem]:
    secrets = core.vault.get([row.key_id for row in rows])
    for row in rows:
        if row.key_id not in secrets:
            yield Problem(NO_KEY, name, getattr(row, ref), "its key is not in the vault")
            continue
        try:
            read(row, secrets[row.key_id])
        except (RelecError, ValueError, KeyError, TypeError):
            yield Problem(DOES_NOT_OPEN, name, getattr(row, ref), "its content was changed")
