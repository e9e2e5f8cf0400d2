"""The fields that cards, agreements and notices are made of.

Contract: each type accepts exactly the form that its comment or pattern says; a `Table` is strict,
frozen and has no room for names that nobody knows.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from relec_exchange.errors import InvalidInput
from relec_exchange.message.identifiers import (
    DIGEST_PATTERN,
    NETWORK_PATTERN,
    NODE_PATTERN,
    TYPE_PATTERN,
    UNIT_PATTERN,
)


class Table(BaseModel):
    """One table of a text that an authority signs."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", populate_by_name=True)


def checked(check: Callable[[str], object]) -> AfterValidator:
    """Use a function that raises `InvalidInput` as the rule of a field."""

    def rule(value: str) -> str:
        try:
            check(value)
        except InvalidInput as error:
            raise ValueError(error.message) from None
        return value

    return AfterValidator(rule)


def _moment(value: datetime) -> datetime:
    if value.utcoffset() != timedelta(0) or value.microsecond:
        raise ValueError("a time is in UTC and to the second, as 2026-11-21T00:00:00Z")
    return value


Moment = Annotated[datetime, AfterValidator(_moment)]
NetworkKind = Literal["exercise", "production"]
NodeName = Annotated[str, Field(pattern=NODE_PATTERN)]
NetworkName = Annotated[str, Field(pattern=NETWORK_PATTERN)]
Digest = Annotated[str, Field(pattern=DIGEST_PATTERN)]  # SHA-256 in lower-case hex
UnitName = Annotated[str, Field(pattern=UNIT_PATTERN)]
# Any name of this form: a type of a later version must still be readable in a signed text.
TypeName = Annotated[str, Field(pattern=TYPE_PATTERN, max_length=40)]
LineOfText = Annotated[str, Field(min_length=1, max_length=1000)]

EVERYONE: Final = "*"
Nodes = Annotated[tuple[NodeName | Literal["*"], ...], Field(min_length=1, max_length=64)]


def check_nodes(nodes: tuple[str, ...]) -> None:
    """`ValueError` unless each node is named once, or `"*"` stands alone for all."""
    if len(set(nodes)) != len(nodes):
        raise ValueError("a list names nothing twice")
    if EVERYONE in nodes and len(nodes) > 1:
        raise ValueError('"*" stands alone')


class PartnerNotice(Table):
    """What a node says of messages between itself and the `partners` that it names."""

    network: NetworkName
    network_kind: NetworkKind
    node: NodeName
    partners: Nodes = Field(alias="with")
    issued: Moment
    reason: LineOfText

    def concerns(self, a: str, b: str) -> bool:
        """Whether it speaks of messages between these two nodes."""
        for node, other in ((a, b), (b, a)):
            if node == self.node and (other in self.partners or EVERYONE in self.partners):
                return True
        return False

    @model_validator(mode="after")
    def _names_others(self) -> Self:
        check_nodes(self.partners)
        if self.node in self.partners:
            raise ValueError("a partner is another node")
        return self
