"""Which units of this node receive a message: a pure decision from configured rules.

Contract: rules are tried in the order of the file. A rule matches when every field that it names
holds one of the values listed (for `handling`: when the message carries at least one of them).
`match = "first"` takes the units of the first matching rule, `match = "all"` those of every
matching rule, each unit once, in order. No match means the default unit, so that no message is
ever without a reader. Nothing here reads a body, a clock or a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from relec_exchange.errors import InvalidInput
from relec_exchange.inbound.units import (
    Channel,
    EscalationRules,
    LocalExchange,
    Many,
    Unit,
    UnitsDocument,
)
from relec_exchange.message.codes import Area, DataLevel, Handling, Urgency
from relec_exchange.message.fields import NodeName, UnitName
from relec_exchange.message.identifiers import TYPE_PATTERN

_TypeName = Annotated[str, StringConstraints(pattern=TYPE_PATTERN, max_length=64)]
# TOML has strings, the code lists are enums: converting is not the same as being loose.
_Area = Annotated[Area, Field(strict=False)]
_Urgency = Annotated[Urgency, Field(strict=False)]
_Handling = Annotated[Handling, Field(strict=False)]
_DataLevel = Annotated[DataLevel, Field(strict=False)]


class Rule(UnitsDocument):
    """One line of the routing table; a field that is left out matches everything."""

    units: Annotated[tuple[UnitName, ...], Many]
    area: Annotated[tuple[_Area, ...], Many] | None = None
    type: Annotated[tuple[_TypeName, ...], Many] | None = None
    sender: Annotated[tuple[NodeName, ...], Many] | None = None
    urgency: Annotated[tuple[_Urgency, ...], Many] | None = None
    handling: Annotated[tuple[_Handling, ...], Many] | None = None
    data_level: Annotated[tuple[_DataLevel, ...], Many] | None = None

    def matches(self, facts: RoutingFacts) -> bool:
        """Whether every field that this rule names fits the message."""
        wanted: tuple[tuple[Sequence[str] | None, Sequence[str]], ...] = (
            (self.area, (facts.area,)),
            (self.type, (facts.type,)),
            (self.sender, (facts.sender,)),
            (self.urgency, (facts.urgency,)),
            (self.handling, facts.handling),
            (self.data_level, (facts.data_level,)),
        )
        return all(one is None or not set(one).isdisjoint(has) for one, has in wanted)


class RoutingRules(UnitsDocument):
    """The whole table `[routing]` of the settings."""

    default_unit: UnitName = "contact-point"
    match: Literal["first", "all"] = "first"
    units: Annotated[tuple[Unit, ...], Many] = (Unit(name="contact-point"),)
    rules: Annotated[tuple[Rule, ...], Field(strict=False, max_length=256)] = ()
    escalation: EscalationRules = EscalationRules()
    local_exchange: LocalExchange | None = None

    @model_validator(mode="after")
    def _units_exist(self) -> Self:
        names = [unit.name for unit in self.units]
        if len(set(names)) != len(names):
            raise ValueError("two units have one name")
        used = [self.default_unit, *(unit for rule in self.rules for unit in rule.units)]
        unknown = sorted(set(used) - set(names))
        if unknown:
            raise ValueError(f"no unit is called {', '.join(unknown)}")
        queues = [unit.name for unit in self.units if unit.receive == "queue"]
        if queues and self.local_exchange is None:
            raise ValueError(f"{queues[0]} receives in a queue: local_exchange must be named")
        return self

    @classmethod
    def parse(cls, table: Mapping[str, object]) -> RoutingRules:
        """Read the TOML table, or raise `InvalidInput` that names every field that is wrong."""
        try:
            return cls.model_validate(table)
        except ValidationError as error:
            faults = [(_path(item["loc"]), item["msg"]) for item in error.errors()]
            raise InvalidInput(
                "; ".join(f"{where}: {what}" for where, what in faults),
                field=faults[0][0],
                remedy="see config/routing.example.toml",
            ) from None

    def unit(self, name: str) -> Unit:
        """The unit of this name; `InvalidInput` if there is none."""
        for unit in self.units:
            if unit.name == name:
                return unit
        raise InvalidInput(f"no unit is called {name}", field="unit")


@dataclass(frozen=True, slots=True)
class RoutingFacts:
    """What routing may look at: header fields only, never the body."""

    area: str
    type: str
    sender: str
    urgency: str
    data_level: str
    handling: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Destination:
    """One unit and one way to it: what becomes one delivery record."""

    unit: str
    channel: Channel


@dataclass(frozen=True, slots=True)
class DeliveryItem:
    """One delivery that is due, as the queue hands it to the router.

    `id` is the queue's own number. `attempts` counts those already made. `message` is the whole
    message (JSON bytes), empty for the channels that never carry content.
    """

    id: int
    message_id: str
    sender: str
    unit: str
    channel: Channel
    type: str
    urgency: str
    deadline: datetime | None
    attempts: int
    message: bytes = b""


def units_for(rules: RoutingRules, facts: RoutingFacts) -> tuple[str, ...]:
    """The units that receive a message with these facts: one at least, none twice."""
    matching = (rule for rule in rules.rules if rule.matches(facts))
    if rules.match == "first":
        first = next(matching, None)
        return _once(first.units) if first else (rules.default_unit,)
    return _once(unit for rule in matching for unit in rule.units) or (rules.default_unit,)


def destinations(rules: RoutingRules, facts: RoutingFacts) -> tuple[Destination, ...]:
    """Every delivery that one message needs: each unit's place, and its hook if it has one."""
    return tuple(
        Destination(name, channel)
        for name in units_for(rules, facts)
        for channel in rules.unit(name).channels
    )


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _path(location: Iterable[str | int]) -> str:
    return ".".join(("routing", *(str(part) for part in location)))
