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
        bytes}, release {officer, signature bytes} or None.
        """

    def release(self, message_id: str, officer: str, signature: bytes) -> Json:
        """`answers.Submitted` after the second person's signature over the commitment."""

    def show(self, message_id: str, direction: str | None) -> Json:
        """`answers.LifeLine`; `direction` is in, out, or None for whichever there is."""

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

    def officers(self) -> Json:
        """`answers.Officers`."""

    def add_officer(self, record: str, signature: bytes, by: str) -> Json:
        """`answers.OfficerInfo` of the officer added (`trust.register.Register.follow`)."""

    def remove_officer(self, name: str, record: str, signature: bytes, by: str) -> Json:
        """`answers.OfficerInfo` of the officer removed."""

    def audit_head(self, log: str) -> Json:
        """`answers.LogHead`; `log` is exchange or activity."""

    def audit_entries(self, log: str, start: int, count: int) -> list[Json]:
        """`answers.LogEntry` per entry, at most `count`."""

    def audit_proof(self, log: str, index: int, size: int | None) -> str:
        """A tlog-proof of the entry under a checkpoint of this size (None: the newest)."""

    def audit_consistency(self, log: str, old: int, size: int) -> list[bytes]:
        """The hashes that prove one size a prefix of the other."""

    def evidence(self, message_id: str, direction: str | None) -> Json:
        """`answers.Evidence`."""

    def events(self, after: int, limit: int) -> list[Json]:
        """`answers.Event` after this id, oldest first, at most `limit`."""

    def wait_events(self, after: int, timeout_seconds: float) -> list[Json]:
        """As `events`, but waits for one if there is none; empty after the timeout."""
