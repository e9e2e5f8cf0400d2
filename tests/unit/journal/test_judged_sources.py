"""What a judgement keeps of others' messages: ids and digests of those that led to a finding."""

from __future__ import annotations

from datetime import date

from test_passages import telling

from relec_exchange.journal.judgements import detail, judged, read_detail
from relec_exchange.message.bodies.consents import Decision, Use
from relec_exchange.message.codes import Handling, Purpose
from relec_exchange.protection.model import Facts
from relec_exchange.protection.provided import Consent, Received
from relec_exchange.protection.quoting import runs_of
from relec_exchange.protection.rules import judge

TOLD = "Three white vans with covered windows leave the old mill before dawn on Fridays."
TODAY = date(2026, 11, 21)


def source(name: str, *handling: Handling, text: str = TOLD) -> Received:
    codes = frozenset(handling or (Handling.H2,))
    return Received(name, "iq", Purpose.PREVENTION, codes, runs=runs_of([text]))


def consent(name: str) -> Consent:
    return Consent(name, "iq", Decision.GRANTED, Use.ONWARD, onward_to="pk")


def facts(*received: Received, consents: tuple[Consent, ...] = ()) -> Facts:
    return Facts("exercise", "outbound", TODAY, received=received, consents=consents)


def test_only_sources_that_led_to_a_finding_are_kept() -> None:
    message = telling(f"We hear: {TOLD}")
    others = [source(f"m{n}", text=f"A quite other story number {n} of hills.") for n in range(9)]
    kept = judged(message, facts(*others, source("quoted")))
    assert "P7-third-party" in {one.rule for one in kept.findings}
    assert [one.message_id for one in kept.facts.received] == ["quoted"]
    assert b"white vans" not in detail(kept)


def test_where_nothing_is_found_nothing_of_others_is_kept() -> None:
    message = telling(f"We hear: {TOLD}")
    kept = judged(message, facts(source("quoted"), consents=(consent("quoted"),)))
    assert (kept.facts.received, kept.facts.consents) == ((), ())


def test_a_judgement_reads_back_and_comes_out_the_same() -> None:
    message = telling(f"We hear: {TOLD}")
    kept = judged(message, facts(source("a"), source("b"), consents=(consent("b"),)))
    again = read_detail(detail(kept))
    assert again == kept
    assert judge(message, again.facts) == kept.findings


def test_a_judgement_of_before_there_were_sources_reads_back() -> None:
    kept = judged(telling("Nothing of others."), facts())
    old = detail(kept).replace(b',"received":[],"consents":[]', b"")
    assert b"received" not in old
    assert read_detail(old) == kept
