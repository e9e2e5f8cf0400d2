"""Valid documents of every type, as parsed JSON, for property tests."""

from __future__ import annotations

import hashlib
from copy import deepcopy
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from relec_exchange.errors import WireCode
from relec_exchange.message.bodies.control import ReceiptStage, VoidReason
from relec_exchange.message.bodies.persons import NameKind, ObjectKind
from relec_exchange.message.bodies.requests import ReplyKind
from relec_exchange.message.bodies.statistics import AgeBand, BorderType, Indicator, Sex
from relec_exchange.message.bodies.warnings import Cause, Counting, CraftKind, WarningKind
from relec_exchange.message.catalogue import CATALOGUE, MessageType
from relec_exchange.message.codes import (
    Area,
    AuthorRole,
    InfoGrade,
    SourceGrade,
    SubjectCategory,
    citizenships,
    countries,
    states,
)
from relec_exchange.message.encoding import b64
from relec_exchange.message.identifiers import MessageClass, format_time, message_id

Json = dict[str, Any]


def codes(kind: Any) -> st.SearchStrategy[str]:
    return st.sampled_from([code.value for code in kind])


def record(required: Json, optional: Json | None = None) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries(required, optional=optional or {})


def listed(item: st.SearchStrategy[Any], smallest: int = 0) -> st.SearchStrategy[list[Any]]:
    return st.lists(item, min_size=smallest, max_size=3)


def numbered(key: str, item: st.SearchStrategy[Json]) -> st.SearchStrategy[list[Json]]:
    """Records whose `key` is different in each."""
    return st.lists(item, min_size=1, max_size=3, unique_by=lambda value: value[key])


