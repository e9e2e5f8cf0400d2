"""Vectors of kind proof: an entry, the proof that comes with it, and the keys of its log."""

from __future__ import annotations

from collections.abc import Iterator

from world import (
    LOG_KEY,
    NETWORK,
    OLD_SIZE,
    TIMESTAMP,
    Case,
    checkpoint,
    encoded,
    entries,
    hybrid,
    keep,
    made_from,
    seed,
    sent_fields,
    signature_lines,
    spare_bits,
    tree,
    vkeys,
)

from relec_exchange.audit.entry import encode_entry
from relec_exchange.audit.proof import format_proof
from relec_exchange.message.encoding import b64
from relec_exchange.trust.note import split_note

WITNESS = hybrid(f"{NETWORK}/pk/witness", "witness", "pk witness")


def proof_cases() -> Iterator[Case]:
    """An entry, the proof that comes with it, and the keys of its log: receive step 4."""

    def case(name: str, comment: str, expect: str, entry: bytes, proof: bytes) -> Case:
        outcome = {"index": int(proof.split(b"\n")[1][6:])} if expect == "ok" else {}
        return Case(
            "proof",
            name,
            comment,
            expect,
            vkeys(LOG_KEY) | encoded(entry=entry, proof=proof) | outcome,
        )

    new, old = checkpoint(), checkpoint(OLD_SIZE)
    entry, last = entries()[300], entries()[999]
    good = format_proof(300, tree().inclusion(300), new.note)
    older = format_proof(300, tree().inclusion(300, OLD_SIZE), old.note)
    of_last = format_proof(999, tree().inclusion(999), new.note)
    forged_entry = encode_entry(sent_fields(300) | {"commitment": seed("forged").hex()})
    lines = good.split(b"\n")
    border = good.index(b"\n\n")
    ed25519, mldsa44 = signature_lines(new.note)
    text = split_note(new.note).text

    def under(note: bytes) -> bytes:
        return format_proof(300, tree().inclusion(300), note)

    yield case("good-01-entry-300-of-1000", "10 hashes", "ok", entry, good)
    yield case("good-02-under-an-older-checkpoint", "at 700 leaves", "ok", entry, older)
    yield case("good-03-last-entry", "8 hashes", "ok", last, of_last)
    cosigned = new.note + _kept_cosignature()
    yield Case(
        "proof",
        "good-04-cosigned",
        "lines of witnesses under the checkpoint; unknown keys are ignored",
        "ok",
        vkeys(LOG_KEY)
        | encoded(entry=entry, proof=under(cosigned), cosignature=_kept_cosignature())
        | {"index": 300, "made_from": _cosignature_recipe()},
    )
    bad: list[tuple[str, str, str, bytes, bytes]] = [
        (
            "forged-entry-under-old-proof",
            "the proof of one entry with another entry: whoever does not compute the root from "
            "the entry itself accepts it",
            "proof-inclusion",
            forged_entry,
            good,
        ),
        (
            "index-not-bound-to-size",
            "entry 999 of 1000 presented as index 255",
            "proof-inclusion",
            last,
            of_last.replace(b"index 999", b"index 255", 1),
        ),
        (
            "only-ed25519",
            "a checkpoint with one of both signatures",
            "proof-signature",
            entry,
            under(text + b"\n" + ed25519),
        ),
        (
            "only-mldsa44",
            "a checkpoint with one of both signatures",
            "proof-signature",
            entry,
            under(text + b"\n" + mldsa44),
        ),
        (
            "spare-bits",
            "a hash in base64 whose unused bits are not zero",
            "proof-malformed",
            entry,
            spare_bits(good, good.index(b"=") - 1),
        ),
        (
            "truncated-path",
            "the last hash is missing",
            "proof-inclusion",
            entry,
            good[: border - 45] + good[border:],
        ),
        (
            "longer-path",
            "one hash more than index and size demand",
            "proof-inclusion",
            entry,
            good[:border] + b"\n" + b64(seed("forged")).encode() + good[border:],
        ),
        (
            "path-of-older-tree",
            "the path for 700 leaves under the checkpoint of 1000",
            "proof-inclusion",
            entry,
            format_proof(300, tree().inclusion(300, OLD_SIZE), new.note),
        ),
        (
            "index-beyond-size",
            "an index that the tree does not have",
            "proof-inclusion",
            entry,
            good.replace(b"index 300", b"index 1300", 1),
        ),
        (
            "size-not-from-checkpoint",
            "the checkpoint's size is changed to fit another index",
            "proof-signature",
            last,
            of_last.replace(b"index 999", b"index 255", 1).replace(b"\n1000\n", b"\n256\n", 1),
        ),
        (
            "other-log",
            "the checkpoint of another log than the key's",
            "proof-key",
            entry,
            good.replace(b"/exchange/1\n", b"/exchange/2\n", 1),
        ),
        (
            "no-index",
            "no index line",
            "proof-malformed",
            entry,
            good.replace(lines[1] + b"\n", b""),
        ),
        (
            "leading-zero",
            "an index with a leading zero",
            "proof-malformed",
            entry,
            good.replace(b"index 300", b"index 0300", 1),
        ),
        (
            "extra-line",
            "an extra line, which this protocol does not use",
            "proof-malformed",
            entry,
            good.replace(b"\nindex", b"\nextra AAAA\nindex", 1),
        ),
        (
            "no-checkpoint",
            "the text ends after the path",
            "proof-malformed",
            entry,
            good[: border + 2],
        ),
        ("cut-in-a-hash", "the text ends within a hash", "proof-malformed", entry, good[:120]),
        ("crlf", "a carriage return", "proof-malformed", entry, good.replace(b"\n", b"\r\n", 1)),
        ("too-long", "more than 16384 bytes", "proof-malformed", entry, good + b"x" * 16384),
    ]
    for number, (name, comment, expect, leaf, proof) in enumerate(bad, 1):
        yield case(f"bad-{number:02d}-{name}", comment, expect, leaf, proof)


def _cosignature_recipe() -> str:
    return made_from(split_note(checkpoint().note).text + WITNESS.public().fingerprint().encode())


def _kept_cosignature() -> bytes:
    text = split_note(checkpoint().note).text
    recipe = text + WITNESS.public().fingerprint().encode()
    return keep(
        "proof",
        "good-04-cosigned",
        "cosignature_b64",
        recipe,
        lambda: b"".join(WITNESS.sign_text(text, TIMESTAMP + 60)),
    )
