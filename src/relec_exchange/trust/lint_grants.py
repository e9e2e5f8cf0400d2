"""What is wrong or doubtful in the grants of an agreement.

Contract: pure; remarks in the order of the grants. A grant is asked what it can ever allow, by the
table of types; a type of a later version is taken on trust.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Final, get_args

from pydantic import BaseModel

from relec_exchange.message.catalogue import CATALOGUE, MessageType
from relec_exchange.message.codes import Handling
from relec_exchange.message.header import Header
from relec_exchange.trust.agreement import Agreement, Grant
from relec_exchange.trust.fields import EVERYONE
from relec_exchange.trust.remark import Remark

RESERVED: Final = frozenset(("match.query", "match.result"))
"""Types that have a name and are not in any version yet."""


def grant_remarks(agreement: Agreement) -> Iterator[Remark]:
    """Everything about the grants of one text."""
    for grant in agreement.grants:
        yield from _types(grant)
        yield from _directions(grant)
        yield from _codes(grant)
        yield from _units(grant)
        yield from _withheld(grant)
    yield from _answers(agreement)
    for first, second in combinations(agreement.grants, 2):
        if _meet(first, second):
            yield _overlapping(first, second)


def overlap(one: Agreement, other: Agreement) -> bool:
    """Whether some message is granted by both texts."""
    return any(_meet(a, b) for a in one.grants for b in other.grants)


# ---- one grant -----------------------------------------------------------------------------------


def _types(grant: Grant) -> Iterator[Remark]:
    where, usable = f"grants.{grant.id}.types", False
    for name in grant.types:
        kind = CATALOGUE.get(name)
        if name in RESERVED:
            yield Remark("error", where, f"{name} is reserved and not in use", "leave it out")
        elif kind is None:
            usable = True
            yield Remark(
                "warning", where, f"{name} is not a type of this version", "check how it is written"
            )
        elif kind.control:
            yield Remark("error", where, f"{name} needs no agreement", "leave it out")
        elif _missing(grant, kind):
            text = f"no message of type {name} has {_missing(grant, kind)}"
            yield Remark("warning", where, text, "leave it out, or grant what it needs")
        else:
            usable = True
    if not usable:
        yield Remark(
            "error",
            f"grants.{grant.id}",
            "nothing can ever be sent under this grant",
            "take it out, or let types, levels and purposes fit each other",
        )


def _missing(grant: Grant, kind: MessageType) -> str:
    """What a type never has of that which the grant demands; empty if it can be sent."""
    if not set(kind.levels) & set(grant.levels):
        return "one of these levels"
    if not set(kind.purposes) & set(grant.purposes):
        return "one of these purposes"
    return ""


def _directions(grant: Grant) -> Iterator[Remark]:
    if len(grant.senders) == 1 and grant.senders == grant.recipients != (EVERYONE,):
        yield Remark(
            "error",
            f"grants.{grant.id}.to",
            f"{grant.senders[0]} can send nothing to itself",
            "name the other party",
        )


def _codes(grant: Grant) -> Iterator[Remark]:
    """Levels and purposes that none of the types has."""
    kinds = [CATALOGUE[name] for name in grant.types if name in CATALOGUE]
    if len(kinds) < len(grant.types):
        return
    for field, codes, had in (
        ("levels", grant.levels, {level for kind in kinds for level in kind.levels}),
        ("purposes", grant.purposes, {purpose for kind in kinds for purpose in kind.purposes}),
    ):
        unused = [str(code) for code in codes if code not in had]
        if unused:
            text = f"none of the types has {' or '.join(unused)}"
            yield Remark("warning", f"grants.{grant.id}.{field}", text, "leave it out")


def _units(grant: Grant) -> Iterator[Remark]:
    for name in grant.types:
        kind = CATALOGUE.get(name)
        unit = kind.sealed_to if kind is not None else ""
        if unit and grant.readers and unit not in grant.readers:
            yield Remark(
                "error",
                f"grants.{grant.id}.readers",
                f"only the unit {unit} can read {name}, and it is not named",
                f"add {unit}, or grant the type apart",
            )
    if not grant.readers and Handling.H2 in grant.handling and len(grant.handling) == 1:
        yield Remark(
            "warning",
            f"grants.{grant.id}.readers",
            "under H2 and without readers only the unit that a message is routed to may see it",
            "name the units of the recipient that may see it",
        )


def _withheld(grant: Grant) -> Iterator[Remark]:
    kinds = [CATALOGUE[name] for name in grant.types if name in CATALOGUE]
    if len(kinds) < len(grant.types):
        return
    for path in grant.withhold:
        if not any(_leads(path, kind) for kind in kinds):
            yield Remark(
                "error",
                f"grants.{grant.id}.withhold",
                f"none of the types has a field {path}: nothing would be cut",
                "write it as in the list of types, for instance persons.birth",
            )


def _leads(path: str, kind: MessageType) -> bool:
    """Whether a dotted path names a field of a type; without header or body first, of its body."""
    root, _, rest = path.partition(".")
    if root == "header":
        return _has(Header, rest.split("."))
    return _has(kind.body, (rest if root == "body" and rest else path).split("."))


def _has(model: type[BaseModel], names: list[str]) -> bool:
    info = model.model_fields.get(names[0])
    if info is None:
        return False
    return len(names) == 1 or any(_has(m, names[1:]) for m in _models(info.annotation))


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    """The models inside an annotation: of a list its items, of a choice each one."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


