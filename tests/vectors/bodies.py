"""Vectors of kind body: messages whose body is sealed to a unit, with the unit's private key."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

from world import Case, encoded, flip, keep, made_from, seed

from relec_exchange.message.encoding import b64, canonical
from relec_exchange.sealing.suite import HPKE, SealingPrivate
from relec_exchange.sealing.unit import unit_commitment

SEED = seed("pk protection desk")
DESK = SealingPrivate.from_seed(SEED)
OWN = SealingPrivate.from_seed(seed("tr protection desk"))
SALT = seed("salt of a sealed body")
INFO = b"relec/v1 unit body\n"
INNER = canonical({"outcome": "contact_needed", "contact": "The desk, by telephone, any morning"})
LONG = canonical({"outcome": "contact_needed", "contact": "x" * 5000})
HEADER: dict[str, Any] = {
    "message_id": "019aa700-0000-7000-8000-000000000301",
    "type": "protection.response",
    "schema_version": 1,
    "sender": "tr",
    "recipient": "pk",
    "exercise": True,
    "created_at": "2026-11-21T17:30:00.123Z",
    "sender_unit": "protection-desk",
    "author_role": "protection_desk",
    "area": "human_trafficking",
    "purpose": "victim_protection",
    "data_level": "nominal_sensitive",
    "handling": ["H1", "H2"],
    "urgency": "routine",
    "language": "en",
    "in_reply_to": "019aa700-0000-7000-8000-000000000300",
}
OTHER_HEADER = HEADER | {"in_reply_to": "019aa700-0000-7000-8000-000000000299"}


Part = tuple[SealingPrivate, bytes, bytes]
"""A key, the plaintext of its part, and the label before the header in HPKE's info."""


def padded(inner: bytes, size: int = 4096, length: int | None = None) -> bytes:
    """The plaintext of a part, without the checks of the code that seals."""
    stated = len(inner) if length is None else length
    return (stated.to_bytes(4, "big") + SALT + inner).ljust(size, b"\0")


def sealed(name: str, *parts: Part, inner: bytes = INNER, header: dict[str, Any] = HEADER) -> bytes:
    """A message with these parts, bound to `header`, kept in the vector of that name."""

    def make() -> bytes:
        made = [
            {
                "key": key.key_id,
                "data": b64(HPKE.encrypt(plain, key.public.hpke, info=label + canonical(header))),
            }
            for key, plain, label in parts
        ]
        return written(inner, made)

    return keep("body", name, "message_b64", recipe(*parts, inner=inner, header=header), make)


def written(inner: bytes, parts: list[dict[str, str]]) -> bytes:
    """The message that commits to `inner` and carries these parts."""
    body = {
        "unit": "protection-desk",
        "suite": "relec/v1",
        "commitment": unit_commitment(SALT, inner).hex(),
        "parts": parts,
    }
    return canonical({"header": HEADER, "body": body})


def recipe(*parts: Part, inner: bytes = INNER, header: dict[str, Any] = HEADER) -> bytes:
    """Everything that the message follows from, but for HPKE's own randomness."""
    made = [b"\0".join((key.public.raw, plain, label)) for key, plain, label in parts]
    return b"\1".join((canonical(HEADER), canonical(header), SALT, inner, *made))


def body_cases() -> Iterator[Case]:
    """Good sealed bodies, and every way in which one can be bad."""
    both = ((DESK, padded(INNER), INFO), (OWN, padded(INNER), INFO))
    good = sealed("good-01-both-desks", *both)
    yield _case("good-01-both-desks", "for the recipient's desk and for the own one", "ok", good,
                recipe(*both), INNER)  # fmt: skip
    own = encoded(message=good, inner=INNER) | {"seed": seed("tr protection desk").hex()}
    yield Case("body", "good-02-the-own-desk", "the other part of the same message", "ok",
               {**own})  # fmt: skip
    for name, comment, inner, size in (
        ("good-03-next-bucket", "too long for the smallest bucket", LONG, 8192),
        ("good-04-larger-bucket", "padded to more than it needs", INNER, 16384),
    ):
        part = (DESK, padded(inner, size), INFO)
        message = sealed(name, part, inner=inner)
        yield _case(name, comment, "ok", message, recipe(part, inner=inner), inner)
    value = json.loads(good)
    spelled = json.dumps({"header": value["header"], "body": value["body"]}, indent=2).encode()
    yield _case("good-05-other-spelling", "the same header, not in canonical form: its canonical"
                " form counts", "ok", spelled, None, INNER)  # fmt: skip
    yield from _changed(good)
    yield from _ill_sealed()


