"""All desks as one object: what the local API calls (see `relec_exchange.api.facade`)."""

from __future__ import annotations

from relec_exchange.desk.acts import ActDesk
from relec_exchange.desk.alarms import AlarmDesk
from relec_exchange.desk.audit import AuditDesk
from relec_exchange.desk.auditing import AuditorDesk
from relec_exchange.desk.closing import ClosingDesk
from relec_exchange.desk.consents import ConsentDesk
from relec_exchange.desk.contacts import ContactDesk
from relec_exchange.desk.core import Core
from relec_exchange.desk.disputed import DisputedDesk
from relec_exchange.desk.drafts import DraftDesk
from relec_exchange.desk.evidence import EvidenceDesk
from relec_exchange.desk.exports import ExportDesk
from relec_exchange.desk.extracts import ExtractDesk
from relec_exchange.desk.holds_legal import HoldDesk
from relec_exchange.desk.imports import ImportDesk
from relec_exchange.desk.keeping import KeepingDesk
from relec_exchange.desk.logs import LogDesk
from relec_exchange.desk.messages import MessageDesk
from relec_exchange.desk.notices import NoticeDesk
from relec_exchange.desk.overview import OverviewDesk
from relec_exchange.desk.protection import ProtectionDesk
from relec_exchange.desk.recalls import RecallDesk
from relec_exchange.desk.register import RegisterDesk
from relec_exchange.desk.statistics import StatisticsDesk
from relec_exchange.desk.subjects import SubjectDesk
from relec_exchange.desk.threads import ThreadDesk
from relec_exchange.desk.trust import TrustDesk
from relec_exchange.desk.withholding import WithholdingDesk
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
        self._keep(trust)
        self._share(trust)
        self._prove(AuditDesk(core, signer), LogDesk(core, signer))
        self._audit(AuditorDesk(core, trust))
        self._change(NoticeDesk(core))

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

        self.terms = WithholdingDesk(core).terms
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
        self.statistics = StatisticsDesk(core, trust.officer).statistics

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

    def _keep(self, trust: TrustDesk) -> None:
        """Terms of messages, and legal holds."""
        keeping, holds = KeepingDesk(self.core, trust.officer), HoldDesk(self.core, trust.officer)
        self.retention = keeping.retention
        self.kept = keeping.kept
        self.run_retention = keeping.run_retention
        self.keep = holds.keep
        self.unkeep = holds.unkeep

    def _change(self, notices: NoticeDesk) -> None:
        """Notices, proposals, and what ends soon."""
        self.notices = notices.notices
        self.notes = notices.notes
        self.import_notice = notices.import_notice
        self.proposals = notices.proposals
        self.propose = notices.propose
        self.expiring = notices.expiring

    def _share(self, trust: TrustDesk) -> None:
        """Who has what: recalls, consents, exports, extracts, and who received data."""
        extracts = ExtractDesk(self.core, trust.officer)
        self.extracts = extracts.extracts
        self.extract = extracts.extract
        self.make_extract = extracts.make_extract
        self.release_extract = extracts.release_extract
        self.recalls = RecallDesk(self.core).recalls
        self.consents = ConsentDesk(self.core).consents
        self._exports = ExportDesk(self.core, trust.officer)
        self.export = self._exports.export
        self.subject_report = SubjectDesk(self.core, trust.officer).subject_report

    def _audit(self, auditor: AuditorDesk) -> None:
        """What auditors ask, alarms, and requests that were turned away."""
        alarms = AlarmDesk(self.core)
        self.alarms = alarms.alarms
        self.alarm = alarms.alarm
        self.close_alarm = alarms.close_alarm
        self.audit_search = auditor.search
        self.audit_replay = auditor.replay
        self.judgements = auditor.judgements
        self.unseal = auditor.unseal
        self.audit_gaps = auditor.gaps
        self.audit_coverage = auditor.coverage
        self.audit_access = auditor.access
        self.audit_report = auditor.report
        self.audit_reading = auditor.reading
        self.denied = auditor.denied

    def _prove(self, audit: AuditDesk, logs: LogDesk) -> None:
        """Logs and evidence."""
        self.logs, self.succeed_log = logs.logs, logs.succeed_log
        self.audit_head = audit.audit_head
        self.audit_entries = audit.audit_entries
        self.audit_proof = audit.audit_proof
        self.audit_consistency = audit.audit_consistency
        self.evidence = audit.evidence
        evidence = EvidenceDesk(self.core, audit, self._exports)
        self.evidence_bundle = evidence.bundle
        self.evidence_with_content = evidence.bundle_with_content
        self.disputed = DisputedDesk(self.core).disputed
