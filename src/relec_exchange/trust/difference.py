"""What changes from one agreement to another, in words.

Contract: pure. The lines are empty exactly if both texts decide and say the same; comments count
for nothing. Grants are told apart by their ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from relec_exchange.trust.agreement import Agreement, Grant
from relec_exchange.trust.summary import listed

_SINGLE: Final = ("title", "legal_basis", "network", "network_kind", "charter", "version")
_DATES: Final = ("valid_from", "valid_until")
_LISTS: Final = ("areas", "types", "purposes", "levels", "handling", "withhold", "units", "readers")
_NODES: Final = {"senders": "from", "recipients": "to"}
_NUMBERS: Final = ("retention_days", "min_cell")
# Lists that forbid or narrow where something is named, and where naming nothing means all.
_NARROWING: Final = frozenset(("units", "readers"))


def difference(before: Agreement, after: Agreement) -> list[str]:
    """The lines, head first, then the grants in the order of the later text."""
    return [*_head(before, after), *_grants(before, after)]


def _head(before: Agreement, after: Agreement) -> Iterator[str]:
    for name in _SINGLE:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield f"{name}: from {_said(old)} to {_said(new)}"
    for name in _DATES:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            later = "later" if new > old else "earlier"
            yield f"{name}: from {old:%Y-%m-%d %H:%M} to {new:%Y-%m-%d %H:%M} UTC ({later})"
    yield from _list("parties", before.parties, after.parties)
    if set(before.replaces) != set(after.replaces):
        yield f"replaces: now {listed(name[:16] for name in after.replaces)}"
    yield from _times(before, after)
    yield from _assurances(before, after)


def _times(before: Agreement, after: Agreement) -> Iterator[str]:
    for name in sorted({*before.times, *after.times}):
        old, new = before.times.get(name), after.times.get(name)
        if old != new:
            yield f"times.{name}: from {_said(old)} to {_said(new)}"


def _assurances(before: Agreement, after: Agreement) -> Iterator[str]:
    for name in ("no_death_penalty", "no_torture"):
        old, new = getattr(before.assurances, name), getattr(after.assurances, name)
        if old != new:
            yield f"assurances.{name}: {'now promised' if new else 'no longer promised'}"
    if before.assurances.text != after.assurances.text:
        yield f"assurances.text: now {_said(after.assurances.text)}"


def _grants(before: Agreement, after: Agreement) -> Iterator[str]:
    old = {grant.id: grant for grant in before.grants}
    new = {grant.id: grant for grant in after.grants}
    for name, grant in new.items():
        if name not in old:
            yield f"grant {name} is added: {_short(grant)}"
        else:
            yield from _changed(old[name], grant)
    for name, grant in old.items():
        if name not in new:
            yield f"grant {name} is taken out: {_short(grant)}"


def _changed(old: Grant, new: Grant) -> Iterator[str]:
    for name, written in _NODES.items():
        yield from _list(f"grant {new.id}, {written}", getattr(old, name), getattr(new, name))
    for name in _LISTS:
        label = f"grant {new.id}, {name}"
        before, after = getattr(old, name), getattr(new, name)
        if name in _NARROWING and bool(before) != bool(after):
            yield f"{label}: from {listed(before, 'all')} to {listed(after, 'all')}"
        else:
            yield from _list(label, before, after)
    for name in _NUMBERS:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield f"grant {new.id}, {name}: from {before} to {after}"


def _list(label: str, before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    added = [item for item in after if item not in before]
    gone = [item for item in before if item not in after]
    if added:
        yield f"{label}: {listed(added)} added"
    if gone:
        yield f"{label}: {listed(gone)} taken out"


def _short(grant: Grant) -> str:
    whom = f"{listed(grant.senders)} to {listed(grant.recipients)}"
    return f"{whom}, {listed(grant.types)}, {listed(grant.levels)}"


def _said(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f'"{value}"' if isinstance(value, str) else str(value)
