"""Importing again: which drafts are new, which change what was sent before, which are unchanged.

Contract: pure. `addressed` names each draft for each recipient by two digests, of its subject and
of its content; the node keeps them keyed, and says what it sent under that subject before
(`Before`). `compared` decides. What was refused, voided, sent back or recalled was not sent.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from relec_exchange.importing.drafts import DraftMessage
from relec_exchange.message.encoding import canonical_with_decimals

# A revision is counted by us and a reference by the file: neither is content.
_NOT_CONTENT_OF_BODY: Final = frozenset({"revision"})
_NOT_CONTENT_OF_HEADER: Final = frozenset({"own_ref", "supersedes"})
_NOT_COMPARED: Final = frozenset({"rows", "revision", "changes"})
_CHANGES: Final = "Corrected at the source of the earlier warning; this one replaces it."


class Standing(StrEnum):
    """How a draft stands to what was sent before."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Addressed:
    """A draft for one recipient. `subject` and `content` are SHA-256 in hex."""

    draft: DraftMessage
    recipient: str
    subject: str
    content: str


@dataclass(frozen=True, slots=True)
class Before:
    """What the node has of a subject: names for the key, and the newest message that stands.

    `number` is the highest ever used with this subject, 0 if none; `standing_number` that of
    `message_id`, which is empty if none stands; `same`: it says what the draft says. `told` are
    the ids of all that ever left, the oldest first; `waiting`: the newest waits for another
    officer's release.
    """

    subject_name: str
    content_name: str
    number: int = 0
    message_id: str = ""
    standing_number: int = 0
    same: bool = False
    told: tuple[str, ...] = ()
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """What to do with a draft: sent under `key`, unless it is unchanged.

    `draft` is ready to be sent: with its revision, and as an update where it replaces a warning.
    `waiting` is the id of an unchanged message that still waits for another officer's release.
    """

    draft: DraftMessage
    recipient: str
    standing: Standing
    revision: int = 1
    supersedes: str = ""
    waiting: str = ""
    key: str = field(default="", repr=False)


def addressed(
    name: str, drafts: Sequence[DraftMessage], recipients: Iterable[str]
) -> list[Addressed]:
    """Every draft for every recipient, in the order of the recipients; `name` is the mapping's.

    A draft without a subject is known by its content alone. Rows that repeat each other are events
    of their own, hence their count is part of the name.
    """
    contents = _contents(drafts)
    seen: Counter[str] = Counter()
    named: list[tuple[DraftMessage, str, str]] = []
    for draft, content in zip(drafts, contents, strict=True):
        kind, subject = "subject", draft.subject
        if not subject:
            seen[content] += 1
            kind, subject = "content", f"{content} {seen[content]}"
        named.append((draft, _digest([name, draft.type, kind, subject]), content))
    return [
        Addressed(draft, recipient, subject, content)
        for recipient in recipients
        for draft, subject, content in named
    ]


def compared(items: Sequence[Addressed], before: Sequence[Before]) -> list[Compared]:
    """What becomes of each item, in order. `before` answers the items one by one.

    If one part of a report changed, all of it is sent as the next revision: the parts of one
    table must not be of two revisions.
    """
    groups: dict[tuple[str, str], list[Before]] = {}
    for item, known in zip(items, before, strict=True):
        groups.setdefault(_group(item), []).append(known)
    return [
        _decided(item, known, groups[_group(item)])
        for item, known in zip(items, before, strict=True)
    ]


def says(draft: DraftMessage, kind: str, body: Mapping[str, object]) -> bool:
    """Whether a message of this type and body says what the draft says, and nothing else.

    Its revision may be another one, an update has a sentence more, and figures may have been
    taken out; a figure that is told must be the draft's.
    """
    if kind != draft.type and (draft.type, kind) != ("warning.notice", "warning.update"):
        return False
    drafted = {_cell(row): row.get("value") for row in _rows(draft.body)}
    return _without(body, _NOT_COMPARED) == _without(draft.body, _NOT_COMPARED) and all(
        _cell(row) in drafted and (row.get("suppressed") or row.get("value") == drafted[_cell(row)])
        for row in _rows(body)
    )


def _decided(item: Addressed, known: Before, group: Sequence[Before]) -> Compared:
    newest = max(one.standing_number for one in group)
    # A part that went as such when its neighbours failed: they follow with the same number.
    begun = any(one.same and one.standing_number == newest for one in group)
    number = newest if begun else 1 + max(one.number for one in group)
    if begun and known.same and known.standing_number == newest:
        waiting = known.message_id if known.waiting else ""
        return Compared(item.draft, item.recipient, Standing.UNCHANGED, number, waiting=waiting)
    earlier = [one.message_id for one in (known, *group) if _replaced(one, number)]
    supersedes = earlier[0] if earlier else ""
    return Compared(
        draft=_ready(item.draft, number, supersedes),
        recipient=item.recipient,
        standing=Standing.CHANGED if supersedes else Standing.NEW,
        revision=number,
        supersedes=supersedes,
        key=f"imp.{known.subject_name}.{number}.{known.content_name}",
    )


def _replaced(one: Before, number: int) -> bool:
    """Whether its standing message is an earlier one than that of this number."""
    return bool(one.message_id) and one.standing_number < number


def _ready(draft: DraftMessage, number: int, supersedes: str) -> DraftMessage:
    """The draft with its revision, naming what it replaces; a warning becomes an update."""
    header, body, kind = dict(draft.header), dict(draft.body), draft.type
    if "revision" in body:
        # The mapping says where counting begins.
        first = body["revision"]
        body["revision"] = (first if isinstance(first, int) else 1) + number - 1
    if supersedes:
        header["supersedes"] = supersedes
        if kind == "warning.notice":
            kind, body["changes"] = "warning.update", _CHANGES
    return replace(draft, type=kind, header=header, body=body)


def _contents(drafts: Sequence[DraftMessage]) -> list[str]:
    """A digest for each draft of all that its group says."""
    single = [_digest(_content(draft)) for draft in drafts]
    groups: dict[str, list[str]] = {}
    for draft, content in zip(drafts, single, strict=True):
        if draft.group:
            groups.setdefault(draft.group, []).append(content)
    whole = {name: _digest(contents) for name, contents in groups.items()}
    return [
        whole[draft.group] if draft.group else content
        for draft, content in zip(drafts, single, strict=True)
    ]


def _content(draft: DraftMessage) -> list[object]:
    return [
        draft.type,
        draft.area,
        _without(draft.header, _NOT_CONTENT_OF_HEADER),
        _without(draft.body, _NOT_CONTENT_OF_BODY),
    ]


def _rows(body: Mapping[str, Any]) -> Sequence[Mapping[str, object]]:
    rows: Sequence[Mapping[str, object]] = body.get("rows", ())
    return rows


def _cell(row: Mapping[str, object]) -> tuple[tuple[str, object], ...]:
    """What a figure is about."""
    return tuple(sorted((k, v) for k, v in row.items() if k not in ("value", "suppressed")))


def _without(values: Mapping[str, object], names: frozenset[str]) -> dict[str, object]:
    return {name: value for name, value in values.items() if name not in names}


def _group(item: Addressed) -> tuple[str, str]:
    return item.recipient, item.draft.group or item.subject


def _digest(value: object) -> str:
    return hashlib.sha256(canonical_with_decimals(value)).hexdigest()
