"""Why a message may be sent, or why not, in one paragraph that an officer can read out.

Contract: pure; says what `decide` says and never more, names text, grant and dates, and the next
time at which the answer changes by what is signed today. No value of a body is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from relec_exchange.message.catalogue import CATALOGUE, Features
from relec_exchange.message.codes import DataLevel
from relec_exchange.trust.decide import Allowed, Denied, decide
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.suspension import Suspension


def explain(directory: Directory, features: Features, at: datetime) -> str:
    """The paragraph about one message at one time (aware, UTC)."""
    answer = decide(directory, features, at)
    if isinstance(answer, Allowed):
        reasons = _why(directory, answer, features.data_level)
    else:
        reasons = _why_not(directory, features, answer, at)
    opening, change = _opening(features, answer, at), _next_change(directory, features, answer, at)
    return " ".join([opening, *reasons, change])


def next_change(
    directory: Directory, features: Features, at: datetime
) -> tuple[datetime, Allowed | Denied] | None:
    """The next time at which the answer is another one, and that answer; for a denial, the next
    time at which it is allowed.

    Only by what is held today; a text that is signed or a notice that comes may change it before.
    """
    answer = decide(directory, features, at)
    for moment in _moments(directory, features, at):
        later = decide(directory, features, moment)
        if isinstance(answer, Denied) and isinstance(later, Denied):
            continue
        if later != answer:
            return moment, later
    return None


def _opening(features: Features, answer: Allowed | Denied, at: datetime) -> str:
    may = "may" if isinstance(answer, Allowed) else "may not"
    return (
        f"On {at:%Y-%m-%d} at {at:%H:%M} UTC {features.sender} {may} send {features.type} to"
        f" {features.recipient}{_conditions(features)}."
    )


def _conditions(features: Features) -> str:
    if CATALOGUE.get(features.type) is None or CATALOGUE[features.type].control:
        return ""
    said = [
        f"area {_said(features.area)}" if features.area else "",
        f"purpose {_said(features.purpose)}" if features.purpose else "",
        f"level {_said(features.data_level)}",
        f"handling {'+'.join(features.handling)}" if features.handling else "",
        f"unit {features.sender_unit}" if features.sender_unit else "",
    ]
    return f" ({', '.join(part for part in said if part)})"


def _why(directory: Directory, answer: Allowed, level: DataLevel) -> Iterator[str]:
    """The text and the grant that allow it, and what the grant asks for."""
    if not answer.agreement_hash:
        yield "It is a control type: mutual listing in the cards is enough."
        return
    held = directory.agreement(answer.agreement_hash)
    terms = held.agreement
    yield (
        f"The grant {answer.grant_id} of {_text(directory, answer.agreement_hash)} allows it;"
        f" signed by {_listed(sorted(held.signers))}, valid from {terms.valid_from:%Y-%m-%d}"
        f" until {terms.valid_until:%Y-%m-%d}."
    )
    if answer.closing:
        yield "It goes on only because it closes what is open."
    yield f"What is sent is kept for at most {answer.retention_days} days."
    if answer.withhold:
        yield f"Before sending, {_listed(answer.withhold)} is cut out of the body."
    if answer.readers:
        yield f"At the recipient it is for {_listed(answer.readers)} only."
    if level is DataLevel.AGGREGATE:
        yield f"Counts of persons below {answer.min_cell} are suppressed."


def _why_not(
    directory: Directory, features: Features, answer: Denied, at: datetime
) -> Iterator[str]:
    """The rule that denies, the notices that stop it, and what comes nearest."""
    yield f"The reason: {answer.text} (rule {answer.rule})."
    if answer.rule == "agreement-suspended":
        yield from _suspended(directory, features)
    pair = directory.pair(features.sender, features.recipient)
    if pair is None or not answer.rule.startswith("no-grant-"):
        return
    options = (o for o in pair.options.get(features.type, ()) if o.starts <= at < o.ends)
    for option in options:
        grant = option.grant
        yield (
            f"Nearest is the grant {grant.id} of {_text(directory, option.agreement_hash)}:"
            f" areas {_listed(grant.areas)}; purposes {_listed(grant.purposes)};"
            f" levels {_listed(grant.levels)}; handling {_listed(grant.handling)}"
            + (f"; units {_listed(grant.units)}." if grant.units else ".")
        )
        return


def _suspended(directory: Directory, features: Features) -> Iterator[str]:
    """Who stopped it, when and why, for each suspension between the two that is not lifted."""
    held = [n for n in directory.notices.values() if directory.counts(n)]
    lifted = {name for n in held if isinstance(n.notice, Suspension) for name in n.notice.lifts}
    for signed in held:
        notice = signed.notice
        if (
            isinstance(notice, Suspension)
            and notice.action == "suspend"
            and signed.hash not in lifted
            and notice.concerns(features.sender, features.recipient)
        ):
            until = f", until {notice.until:%Y-%m-%d}" if notice.until else ", until it is lifted"
            yield f"{notice.node} stopped it on {notice.issued:%Y-%m-%d}{until}: {notice.reason}."


def _next_change(
    directory: Directory, features: Features, answer: Allowed | Denied, at: datetime
) -> str:
    found = next_change(directory, features, at)
    if found is None:
        return "Nothing that is signed today changes this later."
    moment, later = found
    day = f"{moment:%Y-%m-%d} at {moment:%H:%M} UTC"
    if isinstance(later, Denied):
        return f"This changes on {day}: then not, as {later.text} (rule {later.rule})."
    text = _text(directory, later.agreement_hash)
    also = "then" if isinstance(answer, Denied) else "from then on"
    return f"This changes on {day}: {also} the grant {later.grant_id} of {text} allows it."


def _moments(directory: Directory, features: Features, at: datetime) -> list[datetime]:
    """Every later time at which something that is held begins or ends for these two."""
    pair = directory.pair(features.sender, features.recipient)
    if pair is None:
        return []
    moments = {pair.valid_from, pair.valid_until}
    moments.update(time for span in pair.spans for time in (span.starts, span.ends))
    moments.update(halt.until for halt in pair.halts if halt.until is not None)
    return sorted(moment for moment in moments if moment > at)


def _text(directory: Directory, agreement_hash: str) -> str:
    terms = directory.agreement(agreement_hash).agreement
    kind = "charter" if terms.charter else "agreement"
    return f'the {kind} "{terms.title}" ({agreement_hash[:16]}, version {terms.version})'


def _said(code: object) -> str:
    return str(code).replace("_", " ")


def _listed(items: Iterable[object]) -> str:
    names = [_said(item) for item in items]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
