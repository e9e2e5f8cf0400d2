"""Vectors of kind entry and leaf: log entries, their hashes, and what they commit to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from world import (
    NETWORK,
    OPENED_FIELDS,
    ORIGIN,
    Case,
    encoded,
    flip,
    message,
    salt,
    seed,
    sent_fields,
)

from relec_exchange.audit.entry import commitment, encode_entry
from relec_exchange.audit.merkle import leaf_hash
from relec_exchange.message.encoding import b64, canonical

DIGEST = seed("any digest").hex()
COMMON = {"time": "2026-11-21T17:30:00.123Z", "network": NETWORK}
SENT = sent_fields(17)
ACT = {
    **COMMON,
    "actor": "ayse",
    "id": SENT["id"],
    "signature": b64(seed("signature") + seed("more of it")),
}
RECEIVED = {
    "kind": "received",
    **COMMON,
    "from": "tr",
    "to": "pk",
    "class": "ordinary",
    "seq": 9,
    "id": SENT["id"],
    "origin": ORIGIN,
    "index": 17,
    "leaf": DIGEST,
    "outcome": "accepted",
}
GOOD: list[dict[str, Any]] = [
    SENT,
    OPENED_FIELDS,
    OPENED_FIELDS
    | {
        "origin": f"{NETWORK}/tr/exchange/2",
        "previous_origin": ORIGIN,
        "previous_size": 1000,
        "previous_root": DIGEST,
    },
    RECEIVED,
    {"kind": "adopted", **COMMON, "what": "card", "subject": "pk", "version": 3, "hash": DIGEST},
    {
        "kind": "voided",
        **COMMON,
        "to": "pk",
        "class": "flash",
        "seq": 4,
        "leaf": DIGEST,
        "reason": "expired",
    },
    {"kind": "erased", **COMMON, "what": "content", "subject": DIGEST, "reason": "retention"},
    {
        "kind": "anchored",
        **COMMON,
        "origin": f"{NETWORK}/tr/activity/1",
        "size": 40,
        "root": DIGEST,
    },
    {"kind": "submitted", **ACT},
    {"kind": "released", **ACT},
    {"kind": "opened_message", **ACT, "leaf": DIGEST},
    {
        "kind": "decision",
        **COMMON,
        "id": SENT["id"],
        "direction": "outbound",
        "outcome": "denied",
        "rule": "no-grant-type",
        "agreement": "",
        "grant": "",
        "type": "info.request",
        "peer": "pk",
        "version": 1,
        "exercise": "yes",
        "area": "migrant_smuggling",
        "purpose": "criminal_investigation",
        "level": "nominal",
        "handling": "H1+H2",
        "unit": "contact-point",
        "at": "2026-11-21T17:30:00.000Z",
    },
    {
        "kind": "quarantined",
        **COMMON,
        "reason": "unseal",
        "source": "pk",
        "count": 200,
        "minute": "2026-11-21T17:29:00.000Z",
    },
    {
        "kind": "officer",
        **COMMON,
        "action": "add",
        "name": "ayse",
        "roles": ["releaser", "submitter"],
        "key": f"{NETWORK}/tr/officer/ayse+0a1b2c3d+{b64(b'1' + seed('officer'))}",
    },
    {"kind": "access", **COMMON, "actor": "ayse", "action": "search", "ref": ""},
    {"kind": "alarm", **COMMON, "what": "log-fork", "subject": "pk", "detail": DIGEST},
    {"kind": "delivered", **COMMON, "id": SENT["id"], "unit": "desk", "target": "mailbox"},
    {"kind": "answered", **ACT, "question": "protection-checked"},
    {"kind": "approved", **ACT},
    {"kind": "returned", **ACT},
    {"kind": "confirmed", **ACT},
    {"kind": "closed", **ACT, "leaf": DIGEST},
    {"kind": "freed", **ACT, "leaf": DIGEST},
    {"kind": "extracted", **ACT, "digest": DIGEST},
    {
        "kind": "kept",
        **ACT,
        "direction": "in",
        "leaf": DIGEST,
        "until": "2027-06-30",
    },
    {"kind": "unkept", **ACT, "direction": "in", "leaf": DIGEST},
    {"kind": "exported", **ACT, "leaf": DIGEST, "use": "court"},
]


def entry_cases() -> Iterator[Case]:
    """Entries of every kind, and bytes that are none."""

    def case(name: str, comment: str, expect: str, entry: bytes) -> Case:
        return Case("entry", name, comment, expect, encoded(entry=entry))

    for number, fields in enumerate(GOOD, 1):
        kind = fields["kind"]
        yield case(f"good-{number:02d}-{kind}", f"kind {kind}", "ok", encode_entry(fields))
    good = encode_entry(SENT)
    seq = f'"seq":{SENT["seq"]}'.encode()
    to = b'"to":"pk"'
    backwards = dict(sorted(SENT.items(), reverse=True))
    bad: list[tuple[str, str, bytes]] = [
        ("spaces", "not canonical: spaces", json.dumps(SENT, sort_keys=True).encode()),
        (
            "order",
            "not canonical: names in another order",
            json.dumps(backwards, separators=(",", ":")).encode(),
        ),
        ("extra-key", "a field too many", canonical(SENT | {"note": "x"})),
        ("missing-key", "no field rules", canonical(_without(SENT, "rules"))),
        ("float", "a number with a fraction", good.replace(seq, seq + b".0")),
        ("exponent", "a number with an exponent", good.replace(seq, b'"seq":9e0')),
        ("duplicate-key", "a name that stands twice", good.replace(to, b'"to":"iq",' + to)),
        ("escape", "not canonical: an escape without need", good.replace(to, b'"to":"\\u0070k"')),
        ("surrogate", "half a surrogate pair", good.replace(to, b'"to":"pk\\ud800"')),
        ("nul", "U+0000", good.replace(to, b'"to":"pk\\u0000"')),
        ("byte-order-mark", "a byte order mark", b"\xef\xbb\xbf" + good),
        ("newline", "a newline after the entry", good + b"\n"),
        ("upper-case-hex", "hexadecimal in capitals", _upper(good)),
        ("no-such-day", "30 February", good.replace(b"2026-11-21", b"2026-02-30")),
        ("no-milliseconds", "a time in another form", good.replace(b".000Z", b"Z")),
        ("unknown-kind", "a kind that does not exist", good.replace(b'"sent"', b'"posted"')),
        ("to-itself", "sender and recipient are one", canonical(SENT | {"to": "tr"})),
        ("boolean", "true where a number belongs", good.replace(seq, b'"seq":true')),
        ("zero", "sequences begin at 1", good.replace(seq, b'"seq":0')),
        ("huge", "a number beyond 2^53 - 1", good.replace(seq, b'"seq":9007199254740992')),
        ("not-a-number", "NaN", good.replace(seq, b'"seq":NaN')),
        (
            "foreign-log",
            "received: a log that is not the sender's",
            canonical(RECEIVED | {"origin": f"{NETWORK}/pk/exchange/1"}),
        ),
        ("brackets", "4000 opening brackets", b"[" * 4000),
        ("too-long", "more than 4096 bytes", good + b" " * 4096),
        ("null", "JSON, but no object", b"null"),
        ("nothing", "no bytes at all", b""),
    ]
    for number, (name, comment, entry) in enumerate(bad, 1):
        yield case(f"bad-{number:02d}-{name}", comment, "entry-malformed", entry)


def leaf_cases() -> Iterator[Case]:
    """A message, its salt and the `sent` entry that commits to it: receive step 5."""

    def case(name: str, comment: str, expect: str, **inputs: bytes) -> Case:
        entry = inputs["entry"]
        whole = encoded(**inputs) | {"leaf_hash": leaf_hash(entry).hex()}
        return Case("leaf", name, comment, expect, whole)

    entry = encode_entry(SENT)
    parts = {"entry": entry, "salt": salt(17), "message": message(17)}
    yield case("good-01-commitment", "entry, salt and message belong together", "ok", **parts)
    unsalted = SENT | {"commitment": commitment(bytes(32), message(17)).hex()}
    bad: list[tuple[str, str, str, dict[str, bytes]]] = [
        (
            "other-kind",
            "an entry of kind received in place of sent",
            "entry-kind",
            {"entry": encode_entry(RECEIVED)},
        ),
        (
            "altered-message",
            "one bit of the message",
            "commitment",
            {"message": flip(message(17), 9)},
        ),
        ("altered-salt", "one bit of the salt", "commitment", {"salt": flip(salt(17), 31)}),
        ("other-message", "another message of this log", "commitment", {"message": message(18)}),
        ("other-salt", "salt all zero", "commitment", {"entry": encode_entry(unsalted)}),
        ("malformed", "an entry that is not canonical", "entry-malformed", {"entry": entry + b" "}),
    ]
    for number, (name, comment, expect, changed) in enumerate(bad, 1):
        yield case(f"bad-{number:02d}-{name}", comment, expect, **(parts | changed))


def _without(fields: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key != name}


def _upper(entry: bytes) -> bytes:
    digest = str(SENT["card"]).encode()
    return entry.replace(digest, digest.upper())
