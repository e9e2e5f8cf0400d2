"""Valid documents of every type, as parsed JSON, for property tests."""

from __future__ import annotations

import hashlib
import zlib
from copy import deepcopy
from datetime import datetime, timedelta

from hypothesis import strategies as st
from strategy_atoms import (
    DAYS,
    DIGESTS,
    H3,
    HANDLING,
    IDS,
    LANGUAGES,
    LINES,
    MOMENTS,
    TEXTS,
    TIMES,
    Json,
    codes,
    distinct,
    listed,
    record,
)
from strategy_cases import (
    ALERTS,
    ANALYSES,
    BREACHES,
    CASE_RESPONSES,
    CASES,
    CLARIFICATIONS,
    CONSENT_REQUESTS,
    CONSENTS,
    CONTACTS,
    CORRECTIONS,
    NOTICES,
    OUTCOMES,
    PROTECTED,
    PROTECTIONS,
    REINTEGRATED,
    REINTEGRATIONS,
    REPLIES,
    REPORTS,
    REQUESTS,
    RESCUES,
    RETURNS,
    TIPS,
    VERIFICATIONS,
    VERIFIED,
)
from strategy_control import RECEIPTS, RESENDS, ROUNDS, SEALED, VOIDS

from relec_exchange.message.attachments import MEDIA_OF_LEVEL, MediaType
from relec_exchange.message.bodies.amendments import RecallReason, Shredded
from relec_exchange.message.bodies.control import AlarmKind
from relec_exchange.message.bodies.notices import Useful
from relec_exchange.message.bodies.warnings import (
    CancelReason,
)
from relec_exchange.message.catalogue import CATALOGUE, SEALED_REASON, MessageType
from relec_exchange.message.codes import (
    Area,
    AuthorRole,
    DataLevel,
    InfoGrade,
    SourceGrade,
    SubjectCategory,
)
from relec_exchange.message.encoding import b64
from relec_exchange.message.identifiers import format_time


def png(content: bytes) -> bytes:
    """The smallest picture that a walker takes for whole, with a chunk in it that nobody knows."""
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes(13)) + chunk(b"ruIn", content) + chunk(b"IEND")
    )


def chunk(kind: bytes, content: bytes = b"") -> bytes:
    check = zlib.crc32(kind + content).to_bytes(4, "big")
    return len(content).to_bytes(4, "big") + kind + content + check


HARMLESS = st.text("0123456789 ", max_size=30).map(str.encode)
FILES = {
    MediaType.PNG: HARMLESS.map(png),
    MediaType.JPEG: HARMLESS.map(
        lambda said: b"\xff\xd8\xff\xfe" + (len(said) + 2).to_bytes(2, "big") + said + b"\xff\xd9"
    ),
    MediaType.PDF: st.binary(max_size=30).map(lambda rest: b"%PDF-" + rest),
    MediaType.PLAIN: TEXTS.map(str.encode),
    MediaType.CSV: TEXTS.map(str.encode),
}


