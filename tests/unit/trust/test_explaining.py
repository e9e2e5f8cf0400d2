"""An explanation names text, grant and dates, and says when the answer changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from trust_network import (
    END,
    NOW,
    START,
    agreement_note,
    charter_note,
    directory,
    grant,
    notice_note,
    stat_report,
    suspension,
    termination,
)

from relec_exchange.message.codes import Area, DataLevel
from relec_exchange.trust.decide import Allowed, Denied
from relec_exchange.trust.explaining import explain, next_change


def test_what_is_allowed_is_told_with_text_grant_signers_and_dates() -> None:
    known = directory(notes=[agreement_note("tr", "pk", grants=(grant(),))])
    [text] = known.agreements
    said = explain(known, stat_report(), NOW)
    assert said.startswith("On 2026-11-11 at 00:00 UTC tr may send stat.report to pk")
    wanted = ("grant one", text[:16], "Simulated text", "signed by pk and tr", "2026-11-01")
    for part in (*wanted, "100 days", "below 5"):
        assert part in said


def test_conditions_of_a_grant_are_told() -> None:
    more = grant(withhold=("body.note",), readers=("desk",))
    known = directory(notes=[agreement_note("tr", "pk", grants=(more,))])
    said = explain(known, stat_report(), NOW)
    assert "body.note is cut out" in said
    assert "for desk only" in said


def test_a_denial_names_the_rule_and_the_grant_that_comes_nearest() -> None:
    known = directory(notes=[agreement_note("tr", "pk", grants=(grant(),))])
    said = explain(known, stat_report(area=Area.HUMAN_TRAFFICKING), NOW)
    assert "tr may not send stat.report to pk" in said
    assert "(rule no-grant-area)" in said
    assert "Nearest is the grant one" in said
    assert "areas migrant smuggling;" in said
    assert "Nothing that is signed today changes this later." in said


def test_a_text_that_begins_later_is_the_next_change_of_a_denial() -> None:
    later = NOW + timedelta(days=20)
    known = directory(notes=[agreement_note("tr", "pk", grants=(grant(),), valid_from=later)])
    said = explain(known, stat_report(), NOW)
    assert "(rule not-yet-valid)" in said
    assert "This changes on 2026-12-01 at 00:00 UTC: then the grant one" in said


def test_the_end_of_a_text_is_the_next_change_of_what_it_allows() -> None:
    ends = NOW + timedelta(days=20)
    known = directory(notes=[agreement_note("tr", "pk", grants=(grant(),), valid_until=ends)])
    found = next_change(known, stat_report(), NOW)
    assert found is not None
    assert (found[0], isinstance(found[1], Denied)) == (ends, True)


def test_a_text_that_takes_over_without_a_gap_is_a_change_too() -> None:
    first = agreement_note("tr", "pk", grants=(grant(),))
    [text] = directory(notes=[first]).agreements
    starts = NOW + timedelta(days=20)
    second = agreement_note(
        "tr", "pk", grants=(grant("two"),), version=2, replaces=(text,), valid_from=starts
    )
    found = next_change(directory(notes=[first, second]), stat_report(), NOW)
    assert found is not None
    assert found[0] == starts
    assert isinstance(found[1], Allowed)
    assert found[1].grant_id == "two"


def test_a_suspension_is_told_with_who_when_why_and_until() -> None:
    until = NOW + timedelta(days=3)
    notice = suspension("pk", partners=("tr",), until=until, reason="Audit (simulated)")
    known = directory(notes=[charter_note("tr", "pk")]).with_notice(notice_note(notice))
    said = explain(known, stat_report(), NOW)
    assert "(rule agreement-suspended)" in said
    assert "pk stopped it on" in said
    assert "until 2026-11-14: Audit (simulated)." in said
    assert "This changes on 2026-11-14 at 00:00 UTC: then the grant statistics" in said


def test_what_goes_on_only_to_close_says_so() -> None:
    known = directory(notes=[charter_note("tr", "pk")])
    [text] = known.agreements
    known = known.with_notice(notice_note(termination("tr", agreement=text, partners=("pk",))))
    recall = replace(stat_report(), type="recall", data_level=DataLevel.AGGREGATE)
    said = explain(known, replace(recall, data_level=DataLevel.NONE), END - timedelta(days=2))
    assert "only because it closes what is open" in said


def test_without_a_route_it_says_whose_card_is_missing() -> None:
    said = explain(directory(nodes=("tr",)), stat_report(), START)
    assert "no card of pk is held" in said
    assert "(rule no-mutual-listing)" in said


def test_a_control_type_needs_no_text() -> None:
    said = explain(directory(), replace(stat_report(), type="round"), NOW)
    assert "mutual listing in the cards is enough" in said
