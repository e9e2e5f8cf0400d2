"""Revocations: a node's word that one of its keys is in wrong hands, and since when.

Contract: a `Revocation` that exists follows every rule that can be judged from its own text. What
the key did beyond the good head, card or texts that it names is disputed: it does not count until
it is done again with other keys. The revocation of an authority is signed by the keys that its card
announced as the next ones; every other revocation by the authority of the node.
"""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from relec_exchange.errors import InvalidInput
from relec_exchange.message.identifiers import DIGEST_PATTERN, parse_origin
from relec_exchange.trust.card_parts import SuccessorKeys
from relec_exchange.trust.fields import (
    Digest,
    LineOfText,
    Moment,
    NetworkKind,
    NetworkName,
    NodeName,
    Table,
)

GOOD_TEXTS_MAX: Final = 64
_SEALING_ID: Final = re.compile(r"[0-9a-f]{16}")
_FINGERPRINT: Final = re.compile(DIGEST_PATTERN)
_AUTHORITY: Final = frozenset(("good_card", "successor"))
_LOG: Final = frozenset(("good_size", "good_root"))


class Revocation(Table):
    """The text of a revocation. Times are aware, in UTC.

    `key` is the origin of a log, the 16 hex digits of a sealing key, or the fingerprint of witness
    or authority keys. `good_size` and `good_root` are the last good head of a log; `good_card` is
    the last good version of the card, and `good_texts` are hashes of agreements, terminations and
    suspensions that the node stands by.
    """

    format: Literal["relec/v1 revocation"] = "relec/v1 revocation"
    network: NetworkName
    network_kind: NetworkKind
    node: NodeName
    kind: Literal["log", "sealing", "witness", "authority"]
    key: Annotated[str, Field(max_length=200)]
    since: Moment
    issued: Moment
    reason: LineOfText
    good_size: Annotated[int, Field(ge=0)] | None = None
    good_root: Digest | None = None
    good_card: Annotated[int, Field(ge=1)] | None = None
    good_texts: Annotated[tuple[Digest, ...], Field(max_length=GOOD_TEXTS_MAX)] = ()
    successor: SuccessorKeys | None = None

    @model_validator(mode="after")
    def _rules(self) -> Self:
        if self.since > self.issued:
            raise ValueError("since is not after issued")
        if len(set(self.good_texts)) != len(self.good_texts):
            raise ValueError("a list names nothing twice")
        self._check_fields()
        self._check_key()
        return self

    def _check_fields(self) -> None:
        given = {name for name in _AUTHORITY | _LOG if getattr(self, name) is not None}
        wanted = {"authority": _AUTHORITY, "log": _LOG}.get(self.kind, frozenset())
        if given != wanted or (self.good_texts and self.kind != "authority"):
            raise ValueError(
                "a log has good_size and good_root, an authority good_card, good_texts and"
                " successor; the other kinds have none of these"
            )

    def _check_key(self) -> None:
        if self.kind == "log":
            self._check_origin()
        elif self.kind == "sealing":
            if _SEALING_ID.fullmatch(self.key) is None:
                raise ValueError("key is the id of a sealing key, 16 hex digits")
        elif _FINGERPRINT.fullmatch(self.key) is None:
            raise ValueError("key is the fingerprint of the keys, 64 hex digits")
        if self.successor is not None:
            self._check_successor(self.successor)

    def _check_origin(self) -> None:
        try:
            origin = parse_origin(self.key)
        except InvalidInput as error:
            raise ValueError(error.message) from None
        if (origin.network, origin.node) != (self.network, self.node):
            raise ValueError(f"a log is called {self.network}/{self.node}/...")

    def _check_successor(self, successor: SuccessorKeys) -> None:
        public = successor.public()
        if public.name != f"{self.network}/{self.node}/authority":
            raise ValueError(f"the successor is called {self.network}/{self.node}/authority")
        if public.fingerprint() == self.key:
            raise ValueError("the successor is another pair of keys than the revoked one")
