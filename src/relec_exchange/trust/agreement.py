"""Agreements: what states have signed that they will exchange, from one node to another.

Contract: an `Agreement` that exists follows every rule that can be judged from its own text.
`parse_agreement` sorts the signature lines by node and checks none of them: that takes cards, and
is done by a `Directory`. The identity of an agreement is the SHA-256 of its text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from relec_exchange.errors import InvalidInput, Refused
from relec_exchange.message.codes import Area, DataLevel, Handling, Purpose
from relec_exchange.message.constants import TIMES, Times
from relec_exchange.trust.assurances import NO_ASSURANCES, Assurances
from relec_exchange.trust.fields import (
    EVERYONE,
    Digest,
    LineOfText,
    Moment,
    NetworkKind,
    NetworkName,
    Nodes,
    Table,
    TypeName,
    UnitName,
    check_nodes,
)
from relec_exchange.trust.note import split_note
from relec_exchange.trust.plaintext import read_document
from relec_exchange.trust.signature import SignatureLine

NOMINAL: Final = frozenset((DataLevel.NOMINAL, DataLevel.NOMINAL_SENSITIVE))
RETENTION_MAX_DAYS: Final = 1826  # five years: no agreement may go beyond
RULE_NOMINAL: Final = "nominal-without-assurance"

_Code = Field(strict=False)  # a code is written as its text


class Grant(Table):
    """What the nodes in `from` may send to the nodes in `to`. All conditions must hold at once."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
    senders: Nodes = Field(alias="from")
    recipients: Nodes = Field(alias="to")
    areas: Annotated[tuple[Annotated[Area, _Code], ...], Field(min_length=1)]
    types: Annotated[tuple[TypeName, ...], Field(min_length=1, max_length=64)]
    purposes: Annotated[tuple[Annotated[Purpose, _Code], ...], Field(min_length=1)]
    levels: Annotated[tuple[Annotated[DataLevel, _Code], ...], Field(min_length=1)]
    handling: Annotated[tuple[Annotated[Handling, _Code], ...], Field(min_length=1)]
    retention_days: Annotated[int, Field(ge=1, le=RETENTION_MAX_DAYS)]
    # Fields of the body that are cut before sending, as dotted paths.
    withhold: tuple[
        Annotated[str, Field(pattern=r"^[a-z_]+(\.[a-z_]+)*$", max_length=100)], ...
    ] = ()
    # Units of the sender that may use this grant; none named means all.
    units: tuple[UnitName, ...] = ()
    # Units of the recipient that may see the message; none named means all, and under H2 only the
    # unit that owns it.
    readers: tuple[UnitName, ...] = ()
    # Counts of persons below this are suppressed.
    min_cell: Annotated[int, Field(ge=1, le=100)] = 5

    def covers(self, sender: str, recipient: str) -> bool:
        """Whether this grant is about messages from one node to another."""
        return (sender in self.senders or EVERYONE in self.senders) and (
            recipient in self.recipients or EVERYONE in self.recipients
        )

    @model_validator(mode="after")
    def _rules(self) -> Self:
        lists = (self.senders, self.recipients, self.areas, self.types, self.purposes)
        for values in (*lists, self.levels, self.handling, self.withhold, self.units, self.readers):
            if len(set(values)) != len(values):
                raise ValueError("a list names nothing twice")
        for nodes in (self.senders, self.recipients):
            check_nodes(nodes)
        return self


class Agreement(Table):
    """One version of what two parties (or, in a charter, many) agree. Times are aware, in UTC."""

    format: Literal["relec/v1 agreement"] = "relec/v1 agreement"
    network: NetworkName
    network_kind: NetworkKind
    title: LineOfText
    charter: bool
    parties: Nodes
    legal_basis: LineOfText
    version: Annotated[int, Field(ge=1)]
    valid_from: Moment
    valid_until: Moment
    replaces: Annotated[tuple[Digest, ...], Field(max_length=64)] = ()
    times: dict[str, int] = Field(default_factory=dict)
    assurances: Assurances = NO_ASSURANCES
    grants: Annotated[tuple[Grant, ...], Field(min_length=1, max_length=256)]

    @model_validator(mode="after")
    def _rules(self) -> Self:
        for rule in (_check_dates, _check_parties, _check_grants, _check_times):
            rule(self)
        return self

    def names(self, node: str) -> bool:
        """Whether a node is a party (signing is another matter)."""
        return node in self.parties or EVERYONE in self.parties

    @property
    def nominal(self) -> bool:
        """Whether some grant allows data about an identified person."""
        return any(NOMINAL.intersection(grant.levels) for grant in self.grants)


