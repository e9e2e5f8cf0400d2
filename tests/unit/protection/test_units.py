"""Which units may see a message: named readers, the owner under H2, and consents to more."""

from __future__ import annotations

from datetime import date

import pytest

from relec_exchange.errors import Refused
from relec_exchange.message.bodies.consents import Decision, Use
from relec_exchange.message.codes import Handling, Purpose
from relec_exchange.protection.provided import Consent, Received
from relec_exchange.protection.units import Opened, require_reader, routed

TODAY = date(2026, 11, 21)
TARGETS = (("ncp", "mailbox"), ("ncp", "notify"), ("border", "folder"))
H0, H2 = frozenset({Handling.H0}), frozenset({Handling.H2})


def opened(handling: frozenset[Handling], *readers: str) -> Opened:
    return Opened(Received("m", "iq", Purpose.PREVENTION, handling), readers, "ncp")


def consent(to: str, until: date | None = None) -> Consent:
    return Consent("m", "iq", Decision.GRANTED, Use.ONWARD, onward_to=to, expires_on=until)


@pytest.mark.parametrize(
    ("readers", "handling", "kept"),
    [
        ((), H0, TARGETS),
        ((), H2, TARGETS[:2]),
        (("border",), H0, TARGETS[2:]),
        (("border", "ncp"), H2, TARGETS),
        (("analysts",), H0, (("analysts", "mailbox"),)),
    ],
)
def test_routing_is_narrowed_to_who_may_see_it_and_never_to_nobody(
    readers: tuple[str, ...], handling: frozenset[Handling], kept: tuple[tuple[str, str], ...]
) -> None:
    assert routed(TARGETS, readers, handling) == kept


@pytest.mark.parametrize(
    ("unit", "to"),
    [
        ("border", opened(H0)),
        ("ncp", opened(H2)),
        ("border", opened(H2, "border")),
        ("border", opened(H0, "border")),
    ],
)
def test_a_unit_that_may_see_it_passes(unit: str, to: Opened) -> None:
    require_reader(unit, to, (), "tr", TODAY)  # raises for any other
    assert to.units is None or unit in to.units


@pytest.mark.parametrize(
    ("unit", "to"),
    [("border", opened(H2)), ("ncp", opened(H0, "border")), ("", opened(H2))],
)
def test_any_other_unit_is_refused_by_the_rule(unit: str, to: Opened) -> None:
    with pytest.raises(Refused) as caught:
        require_reader(unit, to, (), "tr", TODAY)
    assert (caught.value.rule, caught.value.field) == ("P7-third-party", "unit")


def test_a_consent_that_holds_lets_one_more_unit_see_it() -> None:
    require_reader("border", opened(H2), (consent("tr/border", TODAY),), "tr", TODAY)
    for other in (
        consent("border"),
        consent("pk/border"),
        consent("tr/ncp"),
        consent("tr/border", date(2026, 11, 20)),
    ):
        with pytest.raises(Refused):
            require_reader("border", opened(H2), (other,), "tr", TODAY)
