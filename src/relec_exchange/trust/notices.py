"""Notices: terminations, suspensions and revocations as notes, taken apart and not yet believed.

Contract: `parse_notice` judges the form alone. Whether somebody who may speak for the node signed
it is judged by a `Directory`. The identity of a notice is the SHA-256 of its text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from relec_exchange.errors import InvalidInput
from relec_exchange.trust.note import split_note
from relec_exchange.trust.plaintext import read_document
from relec_exchange.trust.revocation import Revocation
from relec_exchange.trust.suspension import Suspension
from relec_exchange.trust.termination import Termination

NoticeKind = Literal["termination", "suspension", "revocation"]
Notice = Termination | Suspension | Revocation

_MODELS: Final[Mapping[NoticeKind, type[Notice]]] = MappingProxyType(
    {"termination": Termination, "suspension": Suspension, "revocation": Revocation}
)


@dataclass(frozen=True, slots=True)
class SignedNotice:
    """A notice with the bytes it came in. `hash` is the SHA-256 of the text, in hex.

    `signers` are the fingerprints of the authority keys whose signatures a `Directory` has
    verified; none before that.
    """

    kind: NoticeKind
    notice: Notice
    text: str
    note: bytes
    hash: str
    signers: frozenset[str] = frozenset()


def read_notice(text: str) -> Notice:
    """The notice of a text that nobody signed yet, or `InvalidInput` naming line or field."""
    kind = _kind(text)
    return read_document(text, kind, _MODELS[kind])


def parse_notice(note: bytes) -> SignedNotice:
    """A notice from its note, signatures unchecked.

    Raises `Unverified` if the note is malformed, `InvalidInput` for a text that breaks a rule.
    """
    parsed = split_note(note)
    text = parsed.text.decode("utf-8")
    digest = hashlib.sha256(parsed.text).hexdigest()
    return SignedNotice(_kind(text), read_notice(text), text, note, digest)


def _kind(text: str) -> NoticeKind:
    first = text.split("\n", 1)[0]
    for kind in _MODELS:
        if first == f'format = "relec/v1 {kind}"':
            return kind
    raise InvalidInput(
        "line 1 is not that of a termination, suspension or revocation", field="line 1"
    )
