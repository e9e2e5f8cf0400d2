"""Valid blocks of bodies: places, persons, documents, money, areas, facts."""

from __future__ import annotations

from hypothesis import strategies as st
from strategy_atoms import (
    COUNTS,
    DAYS,
    HANDLING,
    LANGUAGES,
    LINES,
    PHONES,
    STATES,
    TEXTS,
    Json,
    codes,
    degrees,
    distinct,
    listed,
    numbered,
    record,
)

from relec_exchange.forms.mrz import check_digit
from relec_exchange.forms.tables import table
from relec_exchange.message.bodies.areas import (
    DangerIndicator,
    SmugglingRole,
    SmugglingService,
    TraffickingAct,
    TraffickingMeans,
    TraffickingPurpose,
)
from relec_exchange.message.bodies.blocks import OrganisationKind, PaymentMeans
from relec_exchange.message.bodies.persons import (
    Calendar,
    DocumentStatus,
    NameKind,
    ObjectKind,
)
from relec_exchange.message.bodies.statistics import AgeBand, Sex
from relec_exchange.message.bodies.warnings import (
    CraftKind,
)
from relec_exchange.message.codes import (
    InfoGrade,
    SourceGrade,
    SubjectCategory,
)

COARSE = record({"lat": degrees(90, 100), "lon": degrees(180, 100)})
EXACT = record({"lat": degrees(90, 10_000), "lon": degrees(180, 10_000)})
SUBDIVISIONS: dict[str, list[str]] = {}
for _code in table("iso3166-2").entries:
    SUBDIVISIONS.setdefault(_code[:2], []).append(_code)
PLACES = st.sampled_from(sorted(SUBDIVISIONS)).flatmap(
    lambda code: record(
        {"country": st.just(code)},
        {"subdivision": st.sampled_from(SUBDIVISIONS[code]), "place": TEXTS, "position": COARSE},
    )
)
SPANS = st.tuples(DAYS, DAYS).map(sorted).map(lambda d: {"from": d[0], "to": d[1]})
NAMES = record(
    {"text": LINES, "kind": codes(NameKind), "script": st.sampled_from(["Arab", "Latn", "Beng"])},
    {"language": LANGUAGES, "transliteration": LINES, "transliteration_scheme": LINES},
)
SOURCE_DATES = record(
    {"calendar": codes(Calendar), "text": LINES, "variant": LINES},
)
BIRTHS = (
    st.sampled_from(
        [
            {"date": "1988-02-29", "precision": "day"},
            {"date": "1988-02", "precision": "month"},
            {"date": "1988", "precision": "year"},
            {"date": "1988-01-01", "precision": "estimated"},
            {"date": "1988-01-01", "precision": "day", "first_of_january_confirmed": False},
        ]
    )
    .flatmap(lambda birth: record({"birth": st.just(birth)}, {"source": SOURCE_DATES}))
    .map(lambda parts: parts["birth"] | {k: v for k, v in parts.items() if k == "source"})
)


@st.composite
def zones(draw: st.DrawFn) -> list[str]:
    """Two lines of a passport whose check digits fit."""
    number = draw(st.text("ABCXYZ0123456789", min_size=9, max_size=9))
    issuer = draw(STATES)
    name = draw(st.text("ABCO", min_size=1, max_size=12))
    first = f"P<{issuer}{name}<<{name}".ljust(44, "<")
    birth, expiry, own = "880229", "300101", "<" * 14
    parts = [number + check_digit(number), birth + check_digit(birth)]
    parts += [expiry + check_digit(expiry), own + "<"]
    head, born, ends, rest = parts
    return [first, f"{head}{issuer}{born}<{ends}{rest}{check_digit(''.join(parts))}"]


TRAVEL_DOCUMENTS = record(
    {"kind": LINES, "number": LINES},
    {"issuer": STATES, "mrz": zones(), "status": codes(DocumentStatus)},
)
PERSON_FIELDS: Json = {
    "sex": codes(Sex),
    "birth": BIRTHS,
    "age_band": codes(AgeBand),
    "citizenships": distinct(STATES),
    "residence": STATES,
    "documents": listed(TRAVEL_DOCUMENTS),
    "phones": distinct(PHONES),
    "handles": listed(record({"platform": LINES, "handle": LINES})),
    "description": TEXTS,
    "guardian_note": TEXTS,
    "best_interest_note": TEXTS,
    "birth_needed": TEXTS,
}
INNOCENT = codes(
    c for c in SubjectCategory if c not in (SubjectCategory.SUSPECT, SubjectCategory.CONVICTED)
)
# Without roles, as whoever is protected or returns.
PERSONS_ALONE = record({"category": INNOCENT, "names": listed(NAMES, 1)}, PERSON_FIELDS)
PERSONS = PERSONS_ALONE | record(
    {"category": st.sampled_from(["suspect", "convicted"]), "names": listed(NAMES, 1)},
    PERSON_FIELDS | {"roles": distinct(codes(SmugglingRole))},
)
OBJECTS = record({"kind": codes(ObjectKind), "identifier": LINES}, {"description": TEXTS})
MONEY = record(
    {
        "amount": st.sampled_from(["0", "1500", "2000.5", "999999999999.99"]),
        "currency": st.sampled_from(sorted(table("iso4217").entries)),
        "means": codes(PaymentMeans),
    },
    {"paid_for": LINES},
)
EVENTS = record({"kind": LINES, "when": SPANS, "where": PLACES, "what": TEXTS})
LEGS = record({"from": PLACES, "to": PLACES, "mode": codes(CraftKind)}, {"border_crossing": LINES})
ORGANISATIONS = record({"kind": codes(OrganisationKind), "name": LINES}, {"description": TEXTS})
TRANSPORTS = record({"kind": codes(CraftKind)}, {"identifier": LINES, "description": TEXTS})
SMUGGLINGS = record(
    {"benefit": TEXTS},
    {
        "routes": listed(LEGS),
        "fees": listed(MONEY),
        "services": distinct(codes(SmugglingService)),
        "danger_indicators": distinct(codes(DangerIndicator)),
        "transports": listed(TRANSPORTS),
        "organisations": listed(ORGANISATIONS),
    },
)
TRAFFICKINGS = record(
    {"acts": st.lists(codes(TraffickingAct), min_size=1, max_size=3, unique=True)},
    {
        "means": distinct(codes(TraffickingMeans)),
        "purposes": distinct(codes(TraffickingPurpose)),
        "events": listed(EVENTS),
        "organisations": listed(ORGANISATIONS),
    },
)
BORDERS = record(
    {"events": listed(EVENTS, 1)},
    {
        "counts": record(
            {},
            dict.fromkeys(
                ("detected", "refused", "false_documents", "returned", "dead_or_missing"), COUNTS
            ),
        )
    },
)
FACTS = numbered(
    "number",
    record(
        {
            "number": st.integers(1, 999),
            "text": TEXTS,
            "source_grade": codes(SourceGrade),
            "info_grade": codes(InfoGrade),
            "handling": HANDLING,
        },
        {"handling_note": TEXTS},
    ),
)


def with_benefit(body: Json) -> Json:
    """Roles need the benefit that makes smuggling of it; without one they are taken out."""
    if "smuggling" not in body:
        for person in body.get("persons", []):
            person.pop("roles", None)
    return body
