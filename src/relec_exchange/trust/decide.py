"""The one question of this package: may this message go from its sender to its recipient?

Contract: `decide` is a pure function of the directory, what the header says, and a time; sender
and recipient get the same answer from the same notes. It denies unless a grant allows. A grant or
an agreement more never turns an `Allowed` into a `Denied`, unless it replaces what allowed; a
suspension never turns a `Denied` into an `Allowed`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from relec_exchange.message.catalogue import CATALOGUE, Features, MessageType
from relec_exchange.message.codes import Purpose
from relec_exchange.trust.decision import (
    CONTROL_GRANT,
    RULE_NETWORK_KIND,
    RULES,
    Allowed,
    Denied,
)
from relec_exchange.trust.denying import why_not
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.pair import Option, Pair

__all__ = ["CONTROL_GRANT", "RULES", "Allowed", "Denied", "decide"]

_CONTROL: Final = Allowed("", CONTROL_GRANT)
_RESCUE: Final = (Purpose.RESCUE_ONLY,)


def decide(
    directory: Directory, features: Features, at: datetime, named: str | None = None
) -> Allowed | Denied:
    """Ask for one message at one time (aware, UTC).

    With `named` (a hash in hex, or the empty string), only that agreement counts: a recipient
    judges by the text that the entry names and at the entry's time. Of several grants that allow,
    the first counts: bilateral before charter, then by hash and grant id; for a type that closes
    open business then those of texts that have ended, the newest text first. A suspension counts
    as long as it is held and not lifted, until its own end.
    """
    kind = CATALOGUE.get(features.type)
    if kind is None:
        return Denied("unknown-type", f"{features.type} is not a type of this version")
    if features.exercise is not (directory.network_kind == "exercise"):
        return Denied(
            RULE_NETWORK_KIND,
            f"the network is of kind {directory.network_kind}, the message is not",
        )
    pair = directory.pair(features.sender, features.recipient)
    if pair is None or pair.problem:
        return Denied("no-mutual-listing", _no_route(directory, features))
    if kind.control:
        return _decide_control(named)
    return _check_type(kind, features, pair, at) or _decide_grants(
        kind, directory, features, pair, at, named
    )


def _no_route(directory: Directory, features: Features) -> str:
    return f"no route: {directory.listing_problem(features.sender, features.recipient)}"


def _decide_control(named: str | None) -> Allowed | Denied:
    """Mutual listing is enough, and no agreement may be claimed."""
    if named:
        return Denied("control-names-agreement", "a control type needs and names no agreement")
    return _CONTROL


def _check_type(kind: MessageType, features: Features, pair: Pair, at: datetime) -> Denied | None:
    """What no agreement can change."""
    if not pair.valid_from <= at < pair.valid_until:
        return Denied("card-not-valid", "the card of the sender or the recipient is not valid now")
    known = pair.schemas.get(kind.name, 0)
    if not 1 <= features.schema_version <= known:
        return Denied("schema-version", f"both cards list {kind.name} up to version {known} only")
    if features.purpose is Purpose.RESCUE_ONLY and Purpose.RESCUE_ONLY not in kind.purposes:
        return Denied("rescue-only", f"rescue_only is not a purpose of {kind.name}")
    if kind.purposes == _RESCUE and features.purpose is not Purpose.RESCUE_ONLY:
        return Denied("rescue-only", f"{kind.name} is for rescue_only and nothing else")
    return None


def _decide_grants(
    kind: MessageType,
    directory: Directory,
    features: Features,
    pair: Pair,
    at: datetime,
    named: str | None,
) -> Allowed | Denied:
    found = _in_force(features, pair, at, named)
    closing = found is None and kind.closes
    if closing:
        found = _started(features, pair, at, named)
    if found is None:
        return why_not(directory, features, pair, at, named)
    if pair.halts:
        if any(halt.stops(features, kind.closes, at) for halt in pair.halts):
            return Denied(
                "agreement-suspended",
                f"messages between {features.sender} and {features.recipient} are suspended",
            )
        closing = closing or any(halt.stops(features, False, at) for halt in pair.halts)
    return found.closing if closing else found.allowed


def _in_force(features: Features, pair: Pair, at: datetime, named: str | None) -> Option | None:
    """The first grant of a text in force that fits."""
    for option in pair.options.get(features.type, ()):
        if (
            option.starts <= at < option.ends
            and (named is None or option.agreement_hash == named)
            and option.fits(features)
        ):
            return option
    return None


def _started(features: Features, pair: Pair, at: datetime, named: str | None) -> Option | None:
    """The first grant that fits of a text that was in force at some time before."""
    for option in pair.closing.get(features.type, ()):
        if (
            option.starts <= at
            and (named is None or option.agreement_hash == named)
            and option.fits(features)
        ):
            return option
    return None
