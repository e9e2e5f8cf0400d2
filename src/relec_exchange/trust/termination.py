"""Terminations: one party's word that an agreement ends before its date.

Contract: a `Termination` that exists follows every rule that can be judged from its own text. It
ends the agreement between its node and each partner that it names, from `effective` on. Whose word
it is is judged by a `Directory`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Literal, Self

from pydantic import Field, model_validator

from relec_exchange.trust.fields import (
    EVERYONE,
    Digest,
    LineOfText,
    Moment,
    NetworkKind,
    NetworkName,
    NodeName,
    Nodes,
    Table,
    check_nodes,
)

NOTICE_PERIOD: Final = timedelta(hours=24)


class Termination(Table):
    """The text of a termination. Times are aware, in UTC; `effective` is 24 hours off or more."""

    format: Literal["relec/v1 termination"] = "relec/v1 termination"
    network: NetworkName
    network_kind: NetworkKind
    node: NodeName
    agreement: Digest
    partners: Nodes = Field(alias="with")
    issued: Moment
    effective: Moment
    reason: LineOfText

    def concerns(self, a: str, b: str) -> bool:
        """Whether it ends the agreement between these two nodes."""
        for node, other in ((a, b), (b, a)):
            if node == self.node and (other in self.partners or EVERYONE in self.partners):
                return True
        return False

    @model_validator(mode="after")
    def _rules(self) -> Self:
        check_nodes(self.partners)
        if self.node in self.partners:
            raise ValueError("a partner is another node")
        if self.effective - self.issued < NOTICE_PERIOD:
            raise ValueError("effective is at least 24 hours after issued")
        return self
