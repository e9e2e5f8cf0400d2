"""Every error of the package, on one page, rooted by whose fault it is.

An error names the *field*, the *rule* and the *remedy*; no traceback reaches a user. What a
recipient refuses carries a `Reason`: the step of `docs/protocol.md` that refused, the reason kept
in the local log, and the coarser code that may be told to the sender.
"""

from __future__ import annotations

from enum import Enum
from typing import ClassVar


class RelecError(Exception):
    """The root. `code` is stable and documented in `docs/reference/errors.md`.

    `exit_code` is what a command ends with. `field` names what was wrong, `remedy` what to do.
    """

    code: ClassVar[str] = "internal"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, field: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.remedy = remedy


class InvalidInput(RelecError):
    """The caller's fault: a value breaks a rule that the caller can read about."""

    code = "invalid-input"
    exit_code = 2


class Refused(RelecError):
    """Policy says no: an agreement or a protection rule, named in `rule`."""

    code = "refused"
    exit_code = 3

    def __init__(self, message: str, *, rule: str, field: str = "", remedy: str = "") -> None:
        super().__init__(message, field=field, remedy=remedy)
        self.rule = rule


class NotAuthorised(RelecError):
    """The officer is unknown, the signature is wrong, or the role does not allow the act."""

    code = "not-authorised"
    exit_code = 4


class NotFound(RelecError):
    """No such message, node, agreement or entry here."""

    code = "not-found"
    exit_code = 5


class Conflict(RelecError):
    """The same key or number was used before for something else."""

    code = "conflict"
    exit_code = 6


class Misconfigured(RelecError):
    """The operator's fault: settings, files, permissions or an unfit build."""

    code = "misconfigured"
    exit_code = 7


class Unavailable(RelecError):
    """Broker, disk or node cannot be reached now; nothing is lost and trying again is right."""

    code = "unavailable"
    exit_code = 8


class IntegrityFailure(RelecError):
    """Own store, log or guard copy contradict each other. The node must not sign anything."""

    code = "integrity"
    exit_code = 9


class Unverified(RelecError):
    """A peer's bytes failed a check. `reason` says which step refused and why."""

    code = "unverified"
    exit_code = 10

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason.code}: {detail}" if detail else reason.code)
        self.reason = reason
        self.detail = detail


class WireCode(Enum):
    """What a receipt may say to the sender. Agreement and protection share one coarse code."""

    ACCEPTED = "accepted"
    CONFLICT = "conflict"
    STALE = "stale"
    SEQUENCE = "sequence"
    SYNTAX = "syntax"
    SCHEMA = "schema"
    NOT_PERMITTED = "not-permitted"


class Reason(Enum):
    """Why a received envelope was refused: (local code, receive step, code on the wire or None).

    Steps 1 to 5 have no authenticated sender, hence no receipt and no wire code.
    """

    SIZE = ("size", 1, None)
    FRAMING = ("framing", 1, None)
    UNKNOWN_SENDER = ("unknown-sender", 2, None)
    NOT_ADDRESSED_HERE = ("not-addressed-here", 2, None)
    WRONG_NETWORK = ("wrong-network", 2, None)
    UNKNOWN_KEY = ("unknown-key", 2, None)
    UNSEAL = ("unseal", 3, None)
    SPLIT = ("split", 3, None)
    PROOF_MALFORMED = ("proof-malformed", 4, None)
    PROOF_KEY = ("proof-key", 4, None)
    PROOF_SIGNATURE = ("proof-signature", 4, None)
    PROOF_INCLUSION = ("proof-inclusion", 4, None)
    LOG_CLOSED = ("log-closed", 4, None)
    KEY_REVOKED = ("key-revoked", 4, None)
    LOG_FORK = ("log-fork", 4, None)
    TIME_ORDER = ("time-order", 4, None)
    TIME_AHEAD = ("time-ahead", 4, None)
    ENTRY_MALFORMED = ("entry-malformed", 5, None)
    ENTRY_KIND = ("entry-kind", 5, None)
    ENTRY_MISMATCH = ("entry-mismatch", 5, None)
    COMMITMENT = ("commitment", 5, None)
    DUPLICATE_CONFLICT = ("duplicate-conflict", 6, WireCode.CONFLICT)
    STALE = ("stale", 7, WireCode.STALE)
    SEQUENCE = ("sequence", 8, WireCode.SEQUENCE)
    NOT_UTF8 = ("not-utf8", 9, WireCode.SYNTAX)
    SURROGATE = ("surrogate", 9, WireCode.SYNTAX)
    NUL = ("nul", 9, WireCode.SYNTAX)
    NUMBER = ("number", 9, WireCode.SYNTAX)
    DUPLICATE_KEY = ("duplicate-key", 9, WireCode.SYNTAX)
    DEPTH = ("depth", 9, WireCode.SYNTAX)
    NOT_JSON = ("not-json", 9, WireCode.SYNTAX)
    HEADER_MISMATCH = ("header-mismatch", 10, WireCode.SCHEMA)
    UNKNOWN_TYPE = ("unknown-type", 10, WireCode.SCHEMA)
    SCHEMA = ("schema", 10, WireCode.SCHEMA)
    NOT_AGREED = ("not-agreed", 11, WireCode.NOT_PERMITTED)
    PROTECTED = ("protected", 12, WireCode.NOT_PERMITTED)
    UNEXPECTED = ("unexpected", 13, None)

    def __init__(self, code: str, step: int, wire: WireCode | None) -> None:
        self.code = code
        self.step = step
        self.wire = wire
