"""Rule P1: who seeks or has protection is never told, least of all to the state that is feared.

Contract: pure. Codes and words that tell a claim are refused at both ends; a message about persons
to a state that may be theirs waits until an officer has recorded "protection checked"; what touches
the local register is held here and shows nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from relec_exchange.forms.mrz import PROTECTED_DOCUMENTS, PROTECTED_ISSUERS, Mrz
from relec_exchange.message.bodies.papers import DocumentFields, DocumentSeries
from relec_exchange.message.bodies.persons import Person, TravelDocument
from relec_exchange.message.bodies.warnings import WarningKind, WarningNotice
from relec_exchange.message.codes import DataLevel, countries
from relec_exchange.message.constants import RESCUE
from relec_exchange.message.document import Message
from relec_exchange.message.header import Header
from relec_exchange.protection.model import (
    ASK_PROTECTION_CHECKED,
    Effect,
    Facts,
    Finding,
)
from relec_exchange.protection.reading import joined, labels_of, zones_in
from relec_exchange.protection.register import matches
from relec_exchange.protection.silent import says_nothing
from relec_exchange.protection.walking import (
    about_persons,
    documents,
    paper_states,
    papers,
    persons,
    texts,
)

RULE: Final = "P1-asylum"

_REMEDY: Final = "leave it out: a claim for protection is told to no other state"
# Figures may speak of asylum (how they are counted is rule P11), and a rescue waits for no word.
_OPEN_TYPES: Final = frozenset(("stat.report", "stat.analysis", RESCUE, "contact.update"))
_HELD_TYPES: Final = frozenset(("breach.notice",))
# Return with informed consent or a final decision is excepted; what ends business says no fact.
_NOT_ASKED: Final = frozenset(
    (
        "return.notice",
        "reintegration.referral",
        "reintegration.response",
        "recall",
        "recall.outcome",
    )
)


def asylum(message: Message, facts: Facts) -> Iterator[Finding]:
    """What tells a claim, what may reach the state that is feared, what the register knows."""
    if not isinstance(message.header, Header):
        return
    yield from _codes(message)
    yield from _words(message, facts)
    if facts.direction == "outbound":
        yield from _not_checked(message)
    if matches(message, facts.registered):
        yield Finding(
            RULE,
            Effect.HOLD,
            "body",
            "your protection desk looks at this message before anything is done with it",
            "wait for the protection desk; it has been told",
            local=True,
        )


def _codes(message: Message) -> Iterator[Finding]:
    """Codes that ICAO Doc 9303 gives to refugees, stateless persons and their documents."""
    found = [paper.path for paper in papers(message) if _protected(paper.mrz)]
    for path, part in documents(message):
        if isinstance(part, TravelDocument) and part.kind.strip() in PROTECTED_DOCUMENTS:
            found.append(f"{path}.kind")
        if (
            isinstance(part, (DocumentFields, DocumentSeries))
            and part.document_type.strip() in PROTECTED_DOCUMENTS
        ):
            found.append(f"{path}.document_type")
    found += [t.path for t in texts(message) if any(map(_protected, zones_in(t.value)))]
    for path in found:
        yield Finding(
            RULE,
            Effect.REFUSE,
            path,
            "a document or issuer code here tells that somebody has protection",
            _REMEDY,
        )


def _protected(mrz: Mrz) -> bool:
    return mrz.document_code in PROTECTED_DOCUMENTS or not {mrz.issuer, mrz.nationality}.isdisjoint(
        PROTECTED_ISSUERS
    )


def _words(message: Message, facts: Facts) -> Iterator[Finding]:
    """Words of asylum and refuge in any text, or across the messages of a thread."""
    effect = _effect(message)
    if effect is None:
        return
    seen = [text for text in texts(message) if text.field != "sources"]
    said = [text.path for text in seen if "asylum" in labels_of(text.value)]
    for path in said:
        yield Finding(
            RULE, effect, path, "words here tell that somebody seeks or has protection", _REMEDY
        )
    if not said and "asylum" in joined(facts.earlier, (t.value for t in seen), labels_of):
        yield Finding(
            RULE,
            Effect.HOLD,
            "body",
            "together with an earlier message of this thread, words tell of protection",
            _REMEDY,
            local=True,
        )


def _effect(message: Message) -> Effect | None:
    """How strict this type is about such words; None where they may stand."""
    name = message.header.type
    if name in _OPEN_TYPES:
        return None
    body = message.body
    if isinstance(body, WarningNotice) and body.kind is WarningKind.DEADLY_INCIDENT:
        return None
    header = message.header
    level = header.data_level if isinstance(header, Header) else DataLevel.NONE
    return Effect.HOLD if level is DataLevel.NON_NOMINAL or name in _HELD_TYPES else Effect.REFUSE


def _not_checked(message: Message) -> Iterator[Finding]:
    """A message about persons to a state that may be theirs."""
    if (
        not about_persons(message)
        or message.header.type in _NOT_ASKED
        or says_nothing(message)
        or message.header.recipient.upper() not in countries()
    ):
        return
    state = countries()[message.header.recipient.upper()].alpha3
    zones = {code for paper in papers(message) for code in paper_states(paper)}
    found = persons(message)
    if found and state not in zones and not any(_may_belong(p, state) for _, p in found):
        return
    yield Finding(
        RULE,
        Effect.ASK,
        "header.recipient",
        "this goes to a state that may be the one of a person in it",
        "check with your protection desk, then answer the question",
        question=ASK_PROTECTION_CHECKED,
    )


def _may_belong(person: Person, state: str) -> bool:
    """Whether the person may be a citizen or resident of the state; not known counts as may be."""
    issuers = {document.issuer for document in person.documents}
    return (
        not person.citizenships
        or state in person.citizenships
        or person.residence == state
        or state in issuers
    )
