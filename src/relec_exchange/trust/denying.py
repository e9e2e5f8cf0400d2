"""Why no grant allows a message: the most telling reason there is, as a rule and a sentence.

Contract: pure. Asked only when nothing allows; the sentence names nodes and codes of the header
and no value of a body.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

from relec_exchange.message.catalogue import CATALOGUE, Features
from relec_exchange.trust.decision import Denied
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.in_force import Ending, Span
from relec_exchange.trust.pair import Option, Pair

# Asked in this order; a denial names the first that fails for the grant that came furthest.
_CONDITIONS: Final[tuple[tuple[str, Callable[[Option, Features], bool], str], ...]] = (
    ("no-grant-area", lambda o, f: f.area in o.grant.areas, "the area"),
    ("no-grant-level", lambda o, f: f.data_level in o.grant.levels, "data of this level"),
    ("no-grant-purpose", lambda o, f: f.purpose in o.grant.purposes, "this purpose"),
    (
        "no-grant-handling",
        lambda o, f: bool(f.handling) and all(c in o.grant.handling for c in f.handling),
        "these handling codes",
    ),
    (
        "no-grant-unit",
        lambda o, f: not o.grant.units or f.sender_unit in o.grant.units,
        "the sender's unit",
    ),
)

_ENDED: Final[dict[Ending, tuple[str, str]]] = {
    "ended": ("agreement-ended", "has run out"),
    "replaced": ("agreement-replaced", "was replaced by another text"),
    "terminated": ("agreement-terminated", "was terminated by one of the two"),
}


def why_not(
    directory: Directory, features: Features, pair: Pair, at: datetime, named: str | None
) -> Denied:
    """The denial of a message that no grant allows.

    With `named`, what is wrong with that text: not held, not signed by both, not in force, or else
    what its nearest grant lacks. Without, in this order: a text that would allow it at another time
    (unless it was replaced), what the nearest grant in force lacks, a text that grants its type at
    another time, that no text in force grants its type, and what became of the newest text.
    """
    if named is not None:
        return _named(directory, features, pair, at, named)
    options = pair.options.get(features.type, ())
    other = [o for o in options if not _speaks(o, at)]
    fitting = _state_of(pair, [o for o in other if o.fits(features)], at)
    lacking = _lacking(features, [o for o in options if _speaks(o, at)])
    found = fitting or lacking or _state_of(pair, other, at)
    if found is not None:
        return found
    if any(span.starts <= at < span.ends for span in pair.spans):
        return _no_type(features)
    if pair.spans:
        return _state(_nearest(pair.spans, at), at)
    if pair.never:
        return _over(sorted(pair.never.values())[-1])
    return _unsigned(features)


def _named(
    directory: Directory, features: Features, pair: Pair, at: datetime, named: str
) -> Denied:
    if named and named not in directory.agreements:
        return Denied("agreement-not-held", "the agreement that is named is not held here")
    if named in pair.never:
        return _over(pair.never[named])
    span = pair.span(named)
    if span is None:
        return _unsigned(features)
    closes = CATALOGUE[features.type].closes
    if at < span.starts or (at >= span.ends and not closes):
        return _state(span, at)
    options = pair.options.get(features.type, ())
    lacking = _lacking(features, [o for o in options if o.agreement_hash == named])
    return lacking or _no_type(features)


def _speaks(option: Option, at: datetime) -> bool:
    return option.starts <= at < option.ends


def _lacking(features: Features, options: Iterable[Option]) -> Denied | None:
    """What the grant that came furthest lacks, or None without any grant."""
    furthest = max((_passed(option, features) for option in options), default=-1)
    if furthest < 0:
        return None
    rule, _, told = _CONDITIONS[furthest]
    return Denied(rule, f"{_who(features)} is granted, but not for {told}")


def _passed(option: Option, features: Features) -> int:
    """How many conditions hold before one fails."""
    for number, (_, holds, _) in enumerate(_CONDITIONS):
        if not holds(option, features):
            return number
    return len(_CONDITIONS) - 1  # fits, but at another time: the caller has told that already


def _state_of(pair: Pair, options: Iterable[Option], at: datetime) -> Denied | None:
    """What became of the nearest text of these grants; of one that was replaced, nothing."""
    names = {option.agreement_hash for option in options}
    spans = [span for span in pair.spans if span.signed.hash in names]
    left = [span for span in spans if at < span.starts or span.ending != "replaced"]
    return _state(_nearest(left, at), at) if left else None


def _nearest(spans: Sequence[Span], at: datetime) -> Span:
    """The text that ended last, or else the one that starts first."""
    past = [span for span in spans if span.ends <= at]
    if past:
        return max(past, key=lambda span: (span.ends, span.signed.hash))
    return min(spans, key=lambda span: (span.starts, span.signed.hash))


def _state(span: Span, at: datetime) -> Denied:
    if at < span.starts:
        return Denied("not-yet-valid", f"the agreement is in force from {span.starts:%Y-%m-%d} on")
    return _over(span.ending)


def _over(ending: Ending) -> Denied:
    rule, words = _ENDED[ending]
    return Denied(rule, f"the agreement {words}")


def _no_type(features: Features) -> Denied:
    return Denied("no-grant-type", f"{_who(features)} is granted by no agreement in force")


def _unsigned(features: Features) -> Denied:
    return Denied(
        "no-agreement",
        f"no agreement is signed by both {features.sender} and {features.recipient}",
    )


def _who(features: Features) -> str:
    return f"{features.type} from {features.sender} to {features.recipient}"