def distinct(item: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(item, max_size=3, unique=True)


BIDI = "".join(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
CHARACTERS = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters=BIDI)
LINES = st.text(CHARACTERS, min_size=1, max_size=20)
TEXTS = st.text(CHARACTERS | st.just("\n"), min_size=1, max_size=40)
MOMENTS = st.integers(0, 4 * 10**12).map(
    lambda ms: datetime.fromisoformat("2000-01-01T00:00:00Z") + timedelta(milliseconds=ms)
)
IDS = st.builds(message_id, MOMENTS, st.binary(min_size=10, max_size=10))
TIMES = MOMENTS.map(format_time)
DATES = st.dates()
DAYS = DATES.map(date.isoformat)
COUNTS = st.integers(0, 2**53 - 1)
NUMBERS = st.integers(1, 2**53 - 1)
HASHES = st.binary(min_size=32, max_size=32)
DIGESTS = HASHES.map(bytes.hex)
COUNTRIES = st.sampled_from(sorted(countries()))
CITIZENSHIPS = st.sampled_from(sorted(citizenships()))
STATES = st.sampled_from(sorted(states()))
HANDLING = st.just(["H0"]) | st.lists(st.sampled_from(["H1", "H2"]), min_size=1, unique=True)
H3 = st.just({"handling": ["H2", "H3"], "handling_note": "Restricted"})


def degrees(limit: int, factor: int) -> st.SearchStrategy[float]:
    return st.integers(-limit * factor, limit * factor).map(lambda n: n / factor)


@st.composite
def attachments(draw: st.DrawFn) -> list[Json]:
    return [
        {
            "name": name,
            "media_type": "image/png",
            "size": len(data),
            "digest": hashlib.sha256(data).hexdigest(),
            "data": b64(data),
        }
        for name in draw(distinct(st.text("abü", min_size=1, max_size=9)))
        for data in [draw(st.binary(max_size=30))]
    ]


@st.composite
def headers(draw: st.DrawFn, kind: MessageType) -> Json:
    sender, recipient = draw(st.permutations(["tr", "pk", "iq", "secretariat"]))[:2]
    created = draw(MOMENTS)
    header: Json = {
        "message_id": draw(IDS),
        "type": kind.name,
        "schema_version": kind.version,
        "sender": sender,
        "recipient": recipient,
        "exercise": draw(st.booleans()),
        "created_at": format_time(created),
    }
    return header if kind.control else header | draw(case_fields(kind, created))


@st.composite
def case_fields(draw: st.DrawFn, kind: MessageType, created: datetime) -> Json:
    fields = record(
        {
            "sender_unit": st.just("ncp"),
            "author_role": codes(AuthorRole),
            "area": codes(Area),
            "purpose": codes(kind.purposes),
            "data_level": codes(kind.levels),
            "handling": HANDLING,
            "urgency": codes(kind.urgencies),
            "urgency_reason": TEXTS,
            "language": st.sampled_from(["en", "fa-AF", "ku-Arab-IQ"]),
            "in_reply_to": IDS,
        },
        {
            "legal_basis": LINES,
            "handling_note": TEXTS,
            "deadline": st.just(format_time(created + timedelta(hours=8))),
            "own_ref": LINES,
            "your_ref": LINES,
            "supersedes": IDS,
            "related": distinct(IDS),
            "derived_from": distinct(IDS),
            "subject_categories": distinct(codes(SubjectCategory)),
            "withheld": st.just([{"path": "/body/persons/0", "commitment": "0f" * 32}]),
            "attachments": attachments(),
        },
    )
    extra = draw(st.just({}) | H3)
    grades = {"source_grade": draw(codes(SourceGrade)), "info_grade": draw(codes(InfoGrade))}
    review, retain = sorted(draw(st.tuples(DAYS, DAYS)))
    return draw(fields) | extra | grades | {"review_on": review, "retain_until": retain}


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
COARSE = record({"lat": degrees(90, 100), "lon": degrees(180, 100)})
EXACT = record({"lat": degrees(90, 10_000), "lon": degrees(180, 10_000)})
NOTICES = record(
    {
        "kind": codes(WarningKind),
        "where": COUNTRIES.flatmap(
            lambda code: record(
                {"country": st.just(code)},
                {"subdivision": st.just(f"{code}-01"), "place": TEXTS, "position": COARSE},
            )
        ),
        "when": st.tuples(DAYS, DAYS).map(sorted).map(lambda d: {"from": d[0], "to": d[1]}),
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
NAMES = record(
    {"text": LINES, "kind": codes(NameKind), "script": st.sampled_from(["Arab", "Latn", "Beng"])},
    {"language": st.just("ps"), "transliteration": LINES, "transliteration_scheme": LINES},
)
BIRTHS = st.sampled_from(
    [
        {"date": "1988-02-29", "precision": "day"},
        {"date": "1988-02", "precision": "month"},
        {"date": "1988", "precision": "year"},
        {"date": "1988-01-01", "precision": "estimated"},
    ]
)
PERSONS = record(
    {"category": codes(SubjectCategory), "names": listed(NAMES, 1)},
    {
        "sex": codes(Sex),
        "birth": BIRTHS,
        "citizenships": distinct(STATES),
        "documents": listed(record({"kind": LINES, "number": LINES}, {"issuer": STATES})),
        "description": TEXTS,
    },
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
        "objects": listed(
            record({"kind": codes(ObjectKind), "identifier": LINES}, {"description": TEXTS})
        ),
        "use_restrictions": TEXTS,
    },
)
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
RECEIPTS = record(
    {
        "items": listed(
            record({"leaf": DIGESTS, "at": TIMES}).flatmap(
                lambda item: st.sampled_from(
                    [
                        item | {"stage": stage.value, "code": code.value}
                        for stage in ReceiptStage
                        for code in WireCode
                        if (stage is ReceiptStage.REJECTED) != (code is WireCode.ACCEPTED)
                    ]
                )
            ),
            1,
        )
    }
)
STATUSES = st.lists(st.integers(1, 10**6), max_size=8, unique=True).map(
    lambda cuts: _status(sorted(cuts))
)


def _status(cuts: list[int]) -> Json:
    pairs = [[a, b - 1] for a, b in zip(cuts[::2], cuts[1::2], strict=False) if a < b]
    contiguous = pairs[0][0] - 1 if pairs else 5
    return {"last_sent": 3, "contiguous": contiguous, "missing": pairs}


ROUNDS = record(
    {
        "number": NUMBERS,
        "checkpoint": TEXTS,
        "status": record(
            {"classes": record({name.value: STATUSES for name in MessageClass})},
        ),
        "directory": record({"cards": DIGESTS, "agreements": DIGESTS}),
        "clock": TIMES,
    },
    {
        "answer": st.none()
        | record(
            {
                "number": NUMBERS,
                "status": st.sampled_from([200, 409]),
                "body": TEXTS,
                "origin": LINES,
            }
        ),
        "proofs": listed(
            record({"size": NUMBERS, "root": DIGESTS, "hashes": listed(HASHES.map(b64))})
        ),
    },
)
CLASS = codes(MessageClass)
RESENDS = record(
    {
        "items": listed(
            st.integers(1, 10**9).flatmap(
                lambda n: record({"class": CLASS, "from": st.just(n), "to": st.integers(n, n + 80)})
            ),
            1,
        )
    }
)
VOIDS = record(
    {
        "items": listed(
            record(
                {
                    "class": CLASS,
                    "seq": NUMBERS,
                    "entry": st.binary(min_size=1, max_size=40).map(b64),
                    "reason": codes(VoidReason),
                }
            ),
            1,
        )
    }
)
BODIES: dict[str, st.SearchStrategy[Json]] = {
    "stat.report": REPORTS,
    "warning.notice": NOTICES,
    "warning.life_at_risk": RESCUES,
    "ack": record({"unit": LINES, "action_taken": TEXTS}, {"passed_to": distinct(LINES)}),
    "info.request": REQUESTS,
    "info.reply": REPLIES,
    "test.ping": record({"text": TEXTS}),
    "test.pong": record({"text": TEXTS, "ping_id": IDS}),
    "receipt": RECEIPTS,
    "round": ROUNDS,
    "resend.request": RESENDS,
    "void": VOIDS,
    "card.update": record({"cards": listed(TEXTS, 1)}, {"agreements": listed(TEXTS)}),
}


def documents(name: str) -> st.SearchStrategy[Json]:
    """Valid documents of one type; each is a copy that a test may damage."""
    return record({"header": headers(CATALOGUE[name]), "body": BODIES[name]}).map(deepcopy)
