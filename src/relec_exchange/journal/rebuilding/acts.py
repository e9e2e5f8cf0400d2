"""What officers did, made again from the entries that hold their signatures: acts, holds, extracts,
the protection register, comments and drafts.

Contract: as `walks`. An act has no content, so it is made again whole. The others hold some
under a key: what stands beside it follows from entries, the content does not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from relec_exchange.journal.paging import pages
from relec_exchange.journal.rebuilding.said import Deed, Said
from relec_exchange.journal.rebuilding.walks import Difference
from relec_exchange.message.encoding import b64, unb64
from relec_exchange.ports import Store
from relec_exchange.records import (
    ActRow,
    CommentRow,
    Delete,
    DraftRow,
    ExtractRow,
    Insert,
    JudgementRow,
    LegalHoldRow,
    OutboxRow,
    RegisterRow,
    Update,
    Where,
)

NO_ENTRY: Final = "no entry tells of it"
LEFT_ALONE: Final = "nobody logged it: find out who wrote it, and restore the newest backup"
_NO_CONTENT: Final = "content is in no entry: restore the newest backup"

_ACTS: Final[Mapping[str, str]] = {
    "released": "release",
    "approved": "approve",
    "returned": "return",
    "confirmed": "confirm",
    "answered": "answer",
    "freed": "free",
}
"""The word of an act by the kind of its entry. A message to us that is freed leaves no record."""


def act_differences(store: Store, said: Said) -> Iterator[Difference]:
    """Everything of the module."""
    yield from _acts(store, said)
    yield from _holds(store, said)
    yield from _extracts(store, said)
    yield from _register(store, said)
    yield from _comments(store, said)
    yield from _drafts(store, said)
    yield from _judgements(store, said)


def _acts(store: Store, said: Said) -> Iterator[Difference]:
    here: set[str] = set()
    for rows in pages(store, ActRow, blobs=True):
        for row in rows:
            signature = b64(row.signature)
            here.add(signature)
            deed = said.deeds.get(signature)
            if deed is None:
                remedy = (Delete(ActRow, {"row": row.row}),)
                yield Difference("act", f"{row.message_id}:{row.row}", NO_ENTRY, remedy)
            else:
                yield from _same_act(row, deed)
    missing = {one: deed for one, deed in said.deeds.items() if one not in here}
    freed = sorted({one.message_id for one in missing.values() if one.kind == "freed"})
    own = store.rows(OutboxRow, Where("message_id", "in", freed), blobs=False)
    ours = {(row.message_id, row.commitment.hex()) for row in own}
    for signature, deed in missing.items():
        if deed.kind != "freed" or (deed.message_id, deed.leaf) in ours:
            made = _act(signature, deed)
            where = f"{deed.message_id}:{deed.question or made.act}:{deed.time}"
            what = f"the act of {deed.actor} is missing"
            yield Difference("act", where, what, (Insert(made),))


def _act(signature: str, deed: Deed) -> ActRow:
    act = _ACTS[deed.kind]
    return ActRow(deed.message_id, act, deed.question, deed.actor, unb64(signature), deed.time)


def _same_act(row: ActRow, deed: Deed) -> Iterator[Difference]:
    right = {
        "message_id": deed.message_id,
        "act": _ACTS[deed.kind],
        "question": deed.question,
        "officer": deed.actor,
        "at": not_after(row.at, deed.time),
    }
    wrong = [name for name, value in right.items() if getattr(row, name) != value]
    if wrong:
        remedy = (Update(ActRow, {"row": row.row}, {name: right[name] for name in wrong}),)
        yield Difference("act", f"{deed.message_id}:{row.row}", ", ".join(wrong), remedy)


def _holds(store: Store, said: Said) -> Iterator[Difference]:
    here: Counter[tuple[str, str, str, str]] = Counter()
    ended: Counter[tuple[str, str, str]] = Counter()
    for row in store.rows(LegalHoldRow, blobs=False):
        here[row.message_id, row.direction, row.officer, row.until] += 1
        if row.ended_by:
            ended[row.message_id, row.direction, row.ended_by] += 1
    yield from _lost("legal_hold", said.kept - here, here - said.kept)
    for key in sorted((said.unkept - ended).keys() | (ended - said.unkept).keys()):
        what = "ended here or in the log alone"
        yield Difference("legal_hold", key[0], what, (), LEFT_ALONE)


def _extracts(store: Store, said: Said) -> Iterator[Difference]:
    here: Counter[tuple[str, str]] = Counter()
    released: set[tuple[str, str]] = set()
    for row in store.rows(ExtractRow, blobs=False):
        here[row.message_id, row.made_by] += 1
        if row.released_by:
            released.add((row.message_id, row.released_by))
    made = _by(said, "make-extract")
    yield from _lost("extract", made - here, here - made)
    for key in sorted(said.extracted - released):
        yield Difference("extract", key[0], "it was released", (), _NO_CONTENT)
    for key in sorted(released - said.extracted):
        yield Difference("extract", key[0], f"released: {NO_ENTRY}", (), LEFT_ALONE)


def _register(store: Store, said: Said) -> Iterator[Difference]:
    here: Counter[tuple[str, str]] = Counter()
    ended = {ref for action, ref in said.access if action == "register-end"}
    for row in store.rows(RegisterRow, blobs=False):
        here[row.entry_id, row.officer] += 1
        if bool(row.ended_at) != (row.entry_id in ended):
            what = "ended here or in the log alone"
            yield Difference("register", row.entry_id, what, (), LEFT_ALONE)
    added = _by(said, "register-add")
    yield from _lost("register", added - here, here - added)


def _comments(store: Store, said: Said) -> Iterator[Difference]:
    """What was sent back has a comment of the same officer; a report about a person has one too,
    for a while.
    """
    here: Counter[tuple[str, str]] = Counter()
    for rows in pages(store, CommentRow):
        here.update((row.message_id, row.officer) for row in rows)
    returned = Counter(
        (deed.message_id, deed.actor) for deed in said.deeds.values() if deed.kind == "returned"
    )
    reports = _by(said, "subject-report")
    yield from _lost("comment", returned - here, here - returned - reports)


def _drafts(store: Store, said: Said) -> Iterator[Difference]:
    """Drafts go after a while, and with what they were made from; none comes from nowhere."""
    for row in store.rows(DraftRow, blobs=False):
        if row.officer not in said.access.get(("draft-saved", row.draft_id), ()):
            yield Difference("draft", row.draft_id, NO_ENTRY, (), LEFT_ALONE)


def _judgements(store: Store, said: Said) -> Iterator[Difference]:
    """Nothing was judged about which no decision was logged."""
    for rows in pages(store, JudgementRow):
        for row in rows:
            if (row.message_id, row.direction) not in said.judged:
                where = f"{row.message_id}:{row.direction}"
                yield Difference("judgement", where, NO_ENTRY, (), LEFT_ALONE)


def _by(said: Said, action: str) -> Counter[tuple[str, str]]:
    """How often each officer did this to what."""
    return Counter(
        {
            (ref, actor): count
            for (name, ref), actors in said.access.items()
            if name == action
            for actor, count in actors.items()
        }
    )


def _lost(table: str, missing: Counter[Any], beyond: Counter[Any]) -> Iterator[Difference]:
    for key in sorted(missing):
        yield Difference(table, key[0], "the record is missing", (), _NO_CONTENT)
    for key in sorted(beyond):
        yield Difference(table, key[0], NO_ENTRY, (), LEFT_ALONE)


def not_after(at: str, time: str) -> str:
    """The time of a record, if it can be: it was written when its entry was, never later."""
    return at if "" < at <= time else time