@dataclass(frozen=True, slots=True)
class SignedAgreement:
    """An agreement with the bytes it came in.

    `hash` is the SHA-256 of the text, in hex. `signatures` has the lines that claim to be of a
    party's authority, by node name; none of them is checked.
    """

    agreement: Agreement
    text: str
    note: bytes
    hash: str
    signatures: Mapping[str, tuple[SignatureLine, ...]]


def read_agreement(text: str) -> Agreement:
    """The agreement of a text that nobody signed yet.

    Raises `InvalidInput` naming line or field, and `Refused` (rule `nominal-without-assurance`)
    where data about identified persons would be granted in earnest without both assurances.
    """
    agreement = read_document(text, "agreement", Agreement)
    earnest = agreement.network_kind != "exercise"
    if agreement.nominal and earnest and not agreement.assurances.complete:
        raise Refused(
            "data about identified persons needs both assurances in the same text",
            rule=RULE_NOMINAL,
            field="assurances",
            remedy="promise no_death_penalty and no_torture, or grant aggregate and non_nominal",
        )
    return agreement


# What is read depends on the bytes alone, and nodes look at the same few texts all day.
@lru_cache(maxsize=128)
def parse_agreement(note: bytes) -> SignedAgreement:
    """An agreement from its note, signatures unchecked; `Unverified` if the note is malformed."""
    parsed = split_note(note)
    text = parsed.text.decode("utf-8")
    agreement = read_agreement(text)
    lines: dict[str, list[SignatureLine]] = {}
    for line in parsed.signatures:
        node = _authority_node(agreement.network, line.name)
        if node is not None and agreement.names(node):
            lines.setdefault(node, []).append(line)
    signatures = MappingProxyType({node: tuple(found) for node, found in lines.items()})
    digest = hashlib.sha256(parsed.text).hexdigest()
    return SignedAgreement(agreement, text, note, digest, signatures)


def _authority_node(network: str, key_name: str) -> str | None:
    """The node whose authority key has this name, if it has the form of one."""
    parts = key_name.split("/")
    if len(parts) == 3 and parts[0] == network and parts[2] == "authority":
        return parts[1]
    return None


def _check_dates(agreement: Agreement) -> None:
    if agreement.valid_from >= agreement.valid_until:
        raise ValueError("valid_until is after valid_from")
    if agreement.replaces and agreement.version < 2:
        raise ValueError("a text that replaces another has a higher version than it")
    if len(set(agreement.replaces)) != len(agreement.replaces):
        raise ValueError("replaces names no text twice")


def _check_parties(agreement: Agreement) -> None:
    parties = agreement.parties
    if len(set(parties)) != len(parties) or (EVERYONE in parties and len(parties) > 1):
        raise ValueError('parties are named once each, or are ["*"]')
    if not agreement.charter and (len(parties) != 2 or EVERYONE in parties):
        raise ValueError("an agreement that is not a charter has two parties")
    if agreement.charter and len(parties) < 2 and EVERYONE not in parties:
        raise ValueError('a charter has two parties or more, or ["*"] for all that sign it')


def _check_grants(agreement: Agreement) -> None:
    ids = [grant.id for grant in agreement.grants]
    if len(set(ids)) != len(ids):
        raise ValueError("every grant has an id of its own")
    for grant in agreement.grants:
        named = {*grant.senders, *grant.recipients}
        if EVERYONE in named and not agreement.charter:
            raise ValueError(f'grants.{grant.id}: "*" stands in a charter only')
        if EVERYONE not in agreement.parties and not named <= {*agreement.parties, EVERYONE}:
            raise ValueError(f"grants.{grant.id}: from and to name parties only")


def _check_times(agreement: Agreement) -> None:
    if not agreement.times:
        return
    if not agreement.charter or agreement.network_kind != "exercise":
        raise ValueError("times are shortened in the charter of an exercise network only")
    try:
        shortened(agreement)
    except InvalidInput as error:
        raise ValueError(f"{error.field}: {error.message}") from None


def shortened(agreement: Agreement) -> Times:
    """The protocol's times as this agreement shortens them."""
    return TIMES.shortened(agreement.times)
