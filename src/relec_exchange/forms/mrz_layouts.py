"""Where each field of a machine-readable zone stands, in the five layouts of ICAO Doc 9303.

Contract: data alone. Lines and columns count from 0; a span ends before its `end`. Sources: Doc
9303 parts 4 (TD3), 5 (TD1), 6 (TD2) and 7 (MRV-A and MRV-B), eighth edition (2021).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Layout(StrEnum):
    """The five layouts: two kinds of cards, the passport, and two kinds of visas."""

    TD1 = "TD1"
    TD2 = "TD2"
    TD3 = "TD3"
    MRV_A = "MRV-A"
    MRV_B = "MRV-B"


@dataclass(frozen=True, slots=True)
class Span:
    """Some neighbouring signs of one line."""

    line: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Plan:
    """One layout: its lines, its fields, and what its last check digit is counted over."""

    layout: Layout
    lines: int
    width: int
    fields: Mapping[str, Span]
    composite: tuple[Span, ...] = ()


def _plan(
    layout: Layout, lines: int, width: int, composite: tuple[Span, ...], **fields: Span
) -> Plan:
    return Plan(layout, lines, width, MappingProxyType(fields), composite)


# The second line of everything but TD1 begins alike.
_SECOND: Final[Mapping[str, Span]] = MappingProxyType(
    {
        "document_code": Span(0, 0, 2),
        "issuer": Span(0, 2, 5),
        "number": Span(1, 0, 9),
        "number_check": Span(1, 9, 10),
        "nationality": Span(1, 10, 13),
        "birth": Span(1, 13, 19),
        "birth_check": Span(1, 19, 20),
        "sex": Span(1, 20, 21),
        "expiry": Span(1, 21, 27),
        "expiry_check": Span(1, 27, 28),
    }
)

_TD1: Final = _plan(
    Layout.TD1,
    3,
    30,
    (Span(0, 5, 30), Span(1, 0, 7), Span(1, 8, 15), Span(1, 18, 29)),
    document_code=Span(0, 0, 2),
    issuer=Span(0, 2, 5),
    number=Span(0, 5, 14),
    number_check=Span(0, 14, 15),
    optional=Span(0, 15, 30),
    birth=Span(1, 0, 6),
    birth_check=Span(1, 6, 7),
    sex=Span(1, 7, 8),
    expiry=Span(1, 8, 14),
    expiry_check=Span(1, 14, 15),
    nationality=Span(1, 15, 18),
    optional_2=Span(1, 18, 29),
    composite_check=Span(1, 29, 30),
    names=Span(2, 0, 30),
)
_TD2: Final = _plan(
    Layout.TD2,
    2,
    36,
    (Span(1, 0, 10), Span(1, 13, 20), Span(1, 21, 35)),
    names=Span(0, 5, 36),
    optional=Span(1, 28, 35),
    composite_check=Span(1, 35, 36),
    **_SECOND,
)
_TD3: Final = _plan(
    Layout.TD3,
    2,
    44,
    (Span(1, 0, 10), Span(1, 13, 20), Span(1, 21, 43)),
    names=Span(0, 5, 44),
    optional=Span(1, 28, 42),
    optional_check=Span(1, 42, 43),
    composite_check=Span(1, 43, 44),
    **_SECOND,
)
_MRV_A: Final = _plan(
    Layout.MRV_A, 2, 44, (), names=Span(0, 5, 44), optional=Span(1, 28, 44), **_SECOND
)
_MRV_B: Final = _plan(
    Layout.MRV_B, 2, 36, (), names=Span(0, 5, 36), optional=Span(1, 28, 36), **_SECOND
)

PLANS: Final[Mapping[Layout, Plan]] = MappingProxyType(
    {plan.layout: plan for plan in (_TD1, _TD2, _TD3, _MRV_A, _MRV_B)}
)
