"""Valid bodies of every type but those of control."""

from __future__ import annotations

from hypothesis import strategies as st
from strategy_atoms import (
    CITIZENSHIPS,
    COUNTRIES,
    COUNTS,
    DAYS,
    HANDLING,
    IDS,
    LANGUAGES,
    LINES,
    PHONES,
    STATES,
    TEXTS,
    TIMES,
    codes,
    distinct,
    listed,
    numbered,
    record,
)
from strategy_blocks import (
    BORDERS,
    EXACT,
    FACTS,
    OBJECTS,
    PERSONS,
    PERSONS_ALONE,
    PLACES,
    SMUGGLINGS,
    SPANS,
    TRAFFICKINGS,
    with_benefit,
    zones,
)

from relec_exchange.message.bodies.amendments import Outcome
from relec_exchange.message.bodies.analysis import Confidence, Trend
from relec_exchange.message.bodies.consents import Use
from relec_exchange.message.bodies.notices import Day
from relec_exchange.message.bodies.papers import SeriesState, VerifyQuestion
from relec_exchange.message.bodies.protecting import ConsentGiver, ProtectionOutcome
from relec_exchange.message.bodies.referrals import CaseOutcome
from relec_exchange.message.bodies.requests import ClarifyKind, ReplyKind
from relec_exchange.message.bodies.returning import ReintegrationOutcome, ReturnBasis
from relec_exchange.message.bodies.statistics import AgeBand, BorderType, Indicator, Sex
from relec_exchange.message.bodies.warnings import (
    Cause,
    Counting,
    CraftKind,
    WarningKind,
)
from relec_exchange.message.codes import (
    InfoGrade,
    Purpose,
    SourceGrade,
)
from relec_exchange.message.encoding import b64