@st.composite
def attachments(draw: st.DrawFn, level: str) -> list[Json]:
    allowed = sorted(MEDIA_OF_LEVEL[DataLevel(level)])
    return [
        {
            "name": name,
            "media_type": kind.value,
            "size": len(data),
            "digest": hashlib.sha256(data).hexdigest(),
            "data": b64(data),
        }
        for name in draw(distinct(st.text("abü", min_size=1, max_size=9)))
        for kind in [draw(st.sampled_from(allowed))]
        for data in [draw(FILES[kind])]
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
    required = {
        "sender_unit": st.just("ncp"),
        "author_role": codes(AuthorRole),
        "area": codes(Area),
        "purpose": codes(kind.purposes),
        "data_level": codes(kind.levels),
        "handling": HANDLING,
        "urgency": codes(kind.urgencies),
        "urgency_reason": TEXTS,
        "language": LANGUAGES,
        "in_reply_to": IDS,
        "supersedes": IDS,
    }
    optional = {
        "deadline": st.just(format_time(created + timedelta(hours=8))),
        "related": distinct(IDS),
        "derived_from": distinct(IDS),
    }
    # What would tell a node what is sealed stays out of the header of what is.
    telling = {
        "legal_basis": LINES,
        "handling_note": TEXTS,
        "own_ref": LINES,
        "your_ref": LINES,
        "subject_categories": distinct(codes(SubjectCategory)),
    }
    fields = draw(record(required, optional if kind.sealed_to else optional | telling))
    if kind.sealed_to:
        fields["urgency_reason"] = SEALED_REASON
    else:
        fields |= draw(st.just({}) | H3)
    if kind.attachments and draw(st.booleans()):
        fields["attachments"] = draw(attachments(fields["data_level"]))
    grades = {"source_grade": draw(codes(SourceGrade)), "info_grade": draw(codes(InfoGrade))}
    review, retain = sorted(draw(st.tuples(DAYS, DAYS)))
    return fields | grades | {"review_on": review, "retain_until": retain}


BODIES: dict[str, st.SearchStrategy[Json]] = {
    "stat.report": REPORTS,
    "stat.analysis": ANALYSES,
    "warning.notice": NOTICES,
    "warning.update": NOTICES.flatmap(
        lambda notice: TEXTS.map(lambda changes: notice | {"changes": changes})
    ),
    "warning.cancel": record({"reason": codes(CancelReason)}, {"text": TEXTS}),
    "warning.life_at_risk": RESCUES,
    "ack": record({"unit": LINES, "action_taken": TEXTS}, {"passed_to": distinct(LINES)}),
    "doc.alert": ALERTS,
    "doc.verify.request": VERIFICATIONS,
    "doc.verify.reply": VERIFIED,
    "info.request": REQUESTS,
    "info.clarify": CLARIFICATIONS,
    "info.reply": REPLIES,
    "info.spontaneous": TIPS,
    "case.referral": CASES,
    "case.response": CASE_RESPONSES,
    "protection.referral": PROTECTIONS,
    "protection.response": PROTECTED,
    "return.notice": RETURNS,
    "reintegration.referral": REINTEGRATIONS,
    "reintegration.response": REINTEGRATED,
    "consent.request": CONSENT_REQUESTS,
    "consent.decision": CONSENTS,
    "correction": CORRECTIONS,
    "recall": record({"message_id": IDS, "why": TEXTS, "reason": codes(RecallReason)}),
    "recall.outcome": OUTCOMES,
    "shred.attestation": record(
        {
            "leaf": DIGESTS,
            "destroyed_at": TIMES,
            "what": st.lists(codes(Shredded), min_size=1, max_size=3, unique=True),
        }
    ),
    "feedback": record({"useful": codes(Useful)}, {"text": TEXTS}),
    "contact.update": CONTACTS,
    "breach.notice": BREACHES,
    "test.ping": record({"text": TEXTS}),
    "test.pong": record({"text": TEXTS, "ping_id": IDS}),
    "receipt": RECEIPTS,
    "round": ROUNDS,
    "resend.request": RESENDS,
    "void": VOIDS,
    "card.update": record({"cards": listed(TEXTS, 1)}, {"agreements": listed(TEXTS)}),
    "agreement.propose": record({"text": TEXTS}),
    "agreement.sign": record({"note": TEXTS}),
    "agreement.suspend": record({"note": TEXTS}),
    "agreement.terminate": record({"note": TEXTS}),
    "key.revoke": record({"note": TEXTS}),
    "log.alarm": record(
        {
            "kind": codes(AlarmKind),
            "notes": st.lists(TEXTS, min_size=2, max_size=2, unique=True),
        }
    ),
}


@st.composite
def documents(draw: st.DrawFn, name: str) -> Json:
    """Valid documents of one type; each is a copy that a test may damage."""
    kind = CATALOGUE[name]
    header, body = draw(headers(kind)), draw(SEALED if kind.sealed_to else BODIES[name])
    absent = sorted(
        info.alias or field
        for field, info in kind.wire_body.model_fields.items()
        # What has a value where nothing is said cannot be withheld.
        if info.default in (None, ()) and (info.alias or field) not in body
    )
    may_withhold = not kind.control and not kind.sealed_to
    if may_withhold and draw(st.booleans()):
        paths = draw(st.lists(st.sampled_from(absent), unique=True)) if absent else []
        header["withheld"] = [{"path": f"/body/{path}", "commitment": "0f" * 32} for path in paths]
    return deepcopy({"header": header, "body": body})
