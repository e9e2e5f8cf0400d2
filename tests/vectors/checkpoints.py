"""Vectors of kind checkpoint: signed tree heads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from world import (
    LOG_KEY,
    LOG_SIZE,
    OLD_SIZE,
    ORIGIN,
    OTHER_LOG_KEY,
    TIMESTAMP,
    Case,
    checkpoint,
    checkpoint_recipe,
    encoded,
    signature_lines,
    signed_checkpoint,
    spare_bits,
    vkeys,
)

from relec_exchange.audit.checkpoint import checkpoint_text
from relec_exchange.audit.merkle import EMPTY_ROOT
from relec_exchange.message.encoding import b64
from relec_exchange.trust.note import join_note, split_note
from relec_exchange.trust.signature import SignatureLine


def checkpoint_cases() -> Iterator[Case]:
    """Signed tree heads."""

    def case(
        name: str, comment: str, expect: str, note: bytes, more: dict[str, Any] | None = None
    ) -> Case:
        inputs = vkeys(LOG_KEY) | encoded(checkpoint=note) | (more or {})
        return Case("checkpoint", name, comment, expect, inputs)

    def good(name: str, comment: str, size: int, root: bytes, note: bytes) -> Case:
        head = {"origin": ORIGIN, "size": size, "root": root.hex()}
        return case(name, comment, "ok", note, head | {"made_from": checkpoint_recipe(size, root)})

    new, old = checkpoint(), checkpoint(OLD_SIZE)
    yield good("good-01-signed-by-both", "1000 leaves", new.size, new.root, new.note)
    yield good("good-02-an-older-size", "700 leaves", old.size, old.root, old.note)
    empty = signed_checkpoint("good-03-empty-tree", 0, EMPTY_ROOT)
    yield good("good-03-empty-tree", "no leaves: the empty root", 0, EMPTY_ROOT, empty)
    text = split_note(new.note).text
    ed25519, mldsa44 = signature_lines(new.note)
    forged = signed_checkpoint("bad-03-other-key", LOG_SIZE, new.root, OTHER_LOG_KEY)
    forged_lines = signature_lines(forged)
    root_end = text.index(b"=")
    bad: list[tuple[str, str, str, bytes]] = [
        ("only-ed25519", "one of both signatures", "proof-signature", text + b"\n" + ed25519),
        ("only-mldsa44", "one of both signatures", "proof-signature", text + b"\n" + mldsa44),
        ("other-key", "signed with another key of this name", "proof-signature", forged),
        (
            "half-other-key",
            "Ed25519 by the log, ML-DSA by another key",
            "proof-signature",
            text + b"\n" + ed25519 + forged_lines[1],
        ),
        ("size", "another size", "proof-signature", new.note.replace(b"\n1000\n", b"\n1001\n")),
        (
            "root",
            "another root",
            "proof-signature",
            new.note.replace(b64(new.root).encode(), b64(old.root).encode()),
        ),
        (
            "time",
            "the time in the ML-DSA line",
            "proof-signature",
            text + b"\n" + ed25519 + _later(mldsa44),
        ),
        (
            "other-origin",
            "the origin of another log than the key's",
            "proof-key",
            new.note.replace(b"/exchange/1\n", b"/exchange/2\n", 1),
        ),
        (
            "spare-bits",
            "the root in base64 whose unused bits are not zero",
            "proof-malformed",
            spare_bits(new.note, root_end - 1),
        ),
        (
            "leading-zero",
            "a size with a leading zero",
            "proof-malformed",
            new.note.replace(b"\n1000\n", b"\n01000\n"),
        ),
        (
            "extension-line",
            "a fourth line, which ML-DSA would not cover",
            "proof-malformed",
            new.note.replace(b"=\n\n", b"=\nextension\n\n", 1),
        ),
        ("crlf", "a carriage return", "proof-malformed", new.note.replace(b"\n", b"\r\n", 1)),
        (
            "empty-tree-with-a-root",
            "size 0 with another root than the empty one",
            "proof-malformed",
            empty.replace(b64(EMPTY_ROOT).encode(), b64(new.root).encode()),
        ),
        (
            "huge-size",
            "a size beyond 2^63 - 1",
            "proof-malformed",
            new.note.replace(b"\n1000\n", b"\n9223372036854775808\n"),
        ),
        ("truncated", "the last line is cut", "proof-malformed", new.note[:-5]),
    ]
    source = {"made_from": checkpoint_recipe(LOG_SIZE, new.root, OTHER_LOG_KEY)}
    for number, (name, comment, expect, note) in enumerate(bad, 1):
        more = source if name == "other-key" else None
        yield case(f"bad-{number:02d}-{name}", comment, expect, note, more)


def _later(line: bytes) -> bytes:
    """The same cosignature line with another time in it."""
    note = split_note(join_note(checkpoint_text(ORIGIN, 0, EMPTY_ROOT), [line]))
    (parsed,) = note.signatures
    changed = (TIMESTAMP + 1).to_bytes(8, "big") + parsed.signature[8:]
    return SignatureLine(parsed.name, parsed.key_id, changed).encode()
