"""What auditors ask of a node, as one object: each call is one of the modules `auditing_*`.

Contract: every call is logged. Who may call is checked by the local API: auditors alone.
"""

from __future__ import annotations

from contextlib import suppress

from relec_exchange.desk.auditing_access import AccessDesk, Turned
from relec_exchange.desk.auditing_coverage import CoverageDesk
from relec_exchange.desk.auditing_gaps import GapDesk
from relec_exchange.desk.auditing_replay import ReplayDesk, activity_log
from relec_exchange.desk.auditing_report import ReportDesk
from relec_exchange.desk.auditing_search import SearchDesk
from relec_exchange.desk.auditing_walks import Walks
from relec_exchange.desk.core import Core, Json
from relec_exchange.desk.trust import TrustDesk
from relec_exchange.errors import RelecError


class AuditorDesk:
    """See the module."""

    def __init__(self, core: Core, trust: TrustDesk) -> None:
        self._core, self._trust = core, trust
        self._replaying, self._turned = ReplayDesk(core), Turned(core)
        self._readings = Walks(core, "audit-entries")
        self.search = SearchDesk(core).search
        self.judgements = self._replaying.judgements
        self.unseal = self._replaying.unseal
        self.gaps = GapDesk(core).audit_gaps
        self.coverage = CoverageDesk(core).coverage
        self.access = AccessDesk(core).access
        self.report = ReportDesk(core).report

    def replay(self, log: str, start: int, officer: str) -> Json:
        """`answers.ReplayPage` of the activity log of this name."""
        return self._replaying.replay_decisions(activity_log(self._core, log), start, officer)

    def reading(self, log: str, start: int, officer: str) -> None:
        """Log that an officer reads entries of this log; pages of one walk are logged once.

        A node that cannot write lets its log be read all the same: it must be verified then.
        """
        with suppress(RelecError):
            self._readings.page(officer, log, first=start == 0, ref=log)

    def denied(self, officer: str, reason: str) -> None:
        """Note that a request was turned away; `reason` is a field, or what was missing."""
        self._turned.denied(officer, reason, self._trust.register)
