"""Among three nodes: what iq gives to tr under a code goes on to pk, to court or to a unit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core_network import begun, check_logs, entries, letter, sent, warning
from relec_exchange.errors import Conflict, NotAuthorised, NotFound, Refused
from relec_exchange.journal.consents import decided as kept_of
from relec_exchange.journal.consents import granted
from relec_exchange.journal.content import read_content
from relec_exchange.journal.judged import found, read_judgement
from relec_exchange.records import ConsentRow, JudgementRow, Where
from relec_exchange.testing import DESK, OFFICER, SECOND, SimulatedNetwork
from relec_exchange.trust.officer import Act
from sharing import (
    NAMES,
    TOLD,
    asked,
    came,
    consent,
    decided,
    delivered,
    exported,
    plain,
    refused_by,
    sensitive,
)

P7 = "P7-third-party"
FERRY = "Nobody told before that the ferry waits behind the lighthouse."
NEWER = {
    "kind": "surge",
    "where": {"country": "TR"},
    "when": {"from": "2026-11-01", "to": "2026-11-01"},
    "what": "The mill again.",
    "changes": "More of them.",
}


@pytest.fixture
def network(tmp_path: Path) -> Iterator[SimulatedNetwork]:
    with begun(tmp_path, *NAMES) as made:
        yield made


def consents(network: SimulatedNetwork) -> dict[str, str]:
    """State of each consent that tr asked for, by the message that it is about."""
    return {one["message_id"]: one["state"] for one in network.node("tr").desk.consents()}


def quoting(network: SimulatedNetwork) -> str:
    """The rule that stops tr from telling pk the words of iq."""
    return refused_by(network, warning(network, f"Our neighbour says: {TOLD}"))


# ---- onward ------------------------------------------------------------------------------------


def test_words_that_came_under_h2_go_on_only_while_a_consent_holds(
    network: SimulatedNetwork,
) -> None:
    ident = sensitive(network)
    assert quoting(network) == P7
    request = asked(network, ident, "onward", onward_to="pk")
    assert consents(network) == {ident: "waiting"}
    assert quoting(network) == P7
    until = network.clock().date().isoformat()
    decided(network, request, expires_on=until)
    assert consents(network) == {ident: "granted"}
    assert quoting(network) == ""
    network.clock.forward(days=1)
    assert consents(network) == {ident: "expired"}
    assert quoting(network) == P7
    check_logs(network)


def test_a_decision_that_says_no_or_is_about_another_state_opens_nothing(
    network: SimulatedNetwork,
) -> None:
    first, second = sensitive(network), sensitive(network, text="Another word about a far place.")
    consent(network, first, "onward", onward_to="ir")
    decided(network, asked(network, second, "onward", onward_to="pk"), "refused")
    assert consents(network) == {first: "granted", second: "refused"}
    assert quoting(network) == P7
    made = warning(network, "Vans leave the mill.", derived_from=[second])
    assert refused_by(network, made) == P7


def test_the_newest_decision_about_a_request_counts(network: SimulatedNetwork) -> None:
    ident = sensitive(network)
    request = asked(network, ident, "onward", onward_to="pk")
    decided(network, request)
    network.clock.forward(minutes=1)
    decided(network, request, "refused")
    assert consents(network) == {ident: "refused"}
    assert quoting(network) == P7


def test_a_provider_who_calls_its_decision_back_ends_the_consent(network: SimulatedNetwork) -> None:
    ident = sensitive(network)
    decision = consent(network, ident, "onward", onward_to="pk")
    assert quoting(network) == ""
    body = {"message_id": decision, "why": "It was a mistake.", "reason": "other"}
    delivered(network, plain(network, "recall", body, sender="iq", recipient="tr"))
    assert consents(network) == {ident: "called_back"}
    assert quoting(network) == P7


def test_nobody_decides_about_a_message_of_another(network: SimulatedNetwork) -> None:
    ident = sensitive(network)
    request = asked(network, ident, "onward", onward_to="pk")
    ends = {"sender": "pk", "recipient": "tr", "in_reply_to": request}
    forged = plain(network, "consent.decision", {"decision": "granted"}, **ends)
    node = network.node("tr")
    at = "2026-11-02T08:00:00.000Z"
    assert granted(node.store, node.known.provided, forged, at) == []
    genuine = plain(network, "consent.decision", {"decision": "granted"}, **ends | {"sender": "iq"})
    assert granted(node.store, node.known.provided, genuine, at)


def test_a_yes_that_is_held_counts_when_the_desk_frees_it_and_a_no_at_once(
    network: SimulatedNetwork,
) -> None:
    ident = sensitive(network)
    request = asked(network, ident, "onward", onward_to="pk")
    ends = {"sender": "iq", "recipient": "tr", "in_reply_to": request}
    node = network.node("tr")
    for decision, kept in (("granted", 0), ("refused", 2)):
        message = plain(network, "consent.decision", {"decision": decision}, **ends)
        changes = kept_of(node.store, node.known.provided, message, "", held=True)
        assert len(changes) == kept, decision
    granted_ = plain(network, "consent.decision", {"decision": "granted"}, **ends)
    assert kept_of(node.store, node.known.provided, granted_, "", held=False)


def test_what_was_made_from_it_is_followed_through_our_own_messages(
    network: SimulatedNetwork,
) -> None:
    ident = sensitive(network)
    until = network.clock().date().isoformat()
    consent(network, ident, "onward", until, onward_to="pk")
    made = delivered(network, warning(network, "Vans leave the mill.", derived_from=[ident]))
    assert refused_by(network, warning(network, "The mill again.", derived_from=[made])) == ""
    network.clock.forward(days=1)
    again = warning(network, "The mill again.", derived_from=[made])
    assert refused_by(network, again) == P7
    newer = letter(network, "warning.update", NEWER, supersedes=made)
    assert refused_by(network, newer) == P7
    back = warning(network, "The mill again.", recipient="iq", derived_from=[made])
    assert refused_by(network, back) == ""


def test_what_came_for_one_purpose_serves_another_with_consent_alone(
    network: SimulatedNetwork,
) -> None:
    ident = sensitive(network, "H0")
    other = {"derived_from": [ident], "purpose": "situational_awareness"}
    assert refused_by(network, warning(network, **other)) == P7
    assert refused_by(network, warning(network, derived_from=[ident])) == ""
    consent(network, ident, "new_purpose", purpose="situational_awareness")
    assert refused_by(network, warning(network, **other)) == ""


def test_words_that_were_ours_first_may_be_said_again(network: SimulatedNetwork) -> None:
    ours = sent(network, warning(network, TOLD, recipient="iq"))
    network.run()
    body = {"useful": "yes", "text": f"You wrote: {TOLD} We saw it too."}
    ends = {"sender": "iq", "recipient": "tr", "in_reply_to": ours, "handling": ["H2"]}
    delivered(network, plain(network, "feedback", body, **ends))
    assert quoting(network) == ""


def test_the_index_is_the_same_after_a_restart_and_without_what_was_erased(
    network: SimulatedNetwork,
) -> None:
    ident = sensitive(network)
    assert quoting(network) == P7
    network.close("tr")
    network.open("tr")
    assert quoting(network) == P7
    later = sensitive(network, text=FERRY)
    known = network.node("tr").known
    told = warning(network, FERRY)
    assert [one.message_id for one in known.provided.facts(told)[0]] == [later]
    node = network.node("tr")
    node.vault.destroy([came(network, "tr", ident).key_id], "test", "2026-11-02T08:00:00.000Z")
    known.forget_names()
    assert quoting(network) == ""


def test_nothing_is_made_from_what_its_sender_called_back(network: SimulatedNetwork) -> None:
    ident = sensitive(network, "H0")
    made = {"derived_from": [ident]}
    assert refused_by(network, warning(network, **made)) == ""
    body = {"message_id": ident, "why": "Another place.", "reason": "inaccurate"}
    recall = plain(network, "recall", body, sender="iq", recipient="tr", data_level="non_nominal")
    delivered(network, recall)
    assert refused_by(network, warning(network, **made)) == "P9-recall"


def test_a_refusal_can_be_replayed_and_keeps_no_word_of_the_other_message(
    network: SimulatedNetwork,
) -> None:
    ident = sensitive(network)
    until = network.clock().date().isoformat()
    consent(network, ident, "onward", until, onward_to="pk")
    message = warning(network, f"Our neighbour says: {TOLD}")
    waits = sent(network, message, release=False)
    network.clock.forward(days=1)
    node = network.node("tr")
    with pytest.raises(Refused) as caught:
        node.desk.release(waits, SECOND, network.act("tr", waits, Act.RELEASE))
    assert caught.value.rule == P7
    network.run()
    mine = Where("message_id", "=", waits)
    row = node.store.rows(JudgementRow, mine, order="-row")[0]
    plain_text = read_content(row, node.vault.get([row.key_id])[row.key_id])[0]
    assert b"white vans" not in plain_text
    judgement, _ = read_judgement(row, node.vault.get([row.key_id])[row.key_id])
    assert [one.message_id for one in judgement.facts.received] == [ident]
    assert found(message, judgement.facts) == judgement.findings
    assert P7 in {one.rule for one in judgement.findings}


# ---- courts ------------------------------------------------------------------------------------


def test_no_court_under_h1_without_a_consent_that_holds(network: SimulatedNetwork) -> None:
    ident = sensitive(network, "H1")
    network.open_message("tr", ident)
    with pytest.raises(Refused) as caught:
        exported(network, ident, "court")
    assert (caught.value.rule, caught.value.field) == (P7, "use")
    until = network.clock().date().isoformat()
    request = asked(network, ident, "court")
    decision = decided(network, request, expires_on=until, conditions="In camera only.")
    given = exported(network, ident, "court")
    assert given["handling"] == ["H1"]
    assert given["conditions"][0].startswith("H1: Not in judicial proceedings")
    assert given["conditions"][-1] == "In camera only."
    assert [one["decision_id"] for one in given["consents"]] == [decision]
    assert given["body"]["what"] == TOLD
    network.clock.forward(days=1)
    with pytest.raises(Refused):
        exported(network, ident, "court")
    [entry] = entries(network.node("tr"), "exported", "activity")
    assert (entry["actor"], entry["id"], entry["use"]) == (OFFICER, ident, "court")
    check_logs(network)


def test_for_analysis_no_consent_is_asked_and_the_codes_are_told(network: SimulatedNetwork) -> None:
    ident = sensitive(network, "H1")
    network.open_message("tr", ident)
    given = exported(network, ident, "analysis")
    assert (given["use"], given["unit"], given["consents"]) == ("analysis", "contact-point", [])
    assert given["conditions"][0].startswith("H1")


def test_what_nobody_read_or_was_called_back_or_is_not_here_is_not_exported(
    network: SimulatedNetwork,
) -> None:
    ident = sensitive(network, "H0")
    with pytest.raises(Conflict):
        exported(network, ident, "analysis")
    network.open_message("tr", ident)
    body = {"message_id": ident, "why": "Another place.", "reason": "inaccurate"}
    recall = plain(network, "recall", body, sender="iq", recipient="tr", data_level="non_nominal")
    delivered(network, recall)
    with pytest.raises(Refused) as caught:
        exported(network, ident, "analysis")
    assert caught.value.rule == "export-standing"
    other = ident[:-1] + ("1" if ident.endswith("0") else "0")
    missing = {"message_id": other, "use": "court", "to_unit": None}
    with pytest.raises(NotFound):
        network.node("tr").desk.export(missing, OFFICER, bytes(64))


def test_an_export_is_signed_by_a_releaser_for_that_act(network: SimulatedNetwork) -> None:
    ident = sensitive(network, "H0")
    network.open_message("tr", ident)
    with pytest.raises(NotAuthorised):
        exported(network, ident, "analysis", officer=DESK)
    given = {"message_id": ident, "use": "analysis", "to_unit": None}
    opening = network.key("tr").sign(Act.OPEN, came(network, "tr", ident).leaf)
    with pytest.raises(NotAuthorised):
        network.node("tr").desk.export(given, OFFICER, opening)
    assert entries(network.node("tr"), "exported", "activity") == []


# ---- units -------------------------------------------------------------------------------------


def test_under_h2_the_unit_that_owns_it_reads_it_and_another_with_consent_alone(
    network: SimulatedNetwork,
) -> None:
    ident = sensitive(network)
    desk, leaf = network.node("tr").desk, came(network, "tr", ident).leaf
    signature = network.key("tr", DESK).sign(Act.OPEN, leaf)
    with pytest.raises(Refused) as caught:
        desk.open(ident, "in", DESK, signature)
    assert (caught.value.rule, caught.value.field) == (P7, "unit")
    network.open_message("tr", ident)
    with pytest.raises(Refused):
        exported(network, ident, "analysis", "protection-desk")
    consent(network, ident, "onward", onward_to="tr/protection-desk")
    assert desk.open(ident, "in", DESK, signature)["body"]["what"] == TOLD
    assert exported(network, ident, "analysis", "protection-desk")["unit"] == "protection-desk"


def test_what_came_under_other_codes_is_open_to_all_units(network: SimulatedNetwork) -> None:
    ident = sensitive(network, "H1")
    desk, leaf = network.node("tr").desk, came(network, "tr", ident).leaf
    assert desk.open(ident, "in", DESK, network.key("tr", DESK).sign(Act.OPEN, leaf))


def test_a_consent_is_kept_as_asked_and_decided(network: SimulatedNetwork) -> None:
    ident = sensitive(network)
    request = asked(network, ident, "onward", onward_to="pk")
    decision = decided(network, request, expires_on="2026-12-31")
    [row] = network.node("tr").store.rows(ConsentRow)
    assert (row.request_id, row.provider, row.message_id) == (request, "iq", ident)
    assert (row.use, row.onward_to, row.decision) == ("onward", "pk", "granted")
    assert (row.expires_on, row.decision_id) == ("2026-12-31", decision)


# ---- the public --------------------------------------------------------------------------------


def extract(network: SimulatedNetwork, ident: str) -> str:
    """The rule that keeps an extract from being made; empty if it is made."""
    given = {
        "message_id": ident,
        "direction": "in",
        "fields": ["recommended_action"],
        "text": None,
        "language": None,
    }
    try:
        network.node("tr").desk.make_extract(given, OFFICER)
    except Refused as error:
        return error.rule
    return ""


def test_an_extract_of_what_came_under_h2_needs_a_consent_for_the_public(
    network: SimulatedNetwork,
) -> None:
    ident = sensitive(network)
    assert extract(network, ident) == "extract-handling"
    consent(network, ident, "onward", onward_to="pk")
    assert extract(network, ident) == "extract-handling"
    until = network.clock().date().isoformat()
    consent(network, ident, "onward", until, onward_to="public")
    assert extract(network, ident) == ""
    network.clock.forward(days=1)
    assert extract(network, ident) == "extract-handling"


def test_an_extract_of_what_came_for_another_purpose_needs_a_consent_for_prevention(
    network: SimulatedNetwork,
) -> None:
    ident = sensitive(network, "H0", purpose="situational_awareness")
    assert extract(network, ident) == "extract-purpose"
    consent(network, ident, "new_purpose", purpose="prevention")
    assert extract(network, ident) == ""


def test_h3_is_never_lifted_for_the_public(network: SimulatedNetwork) -> None:
    ident = sensitive(network, "H3", handling_note="For this station alone.")
    consent(network, ident, "onward", onward_to="public")
    assert extract(network, ident) == "extract-handling"
