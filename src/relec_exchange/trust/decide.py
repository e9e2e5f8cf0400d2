"""The one question of this package: may this message go from its sender to its recipient?

Contract: `decide` is a pure function of the directory, what the header says, and a time; sender
and recipient get the same answer from the same notes. It denies unless a grant allows. A grant or
an agreement more never turns an `Allowed` into a `Denied`, unless it replaces what allowed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from relec_exchange.message.catalogue import CATALOGUE, Features, MessageType
from relec_exchange.message.codes import Purpose
from relec_exchange.trust.directory import RULE_NETWORK_KIND, Directory
from relec_exchange.trust.pair import Option, Pair

CONTROL_GRANT: Final = "control"


@dataclass(frozen=True, slots=True)
class Allowed:
    """Which grant of which agreement allows it, and under which conditions.

    For control types the agreement is the empty string and the grant `control`; the conditions
    then have their neutral values.
    """

    agreement_hash: str
    grant_id: str
    retention_days: int = 0
    withhold: tuple[str, ...] = ()
    min_cell: int = 0
    charter: bool = False


@dataclass(frozen=True, slots=True)
class Denied:
    """Which rule denies, and in one sentence what is missing. No value of a body is in it."""

    rule: str
    text: str


def decide(
    directory: Directory, features: Features, at: datetime, named: str | None = None
) -> Allowed | Denied:
    """Ask for one message at one time (aware, UTC).

    With `named` (a hash in hex, or the empty string), only that agreement counts: a recipient
    judges by the text that the entry names and at the entry's time. Of several grants that allow,
    the first counts: bilateral before charter, then by hash and grant id.
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
        directory, features, pair, at, named
    )


def _no_route(directory: Directory, features: Features) -> str:
    return f"no route: {directory.listing_problem(features.sender, features.recipient)}"


def _decide_control(named: str | None) -> Allowed | Denied:
    """Mutual listing is enough, and no agreement may be claimed."""
    if named:
        return Denied("control-names-agreement", "a control type needs and names no agreement")
    return Allowed("", CONTROL_GRANT)


def _check_type(kind: MessageType, features: Features, pair: Pair, at: datetime) -> Denied | None:
    """What no agreement can change."""
    if not pair.valid_from <= at < pair.valid_until:
        return Denied("card-not-valid", "the card of the sender or the recipient is not valid now")
    known = pair.schemas.get(kind.name, 0)
    if not 1 <= features.schema_version <= known:
        return Denied("schema-version", f"both cards list {kind.name} up to version {known} only")
    if features.purpose is Purpose.RESCUE_ONLY and Purpose.RESCUE_ONLY not in kind.purposes:
        return Denied("rescue-only", f"rescue_only is not a purpose of {kind.name}")
    if kind.purposes == (Purpose.RESCUE_ONLY,) and features.purpose is not Purpose.RESCUE_ONLY:
        return Denied("rescue-only", f"{kind.name} is for rescue_only and nothing else")
    return None


# Asked in this order; a denial names the first that fails for the grant that came furthest.
_CONDITIONS: Final[tuple[tuple[str, Callable[[Option, Features], bool], str], ...]] = (
    ("area", lambda o, f: f.area in o.grant.areas, "the area"),
    ("level", lambda o, f: f.data_level in o.grant.levels, "data of this level"),
    ("purpose", lambda o, f: f.purpose in o.grant.purposes, "this purpose"),
    (
        "handling",
        lambda o, f: bool(f.handling) and all(c in o.grant.handling for c in f.handling),
        "these handling codes",
    ),
    (
        "unit",
        lambda o, f: not o.grant.units or f.sender_unit in o.grant.units,
        "the sender's unit",
    ),
)


def _decide_grants(
    directory: Directory, features: Features, pair: Pair, at: datetime, named: str | None
) -> Allowed | Denied:
    furthest = -1
    for option in pair.options.get(features.type, ()):
        if named is not None and option.agreement_hash != named:
            continue
        if not option.starts <= at < option.ends:
            continue
        passed = _passed(option, features)
        if passed == len(_CONDITIONS):
            return _allowed(option)
        furthest = max(furthest, passed)
    if furthest < 0:
        return _denied_without_grant(directory, features, pair, at, named)
    name, _, told = _CONDITIONS[furthest]
    return Denied(f"no-grant-{name}", f"{_who(features)} is granted, but not for {told}")


def _passed(option: Option, features: Features) -> int:
    """How many conditions hold before one fails."""
    for number, (_, holds, _) in enumerate(_CONDITIONS):
        if not holds(option, features):
            return number
    return len(_CONDITIONS)


def _allowed(option: Option) -> Allowed:
    grant = option.grant
    return Allowed(
        option.agreement_hash,
        grant.id,
        grant.retention_days,
        grant.withhold,
        grant.min_cell,
        option.charter,
    )


def _denied_without_grant(
    directory: Directory, features: Features, pair: Pair, at: datetime, named: str | None
) -> Denied:
    """Why no grant of the type could be asked at all."""
    if named and named not in directory.agreements:
        return Denied("agreement-not-held", "the agreement that is named is not held here")
    spans = [s for s in pair.spans if named is None or s.signed.hash == named]
    between = f"{features.sender} and {features.recipient}"
    if not spans:
        if named:
            both = {features.sender, features.recipient} <= directory.agreements[named].signers
            if both:
                return Denied("not-in-force", f"the agreement was never current between {between}")
        return Denied("no-agreement", f"no agreement is signed by both {between}")
    if not any(s.starts <= at < s.ends for s in spans):
        return Denied("not-in-force", f"no agreement between {between} is in force at this time")
    return Denied("no-grant-type", f"{_who(features)} is granted by no agreement in force")


def _who(features: Features) -> str:
    return f"{features.type} from {features.sender} to {features.recipient}"
