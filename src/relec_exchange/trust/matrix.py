"""Who may send what to whom at one time, by which text: a table made of decisions. Pure.

Contract: a cell asks `decide` about each grant for each type of its group, with features that the
grant itself names, so that it never says more than a message would be told. Types that need no
agreement are left out. The same directory and time give the same matrix.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from string import ascii_uppercase
from typing import Final, Literal

from relec_exchange.errors import NotFound
from relec_exchange.message.catalogue import CATALOGUE, Features, MessageType
from relec_exchange.message.codes import Area
from relec_exchange.trust.agreement import Grant
from relec_exchange.trust.decide import Allowed, decide
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.pair import Option

State = Literal["open", "part", "suspended", "closing", "later", "over", "closed", "no route"]

# The groups of types, in the order of how close they come to a person, and what begins their names.
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "statistics": ("stat.",),
    "warnings": ("warning.notice", "warning.update", "warning.cancel", "doc.alert"),
    "rescue": ("warning.life_at_risk",),
    "requests": ("doc.verify.", "info.", "case."),
    "returns": ("return.", "reintegration."),
    "protection": ("protection.",),
    "answers": (
        "ack",
        "consent.",
        "correction",
        "recall",
        "shred.",
        "feedback",
        "contact.",
        "breach.",
        "test.",
    ),
}
_SUSPENDED: Final = "agreement-suspended"
# Of several grants for one type the one that comes furthest speaks for it.
_RANK: Final[tuple[State, ...]] = ("open", "suspended", "closing", "later", "over")


@dataclass(frozen=True, slots=True)
class Text:
    """An agreement of the matrix: `tag` (A, B, ...) stands for it in the cells."""

    tag: str
    hash: str
    title: str
    charter: bool
    version: int
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class Cell:
    """One group of types from one node to another.

    `open`: every type of the group may be sent, in every area; `part`: `types` in `areas` only;
    `closing`: nothing but `types` that close what is open. `stopped` are types that would be
    granted and are suspended. `grants` are pairs of a text's hash and the id of a grant in it,
    `until` is when the first of these ends or begins.
    """

    state: State
    types: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    grants: tuple[tuple[str, str], ...] = ()
    until: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Matrix:
    """All cells at one time, by sender, recipient and group; `texts` in the order of their tags."""

    at: datetime
    nodes: tuple[str, ...]
    names: Mapping[str, str]
    exercise: bool
    texts: tuple[Text, ...]
    cells: Mapping[tuple[str, str, str], Cell]

    def tags(self, cell: Cell) -> str:
        """The tags of a cell's texts, as `A, C`."""
        hashes = {text for text, _ in cell.grants}
        return ", ".join(text.tag for text in self.texts if text.hash in hashes)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every ordered pair of two nodes."""
        return ((a, b) for a in self.nodes for b in self.nodes if a != b)


def group_types(group: str) -> tuple[MessageType, ...]:
    """The types of a group, in the order of the catalogue; never a control type."""
    begins = GROUPS[group]
    return tuple(k for k in CATALOGUE.values() if not k.control and k.name.startswith(begins))


def matrix(directory: Directory, at: datetime, nodes: Sequence[str] = ()) -> Matrix:
    """The matrix of these nodes (none named: of all that are known) at a time (aware, UTC).

    `NotFound` names a node of which no card is held.
    """
    chosen = tuple(dict.fromkeys(nodes)) or directory.nodes()
    names = {node: directory.member(node).card.name for node in chosen}
    if len(chosen) < 2:
        raise NotFound(
            "a matrix takes two nodes or more",
            field="node",
            remedy="import the card of a partner first: relec card import",
        )
    cells = {
        (a, b, group): _cell(directory, a, b, group, at)
        for a in chosen
        for b in chosen
        if a != b
        for group in GROUPS
    }
    texts = _texts(directory, {h for cell in cells.values() for h, _ in cell.grants})
    return Matrix(at, chosen, names, directory.network_kind == "exercise", texts, cells)


def sentence(found: Matrix, sender: str, recipient: str, group: str) -> str:
    """A cell in words."""
    cell = found.cells[sender, recipient, group]
    tags = found.tags(cell)
    day = f"{cell.until:%Y-%m-%d}" if cell.until else ""
    only = f"{', '.join(cell.types)} ({', '.join(cell.areas)})".replace("_", " ")
    stopped = f"; suspended: {', '.join(cell.stopped)}" if cell.stopped else ""
    said = {
        "open": f"yes, by {tags}, until {day}",
        "part": f"in part, by {tags}, until {day}: {only}{stopped}",
        "suspended": f"suspended, but for what closes open matters; granted by {tags}",
        "closing": f"only to close what is open, by {tags}: {', '.join(cell.types)}",
        "later": f"not yet, by {tags} from {day}",
        "over": f"no more, {tags} has ended",
        "closed": "no",
        "no route": f"no route, {cell.why}",
    }
    return f"{group} from {sender} to {recipient}: {said[cell.state]}"


def _meeting(
    kind: MessageType, grant: Grant, sender: str, recipient: str, exercise: bool
) -> Iterator[Features]:
    """What messages of this type would say of themselves that meet the grant, one for each area."""
    purposes = [purpose for purpose in kind.purposes if purpose in grant.purposes]
    levels = [level for level in kind.levels if level in grant.levels]
    for area in grant.areas if purposes and levels else ():
        yield Features(
            type=kind.name,
            sender=sender,
            recipient=recipient,
            exercise=exercise,
            schema_version=kind.version,
            area=area,
            purpose=purposes[0],
            data_level=levels[0],
            handling=(grant.handling[0],),
            sender_unit=grant.units[0] if grant.units else "",
        )


# A grant, and one of its areas.
_Found = tuple[Option, Area]


def _cell(directory: Directory, sender: str, recipient: str, group: str, at: datetime) -> Cell:
    pair = directory.pair(sender, recipient)
    kinds = group_types(group)
    names = tuple(kind.name for kind in kinds)
    if pair is None or pair.problem:
        why = directory.listing_problem(sender, recipient)
        return Cell("no route", missing=names, why=why)
    found = {kind.name: _type(directory, kind, sender, recipient, at) for kind in kinds}
    reached = {state for state, _ in found.values()}
    state: State = next((one for one in _RANK if one in reached), "closed")
    types = tuple(name for name in names if found[name][0] == state != "closed")
    missing = tuple(name for name in names if name not in types)
    options = [option for name in types for option, _ in found[name][1]]
    granted = {area for name in types for _, area in found[name][1]}
    areas = tuple(area for area in Area if area in granted)
    if state == "open" and (missing or len(areas) < len(Area)):
        state = "part"
    times = [option.starts if state == "later" else option.ends for option in options]
    grants = tuple(sorted({(option.agreement_hash, option.grant.id) for option in options}))
    stopped = tuple(name for name in names if found[name][0] == "suspended")
    return Cell(state, types, missing, stopped, areas, grants, min(times, default=None))


def _type(
    directory: Directory, kind: MessageType, sender: str, recipient: str, at: datetime
) -> tuple[State, tuple[_Found, ...]]:
    """How far one type comes, and by which grants in which areas."""
    pair = directory.pair(sender, recipient)
    exercise = directory.network_kind == "exercise"
    sorted_in: dict[State, list[_Found]] = {}
    for option in pair.options.get(kind.name, ()) if pair else ():
        for features in _meeting(kind, option.grant, sender, recipient, exercise):
            state = _state(directory, option, features, at)
            sorted_in.setdefault(state, []).append((option, features.area or option.grant.areas[0]))
    best = next((state for state in _RANK if state in sorted_in), None)
    return (best, tuple(sorted_in[best])) if best else ("closed", ())


def _state(directory: Directory, option: Option, features: Features, at: datetime) -> State:
    if at < option.starts:
        return "later"
    answer = decide(directory, features, at, option.agreement_hash)
    if isinstance(answer, Allowed):
        return "closing" if answer.closing else "open"
    if answer.rule == _SUSPENDED:
        return "suspended"
    return "closed" if at < option.ends else "over"


def _texts(directory: Directory, hashes: set[str]) -> tuple[Text, ...]:
    """The texts with their tags: charters first, then by title."""
    held = [directory.agreement(name).signed for name in hashes]
    held.sort(key=lambda s: (not s.agreement.charter, s.agreement.title, s.hash))
    return tuple(
        Text(
            _tag(number),
            signed.hash,
            signed.agreement.title,
            signed.agreement.charter,
            signed.agreement.version,
            signed.agreement.valid_from,
            signed.agreement.valid_until,
        )
        for number, signed in enumerate(held)
    )


def _tag(number: int) -> str:
    """A to Z, then AA, AB, ..."""
    before, last = divmod(number, len(ascii_uppercase))
    return (_tag(before - 1) if before else "") + ascii_uppercase[last]
