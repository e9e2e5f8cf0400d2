"""All desks as one object: what the local API calls (see `relec_exchange.api.facade`)."""

from __future__ import annotations

from relec_exchange.desk.audit import AuditDesk
from relec_exchange.desk.core import Core
from relec_exchange.desk.messages import MessageDesk
from relec_exchange.desk.overview import OverviewDesk
from relec_exchange.desk.trust import TrustDesk
from relec_exchange.ports import LogSigner


class Desk:
    """Thread-safe; made once the own card is in the directory. Each call is one desk's own."""

    def __init__(self, core: Core, signer: LogSigner) -> None:
        trust = TrustDesk(core)
        messages = MessageDesk(core, trust.officer)
        audit = AuditDesk(core, signer)
        overview = OverviewDesk(core)
        self.core = core

        self.authenticate = trust.authenticate
        self.officer = trust.officer
        self.officers = trust.officers
        self.add_officer = trust.add_officer
        self.remove_officer = trust.remove_officer
        self.adopt_records = trust.adopt_records
        self.cards = trust.cards
        self.card = trust.card
        self.import_card = trust.import_card
        self.agreements = trust.agreements
        self.import_agreement = trust.import_agreement
        self.contacts = trust.contacts
        self.check = trust.check

        self.submit = messages.submit
        self.release = messages.release
        self.show = messages.show
        self.open = messages.open
        self.inbox = messages.inbox
        self.outbox = messages.outbox

        self.audit_head = audit.audit_head
        self.audit_entries = audit.audit_entries
        self.audit_proof = audit.audit_proof
        self.audit_consistency = audit.audit_consistency
        self.evidence = audit.evidence

        self.info = overview.info
        self.quarantine = overview.quarantine
        self.gaps = overview.gaps
        self.events = overview.events
        self.wait_events = overview.wait_events
