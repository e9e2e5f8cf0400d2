"""The register of a node's officers: a line of signed records, each following the one before.

Contract: a `Register` exists only by replaying signed records, so a row written by hand, a name
with two keys, a key with two names, or a missing record is refused. Immutable; no I/O, no clock.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from relec_exchange.errors import Conflict, InvalidInput, NotAuthorised, NotFound, Unverified
from relec_exchange.message.encoding import b64, canonical, parse_json, unb64
from relec_exchange.message.identifiers import (
    NETWORK_PATTERN,
    NODE_PATTERN,
    TIME_PATTERN,
    format_time,
    parse_time,
)
from relec_exchange.trust.note import sign_text, split_note, verify_note
from relec_exchange.trust.officer import OFFICER_PATTERN, Officer, OfficerKey, Role, check_roles
from relec_exchange.trust.signature import HybridKey, HybridPublic, VerifierKey

FORMAT: Final = "relec/v1 officer"
AUTHORITY: Final = "authority"
RECORD_MAX_BYTES: Final = 4096
_ED25519: Final = 0x01

_Name = Annotated[str, Field(pattern=OFFICER_PATTERN)]
_PRINTABLE: Final = r"^[^\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]*$"
_Line = Annotated[str, Field(max_length=120, pattern=_PRINTABLE)]


class OfficerRecord(BaseModel):
    """One change of the register, written as canonical JSON (RFC 8785).

    `number` counts the records of this node from 1. `key` is a C2SP verifier key of Ed25519 named
    `<network>/<node>/officer/<name>`. A record that removes carries the name and nothing else.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    format: Literal["relec/v1 officer"] = FORMAT
    network: Annotated[str, Field(pattern=NETWORK_PATTERN)]
    node: Annotated[str, Field(pattern=NODE_PATTERN)]
    number: Annotated[int, Field(ge=1, lt=2**31)]
    action: Literal["add", "remove"]
    name: _Name
    display_name: _Line = ""
    unit: _Line = ""
    roles: tuple[str, ...] = ()
    types: tuple[Annotated[str, Field(max_length=64)], ...] = ()
    key: Annotated[str, Field(max_length=400)] = ""
    at: Annotated[str, Field(pattern=TIME_PATTERN)]

    def text(self) -> str:
        """The bytes that are signed, as text."""
        return canonical(self.model_dump(mode="json")).decode()


@dataclass(frozen=True, slots=True)
class SignedRecord:
    """A record's text, who signed it (an officer's name or `authority`) and the signature.

    An officer's signature is 64 bytes; the authority's is the block of lines of a signed note.
    """

    text: str
    by: str
    signature: bytes

    def to_json(self) -> bytes:
        """The form of the local API and of `<home>/trust/officers/<number>.json`."""
        body = {"record": self.text, "signature": b64(self.signature), "by": self.by}
        return json.dumps(body, indent=1).encode() + b"\n"

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Read what `to_json` wrote, or raise `InvalidInput`."""
        try:
            body = parse_json(data)
        except Unverified as error:
            raise InvalidInput(f"not a signed officer record: {error}", field="record") from None
        if not isinstance(body, dict) or set(body) != {"record", "signature", "by"}:
            raise InvalidInput("a signed record has record, signature and by", field="record")
        text, signature, by = (body[key] for key in ("record", "signature", "by"))
        if not (isinstance(text, str) and isinstance(signature, str) and isinstance(by, str)):
            raise InvalidInput("record, signature and by are strings", field="record")
        return cls(text, by, unb64(signature))


def officer_key_name(network: str, node: str, name: str) -> str:
    """The name of an officer's key in its verifier key."""
    return f"{network}/{node}/officer/{name}"


def officer_vkey(network: str, node: str, name: str, public: bytes) -> str:
    """The verifier key text of an officer's public key (32 bytes)."""
    return VerifierKey(officer_key_name(network, node, name), _ED25519, public).vkey()


def adding(network: str, node: str, number: int, officer: Officer, at: datetime) -> OfficerRecord:
    """The unsigned record with this number that adds an officer."""
    return OfficerRecord(
        network=network,
        node=node,
        number=number,
        action="add",
        name=officer.name,
        display_name=officer.display_name,
        unit=officer.unit,
        roles=tuple(sorted(role.value for role in officer.roles)),
        types=officer.types if Role.SYSTEM in officer.roles else (),
        key=officer_vkey(network, node, officer.name, officer.public),
        at=format_time(at),
    )


def removing(network: str, node: str, number: int, name: str, at: datetime) -> OfficerRecord:
    """The unsigned record with this number that removes an officer."""
    return OfficerRecord(
        network=network, node=node, number=number, action="remove", name=name, at=format_time(at)
    )


def sign_as_officer(record: OfficerRecord, by: str, key: OfficerKey) -> SignedRecord:
    """The record under the signature of a security officer called `by`."""
    text = record.text()
    return SignedRecord(text, by, key.sign_record(text))


def sign_as_authority(record: OfficerRecord, key: HybridKey) -> SignedRecord:
    """The record under the node's authority keys: the first one, or when no officer is left."""
    text = record.text()
    note = sign_text(f"{text}\n", key)
    return SignedRecord(text, AUTHORITY, note[len(text.encode()) + 2 :])


