"""Manipulated bundles: cosigned trees, receipts, and the entry of the recipient."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import evidence_world as w
from evidence_bad import (
    RECIPIENT,
    Bad,
    changed,
    flipped,
    less_line,
    more_line,
    wrong_line,
)
from evidence_good import (
    ENTRY,
    FILLERS,
    PK_LOG,
    PLACE,
    RECEIPT_SALTS,
    RECEIVED,
    TR_LOG,
    Good,
    cosigned,
    whole,
)
from evidence_world import DAY, END, OPENED_AT, RECEIVED_AT, Log, key
from world import seed

from relec_exchange.audit.entry import encode_entry
from relec_exchange.message.encoding import b64, canonical, unb64


def cosigned_changed(found: Mapping[str, Good]) -> Iterator[Bad]:
    """Changes of this part."""
    base = whole()
    part = "sent.cosigned"

    def bad(name: str, code: str, comment: str, value: Any, path: str = "") -> Bad:
        place = f"sent/cosigned{path}"
        return Bad(name, code, part, comment, changed(base, place, value))

    good = base["sent"]["cosigned"]
    note = good["note"]
    for number, who in ((2, "iq"), (3, "iq"), (4, "pk"), (5, "pk")):
        yield bad(
            f"cosignature-{number}",
            "cosignature",
            f"a wrong cosignature of {who}",
            wrong_line(note, number),
            "/note",
        )
    yield bad(
        "cosignature-half",
        "cosignature",
        "one of two lines of a witness is missing",
        less_line(note, 3),
        "/note",
    )
    yield bad(
        "cosignature-twice",
        "cosignature",
        "a line of a witness stands twice",
        more_line(note, 2),
        "/note",
    )
    yield bad(
        "cosigned-too-few",
        "quorum",
        "one witness where two are needed",
        less_line(less_line(note, 2), 2),
        "/note",
    )
    yield bad("cosigned-nobody", "quorum", "no witness at all", TR_LOG.checkpoint(11), "/note")
    alone = TR_LOG.checkpoint(11, key("tr", "witness"), key("iq", "witness"))
    yield bad("cosigned-by-itself", "quorum", "the owner cosigned its own log", alone, "/note")
    false = TR_LOG.checkpoint(11, key("iq", "witness", 2), key("pk", "witness"))
    yield bad("cosigned-false-key", "quorum", "a witness key that no card names", false, "/note")
    yield bad(
        "cosigned-owner-wrong",
        "proof-signature",
        "the owner's signature is wrong",
        wrong_line(note, 0),
        "/note",
    )
    yield bad(
        "cosigned-not-owner",
        "proof-signature",
        "the owner has not signed",
        less_line(less_line(note, 0), 0),
        "/note",
    )
    two_times = note.rpartition("\n\n")[0].encode() + b"\n"
    first = w.lines(two_times, key("iq", "witness"), w.COSIGNED_AT).splitlines(True)[0]
    later = w.lines(two_times, key("iq", "witness"), w.COSIGNED_AT + 60).splitlines(True)[1]
    mixed = less_line(less_line(note, 2), 2) + (first + later).decode()
    yield bad(
        "cosignature-two-times", "cosignature", "two times in one cosignature", mixed, "/note"
    )
    bare = less_line(less_line(note, 2), 2)
    no_time = bare + w.lines(two_times, key("iq", "witness"), 0).decode()
    yield bad(
        "cosignature-no-time", "cosignature", "a cosignature with the time 0", no_time, "/note"
    )
    late = int((END + DAY).timestamp())
    expired = TR_LOG.checkpoint(11, key("iq", "witness"), key("pk", "witness"), at=late)
    yield bad("cosigned-after-cards", "quorum", "cosigned when no card was valid", expired, "/note")
    rewritten = Log("tr", [*FILLERS[:3], *(w.filler(n, OPENED_AT) for n in range(30, 37))])
    other = cosigned(rewritten, "tr", 11, (8, 11))
    yield bad("cosigned-other-history", "chain", "witnesses saw another history", other)
    yield bad(
        "cosigned-other-log",
        "chain",
        "the cosigned tree is of another log",
        cosigned(PK_LOG, "pk", 6),
    )
    smaller = cosigned(TR_LOG, "tr", 7, (7, 8))
    yield bad("cosigned-smaller", "chain", "the cosigned tree is smaller", smaller)
    yield bad("links-missing", "chain", "the link is missing", [], "/links")
    yield bad(
        "links-hash",
        "proof-inclusion",
        "a hash of the link was changed",
        flipped(good["links"][0]["hashes"][0]),
        "/links/0/hashes/0",
    )
    yield bad(
        "links-root",
        "proof-inclusion",
        "a root of the link was changed",
        flipped(good["links"][0]["root"]),
        "/links/0/root",
    )
    yield bad("links-size", "chain", "a size of the link was changed", 12, "/links/0/size")
    idle = [*good["links"], TR_LOG.link(2, 3)]
    yield bad("links-idle", "chain", "a link that binds nothing", idle, "/links")
    twice = [good["links"][0], good["links"][0]]
    yield bad("links-twice", "chain", "a link that stands twice", twice, "/links")
    back = [{**good["links"][0], "old_size": 11, "size": 8}]
    yield bad("links-back", "chain", "a link that leads backwards", back, "/links")
    shown = found[RECIPIENT].bundle
    gap = [*shown["sent"]["cosigned"]["links"][:1], *shown["sent"]["cosigned"]["links"][2:]]
    yield Bad(
        "links-gap",
        "chain",
        part,
        "a link in the middle is missing",
        changed(shown, "sent/cosigned/links", gap),
        RECIPIENT,
    )


def receipts_changed() -> Iterator[Bad]:
    """Changes of this part."""
    base = whole()
    part = "receipts"

    def bad(name: str, code: str, comment: str, value: Any, path: str) -> Bad:
        return Bad(name, code, part, comment, changed(base, f"receipts/0/{path}", value))

    def made(name: str, comment: str, items: list[Any], **changes: Any) -> Bad:
        return Bad(
            name, "receipt", part, comment, {**base, "receipts": [made_receipt(items, **changes)]}
        )

    first = base["receipts"][0]
    message = unb64(first["message"])
    yield bad(
        "receipt-stage",
        "commitment",
        "the stage was changed",
        b64(message.replace(b"validated", b"answered")),
        "message",
    )
    yield bad(
        "receipt-time",
        "commitment",
        "the time was changed",
        b64(message.replace(b"17:30:04", b"17:30:03")),
        "message",
    )
    yield bad("receipt-salt", "commitment", "another salt", b64(RECEIPT_SALTS[1]), "salt")
    yield bad(
        "receipt-entry",
        "proof-inclusion",
        "another receipt's entry",
        base["receipts"][1]["entry"],
        "entry",
    )
    yield bad(
        "receipt-proof",
        "proof-inclusion",
        "another receipt's proof",
        base["receipts"][1]["proof"],
        "proof",
    )
    yield bad(
        "receipt-signature",
        "proof-signature",
        "a wrong signature of the recipient's log",
        wrong_line(first["proof"], 0),
        "proof",
    )
    yield bad(
        "receipt-in-our-log",
        "proof-key",
        "a proof from the sender's own log",
        TR_LOG.proof(4, 5),
        "proof",
    )
    yield bad(
        "receipt-cosignature",
        "cosignature",
        "a wrong cosignature",
        wrong_line(first["cosigned"]["note"], 2),
        "cosigned/note",
    )
    yield made("receipt-of-another", "it names another message's leaf", [w.item(FILLERS[0])])
    yield made("receipt-empty", "it names nothing", [])
    yield made("receipt-contradicts", "rejected, and accepted", [w.item(ENTRY, "rejected")])
    yield made("receipt-no-stage", "a stage that there is not", [w.item(ENTRY, "believed")])
    yield made("receipt-item-extra", "an item with a field more", [{**w.item(ENTRY), "note": "x"}])
    many = [w.item(ENTRY), *(w.item(ENTRY, leaf=f"{n:064x}") for n in range(256))]
    yield made("receipt-many", "more items than a receipt has", many)
    more = json.loads(w.receipt(801, [w.item(ENTRY)]))
    more["body"]["note"] = "x"
    yield Bad(
        "receipt-extra",
        "receipt",
        part,
        "a receipt with a field more",
        {**base, "receipts": [receipt_of(canonical(more))]},
    )
    yield made("receipt-to-another", "a receipt for another node", [w.item(ENTRY)], recipient="iq")
    yield made("receipt-no-receipt", "a message of another type", [w.item(ENTRY)], type="void")


def made_receipt(items: list[Any], **changes: Any) -> dict[str, Any]:
    """A receipt that pk logged in truth, whatever it says."""
    return receipt_of(w.receipt(811, items, **changes))


def receipt_of(message: bytes) -> dict[str, Any]:
    """What stands in a bundle for this receipt."""
    salt = seed("evidence receipt 3")
    log = Log("pk", [w.sent(message, salt, RECEIVED_AT, **{"class": "control", "seq": 9})])
    return {"message": b64(message), "salt": b64(salt), **log.logged(1, 2)}


def received_changed(found: Mapping[str, Good]) -> Iterator[Bad]:
    """Changes of this part."""
    base = found[RECIPIENT].bundle

    def bad(name: str, code: str, comment: str, bundle: Any) -> Bad:
        return Bad(name, code, "received", comment, bundle, RECIPIENT)

    def told(name: str, comment: str, **changes: Any) -> Bad:
        entry = encode_entry({**json.loads(RECEIVED), **changes})
        log = Log("pk", [entry])
        return bad(name, "received", comment, changed(base, "received", log.logged(1, 2)))

    yield told("received-other-leaf", "about another leaf", leaf=seed("leaf").hex())
    yield told("received-other-place", "about another place", index=PLACE + 1)
    yield told(
        "received-other-id", "about another message", id="019aa700-0000-7000-8000-000000000999"
    )
    yield told("received-other-number", "about another number", seq=8)
    outcome = encode_entry({**json.loads(RECEIVED), "outcome": "stale"})
    yield bad(
        "received-outcome",
        "proof-inclusion",
        "the outcome was changed",
        changed(base, "received/entry", b64(outcome)),
    )
    yield bad(
        "received-kind",
        "entry-kind",
        "an entry of another kind",
        changed(base, "received", PK_LOG.logged(1, 6)),
    )
    proof = base["received"]["proof"]
    yield bad(
        "received-signature",
        "proof-signature",
        "a wrong signature",
        changed(base, "received/proof", wrong_line(proof, 1)),
    )
    yield bad(
        "received-links",
        "chain",
        "the cosigned tree is not bound to it",
        changed(base, "received/cosigned", cosigned(TR_LOG, "tr", 11)),
    )