ROWS = record(
    {
        "indicator": codes(Indicator),
        "month": st.sampled_from(["2015-07", "2015-08", "2015-09"]),
    },
    {
        "citizenship": CITIZENSHIPS,
        "route": LINES,
        "border_type": codes(BorderType),
        "sex": codes(Sex),
        "age_band": codes(AgeBand),
        "category": st.from_regex(r"[a-z][a-z0-9_]{0,39}", fullmatch=True),
    },
).flatmap(
    lambda row: COUNTS.map(lambda n: row | {"value": n}) | st.just(row | {"suppressed": True})
)
REPORTS = record(
    {
        "reporting_country": COUNTRIES,
        "period": st.sampled_from([{"year": 2015, "quarter": 3}, {"year": 2015}]),
        "rows": st.lists(
            ROWS,
            max_size=4,
            unique_by=lambda row: str(
                sorted((k, v) for k, v in row.items() if k not in ("value", "suppressed"))
            ),
        ),
    },
    {
        "part": st.just(1),
        "parts": st.integers(1, 9),
        "revision": st.integers(1, 99),
        "method_note": TEXTS,
        "sources": distinct(LINES),
        "illustration": st.booleans(),
    },
)
NOTICES = record(
    {
        "kind": codes(WarningKind),
        "where": PLACES,
        "when": SPANS,
        "what": TEXTS,
        "persons": record({"dead_or_missing": COUNTS}, {"survivors": COUNTS}),
        "group": TEXTS,
    },
    {
        "estimated_persons": COUNTS,
        "counting": codes(Counting),
        "causes": distinct(codes(Cause)),
        "origins": distinct(CITIZENSHIPS),
        "route": LINES,
        "indicators": distinct(LINES),
        "recommended_action": TEXTS,
        "expires_on": DAYS,
        "sources": distinct(LINES),
    },
)
RESCUES = record(
    {
        "place": record({"text": TEXTS}, {"country": COUNTRIES, "position": EXACT}),
        "time": TIMES,
        "craft": record({"kind": codes(CraftKind)}, {"description": TEXTS}),
        "persons": record({}, dict.fromkeys(("estimated", "children", "injured"), COUNTS)),
        "condition": TEXTS,
        "authority_contacted": TEXTS,
    }
)
REQUESTS = record(
    {
        "questions": numbered(
            "number", record({"number": st.integers(1, 999), "text": TEXTS, "why": TEXTS})
        ),
        "reasons": TEXTS,
    },
    {
        "persons": listed(PERSONS),
        "objects": listed(OBJECTS),
        "use_restrictions": TEXTS,
        "smuggling": SMUGGLINGS,
        "trafficking": TRAFFICKINGS,
        "border": BORDERS,
        "for_court": st.booleans(),
    },
).map(with_benefit)
CLARIFICATIONS = record(
    {
        "kind": codes(ClarifyKind),
        "items": listed(record({"number": st.integers(1, 999), "text": TEXTS}), 1),
    }
)
TIPS = record(
    {"facts": FACTS, "relevance": TEXTS},
    {
        "persons": listed(PERSONS),
        "objects": listed(OBJECTS),
        "smuggling": SMUGGLINGS,
        "trafficking": TRAFFICKINGS,
        "border": BORDERS,
    },
).map(with_benefit)
CASES = record(
    {"offence": TEXTS, "facts": FACTS, "competent_authority": LINES, "asked": TEXTS},
    {
        "persons": listed(PERSONS),
        "objects": listed(OBJECTS),
        "smuggling": SMUGGLINGS,
        "trafficking": TRAFFICKINGS,
    },
).map(with_benefit)
CASE_RESPONSES = st.just({"outcome": "nothing_can_be_provided"}) | record(
    {
        "outcome": codes(o for o in CaseOutcome if o is not CaseOutcome.NOTHING),
        "text": TEXTS,
    },
    {"contact_unit": st.just("ncp")},
)
ANALYSES = record(
    {
        "period": st.sampled_from([{"year": 2015, "quarter": 3}, {"year": 2015}]),
        "findings": listed(TEXTS, 1),
        "trend": codes(Trend),
        "confidence": codes(Confidence),
    },
    {"sources": distinct(LINES)},
)
SERIES = record(
    {
        "issuer": STATES,
        "document_type": LINES,
        "count": st.integers(2, 90),
        "state": codes(SeriesState),
        "first": st.integers(0, 999).map("X{:06}".format),
        "last": st.integers(2000, 9999).map("X{:06}".format),
    }
)
ALERTS = record(
    {"series": listed(SERIES, 1)},
    {"alteration": TEXTS, "features": distinct(LINES), "detection_tip": TEXTS},
)
PAPERS = record({"document_type": LINES, "number": LINES, "issuer": STATES}, {"expiry": DAYS})
VERIFICATIONS = record(
    {"fields": PAPERS, "question": codes(VerifyQuestion), "why": TEXTS}, {"mrz": zones()}
) | record({"mrz": zones(), "question": codes(VerifyQuestion), "why": TEXTS})
VERIFIED = st.just({"answer": "unknown"}) | record(
    {"answer": st.sampled_from(["yes", "no"])}, {"note": TEXTS}
)
DAY_PAIRS = st.tuples(DAYS, DAYS).map(sorted)
RETURNS = DAY_PAIRS.flatmap(
    lambda days: record(
        {
            "basis_on": st.just(days[0]),
            "planned_on": st.just(days[1]),
            "basis": codes(ReturnBasis),
            "persons": listed(PERSONS_ALONE, 1),
        },
        {"escort": TEXTS, "needs_on_arrival": listed(TEXTS)},
    )
)
REINTEGRATIONS = record(
    {
        "basis": codes(ReturnBasis),
        "basis_on": DAYS,
        "persons": listed(PERSONS_ALONE, 1),
        "needs": listed(TEXTS, 1),
        "receiving_service": LINES,
    }
)
SCORES = record({}, dict.fromkeys(("individual", "community", "structural"), st.integers(0, 100)))
REINTEGRATED = record(
    {"outcome": codes(ReintegrationOutcome)},
    {"service": LINES, "contact": TEXTS, "indicators": SCORES},
)
CONSENT_REQUESTS = record(
    {
        "message_id": IDS,
        "use": codes(Use),
        "onward_to": LINES,
        "purpose": codes(Purpose),
        "why": TEXTS,
    }
)
CONSENTS = st.just({"decision": "refused"}) | record(
    {"decision": st.just("granted")}, {"conditions": TEXTS, "expires_on": DAYS}
)
_PATHS = st.from_regex(r"(/[A-Za-z0-9_]{1,9}){1,4}", fullmatch=True)
_CORRECTED = {"fields": numbered("path", record({"path": _PATHS}, {"now": TEXTS}))}
_DISCLOSED = {
    "disclosed": numbered(
        "path",
        record(
            {"path": _PATHS, "value": TEXTS, "salt": st.binary(min_size=32, max_size=32).map(b64)}
        ),
    )
}
_MENDED = {"message_id": IDS, "why": TEXTS}
CORRECTIONS = st.one_of(
    record(_MENDED | _CORRECTED, _DISCLOSED), record(_MENDED | _DISCLOSED, _CORRECTED)
)
OUTCOMES = record(
    {
        "message_id": IDS,
        "outcome": codes(Outcome),
        "at": TIMES,
        "hold_until": DAYS,
        "passed_to": st.lists(LINES, min_size=1, max_size=3, unique=True),
    },
    {"note": TEXTS},
)
HOURS = record(
    {
        "days": st.lists(codes(Day), min_size=1, max_size=7, unique=True),
        "from": st.sampled_from(["00:00", "08:30"]),
        "to": st.sampled_from(["17:00", "23:59"]),
        "zone": st.sampled_from(["Asia/Karachi", "Europe/Istanbul", "UTC"]),
    }
)
CONTACTS = record(
    {"unit": st.just("ncp"), "phone": PHONES, "valid_from": DAYS},
    {
        "email": st.just("desk@ncp.example"),
        "languages": distinct(LANGUAGES),
        "hours": listed(HOURS),
        "escalation": listed(record({"function": LINES, "phone": PHONES})).map(
            lambda steps: [step | {"order": n} for n, step in enumerate(steps, 1)]
        ),
    },
)
BREACHES = record(
    {"discovered_at": TIMES, "what": TEXTS, "measures": TEXTS, "contact": LINES},
    {"messages": distinct(IDS)},
)
PROTECTIONS = record(
    {
        "consent": record(
            {
                "given_on": DAYS,
                "given_by": codes(ConsentGiver),
                "scope": TEXTS,
                "reference": LINES,
            }
        ),
        "person": PERSONS_ALONE,
        "needs": listed(TEXTS, 1),
        "guardian": TEXTS,
        "safe_contact": TEXTS,
    },
    {"urgency_note": TEXTS, "do_not_contact": distinct(LINES), "best_interest_note": TEXTS},
)
PROTECTED = record({"outcome": codes(ProtectionOutcome), "service": LINES}, {"contact": TEXTS})
ANSWERS = record(
    {
        "number": st.integers(1, 999),
        "answer": TEXTS,
        "source_grade": codes(SourceGrade),
        "info_grade": codes(InfoGrade),
        "handling": HANDLING,
    }
)
REPLIES = st.just({"kind": "nothing_can_be_provided"}) | record(
    {
        "kind": codes(kind for kind in ReplyKind if kind is not ReplyKind.NOTHING),
        "answers": numbered("number", ANSWERS),
    }
)
