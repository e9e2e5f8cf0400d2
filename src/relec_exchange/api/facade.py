"""What the API asks of a node: one object, called from several threads.

Contract: every method is synchronous and thread-safe and raises only errors of
`relec_exchange.errors`. Dictionaries have exactly the keys of the models in `api/answers` that
the comment beside each method names; keys that a model gives a default may be left out.
"""

from __future__ import annotations

from typing import Any, Protocol

from relec_exchange.trust.officer import Officer
from relec_exchange.trust.request import SignedRequest

Json = dict[str, Any]


class NodeFacade(Protocol):
    """The running node as its local API sees it."""

    def authenticate(self, request: SignedRequest) -> Officer:
        """The officer who signed the request (`trust.request.verify_request`), or
        `NotAuthorised`.
        """

    def info(self) -> Json:
        """`answers.NodeInfo`."""

    def submit(self, items: list[Json]) -> list[Json]:
        """One `answers.Submitted` per item, in order; a bad item never fails the others.

        Item: idempotency_key str, message bytes, salt bytes (32), submit {officer, signature
        bytes}, release {officer, signature bytes} or None, answers list of {question, officer,
        signature bytes}, batch str.
        """

    def check_messages(self, officer: str, raws: list[bytes]) -> list[Json]:
        """`answers.CheckResult` per message, in order; nothing is submitted."""

    def answer_question(
        self, message_id: str, question: str, officer: str, signature: bytes
    ) -> Json:
        """`answers.Submitted` after a signed yes to a question that the message waits for."""

    def approve(self, message_id: str, officer: str, signature: bytes) -> Json:
        """`answers.Submitted` after the protection desk's approval."""

    def confirm(self, message_id: str, officer: str, signature: bytes) -> Json:
        """`answers.Submitted` after the second person confirmed a rescue message that went."""

    def send_back(self, message_id: str, officer: str, signature: bytes, comment: str) -> Json:
        """`answers.Submitted` of a message that goes back to who submitted it."""

    def comments(self, message_id: str, officer: str) -> list[Json]:
        """`answers.CommentLine` per comment, oldest first."""

    def drafts(self, officer: str) -> list[Json]:
        """`answers.DraftLine` per draft of the officer's unit, newest first."""

    def draft(self, draft_id: str, officer: str) -> Json:
        """`answers.DraftFull`, or `NotFound`."""

    def save_draft(self, officer: str, document: Json, draft_id: str | None) -> Json:
        """`answers.DraftLine` of the draft kept. Document: type str, to list, header, body."""

    def delete_draft(self, draft_id: str, officer: str) -> Json:
        """`answers.DraftLine` of the draft removed."""

    def release(self, message_id: str, officer: str, signature: bytes) -> Json:
        """`answers.Submitted` after the second person's signature over the commitment."""

    def show(self, message_id: str, direction: str | None) -> Json:
        """`answers.LifeLine`; `direction` is in, out, or None for whichever there is."""

    def terms(self, headers: list[Json]) -> list[Json]:
        """`answers.Terms` of each message of ours with such a header (`HeaderFeatures`)."""

    def open(self, message_id: str, direction: str | None, officer: str, signature: bytes) -> Json:
        """`answers.Opened`, logged; the signature is over the leaf hash, or the commitment of a
        message of ours that has no leaf yet.
        """

    def inbox(self, filters: Json) -> Json:
        """`answers.InboxPage`. Filters: after int, limit int, and any of peer, type, area,
        unit, state.
        """

    def outbox(self, filters: Json) -> Json:
        """`answers.OutboxPage`; filters as for `inbox`."""

    def thread(self, message_id: str) -> Json:
        """`answers.Thread`."""

    def deadlines(self) -> list[Json]:
        """`answers.ThreadLine` of everything that an answer is due for."""

    def copies(self, message_id: str) -> list[Json]:
        """`answers.Copy` of each message that a correction or a recall of one has to reach."""

    def nothing(self, message_id: str, officer: str, signature: bytes) -> Json:
        """`answers.Closed` of a request; the signature (close) is over its leaf hash."""

    def recalls(self, everything: bool) -> list[Json]:
        """`answers.RecallGroup` of each correction and recall that is open, or of each."""

    def consents(self) -> list[Json]:
        """`answers.ConsentLine` of each decision and of each request without one."""

    def export(self, given: Json, officer: str, signature: bytes) -> Json:
        """`answers.Exported`, logged. Given: message_id, use (court or analysis), to_unit or None;
        the signature (export) is over the leaf hash.
        """

    def subject_report(self, ref: str, reason: str, officer: str) -> Json:
        """`answers.SubjectReport`, logged."""

    def holds(self, officer: str) -> list[Json]:
        """`answers.Hold` of each message that waits for the protection desk."""

    def free(self, message_id: str, direction: str | None, officer: str, signature: bytes) -> Json:
        """`answers.HoldState`; the signature (free) is over leaf hash, or commitment of ours."""

    def hold(self, message_id: str, officer: str) -> Json:
        """`answers.HoldState` of a message received that the desk holds."""

    def replay(self, message_id: str, direction: str | None, officer: str) -> Json:
        """`answers.Replay`, logged."""

    def register(self, officer: str) -> list[Json]:
        """`answers.Registered` of each entry in force, logged."""

    def add_registered(self, entry: Json, officer: str) -> Json:
        """`answers.Registered` of a new entry (`protection.register.RegisterEntry`)."""

    def end_registered(self, entry_id: str, officer: str) -> Json:
        """`answers.Registered` of an entry that has ended."""

    def extracts(self) -> list[Json]:
        """`answers.ExtractLine` of each, the oldest first."""

    def extract(self, extract_id: str) -> Json:
        """`answers.Extract`, or `NotFound`."""

    def make_extract(self, given: Json, officer: str) -> Json:
        """`answers.Extract` of a new one. Given: message_id, direction or None, fields list,
        text and language or None.
        """

    def release_extract(self, extract_id: str, officer: str, signature: bytes) -> Json:
        """`answers.Extract` after another officer's signature over its commitment."""

    def retention(self, days: int) -> list[Json]:
        """`answers.Kept` of what is erased within so many days, and of what holds keep."""

    def kept(self, message_id: str, direction: str | None, officer: str) -> Json:
        """`answers.KeptFull` of one message; reading the reason of a hold is logged."""

    def keep(self, given: Json, officer: str, signature: bytes) -> Json:
        """`answers.KeptState` of a hold. Given: message_id, direction or None, reason, until; the
        signature (keep) is over the leaf hash.
        """

    def unkeep(
        self, message_id: str, direction: str | None, officer: str, signature: bytes
    ) -> Json:
        """`answers.KeptState` of a hold that ended; the signature (unkeep) is over the leaf."""

    def run_retention(self, officer: str) -> Json:
        """`answers.RetentionRan`, logged."""

    def sent_before(self, items: list[Json]) -> list[Json]:
        """`answers.SentBefore` per item, in order. Item: recipient, subject and content, both
        SHA-256 in hex.
        """

    def statistics(self, filters: Json, officer: str) -> Json:
        """`answers.StatisticsPage`, logged. Filters: what (reports, warnings or deadlines),
        direction, after int, limit int.
        """

    def quarantine(self, filters: Json) -> Json:
        """`answers.QuarantinePage`. Filters: after, limit, and any of reason, source."""

    def gaps(self) -> list[Json]:
        """`answers.Gap` per partner, direction and class that misses numbers."""

    def contacts(self) -> list[Json]:
        """`answers.Contact` per partner."""

    def check(self, question: Json) -> Json:
        """`answers.Decision` for: sender, recipient, type, area, purpose, data_level,
        handling list, at str (wire time) or None for now.
        """

    def cards(self) -> list[Json]:
        """`answers.CardInfo` per card held."""

    def card(self, node: str) -> Json:
        """`answers.CardDocument`, or `NotFound`."""

    def import_card(self, note: str, fingerprint: str | None, officer: str) -> Json:
        """`answers.CardInfo` of the adopted card; a first card needs the fingerprint."""

    def agreements(self) -> list[Json]:
        """`answers.AgreementInfo` per agreement held."""

    def import_agreement(self, note: str, officer: str) -> Json:
        """`answers.AgreementInfo` of the adopted agreement."""

    def notices(self) -> list[Json]:
        """`answers.NoticeInfo` per notice held."""

    def notes(self) -> list[Json]:
        """`answers.Note` per note of cards, agreements and notices that the directory rests on."""

    def import_notice(self, note: str, officer: str) -> Json:
        """`answers.NoticeInfo` of the adopted notice, told to those whom it concerns."""

    def disputed(self, officer: str) -> Json:
        """`answers.DisputedList`: what depended on revoked keys, logged."""

    def proposals(self) -> list[Json]:
        """`answers.Proposal` per proposal kept, the newest first."""

    def propose(self, text: str, to: list[str], officer: str) -> Json:
        """`answers.Proposal` of a text sent to the nodes that would sign it."""

    def expiring(self, days: int) -> list[Json]:
        """`answers.Ending` of what ends within so many days, the next one first."""

    def officers(self) -> Json:
        """`answers.Officers`."""

    def add_officer(self, record: str, signature: bytes, by: str) -> Json:
        """`answers.OfficerInfo` of the officer added (`trust.register.Register.follow`)."""

    def remove_officer(self, name: str, record: str, signature: bytes, by: str) -> Json:
        """`answers.OfficerInfo` of the officer removed."""

    def logs(self) -> list[Json]:
        """`answers.OwnLog` per log of this node, the closed ones first."""

    def succeed_log(self, origin: str, officer: str) -> Json:
        """`answers.LogSucceeded` of a log that was closed now, or had been."""

    def audit_head(self, log: str) -> Json:
        """`answers.LogHead`; `log` is exchange or activity, or such a log by its number, as
        exchange-1.
        """

    def audit_entries(self, log: str, start: int, count: int) -> list[Json]:
        """`answers.LogEntry` per entry, at most `count`."""

    def audit_reading(self, log: str, start: int, officer: str) -> None:
        """Log that an officer reads entries of a log, unless this page goes on with such a walk."""

    def audit_proof(self, log: str, index: int, size: int | None) -> str:
        """A tlog-proof of the entry under a checkpoint of this size (None: the newest)."""

    def audit_consistency(self, log: str, old: int, size: int) -> list[bytes]:
        """The hashes that prove one size a prefix of the other."""

    def audit_search(self, filters: Json, officer: str) -> Json:
        """`answers.AuditPage`, logged. Filters: those of `api.auditing.SearchFilters`."""

    def audit_replay(self, log: str, start: int, officer: str) -> Json:
        """`answers.ReplayPage` of an activity log from an entry on, logged when it begins."""

    def judgements(self, after: int, limit: int, officer: str) -> Json:
        """`answers.JudgementPage`, logged when it begins."""

    def unseal(self, given: Json, officer: str) -> Json:
        """`answers.JudgedAgain`, logged first. Given: message_id, direction, reason (a word)."""

    def audit_gaps(self, officer: str) -> Json:
        """`answers.GapsForAudit`, logged."""

    def audit_coverage(self, part: str, officer: str) -> Json:
        """`answers.CoveragePart`, logged when it begins."""

    def audit_access(self, filters: Json, officer: str) -> Json:
        """`answers.AccessPage`, logged. Filters: since, until, actor, action, limit."""

    def audit_report(self, since: str, until: str, officer: str) -> Json:
        """`answers.AuditReport` of a period in wire time, logged."""

    def alarms(self, everything: bool) -> list[Json]:
        """`answers.AlarmLine` of each open alarm, or of each."""

    def alarm(self, number: int) -> Json:
        """`answers.Alarm`."""

    def close_alarm(self, number: int, reason: str, officer: str) -> Json:
        """`answers.AlarmLine` of an alarm that is closed now, logged."""

    def denied(self, officer: str, reason: str) -> None:
        """Note a request that was turned away; at most once a minute for each. Never raises."""

    def evidence(self, message_id: str, direction: str | None) -> Json:
        """`answers.Evidence`."""

    def evidence_bundle(
        self, message_id: str, direction: str | None, officer: str, reason: str
    ) -> Json:
        """`answers.EvidenceBundle` with the commitment alone, logged."""

    def evidence_with_content(self, given: Json, officer: str, signature: bytes) -> Json:
        """`answers.EvidenceBundle` with the message, signed (export, use court) and logged.

        Given: message_id str, direction in, out or None, reason str.
        """

    def events(self, after: int, limit: int) -> list[Json]:
        """`answers.Event` after this id, oldest first, at most `limit`."""

    def wait_events(self, after: int, timeout_seconds: float) -> list[Json]:
        """As `events`, but waits for one if there is none; empty after the timeout."""
