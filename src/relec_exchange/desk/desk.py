"""All desks as one object: what the local API calls (see `relec_exchange.api.facade`)."""

from __future__ import annotations

from relec_exchange.desk.acts import ActDesk
from relec_exchange.desk.audit import AuditDesk
from relec_exchange.desk.closing import ClosingDesk
from relec_exchange.desk.contacts import ContactDesk
from relec_exchange.desk.core import Core
from relec_exchange.desk.drafts import DraftDesk
from relec_exchange.desk.extracts import ExtractDesk
from relec_exchange.desk.imports import ImportDesk
from relec_exchange.desk.messages import MessageDesk
from relec_exchange.desk.overview import OverviewDesk
from relec_exchange.desk.protection import ProtectionDesk
from relec_exchange.desk.register import RegisterDesk
from relec_exchange.desk.statistics import StatisticsDesk
from relec_exchange.desk.threads import ThreadDesk
from relec_exchange.desk.trust import TrustDesk
from relec_exchange.ports import LogSigner


class Desk:
    """Thread-safe; made once the own card is in the directory. Each call is one desk's own."""

    def __init__(self, core: Core, signer: LogSigner) -> None:
        trust = TrustDesk(core)
        messages = MessageDesk(core, trust.officer)
        acts = ActDesk(core, trust.officer)
        drafts = DraftDesk(core, trust.officer)
        overview = OverviewDesk(core)
        self.core = core
        self._guard(trust)
        self._prove(AuditDesk(core, signer))

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
        self.contacts = ContactDesk(core).contacts
        self.check = trust.check

        self.submit = messages.submit
        self.show = messages.show
        self.open = messages.open
        self.inbox = messages.inbox
        self.outbox = messages.outbox

        self.check_messages = acts.check_messages
        self.answer_question = acts.answer_question
        self.approve = acts.approve
        self.release = acts.release
        self.confirm = acts.confirm
        self.send_back = acts.send_back
        self.comments = acts.comments

        self.save_draft = drafts.save_draft
        self.drafts = drafts.drafts
        self.draft = drafts.draft
        self.delete_draft = drafts.delete_draft

        self.sent_before = ImportDesk(core).sent_before
        self.statistics = StatisticsDesk(core).statistics
        extracts = ExtractDesk(core, trust.officer)
        self.extracts = extracts.extracts
        self.extract = extracts.extract
        self.make_extract = extracts.make_extract
        self.release_extract = extracts.release_extract

        self.info = overview.info
        self.quarantine = overview.quarantine
        self.gaps = overview.gaps
        self.events = overview.events
        self.wait_events = overview.wait_events

    def _guard(self, trust: TrustDesk) -> None:
        """Threads, closing a request, and what the protection desk does."""
        threads = ThreadDesk(self.core)
        protection = ProtectionDesk(self.core, trust.officer)
        register = RegisterDesk(self.core, trust.officer)

        self.thread = threads.thread
        self.deadlines = threads.deadlines
        self.copies = threads.copies
        self.nothing = ClosingDesk(self.core, trust.officer).nothing

        self.holds = protection.holds
        self.free = protection.free
        self.hold = protection.hold
        self.replay = protection.replay

        self.register = register.register
        self.add_registered = register.add_registered
        self.end_registered = register.end_registered

    def _prove(self, audit: AuditDesk) -> None:
        """Logs and evidence."""
        self.audit_head = audit.audit_head
        self.audit_entries = audit.audit_entries
        self.audit_proof = audit.audit_proof
        self.audit_consistency = audit.audit_consistency
        self.evidence = audit.evidence