def parse_record(text: str) -> OfficerRecord:
    """Read a record, or raise `InvalidInput`; only the canonical form is accepted."""
    data = text.encode()
    if len(data) > RECORD_MAX_BYTES:
        raise InvalidInput(f"a record has at most {RECORD_MAX_BYTES} bytes", field="record")
    try:
        parse_json(data)
        record = OfficerRecord.model_validate_json(data)
    except Unverified as error:
        raise InvalidInput(f"not an officer record: {error}", field="record") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "record"
        raise InvalidInput(f"officer record: {first['msg']}", field=field) from None
    if record.text() != text:
        raise InvalidInput(
            "the record is not in canonical form", field="record", remedy="write it with relec"
        )
    parse_time(record.at, field="at")
    return record


def _officer(record: OfficerRecord) -> Officer:
    """The officer that an adding record describes, all rules of one record checked."""
    try:
        roles = check_roles(Role(role) for role in record.roles)
    except ValueError:
        known = ", ".join(role.value for role in Role)
        raise InvalidInput("an unknown role", field="roles", remedy=f"use {known}") from None
    if len(roles) != len(record.roles):
        raise InvalidInput("a role is named twice", field="roles")
    if record.name == AUTHORITY:
        raise InvalidInput("this name means the node's authority", field="name")
    if Role.SYSTEM in roles and not record.types:
        raise InvalidInput(
            "a system's record names the types it may submit",
            field="types",
            remedy='name them, or "*" for all',
        )
    key = VerifierKey.parse(record.key)
    expected = officer_key_name(record.network, record.node, record.name)
    if key.name != expected or key.algorithm != _ED25519:
        raise InvalidInput(f"the key must be an Ed25519 key named {expected}", field="key")
    types = record.types if Role.SYSTEM in roles else ("*",)
    return Officer(record.name, record.display_name, record.unit, roles, key.public, types)


def _check_removal(record: OfficerRecord) -> None:
    if record.roles or record.types or record.key or record.display_name or record.unit:
        raise InvalidInput("a record that removes carries only the name", field="record")


@dataclass(frozen=True, slots=True)
class Register:
    """The officers of one node after `number` records. `authority` may sign any record.

    `former` are authority keys that were replaced: they count for records followed before, and
    for nothing new.
    """

    network: str
    node: str
    authority: HybridPublic
    number: int = 0
    officers: Mapping[str, Officer] = field(default_factory=lambda: MappingProxyType({}))
    used_keys: Mapping[bytes, str] = field(default_factory=lambda: MappingProxyType({}))
    former: tuple[HybridPublic, ...] = ()

    @classmethod
    def replay(
        cls,
        network: str,
        node: str,
        authorities: HybridPublic | Sequence[HybridPublic],
        records: Iterable[SignedRecord],
    ) -> Self:
        """The register after all records in order. Raises what `follow` raises.

        `authorities` are all authority keys that the node has had, the present ones last.
        """
        keys = (authorities,) if isinstance(authorities, HybridPublic) else tuple(authorities)
        register = cls(network, node, keys[-1], former=keys[:-1])
        for record in records:
            register = register.follow(record)
        return register

    def officer(self, name: str) -> Officer:
        """The officer of that name, or `NotFound`."""
        try:
            return self.officers[name]
        except KeyError:
            raise NotFound("no such officer in the register", field="officer") from None

    def follow(self, signed: SignedRecord) -> Self:
        """The register after one more record.

        Raises `InvalidInput` (the record), `NotAuthorised` (its signature), `Conflict` (a number
        or name or key used before, or the last security officer would go).
        """
        record = parse_record(signed.text)
        if (record.network, record.node) != (self.network, self.node):
            raise InvalidInput("the record is for another node", field="node")
        self._verify(signed)
        if record.number != self.number + 1:
            raise Conflict(
                f"the next record has number {self.number + 1}",
                field="number",
                remedy="read the register again and sign a new record",
            )
        if record.action == "add":
            return self._added(_officer(record))
        _check_removal(record)
        return self._removed(record.name)

    def next_add(self, officer: Officer, at: datetime) -> OfficerRecord:
        """The unsigned record that would add the officer next."""
        return adding(self.network, self.node, self.number + 1, officer, at)

    def _verify(self, signed: SignedRecord) -> None:
        if signed.by == AUTHORITY:
            self._verify_authority(signed)
            return
        try:
            signer = self.officer(signed.by)
        except NotFound:
            raise NotAuthorised("the signer is not in the register", field="by") from None
        signer.require(Role.SECURITY_OFFICER).verify_record(signed.text, signed.signature)

    def _verify_authority(self, signed: SignedRecord) -> None:
        for public in (self.authority, *self.former):
            try:
                text = signed.text.encode() + b"\n"
                verify_note(split_note(text + b"\n" + signed.signature), public)
            except (Unverified, InvalidInput):
                continue
            return
        raise NotAuthorised("the record is not signed by the node's authority", field="signature")

    def _added(self, officer: Officer) -> Self:
        if officer.name in self.officers:
            raise Conflict(
                "an officer of this name is in the register",
                field="name",
                remedy="remove the officer first, or use another name",
            )
        if self.used_keys.get(officer.public, officer.name) != officer.name:
            raise Conflict(
                "this key belongs or belonged to another officer",
                field="key",
                remedy="every officer makes a key of their own",
            )
        return replace(
            self,
            number=self.number + 1,
            officers=MappingProxyType({**self.officers, officer.name: officer}),
            used_keys=MappingProxyType({**self.used_keys, officer.public: officer.name}),
        )

    def _removed(self, name: str) -> Self:
        self.officer(name)
        left = {key: value for key, value in self.officers.items() if key != name}
        if not any(Role.SECURITY_OFFICER in officer.roles for officer in left.values()):
            raise Conflict(
                "the last security officer cannot be removed",
                field="name",
                remedy="add another security officer first",
            )
        return replace(self, number=self.number + 1, officers=MappingProxyType(left))
