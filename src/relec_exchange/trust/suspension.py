"""Suspensions: one party stops messages at once, and lets them go on again.

Contract: a `Suspension` that exists follows every rule that can be judged from its own text. It
stops messages in both directions between its node and each partner that it names. A lift names the
suspensions that end, by their hashes, for the partners that it names.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.codes import Area
from relec_exchange.trust.fields import Digest, Moment, PartnerNotice, TypeName


class Suspension(PartnerNotice):
    """The text of a suspension, or of the lift of some. Times are aware, in UTC.

    No `areas` means all. No `types` means all but those that close open business. Without `until`
    it holds until it is lifted. `number` rises by one with each such text of a node.
    """

    format: Literal["relec/v1 suspension"] = "relec/v1 suspension"
    number: Annotated[int, Field(ge=1)]
    action: Literal["suspend", "lift"]
    areas: tuple[Annotated[Area, Field(strict=False)], ...] = ()
    types: Annotated[tuple[TypeName, ...], Field(max_length=64)] = ()
    until: Moment | None = None
    lifts: Annotated[tuple[Digest, ...], Field(max_length=64)] = ()

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        for values in (self.areas, self.types, self.lifts):
            if len(set(values)) != len(values):
                raise ValueError("a list names nothing twice")
        if self.action == "lift":
            self._check_lift()
        else:
            self._check_suspend()
        return self

    def _check_lift(self) -> None:
        if not self.lifts:
            raise ValueError("a lift names the suspensions that it ends")
        if self.areas or self.types or self.until is not None:
            raise ValueError("a lift has no areas, types or until: it ends whole suspensions")

    def _check_suspend(self) -> None:
        if self.lifts:
            raise ValueError("lifts stands in a lift only")
        if self.until is not None and self.until <= self.issued:
            raise ValueError("until is after issued")
        if any(kind is not None and kind.control for kind in map(CATALOGUE.get, self.types)):
            raise ValueError("control types need no agreement and cannot be suspended")
