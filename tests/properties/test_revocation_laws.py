"""Laws of revocation: whatever came first, all nodes end with the same cards, keys and answers."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "trust"))

from trust_network import (
    NODES,
    NOW,
    authority,
    charter_note,
    directory,
    key,
    make_card,
    notice_note,
    revocation,
    stat_report,
    suspension,
    terms,
)

from relec_exchange.errors import RelecError
from relec_exchange.trust.agreement import parse_agreement
from relec_exchange.trust.card_parts import AuthorityKeys, SuccessorKeys
from relec_exchange.trust.decide import decide
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.drafts import draft_card, draft_charter
from relec_exchange.trust.drafts_notices import draft_revocation
from relec_exchange.trust.note import merge_signatures, sign_text

MANY = 20 if os.environ.get("RELEC_FULL") else 1
THIEF = key("tr", "authority", "note", 66)
LATER = key("tr", "authority", "note", 67)


def _card(version: int, present: object, later: object, name: str) -> str:
    keys = AuthorityKeys.of(present.public(), later.public())  # type: ignore[attr-defined]
    return draft_card(make_card("tr", version=version, authority=keys, name=name))


@cache
def notes() -> dict[str, bytes]:
    """Everything that two authorities and a thief have signed in the name of tr."""
    first, second, third = (authority("tr", n) for n in (1, 2, 3))
    stolen = _card(3, first, THIEF, "Simulated thief")
    rotated = _card(4, THIEF, LATER, "Simulated thief again")
    charter = charter_note(*NODES)
    good = parse_agreement(charter).hash
    theirs = revocation("authority", good_card=3, successor=SuccessorKeys.of(THIEF.public()))
    again = revocation("authority", good_card=2, good_texts=(good,), reason="Simulated again")
    onward = _card(4, third, authority("tr", 4), "Simulated third")
    return {
        "good card": sign_text(_card(2, first, second, "Simulated second"), first),
        "stolen card": sign_text(stolen, first),
        "stolen rotation": merge_signatures(sign_text(rotated, THIEF), sign_text(rotated, first)),
        "charter": charter,
        "thief signs the charter": sign_text(draft_charter(terms("*")), THIEF),
        "stolen suspension": notice_note(suspension()),
        "good suspension": notice_note(suspension(number=2, partners=("iq",)), generation=2),
        "revocation": notice_note(revocation("authority", good_card=2)),
        "revocation again": notice_note(again),
        "thief revokes": sign_text(draft_revocation(theirs), THIEF),
        "log": notice_note(revocation("log"), generation=2),
        "successor card": sign_text(_card(3, second, third, "Simulated successor"), second),
        "next rotation": merge_signatures(sign_text(onward, third), sign_text(onward, second)),
    }


def _admit(known: Directory, note: bytes) -> Directory:
    kind = note.split(b'"')[1].removeprefix(b"relec/v1 ")
    if kind == b"card":
        return known.admit_update(note)
    return known.with_agreement(note) if kind == b"agreement" else known.with_notice(note)


def _settled(own: str, order: list[str]) -> Directory:
    """What is left when the notes came in this order, each offered again while that helps."""
    known, left, before = directory(own), order, -1
    while left and len(left) != before:
        before, refused = len(left), []
        for name in left:
            try:
                known = _admit(known, notes()[name])
            except RelecError:
                refused.append(name)
        left = refused
    return known


def _answers(known: Directory) -> tuple[object, ...]:
    questions = [(a, b) for a in NODES for b in NODES if a != b]
    return (
        known.digest_cards(),
        known.digest_agreements("pk") if known.own != "pk" else known.digest_agreements("tr"),
        known.authority("tr"),
        known.card("tr").hash,
        known.log_key("relec.example/tr/exchange/1"),
        [decide(known, stat_report(sender=a, recipient=b), NOW) for a, b in questions],
    )


@settings(max_examples=25 * MANY, deadline=None)
@given(st.permutations(sorted(notes())))
def test_the_order_in_which_notes_came_changes_no_answer(order):
    assert _answers(_settled("tr", order)) == _answers(_settled("tr", sorted(notes())))


@settings(max_examples=25 * MANY, deadline=None)
@given(st.permutations(sorted(notes())), st.permutations(sorted(notes())), st.data())
def test_two_nodes_that_hold_the_same_notes_agree(order, other, data):
    some = data.draw(st.sets(st.sampled_from(sorted(notes()))))
    here = _settled("tr", [name for name in order if name in some])
    there = _settled("pk", [name for name in other if name in some])
    assert here.digest_cards() == there.digest_cards()
    assert here.digest_agreements("pk") == there.digest_agreements("tr")
    question = stat_report()
    assert decide(here, question, NOW) == decide(there, question, NOW)


@settings(max_examples=25 * MANY, deadline=None)
@given(st.permutations(sorted(notes())))
def test_after_the_revocation_a_thief_speaks_for_nobody(order):
    known = _settled("tr", order)
    assert known.authority("tr") == authority("tr", 3).public()
    assert known.card("tr").card.version == 4
    assert THIEF.public() not in known.member("tr").authorities
    assert all(disputed.node == "tr" for disputed in known.disputed())
