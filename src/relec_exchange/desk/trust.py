"""Cards, agreements, officers, and the question whether something may be sent."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime

from relec_exchange.desk.core import Core, Json
from relec_exchange.errors import NotFound
from relec_exchange.journal.plan import EntryFields, Plan
from relec_exchange.message.catalogue import Features
from relec_exchange.message.codes import Area, DataLevel, Handling, Purpose
from relec_exchange.message.identifiers import format_time, parse_time
from relec_exchange.ports import OfferedNote
from relec_exchange.records import EventRow, Insert, OfficerRow
from relec_exchange.trust.agreement import parse_agreement
from relec_exchange.trust.card import SignedCard, authority_fingerprint, parse_card
from relec_exchange.trust.decide import Denied, decide
from relec_exchange.trust.explaining import explain
from relec_exchange.trust.held import HeldAgreement
from relec_exchange.trust.officer import Officer
from relec_exchange.trust.register import Register, SignedRecord, officer_vkey, parse_record
from relec_exchange.trust.request import NonceMemory, SignedRequest, verify_request


class TrustDesk:
    """See the module. Holds the register of officers, which only signed records change."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self._following = threading.Lock()
        self._nonces = NonceMemory(core.clock())
        self._register = self._replayed()

    def authenticate(self, request: SignedRequest) -> Officer:
        """The officer who signed the request, or NotAuthorised."""
        return verify_request(request, self._register, self._nonces, self.core.clock())

    def officer(self, name: str) -> Officer:
        """The officer of this name, or NotFound."""
        return self._register.officer(name)

    @property
    def register(self) -> Register:
        """The officers as they are now."""
        return self._register

    def officers(self) -> Json:
        """The register."""
        found = [self._officer(o) for o in self._register.officers.values()]
        return {"number": self._register.number, "officers": found}

    def add_officer(self, record: str, signature: bytes, by: str) -> Json:
        """Follow a signed record that adds an officer."""
        self._follow(SignedRecord(record, by, signature))
        return self._officer(self._register.officer(parse_record(record).name))

    def remove_officer(self, name: str, record: str, signature: bytes, by: str) -> Json:
        """Follow a signed record that removes the officer `name`."""
        officer = self._register.officer(name)
        if parse_record(record).name != name:
            raise NotFound("the record is about another officer", field="name")
        self._follow(SignedRecord(record, by, signature))
        return self._officer(officer)

    def adopt_records(self, records: list[SignedRecord]) -> None:
        """Follow the records of the home directory that the store does not have yet."""
        for record in records:
            if parse_record(record.text).number > self._register.number:
                self._follow(record)

    def cards(self) -> list[Json]:
        """All cards held."""
        directory = self.core.directory
        return [self._card(directory.card(node)) for node in directory.nodes()]

    def card(self, node: str) -> Json:
        """One card with its note."""
        signed = self.core.directory.card(node)
        return {**self._card(signed), "note": signed.note.decode()}

    def import_card(self, note: str, fingerprint: str | None, officer: str) -> Json:
        """Adopt a card; a node's first card needs the fingerprint that an officer compared."""
        signed = parse_card(note.encode())
        self._adopt(OfferedNote("card", note.encode(), fingerprint or ""), officer)
        return self._card(self.core.directory.card(signed.card.node))

    def agreements(self) -> list[Json]:
        """All agreements held."""
        now = self.core.clock()
        return [self._agreement_info(held, now) for held in self.core.directory.agreements.values()]

    def import_agreement(self, note: str, officer: str) -> Json:
        """Adopt an agreement, or signatures that one held does not have."""
        signed = parse_agreement(note.encode())
        self._adopt(OfferedNote("agreement", note.encode()), officer)
        return self._agreement_info(self.core.directory.agreement(signed.hash), self.core.clock())

    def check(self, question: Json) -> Json:
        """May X send type T about area A to Y: by which grant, or why not."""
        directory, now = self.core.directory, self.core.clock()
        features = Features(
            type=question["type"],
            sender=question["sender"],
            recipient=question["recipient"],
            exercise=directory.network_kind == "exercise",
            schema_version=1,
            area=Area(question["area"]) if question.get("area") else None,
            purpose=Purpose(question["purpose"]) if question.get("purpose") else None,
            data_level=DataLevel(question.get("data_level") or "none"),
            handling=tuple(Handling(code) for code in question.get("handling") or ()),
        )
        at = parse_time(question["at"]) if question.get("at") else now
        decision, said = decide(directory, features, at), explain(directory, features, at)
        if isinstance(decision, Denied):
            text = {"rule": decision.rule, "text": decision.text}
            return {"allowed": False, **text, "explanation": said}
        return {
            "allowed": True,
            "agreement": decision.agreement_hash,
            "grant": decision.grant_id,
            "text": f"allowed by grant {decision.grant_id}",
            "min_cell": decision.min_cell,
            "explanation": said,
        }

    def _adopt(self, note: OfferedNote, officer: str) -> None:
        core = self.core
        core.book.adopt([note], core.journal, core.clock(), tell=core.random)
        self.core.log_access(officer, f"import-{note.kind}")

    def _replayed(self) -> Register:
        directory = self.core.directory
        records = [
            SignedRecord(row.record, row.signed_by, row.signature)
            for row in self.core.store.rows(OfficerRow, order="row")
        ]
        return Register.replay(
            directory.network, directory.own, directory.member(directory.own).authorities, records
        )

    def _follow(self, signed: SignedRecord) -> None:
        with self._following:
            after = self._present(self._register).follow(signed)
            record = parse_record(signed.text)
            at = format_time(self.core.clock())
            entry: EntryFields = {
                "kind": "officer",
                "network": record.network,
                "action": record.action,
                "name": record.name,
                "roles": sorted(record.roles),
                "key": record.key,
            }
            row = OfficerRow(
                record.name, record.action, signed.text, signed.signature, signed.by, at
            )
            event = EventRow(at, f"officer.{record.action}", record.name, "{}")
            self.core.journal.write(Plan(activity=(entry,), changes=(Insert(row), Insert(event))))
            self._register = after

    def _present(self, register: Register) -> Register:
        """The register under the authority keys of now; former ones sign no new record.

        But the first record of all, which may be older than a change of keys.
        """
        *former, present = self.core.directory.member(self.core.directory.own).authorities
        return replace(register, authority=present, former=() if register.number else tuple(former))

    def _officer(self, officer: Officer) -> Json:
        directory = self.core.directory
        return {
            **officer.described(),
            "key": officer_vkey(directory.network, directory.own, officer.name, officer.public),
        }

    def _card(self, signed: SignedCard) -> Json:
        card = signed.card
        return {
            "node": card.node,
            "version": card.version,
            "hash": signed.hash,
            "valid_from": format_time(card.valid_from),
            "valid_until": format_time(card.valid_until),
            "fingerprint": authority_fingerprint(card),
            "own": card.node == self.core.directory.own,
        }

    def _agreement_info(self, held: HeldAgreement, now: datetime) -> Json:
        agreement, own = held.agreement, self.core.directory.own
        valid = agreement.valid_from <= now < agreement.valid_until
        in_force = valid and own in held.signers and len(held.signers) > 1
        return {
            "hash": held.hash,
            "title": agreement.title,
            "charter": agreement.charter,
            "parties": list(agreement.parties),
            "signed_by": sorted(held.signers),
            "in_force": in_force,
            "valid_from": format_time(agreement.valid_from),
            "valid_until": format_time(agreement.valid_until),
            "note": held.signed.note.decode(),
        }
