"""The two answers of `decide`, and the rules that a denial names.

Contract: values only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from relec_exchange.trust.assurances import NO_ASSURANCES, Assurances

CONTROL_GRANT: Final = "control"
RULE_NETWORK_KIND: Final = "network-kind"

RULES: Final = frozenset(
    (
        "unknown-type",
        RULE_NETWORK_KIND,
        "no-mutual-listing",
        "control-names-agreement",
        "card-not-valid",
        "schema-version",
        "rescue-only",
        "agreement-not-held",
        "no-agreement",
        "not-yet-valid",
        "agreement-ended",
        "agreement-terminated",
        "agreement-replaced",
        "agreement-suspended",
        "no-grant-type",
        "no-grant-area",
        "no-grant-level",
        "no-grant-purpose",
        "no-grant-handling",
        "no-grant-unit",
    )
)
"""Every rule that a `Denied` names."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """Which grant of which agreement allows it, and under which conditions.

    `readers` are the units of the recipient that may see it (none named: all, and under H2 the one
    that owns it), `assurances` what the text promises about persons. `closing` is true where it may
    go only because it closes open business: the text is in force no more, or messages are
    suspended. For control types the agreement is the empty string and the grant `control`; the
    conditions then have their neutral values.
    """

    agreement_hash: str
    grant_id: str
    retention_days: int = 0
    withhold: tuple[str, ...] = ()
    min_cell: int = 0
    charter: bool = False
    readers: tuple[str, ...] = ()
    assurances: Assurances = NO_ASSURANCES
    closing: bool = False


@dataclass(frozen=True, slots=True)
class Denied:
    """Which rule denies, and in one sentence what is missing. No value of a body is in it."""

    rule: str
    text: str