def _case(
    name: str,
    comment: str,
    expect: str,
    message: bytes,
    source: bytes | None = None,
    inner: bytes | None = None,
) -> Case:
    inputs = {"seed": SEED.hex(), **encoded(message=message)}
    if inner is not None:
        inputs |= encoded(inner=inner)
    if source is not None:
        inputs["made_from"] = made_from(source)
    return Case("body", name, comment, expect, inputs)


def _changed(good: bytes) -> Iterator[Case]:
    """A good message of which something was changed after sealing."""
    value = json.loads(good)
    parts: list[dict[str, str]] = value["body"]["parts"]
    first = b64decode(parts[0]["data"])

    def with_body(**fields: Any) -> bytes:
        return canonical(value | {"body": value["body"] | fields})

    def with_data(data: bytes) -> bytes:
        return with_body(parts=[parts[0] | {"data": b64(data)}, parts[1]])

    header = value["header"]
    bad: list[tuple[str, str, str, bytes]] = [
        ("other-message", "the body of another message: its header says in_reply_to otherwise",
         "unseal", canonical(value | {"header": OTHER_HEADER})),
        ("other-recipient", "the header says iq", "unseal",
         canonical(value | {"header": header | {"recipient": "iq"}})),
        ("no-part-for-this-key", "only the sender's own desk can open it", "unknown-key",
         with_body(parts=[parts[1]])),
        ("keys-exchanged", "each part under the key id of the other", "unseal",
         with_body(parts=[parts[0] | {"data": parts[1]["data"]},
                          parts[1] | {"data": parts[0]["data"]}])),
        ("mlkem-part", "one bit of the ML-KEM ciphertext", "unseal", with_data(flip(first, 500))),
        ("x25519-part", "one bit of the X25519 key", "unseal", with_data(flip(first, 1100))),
        ("text-part", "one bit where the body lies", "unseal", with_data(flip(first, 1160))),
        ("tag", "one bit of the tag", "unseal", with_data(flip(first, -1))),
        ("commitment-changed", "a commitment to something else", "commitment",
         with_body(commitment="0f" * 32)),
        ("shorter", "a part that has no bucket's size", "schema", with_data(first[:-1])),
        ("sizes-differ", "two parts of different size", "schema",
         with_data(first + bytes(4096))),
        ("line-break", "base64 that is not canonical", "schema",
         with_body(parts=[parts[0] | {"data": parts[0]["data"] + "\n"}, parts[1]])),
        ("one-key-twice", "two parts for one key", "schema",
         with_body(parts=[parts[0], parts[0]])),
        ("other-unit", "a unit that this type is not for", "schema",
         with_body(unit="contact-point")),
        ("other-suite", "a suite that does not exist", "schema", with_body(suite="relec/v2")),
        ("header-tells", "a header that tells of a victim", "schema",
         canonical(value | {"header": header | {"subject_categories": ["victim"]}})),
    ]  # fmt: skip
    for number, (name, comment, expect, message) in enumerate(bad, 1):
        yield _case(f"bad-{number:02d}-{name}", comment, expect, message)


def _ill_sealed() -> Iterator[Case]:
    """Messages that were sealed well around something that is wrong."""
    desk = (DESK, padded(INNER), INFO)
    lie = INNER.replace(b"contact_needed", b"accepted")
    bad: list[tuple[str, str, str, tuple[Part, ...], dict[str, Any]]] = [
        ("readers-disagree", "the own desk read and released another body", "commitment",
         ((DESK, padded(lie), INFO), (OWN, padded(INNER), INFO)), HEADER),
        ("other-label", "sealed as an envelope would be", "unseal",
         ((DESK, padded(INNER), b"relec/v1 seal\n"),), HEADER),
        ("other-header", "sealed under the header of another message", "unseal",
         (desk,), OTHER_HEADER),
        ("padding-not-zero", "a byte in the padding", "split",
         ((DESK, flip(padded(INNER), -1), INFO),), HEADER),
        ("past-the-end", "a length beyond the end", "split",
         ((DESK, padded(INNER, length=5000), INFO),), HEADER),
        ("nothing", "a body of no bytes", "split",
         ((DESK, padded(b""), INFO),), HEADER),
    ]  # fmt: skip
    for number, (name, comment, expect, parts, header) in enumerate(bad, 17):
        full = f"bad-{number:02d}-{name}"
        message = sealed(full, *parts, header=header)
        yield _case(full, comment, expect, message, recipe(*parts, header=header))
