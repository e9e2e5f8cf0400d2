"""The closed code lists of the header, the countries, and a suggestion for a mistyped code.

Contract: a code is its value on the wire. The table of countries is read from the package on
first use, not on import (`forms.tables`); its file names source and version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Final

from relec_exchange.errors import InvalidInput
from relec_exchange.forms import tables


class Area(StrEnum):
    """The three areas of the memorandum."""

    IRREGULAR_MIGRATION = "irregular_migration"
    MIGRANT_SMUGGLING = "migrant_smuggling"
    HUMAN_TRAFFICKING = "human_trafficking"


class Purpose(StrEnum):
    """What a message may be used for. `rescue_only` is for lives at risk and nothing else."""

    PREVENTION = "prevention"
    CRIMINAL_INVESTIGATION = "criminal_investigation"
    SITUATIONAL_AWARENESS = "situational_awareness"
    VICTIM_PROTECTION = "victim_protection"
    RETURN_REINTEGRATION = "return_reintegration"
    RESCUE_ONLY = "rescue_only"


class DataLevel(StrEnum):
    """How close a message comes to a person. `none` is for types without any case data."""

    NONE = "none"
    AGGREGATE = "aggregate"
    NON_NOMINAL = "non_nominal"
    NOMINAL = "nominal"
    NOMINAL_SENSITIVE = "nominal_sensitive"


class Handling(StrEnum):
    """Handling codes: a set, not a ladder. `H0` stands alone; H1 to H3 may be combined."""

    H0 = "H0"  # prevention of and fight against crime only
    H1 = "H1"  # not in judicial proceedings without the provider's permission
    H2 = "H2"  # no dissemination without permission
    H3 = "H3"  # another restriction, spelled out in the header


class SourceGrade(StrEnum):
    """Reliability of the source, of the 4x4 system that Europol uses."""

    A = "A"  # no doubt
    B = "B"  # reliable in most instances
    C = "C"  # unreliable in most instances
    X = "X"  # cannot be assessed


class InfoGrade(StrEnum):
    """Reliability of the information, of the 4x4 system that Europol uses."""

    ONE = "1"  # accuracy not in doubt
    TWO = "2"  # known personally to the source, not to the official who passes it on
    THREE = "3"  # not known personally to the source, corroborated by other information
    FOUR = "4"  # not known personally to the source, cannot be corroborated


class Urgency(StrEnum):
    """How soon an answer is due: 7 days, 3 days, 8 hours unless agreed otherwise."""

    ROUTINE = "routine"
    URGENT = "urgent"
    FLASH = "flash"


class SubjectCategory(StrEnum):
    """Whom a message is about. There is no offender: irregular entry alone makes none."""

    SUSPECT = "suspect"
    CONVICTED = "convicted"
    VICTIM = "victim"
    POSSIBLE_VICTIM = "possible_victim"
    WITNESS = "witness"
    CONTACT = "contact"
    MIGRANT = "migrant"
    UNKNOWN = "unknown"


class AuthorRole(StrEnum):
    """In which role the author wrote. `system` is a national system without an officer at hand."""

    SUBMITTER = "submitter"
    RELEASER = "releaser"
    PROTECTION_DESK = "protection_desk"
    SECURITY_OFFICER = "security_officer"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Country:
    """One entry of ISO 3166-1: codes of two and three letters and the English short name."""

    alpha2: str
    alpha3: str
    name: str


# Codes that ISO 3166-1 does not assign and that the public data of Frontex and the Missing
# Migrants Project carry where a citizenship is meant. They are kept as they came.
OTHER_CITIZENSHIPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "OOO": "Citizenship not specified (code OOO of the publisher)",
        "OOS": "Citizenship not specified (code OOS of the publisher)",
        "STL": "Stateless, as the code of the publisher reads",
        "UNK": "Citizenship unknown",
        "XKX": "Kosovo, in the context of UN Security Council resolution 1244 (user-assigned code)",
    }
)
# The suggestion for a mistyped code, for lists of this module and of its readers.
nearest = tables.nearest

_CITIZENSHIP_SOURCE: Final = f"ISO 3166-1 alpha-3 or {', '.join(OTHER_CITIZENSHIPS)}"


@cache
def countries() -> Mapping[str, Country]:
    """ISO 3166-1 by two-letter code, in the order of the codes."""
    _, rows = tables.read_rows("iso3166-1.csv")
    return MappingProxyType({row["alpha2"]: Country(**row) for row in rows})


@cache
def states() -> Mapping[str, str]:
    """Name by three-letter code of ISO 3166-1."""
    return MappingProxyType({country.alpha3: country.name for country in countries().values()})


@cache
def citizenships() -> Mapping[str, str]:
    """Name by three-letter code: ISO 3166-1 and the codes of `OTHER_CITIZENSHIPS`."""
    return MappingProxyType(dict(states()) | dict(OTHER_CITIZENSHIPS))


def check_country(code: str, *, field: str = "country") -> str:
    """Return a two-letter code of ISO 3166-1 or raise `InvalidInput` with the nearest one."""
    return _check(code, countries(), field, "ISO 3166-1 alpha-2")


def check_citizenship(code: str, *, field: str = "citizenship") -> str:
    """Return a three-letter code of `citizenships()` or raise `InvalidInput` with the nearest."""
    return _check(code, citizenships(), field, _CITIZENSHIP_SOURCE)


def check_state(code: str, *, field: str = "state") -> str:
    """Return a three-letter code of ISO 3166-1 or raise `InvalidInput` with the nearest one.

    For persons and documents: the other codes could tell that somebody is under protection.
    """
    return _check(code, states(), field, "ISO 3166-1 alpha-3")


def _check(code: str, table: Mapping[str, object], field: str, source: str) -> str:
    if code in table:
        return code
    meant = nearest(code, table)
    raise InvalidInput(
        f"{field} is not a code of {source}",
        field=field,
        remedy=f"did you mean {meant}?" if meant else "look the code up",
    )
