"""Vectors of kind note: texts that an authority signs with Ed25519 and ML-DSA-44."""

from __future__ import annotations

from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from world import (
    NETWORK,
    Case,
    encoded,
    flip,
    hybrid,
    keep,
    made_from,
    signature_lines,
    spare_bits,
    vkeys,
)

from relec_exchange.trust.note import join_note, split_note
from relec_exchange.trust.signature import HybridKey, SignatureLine

AUTHORITY = hybrid(f"{NETWORK}/tr/authority", "note", "tr authority")
STRANGER = hybrid(f"{NETWORK}/pk/authority", "note", "pk authority")
IMPOSTOR = hybrid(f"{NETWORK}/tr/authority", "note", "impostor")

NOTE_TEXT = b'format = "relec/v1 card"\nnetwork = "relec.example"\n\nnode = "tr"\n'
BEYOND_ASCII = 'format = "relec/v1 agreement"\nbasis = "Türkiye – پاکستان"\n'.encode()


def _kept_note(name: str, text: bytes, *keys: HybridKey) -> tuple[bytes, str]:
    recipe = text + b"".join(key.public().fingerprint().encode() for key in keys)
    note = keep(
        "note",
        name,
        "note_b64",
        recipe,
        lambda: join_note(text, [line for key in keys for line in key.sign_text(text)]),
    )
    return note, made_from(recipe)


def _without_context() -> tuple[bytes, str]:
    """A note whose ML-DSA signature lacks the context that the algorithm demands."""
    name = "bad-08-no-context"
    recipe = NOTE_TEXT + b"no context" + AUTHORITY.public().fingerprint().encode()

    def make() -> bytes:
        raw = MLDSA44PrivateKey.from_seed_bytes(AUTHORITY.mldsa44_seed).sign(NOTE_TEXT)
        line = SignatureLine(AUTHORITY.name, AUTHORITY.public().keys[1].key_id, raw).encode()
        return join_note(NOTE_TEXT, [AUTHORITY.sign_text(NOTE_TEXT)[0], line])

    return keep("note", name, "note_b64", recipe, make), made_from(recipe)


def note_cases() -> Iterator[Case]:
    """Texts that an authority signs with Ed25519 and ML-DSA-44."""

    def case(name: str, comment: str, expect: str, note: bytes, made: str = "") -> Case:
        extra = {"text": split_note(note).text.decode()} if expect == "ok" else {}
        source = {"made_from": made} if made else {}
        inputs = vkeys(AUTHORITY) | encoded(note=note) | extra | source
        return Case("note", name, comment, expect, inputs)

    good, made = _kept_note("good-01-signed-by-both", NOTE_TEXT, AUTHORITY)
    yield case("good-01-signed-by-both", "a text and both signatures", "ok", good, made)
    name = "good-02-also-signed-by-a-stranger"
    joint, made = _kept_note(name, BEYOND_ASCII, STRANGER, AUTHORITY)
    yield case(name, "lines of unknown keys are ignored; text beyond ASCII", "ok", joint, made)
    name = "bad-03-impostor"
    forged, forged_made = _kept_note(name, NOTE_TEXT, IMPOSTOR)
    plain, made = _without_context()
    ed25519, mldsa44 = signature_lines(good)
    first = good.index(b"=\n") - 1
    bad: list[tuple[str, str, str, bytes]] = [
        ("only-ed25519", "one of both signatures", "proof-signature", NOTE_TEXT + b"\n" + ed25519),
        ("only-mldsa44", "one of both signatures", "proof-signature", NOTE_TEXT + b"\n" + mldsa44),
        ("impostor", "the right name, another key: no known line", "proof-signature", forged),
        ("altered-text", "one word", "proof-signature", good.replace(b'"tr"', b'"iq"')),
        (
            "doubled-line",
            "one line of a key twice",
            "proof-signature",
            NOTE_TEXT + b"\n" + ed25519 + ed25519 + mldsa44,
        ),
        (
            "altered-signature",
            "one character of the ML-DSA signature",
            "proof-signature",
            NOTE_TEXT + b"\n" + ed25519 + _altered(mldsa44),
        ),
        (
            "spare-bits",
            "base64 whose unused bits are not zero",
            "proof-malformed",
            spare_bits(good, first),
        ),
        ("no-context", "ML-DSA without the context relec/note/v1", "proof-signature", plain),
        ("tab", "a control character", "proof-malformed", good.replace(b" = ", b"\t=\t", 1)),
        ("no-empty-line", "text and lines touch", "proof-malformed", NOTE_TEXT + ed25519),
        ("no-final-newline", "the last line does not end", "proof-malformed", good[:-1]),
        ("not-utf8", "bytes that are no text", "proof-malformed", b"\xff" + good),
        ("unsigned", "no signature line", "proof-malformed", NOTE_TEXT + b"\n"),
        (
            "seventeen-lines",
            "more than 16 signature lines",
            "proof-malformed",
            NOTE_TEXT + b"\n" + ed25519 * 16 + mldsa44,
        ),
        ("hyphen", "a hyphen for the dash", "proof-malformed", good.replace("—".encode(), b"-")),
        ("nothing", "no bytes at all", "proof-malformed", b""),
    ]
    sources = {"impostor": forged_made, "no-context": made}
    for number, (name, comment, expect, note) in enumerate(bad, 1):
        yield case(f"bad-{number:02d}-{name}", comment, expect, note, sources.get(name, ""))


def _altered(line: bytes) -> bytes:
    """The same signature line with one bit of the signature changed."""
    (parsed,) = split_note(join_note(NOTE_TEXT, [line])).signatures
    return SignatureLine(parsed.name, parsed.key_id, flip(parsed.signature, 1000)).encode()
