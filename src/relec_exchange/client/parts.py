"""What a client offers under a name of its own: drafts, extracts, trust and more.

Contract: each is made when it is asked for, on the client's connection; it holds no state.
"""

from __future__ import annotations

from relec_exchange.client.auditing import Auditing
from relec_exchange.client.drafts import Drafts
from relec_exchange.client.extracts import Extracts
from relec_exchange.client.imports import Imports
from relec_exchange.client.keeping import Keeping
from relec_exchange.client.protection import Protection
from relec_exchange.client.statistics import Statistics
from relec_exchange.client.trust import Trust
from relec_exchange.client.wire import Wire


class Parts:
    """The part of `Client` that leads to the others."""

    _wire: Wire

    @property
    def extracts(self) -> Extracts:
        """Extracts of warnings for the public."""
        return Extracts(self._wire)

    @property
    def auditing(self) -> Auditing:
        """What auditors ask, and alarms."""
        return Auditing(self._wire)

    @property
    def drafts(self) -> Drafts:
        """Drafts of the officer's unit."""
        return Drafts(self._wire)

    @property
    def imports(self) -> Imports:
        """What was sent before from the records of a file."""
        return Imports(self._wire)

    @property
    def keeping(self) -> Keeping:
        """Terms of messages, and legal holds."""
        return Keeping(self._wire)

    @property
    def protection(self) -> Protection:
        """The protection desk's register and holds."""
        return Protection(self._wire)

    @property
    def statistics(self) -> Statistics:
        """Reports, warnings and deadlines, for statistics."""
        return Statistics(self._wire)

    @property
    def trust(self) -> Trust:
        """Notices, proposals of agreements, and what ends soon."""
        return Trust(self._wire)
