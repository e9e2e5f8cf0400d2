"""Manipulated bundles: the entry, its proof, and the message."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import evidence_world as w
from evidence_bad import (
    Bad,
    changed,
    flipped,
    less_line,
    wrong_line,
)
from evidence_bad_terms import entry_bundle
from evidence_good import (
    ENTRY,
    FILLERS,
    HASH,
    MESSAGE,
    PK_LOG,
    PLACE,
    SALT,
    TR_LOG,
    whole,
)
from evidence_world import SENT_AT, Log, key
from world import seed

from relec_exchange.audit.entry import encode_entry
from relec_exchange.message.encoding import b64


def sent_as(**changes: Any) -> bytes:
    """The entry with other fields; nobody asks whether they are sensible."""
    fields = {**json.loads(ENTRY), **changes}
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()


def entries_changed() -> Iterator[Bad]:
    """Changes of this part."""
    base = whole()

    def bad(name: str, code: str, comment: str, bundle: Any, part: str = "sent") -> Bad:
        return Bad(name, code, part, comment, bundle)

    def entry(name: str, code: str, comment: str, data: bytes) -> Bad:
        return bad(name, code, comment, changed(base, "sent/entry", b64(data)))

    yield entry(
        "entry-time",
        "proof-inclusion",
        "backdated by a minute",
        sent_as(time="2026-11-21T17:29:00.000Z"),
    )
    yield entry("entry-to", "proof-inclusion", "another recipient", sent_as(to="iq"))
    yield entry("entry-type", "proof-inclusion", "another type", sent_as(type="info.reply"))
    yield entry(
        "entry-commitment",
        "proof-inclusion",
        "another commitment",
        sent_as(commitment=seed("other").hex()),
    )
    yield entry(
        "entry-spaces", "entry-malformed", "not in canonical form", ENTRY.replace(b":", b": ", 1)
    )
    yield entry("entry-extra", "entry-malformed", "a field more", sent_as(remark="x"))
    yield entry("entry-to-itself", "entry-malformed", "from a node to itself", sent_as(to="tr"))
    yield entry("entry-kind", "entry-kind", "an entry of another kind", FILLERS[0])
    yield entry(
        "entry-other-sender", "proof-key", "another sender's name", sent_as(**{"from": "iq"})
    )
    proof = base["sent"]["proof"]
    yield bad(
        "proof-index",
        "proof-inclusion",
        "another place",
        changed(base, "sent/proof", proof.replace("index 5", "index 6")),
    )
    yield bad(
        "proof-place-beyond",
        "proof-inclusion",
        "a place beyond the end",
        changed(base, "sent/proof", proof.replace("index 5", "index 8")),
    )
    yield bad(
        "proof-zero",
        "proof-malformed",
        "a number with a zero before it",
        changed(base, "sent/proof", proof.replace("index 5", "index 05")),
    )
    first = proof.splitlines()[2]
    yield bad(
        "proof-hash",
        "proof-inclusion",
        "a hash was changed",
        changed(base, "sent/proof", proof.replace(first, flipped(first))),
    )
    yield bad(
        "proof-short",
        "proof-inclusion",
        "a hash is missing",
        changed(base, "sent/proof", proof.replace(f"{first}\n", "", 1)),
    )
    yield bad(
        "proof-long",
        "proof-inclusion",
        "a hash more",
        changed(base, "sent/proof", proof.replace(first, f"{first}\n{first}", 1)),
    )
    yield bad(
        "proof-ed25519",
        "proof-signature",
        "a wrong signature of the log",
        changed(base, "sent/proof", wrong_line(proof, 0)),
    )
    yield bad(
        "proof-mldsa44",
        "proof-signature",
        "the other one",
        changed(base, "sent/proof", wrong_line(proof, 1)),
    )
    yield bad(
        "proof-half",
        "proof-signature",
        "one signature alone",
        changed(base, "sent/proof", less_line(proof, 1)),
    )
    yield bad(
        "proof-size",
        "proof-signature",
        "another size",
        changed(base, "sent/proof", proof.replace("exchange/1\n8\n", "exchange/1\n9\n")),
    )
    yield bad("proof-nothing", "proof-malformed", "no proof", changed(base, "sent/proof", ""))
    forger = copy.copy(TR_LOG)
    forger.key = key("tr", "exchange/1", 2)
    yield bad(
        "log-of-a-forger",
        "proof-signature",
        "signed with a key that no card names",
        changed(base, "sent/proof", forger.proof(PLACE, 8)),
    )
    elsewhere = Log("tr", [*FILLERS, ENTRY], 2)
    yield bad(
        "log-not-on-card",
        "proof-key",
        "a log that no card names",
        changed(base, "sent", elsewhere.logged(PLACE, 6)),
    )
    yield bad(
        "proof-of-partner",
        "proof-key",
        "a proof from the recipient's log",
        changed(base, "sent/proof", PK_LOG.proof(PLACE, 6)),
    )
    ended = w.LogKeys.model_validate(
        {
            **w.LogKeys.of(TR_LOG.key.public()).model_dump(),
            "state": "closed",
            "final_size": 7,
            "final_root": TR_LOG.tree.root_at(7).hex(),
        }
    )
    following = (ended, w.LogKeys.of(key("tr", "exchange/2").public()), *w.card("tr").logs[1:])
    note = w.card_note(
        "tr", 2, key("tr", "authority"), authority=w.card("tr").authority, logs=following
    )
    yield bad(
        "log-had-ended",
        "log-closed",
        "a tree beyond the end of the log",
        {**base, "cards": [*base["cards"], note]},
    )


def contents_changed() -> Iterator[Bad]:
    """Changes of this part."""
    base = whole()

    def bad(name: str, code: str, comment: str, path: str, value: Any) -> Bad:
        return Bad(name, code, "content", comment, changed(base, path, value))

    yield bad(
        "message-word",
        "commitment",
        "one word of the message was changed",
        "content/message",
        b64(MESSAGE.replace(b"request.", b"reply...")),
    )
    yield bad(
        "message-space", "commitment", "one space more", "content/message", b64(MESSAGE + b" ")
    )
    yield bad("message-salt", "commitment", "another salt", "content/salt", b64(seed("other salt")))
    yield bad(
        "message-moved-byte",
        "commitment",
        "a byte moved from the message into the salt",
        "content",
        {"message": b64(MESSAGE[1:]), "salt": b64(SALT + MESSAGE[:1])},
    )
    yield bad(
        "message-short-salt", "commitment", "a salt of 31 bytes", "content/salt", b64(SALT[:31])
    )
    for name, changes in (
        ("other-id", {"message_id": "019aa700-0000-7000-8000-000000000999"}),
        ("other-sender", {"sender": "iq"}),
        ("other-recipient", {"recipient": "iq"}),
        ("other-type", {"type": "info.reply"}),
    ):
        said = w.message(**changes)
        entry = w.sent(MESSAGE, SALT, SENT_AT, agreement=HASH)
        fields = {**json.loads(entry)}
        fields["commitment"] = json.loads(w.sent(said, SALT, SENT_AT))["commitment"]
        content = {"message": b64(said), "salt": b64(SALT)}
        yield Bad(
            f"message-{name}",
            "content",
            "content",
            "the log's owner committed to a message that says otherwise of itself",
            entry_bundle(encode_entry(fields), content=content),
        )
    for name, said in (
        ("no-json", b"nothing"),
        ("twice", b'{"header":{},"body":{},"body":{}}'),
        ("list", b"[]"),
        ("body-list", b'{"body":[],' + MESSAGE[MESSAGE.index(b'"header"') :]),
        ("nul", MESSAGE.replace(b"Simulated", b"Simulated\\u0000")),
        ("integer", MESSAGE.replace(b'"text"', b'"number":9223372036854775808,"text"')),
    ):
        entry = encode_entry({**json.loads(ENTRY), "commitment": _commitment(said)})
        content = {"message": b64(said), "salt": b64(SALT)}
        yield Bad(
            f"message-{name}",
            "content",
            "content",
            "what was committed to is no message",
            entry_bundle(entry, content=content),
        )


def _commitment(message: bytes) -> str:
    return w.commitment(SALT, message).hex()
