"""What an authority is asked to sign is told in words, whatever it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from relec_exchange.errors import InvalidInput
from relec_exchange.presenting.papers import difference, read_paper, remarks, summary
from relec_exchange.trust.drafts import Terms, draft_agreement
from relec_exchange.trust.drafts_notices import draft_suspension, draft_termination
from relec_exchange.trust.suspension import Suspension
from relec_exchange.trust.termination import Termination

NOW = datetime(2026, 11, 11, tzinfo=UTC)
HEAD = {"network": "relec.example", "network_kind": "exercise", "node": "tr", "issued": NOW}


def agreement(**changes) -> bytes:
    values = {
        "network": "relec.example",
        "network_kind": "exercise",
        "parties": ("tr", "pk"),
        "title": "Simulated",
        "legal_basis": "None (simulated)",
        "valid_from": NOW,
        "valid_until": NOW + timedelta(days=300),
    }
    return draft_agreement(Terms(**{**values, **changes})).encode()


def test_an_unsigned_text_has_no_note_and_keeps_its_words() -> None:
    paper = read_paper(agreement())
    assert (paper.note, paper.text.encode()) == (b"", agreement())
    assert paper.speaks_for("tr")
    assert not paper.speaks_for("iq")


def test_a_suspension_says_with_whom_what_until_and_why() -> None:
    notice = Suspension(
        **HEAD,
        number=1,
        action="suspend",
        partners=("pk",),
        types=("info.request",),
        until=NOW + timedelta(days=3),
        reason="Audit (simulated)",
    )
    said = "\n".join(summary(read_paper(draft_suspension(notice).encode())))
    for part in ("with pk", "both ways", "info.request", "2026-11-14", "Audit (simulated)"):
        assert part in said


def test_a_lift_names_what_it_lifts_and_a_termination_its_end() -> None:
    lift = Suspension(
        **HEAD, number=2, action="lift", partners=("*",), lifts=("ab" * 32,), reason="Done"
    )
    said = "\n".join(summary(read_paper(draft_suspension(lift).encode())))
    assert "all partners" in said
    assert "abababababababab" in said
    ends = NOW + timedelta(days=2)
    end = Termination(
        **HEAD, agreement="cd" * 32, partners=("pk",), effective=ends, reason="Ends (simulated)"
    )
    said = "\n".join(summary(read_paper(draft_termination(end).encode())))
    assert "cdcdcdcdcdcdcdcd" in said
    assert "2026-11-13 at 00:00 UTC" in said


def test_two_papers_of_two_kinds_are_not_compared() -> None:
    notice = Suspension(**HEAD, number=1, action="suspend", partners=("pk",), reason="x")
    with pytest.raises(InvalidInput, match="cannot be compared"):
        difference(read_paper(agreement()), read_paper(draft_suspension(notice).encode()))


def test_a_difference_of_agreements_is_told_and_no_difference_is_empty() -> None:
    old, new = read_paper(agreement()), read_paper(agreement(title="Other"))
    assert difference(old, old) == []
    assert "title" in "\n".join(difference(old, new))


def test_remarks_are_about_agreements_at_the_day_of_signing() -> None:
    late = NOW + timedelta(days=400)
    assert not [r for r in remarks(read_paper(agreement()), (), NOW) if r.severity == "error"]
    assert remarks(read_paper(agreement()), (), late)


@pytest.mark.parametrize("data", [b"\xff", b"", b'format = "relec/v2 card"\n'])
def test_what_is_no_paper_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_paper(data)
