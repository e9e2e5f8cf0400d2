"""Codes of figures in plain words, for tables, charts and pages. A code without words stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from relec_exchange.message.bodies.statistics import Indicator
from relec_exchange.message.codes import citizenships, countries

INDICATORS: Final[Mapping[str, str]] = {
    Indicator.FRAN_1A: "Illegal crossings between border-crossing points",
    Indicator.FRAN_1B: "Clandestine entries at border-crossing points",
    Indicator.FRAN_2: "Facilitators",
    Indicator.FRAN_3: "Illegal stay",
    Indicator.FRAN_4: "Refusals of entry",
    Indicator.FRAN_5: "Asylum claims",
    Indicator.FRAN_6: "Persons with false documents",
    Indicator.FRAN_7A: "Return decisions",
    Indicator.FRAN_7B: "Effective returns",
    Indicator.DEAD: "Persons found dead",
    Indicator.MISSING: "Persons missing",
    Indicator.DEAD_OR_MISSING: "Persons dead or missing",
    Indicator.SMUGGLING_FEE_USD: "Median smuggling fee in US dollars",
    Indicator.SMUGGLING_ROUTES: "Smuggling: routes seen",
    Indicator.SMUGGLING_MEANS: "Smuggling: means of transport",
    Indicator.SMUGGLING_PROFILES: "Smuggling: profiles of smugglers",
    Indicator.TRAFFICKING_EVENTS: "Trafficking: events",
    Indicator.TRAFFICKING_VICTIMS: "Trafficking: victims",
    Indicator.TRAFFICKING_PERPETRATORS: "Trafficking: perpetrators",
    Indicator.REINTEGRATION_INDIVIDUAL: "Reintegration, individual level",
    Indicator.REINTEGRATION_COMMUNITY: "Reintegration, community level",
    Indicator.REINTEGRATION_STRUCTURAL: "Reintegration, structural level",
}

# Names of ISO 3166-1 that are longer than a chart has room for.
_SHORT: Final[Mapping[str, str]] = {"IRN": "Iran", "IR": "Iran", "TUR": "T\u00fcrkiye"}


def name(column: str, value: str) -> str:
    """A code of a column of a view in words."""
    if column == "indicator":
        return INDICATORS.get(value, value)
    if column == "citizenship":
        return _SHORT.get(value) or citizenships().get(value, value)
    if column == "country":
        country = countries().get(value)
        return _SHORT.get(value) or (country.name if country else value)
    if column in ("border_type", "sex", "category"):
        return value.replace("_", " ")
    return value


def heading(column: str) -> str:
    """The name of a column."""
    return column.replace("_", " ").capitalize()
