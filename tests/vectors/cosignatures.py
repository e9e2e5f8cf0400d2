"""Vectors of kinds cosignature and policy: two lines of a witness, and who must have signed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from world import (
    LOG_KEY,
    NETWORK,
    OLD_SIZE,
    ORIGIN,
    TIMESTAMP,
    Case,
    checkpoint,
    encoded,
    flip,
    hybrid,
    keep,
    made_from,
    vkeys,
)

from relec_exchange.audit.cosignature import cosign, with_cosignatures
from relec_exchange.audit.policy import format_policy
from relec_exchange.trust.signature import HybridKey

WITNESSES = {
    node: hybrid(f"{NETWORK}/{node}/witness", "witness", f"{node} witness")
    for node in ("iq", "ir", "pk")
}
OTHER = hybrid(f"{NETWORK}/pk/witness", "witness", "somebody else's witness key")


def cosignature_cases() -> Iterator[Case]:
    """What a witness answers."""
    for number, node in enumerate(WITNESSES, 1):
        name = f"good-{number:02d}-of-{node}"
        told = {"witness": node, "time": TIMESTAMP}
        yield _case(name, "two lines with one time", "ok", node, _lines(node), told)
    pk = _lines("pk")
    first, second = pk.splitlines(keepends=True)
    iq = _lines("iq").splitlines(keepends=True)[1]
    later = _kept("bad-01-ahead", WITNESSES["pk"], at=TIMESTAMP + 1)
    other = _kept("bad-02-other-key", OTHER)
    tree = _kept("bad-03-other-tree", WITNESSES["pk"], size=OLD_SIZE)
    timeless = _kept("bad-13-no-time", WITNESSES["pk"], at=0)
    signature, malformed = "proof-signature", "proof-malformed"
    bad: list[tuple[str, str, str, bytes]] = [
        ("ahead", "a time after the latest that may be", signature, later),
        ("other-key", "another key of this name", signature, other),
        ("other-tree", "lines over an older tree", signature, tree),
        ("only-ed25519", "one line", malformed, first),
        ("only-mldsa44", "one line", malformed, second),
        ("three-lines", "the first line twice", malformed, pk + first),
        ("same-line-twice", "two lines of one kind", signature, first + first),
        ("two-times", "one line of another time", signature, first + later.splitlines(True)[1]),
        (
            "two-witnesses",
            "a line of each of two",
            signature,
            first + iq,
        ),
        ("nothing", "no line", malformed, b""),
        ("flipped", "a changed bit", malformed, flip(pk, -2)),
        ("crlf", "a carriage return", malformed, pk.replace(b"\n", b"\r\n", 1)),
        ("no-time", "the time 0, which is none", signature, timeless),
    ]
    for number, (name, comment, expect, lines) in enumerate(bad, 1):
        yield _case(f"bad-{number:02d}-{name}", comment, expect, "pk", lines, {})


def policy_cases() -> Iterator[Case]:
    """Cosigned checkpoints against the policy of three witnesses, of whom all three are wanted."""
    text = format_policy([LOG_KEY.public()], [(n, key.public()) for n, key in WITNESSES.items()])
    all_ = [_lines(node) for node in WITNESSES]
    note = with_cosignatures(checkpoint().note, all_)
    lines = note.splitlines(keepends=True)
    names = sorted([*WITNESSES, "quorum-of-nodes", *_keys()])
    cases: list[tuple[str, str, str, str, bytes, dict[str, Any]]] = [
        ("good-01-all-three", "a quorum", "ok", text, note, {"counted": names}),
        ("good-02-nobody-wanted", "no quorum", "ok", _none(), checkpoint().note, {"counted": []}),
        ("bad-01-two-of-three", "too few", "proof-signature", text, b"".join(lines[:-2]), {}),
        ("bad-02-half-of-one", "one kind only", "proof-signature", text, b"".join(lines[:-1]), {}),
        ("bad-03-no-owner", "no line of the log", "proof-signature", text, _without(lines), {}),
        ("bad-04-other-log", "another log's keys", "proof-key", _other(text), note, {}),
    ]
    for name, comment, expect, policy, cosigned, more in cases:
        inputs = {"policy": policy, **encoded(checkpoint=cosigned), **more}
        yield Case("policy", name, comment, expect, inputs)


def _keys() -> list[str]:
    return [f"{node}.{kind}" for node in WITNESSES for kind in ("ed25519", "mldsa44")]


def _none() -> str:
    return format_policy([LOG_KEY.public()], [])


def _other(text: str) -> str:
    """The same policy for the log that follows this one."""
    key = hybrid(f"{ORIGIN[:-1]}2", "log", "tr second log")
    logs = "".join(f"log {vkey}\n" for vkey in key.public().vkeys())
    return logs + text.split("\n", 2)[2]


def _without(lines: list[bytes]) -> bytes:
    return b"".join([*lines[:5], *lines[6:]])


def _lines(node: str) -> bytes:
    number = list(WITNESSES).index(node) + 1
    return _kept(f"good-{number:02d}-of-{node}", WITNESSES[node])


def _kept(name: str, key: HybridKey, *, at: int = TIMESTAMP, size: int = 0) -> bytes:
    note = checkpoint(size).note if size else checkpoint().note
    recipe = _recipe(name)
    return keep("cosignature", name, "cosignature_b64", recipe, lambda: cosign(note, key, at))


def _recipe(name: str) -> bytes:
    keys = "".join(key.public().fingerprint() for key in (*WITNESSES.values(), OTHER))
    return f"{name} {keys} {TIMESTAMP}".encode() + checkpoint().root


def _case(
    name: str, comment: str, expect: str, node: str, lines: bytes, more: dict[str, Any]
) -> Case:
    inputs = {
        **vkeys(WITNESSES[node]),
        "latest": TIMESTAMP,
        **encoded(checkpoint=checkpoint().note, cosignature=lines),
        "made_from": made_from(_recipe(name)),
    }
    return Case("cosignature", name, comment, expect, inputs | more)
