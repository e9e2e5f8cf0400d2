"""When each of the texts that two nodes have both signed is in force between them.

Contract: pure; order changes nothing. The texts form lines of replacements. At any time the line's
current text is the one of the highest version (then later start, then hash) among those that have
started. What was current before never returns, not even after its successor has run out or was
terminated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal

from relec_exchange.trust.agreement import SignedAgreement

Ending = Literal["ended", "replaced", "terminated"]

_NO_TERMINATIONS: Final[Mapping[str, datetime]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, end excluded, in which a text is in force between two nodes.

    `ending` says what ends it: its own date, a text that replaces it, or a termination.
    """

    starts: datetime
    ends: datetime
    signed: SignedAgreement
    ending: Ending = "ended"


def in_force(
    agreements: Iterable[SignedAgreement], terminated: Mapping[str, datetime] = _NO_TERMINATIONS
) -> tuple[Span, ...]:
    """The spans of these texts, none twice; `terminated` is by hash from when on."""
    spans = (span for line in _lines(agreements) for span in _line_spans(line))
    ended = (_cut(span, terminated.get(span.signed.hash)) for span in spans)
    kept = (span for span in ended if span.starts < span.ends)
    return tuple(sorted(kept, key=lambda span: (span.starts, span.signed.hash)))


def never_in_force(
    agreements: Iterable[SignedAgreement],
    terminated: Mapping[str, datetime],
    spans: Iterable[Span],
) -> Mapping[str, Ending]:
    """Why the texts without a span never come in force, by hash."""
    known = {span.signed.hash for span in spans}
    found: dict[str, Ending] = {}
    for signed in agreements:
        if signed.hash not in known:
            before = terminated.get(signed.hash, signed.agreement.valid_until)
            early = before <= signed.agreement.valid_from
            found[signed.hash] = "terminated" if early else "replaced"
    return MappingProxyType(found)


def _cut(span: Span, terminated: datetime | None) -> Span:
    if terminated is None or terminated >= span.ends:
        return span
    return replace(span, ends=terminated, ending="terminated")


def _lines(agreements: Iterable[SignedAgreement]) -> list[list[SignedAgreement]]:
    """The texts grouped by the lines of replacements they belong to.

    Two texts that replace the same third are of one line, whether or not the third is held.
    """
    texts = {signed.hash: signed for signed in agreements}
    line_of: dict[str, set[str]] = {}
    for signed in texts.values():
        merged = {signed.hash, *signed.agreement.replaces}
        for name in tuple(merged):
            merged |= line_of.get(name, set())
        for name in merged:
            line_of[name] = merged
    distinct = {id(line): line for line in line_of.values()}
    return [[texts[name] for name in line if name in texts] for line in distinct.values()]


def _line_spans(line: list[SignedAgreement]) -> list[Span]:
    ordered = sorted(line, key=lambda signed: signed.agreement.valid_from)
    spans: list[Span] = []
    for position, signed in enumerate(ordered):
        starts = signed.agreement.valid_from
        later = ordered[position + 1 :]
        if later and later[0].agreement.valid_from == starts:
            continue  # the last of those that start together speaks for all that have started
        current = max(ordered[: position + 1], key=_rank)
        ends = current.agreement.valid_until
        replaced = bool(later) and later[0].agreement.valid_from < ends
        if replaced:
            ends = later[0].agreement.valid_from
        if spans and spans[-1].signed is current:
            starts = spans.pop().starts  # a text of lower rank began meanwhile and changed nothing
        if starts < ends:
            spans.append(Span(starts, ends, current, "replaced" if replaced else "ended"))
    return spans


def _rank(signed: SignedAgreement) -> tuple[int, datetime, str]:
    return signed.agreement.version, signed.agreement.valid_from, signed.hash
