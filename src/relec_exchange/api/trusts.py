"""Calls about trust: cards, agreements and the officers' register."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path

from relec_exchange.api import answers
from relec_exchange.api.callers import Anyone, SecurityOfficer
from relec_exchange.api.requests import AgreementImport, CardImport, OfficerChange, bytes_of
from relec_exchange.errors import NotAuthorised
from relec_exchange.message.identifiers import NODE_PATTERN
from relec_exchange.trust.officer import OFFICER_PATTERN
from relec_exchange.trust.register import AUTHORITY

router = APIRouter(prefix="/v1", tags=["trust"])

_Node = Annotated[str, Path(pattern=NODE_PATTERN)]
_Officer = Annotated[str, Path(pattern=OFFICER_PATTERN)]
_CHANGE = {"x-body": "OfficerChange"}


@router.get("/cards", response_model=answers.Cards)
def cards(caller: Anyone) -> Any:
    """All cards held."""
    return {"cards": caller.node.cards()}


@router.get("/cards/{node}", response_model=answers.CardDocument)
def card(node: _Node, caller: Anyone) -> Any:
    """One card with its note."""
    return caller.node.card(node)


@router.post("/cards", response_model=answers.CardInfo, openapi_extra={"x-body": "CardImport"})
def import_card(caller: SecurityOfficer) -> Any:
    """Adopt a card; a node's first card needs the fingerprint that an officer compared."""
    asked = caller.parsed(CardImport)
    return caller.node.import_card(asked.note, asked.fingerprint, caller.officer.name)


@router.get("/agreements", response_model=answers.Agreements)
def agreements(caller: Anyone) -> Any:
    """All agreements held, with who signed and whether they are in force."""
    return {"agreements": caller.node.agreements()}


@router.post(
    "/agreements", response_model=answers.AgreementInfo, openapi_extra={"x-body": "AgreementImport"}
)
def import_agreement(caller: SecurityOfficer) -> Any:
    """Adopt an agreement with the signatures at hand."""
    note = caller.parsed(AgreementImport).note
    return caller.node.import_agreement(note, caller.officer.name)


@router.get("/officers", response_model=answers.Officers)
def officers(caller: SecurityOfficer) -> Any:
    """The register of this node's officers."""
    return caller.node.officers()


@router.post("/officers", response_model=answers.OfficerInfo, openapi_extra=_CHANGE)
def add_officer(caller: SecurityOfficer) -> Any:
    """Follow a signed record that adds an officer."""
    change = caller.parsed(OfficerChange)
    signature = _checked(caller, change)
    return caller.node.add_officer(change.record, signature, change.by)


@router.delete("/officers/{name}", response_model=answers.OfficerInfo, openapi_extra=_CHANGE)
def remove_officer(name: _Officer, caller: SecurityOfficer) -> Any:
    """Follow a signed record that removes an officer."""
    change = caller.parsed(OfficerChange)
    signature = _checked(caller, change)
    return caller.node.remove_officer(name, change.record, signature, change.by)


def _checked(caller: SecurityOfficer, change: OfficerChange) -> bytes:
    if change.by not in (caller.officer.name, AUTHORITY):
        raise NotAuthorised("the record must be signed by the caller or the authority", field="by")
    return bytes_of(change.signature, "signature")
