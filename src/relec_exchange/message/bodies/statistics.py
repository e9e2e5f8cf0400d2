"""The body of `stat.report`: one reporting period as a table of counts, in parts if large.

Contract: a row is one cell; a dimension that is absent was not split by, which is something else
than `unknown`. A suppressed cell has no value. Counts are events unless the indicator says persons.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from relec_exchange.message.fields import (
    MONTH_PATTERN,
    Bounded,
    CitizenshipCode,
    Code,
    Count,
    CountryCode,
    Document,
    Line,
    Text,
    rule,
)

_ROWS_MAX = 2000


class Indicator(StrEnum):
    """What is counted. Sources: Frontex FRAN; UNODC VRS-MSRC; IC-TIP; national return figures."""

    FRAN_1A = "fran.1a"  # illegal crossings between border-crossing points
    FRAN_1B = "fran.1b"  # clandestine entries at border-crossing points
    FRAN_2 = "fran.2"  # facilitators
    FRAN_3 = "fran.3"  # illegal stay
    FRAN_4 = "fran.4"  # refusals of entry
    FRAN_5 = "fran.5"  # asylum claims
    FRAN_6 = "fran.6"  # persons with false documents
    FRAN_7A = "fran.7a"  # return decisions
    FRAN_7B = "fran.7b"  # effective returns
    DEAD = "mortality.dead"
    MISSING = "mortality.missing"
    DEAD_OR_MISSING = "mortality.dead_or_missing"
    SMUGGLING_FEE_USD = "smuggling.fee_usd"  # median fee in whole US dollars, not a count
    SMUGGLING_ROUTES = "smuggling.routes"
    SMUGGLING_MEANS = "smuggling.means"
    SMUGGLING_PROFILES = "smuggling.profiles"
    TRAFFICKING_EVENTS = "trafficking.events"
    TRAFFICKING_VICTIMS = "trafficking.victims"
    TRAFFICKING_PERPETRATORS = "trafficking.perpetrators"
    REINTEGRATION_INDIVIDUAL = "reintegration.individual"
    REINTEGRATION_COMMUNITY = "reintegration.community"
    REINTEGRATION_STRUCTURAL = "reintegration.structural"


class BorderType(StrEnum):
    """Kind of border where it happened."""

    LAND = "land"
    SEA = "sea"
    AIR = "air"
    UNKNOWN = "unknown"


class Sex(StrEnum):
    """Sex as recorded."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


class AgeBand(StrEnum):
    """Completed years. The wide bands are for sources that only tell children from adults."""

    UNDER_14 = "0-13"
    FROM_14 = "14-17"
    CHILD = "0-17"
    FROM_18 = "18-34"
    FROM_35 = "35-64"
    FROM_65 = "65+"
    ADULT = "18+"
    UNKNOWN = "unknown"


class Period(Document):
    """A calendar year, or one quarter (1 to 4) or one month (1 to 12) of it."""

    year: Annotated[int, Field(ge=1990, le=2200)]
    quarter: Annotated[int, Field(ge=1, le=4)] | None = None
    month: Annotated[int, Field(ge=1, le=12)] | None = None

    @model_validator(mode="after")
    def _is_one_period(self) -> Self:
        if self.quarter is not None and self.month is not None:
            raise rule("period_ambiguous", "a period has a quarter or a month, not both", "month")
        return self

    def months(self) -> frozenset[str]:
        """The months of the period, written as `YYYY-MM`."""
        if self.month is not None:
            span = range(self.month, self.month + 1)
        elif self.quarter is not None:
            span = range(self.quarter * 3 - 2, self.quarter * 3 + 1)
        else:
            span = range(1, 13)
        return frozenset(f"{self.year}-{month:02}" for month in span)


class Row(Document):
    """One cell: its dimensions, and a value or the fact that it was suppressed.

    `category` is a short code of the source for what an indicator is split by besides (means of
    transport, profile). Absent dimensions were not split by.
    """

    indicator: Code[Indicator]
    month: Annotated[str, StringConstraints(pattern=MONTH_PATTERN)]
    citizenship: CitizenshipCode | None = None
    route: Line | None = None
    border_type: Code[BorderType] | None = None
    sex: Code[Sex] | None = None
    age_band: Code[AgeBand] | None = None
    category: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")] | None = None
    value: Count | None = None
    suppressed: bool = False

    @model_validator(mode="after")
    def _has_value_or_not(self) -> Self:
        if (self.value is None) != self.suppressed:
            raise rule(
                "value_or_suppressed", "a row has a value, or says suppressed: never both", "value"
            )
        return self

    def cell(self) -> tuple[str | None, ...]:
        """What the row is about, without its value."""
        return (
            self.indicator,
            self.month,
            self.citizenship,
            self.route,
            self.border_type,
            self.sex,
            self.age_band,
            self.category,
        )


class StatReport(Document):
    """One part of one country's table for one period. `illustration` marks figures made to show."""

    reporting_country: CountryCode
    period: Period
    part: Annotated[int, Field(ge=1, le=999)] = 1
    parts: Annotated[int, Field(ge=1, le=999)] = 1
    revision: Annotated[int, Field(ge=1, le=999)] = 1
    method_note: Text | None = None
    sources: Annotated[tuple[Line, ...], Bounded(16, distinct=True)] = ()
    illustration: bool = False
    rows: Annotated[tuple[Row, ...], Bounded(_ROWS_MAX)]

    @model_validator(mode="after")
    def _is_one_table(self) -> Self:
        if self.part > self.parts:
            raise rule("part_beyond_parts", "part must not be greater than parts", "part")
        months = self.period.months()
        if any(row.month not in months for row in self.rows):
            raise rule("month_outside_period", "a row's month lies outside the period", "rows")
        if len({row.cell() for row in self.rows}) != len(self.rows):
            raise rule("cell_repeated", "two rows give a value for the same cell", "rows")
        return self