# ---- several grants ------------------------------------------------------------------------------


def _answers(agreement: Agreement) -> Iterator[Remark]:
    """What is asked and can never be answered under the same text."""
    for grant in agreement.grants:
        for name in grant.types:
            kind = CATALOGUE.get(name)
            if kind is None or not kind.waits or _missing(grant, kind):
                continue
            answers = set(kind.answers) - set(kind.asides)
            if not any(_answered(grant, other, answers) for other in agreement.grants):
                yield Remark(
                    "warning",
                    f"grants.{grant.id}.types",
                    f"{name} waits for {' or '.join(sorted(answers))}, which this text does not"
                    " let come back",
                    "grant the answer in the other direction, if no charter does",
                )


def _answered(asked: Grant, other: Grant, answers: Iterable[str]) -> bool:
    back = _same(asked.senders, other.recipients) and _same(asked.recipients, other.senders)
    return back and not set(other.types).isdisjoint(answers)


def _same(some: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether some node is meant by both."""
    return EVERYONE in (*some, *others) or not set(some).isdisjoint(others)


def _meet(a: Grant, b: Grant) -> bool:
    """Whether some message fits both grants."""
    lists = (
        (a.areas, b.areas),
        (a.types, b.types),
        (a.purposes, b.purposes),
        (a.levels, b.levels),
        (a.handling, b.handling),
    )
    if any(set(one).isdisjoint(other) for one, other in lists):
        return False
    if a.units and b.units and set(a.units).isdisjoint(b.units):
        return False
    return _same(a.senders, b.senders) and _same(a.recipients, b.recipients) and _usable(a, b)


def _usable(a: Grant, b: Grant) -> bool:
    """Whether a type of both exists in a level and for a purpose of both."""
    levels, purposes = set(a.levels) & set(b.levels), set(a.purposes) & set(b.purposes)
    for name in set(a.types) & set(b.types):
        kind = CATALOGUE.get(name)
        if kind is None or (levels & set(kind.levels) and purposes & set(kind.purposes)):
            return True
    return False


def _overlapping(first: Grant, second: Grant) -> Remark:
    first, second = sorted((first, second), key=lambda grant: grant.id)
    differs = [
        name
        for name in ("retention_days", "withhold", "min_cell", "readers")
        if getattr(first, name) != getattr(second, name)
    ]
    what = f", with another {' and '.join(differs)}" if differs else ""
    return Remark(
        "warning",
        f"grants.{second.id}",
        f"some messages fit both {first.id} and {second.id}{what}: {first.id} decides, by its name",
        "let the grants differ in type, area, purpose, level or unit",
    )
