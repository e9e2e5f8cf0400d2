"""What must go is kept, and what must stay at home goes on: attempts of officers and partners."""

from __future__ import annotations

import dataclasses
import gc
import hashlib
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from conversations import protect
from core_network import begun, check_logs, sent, warning
from relec_exchange import records
from relec_exchange.errors import InvalidInput, NotAuthorised, NotFound, Refused
from relec_exchange.inbound.attested import attested
from relec_exchange.journal.judged import found, reduced
from relec_exchange.journal.judgements import Judgement, judged
from relec_exchange.journal.plan import Plan
from relec_exchange.message.bodies.amendments import ShredAttestation
from relec_exchange.message.document import Message
from relec_exchange.message.encoding import b64
from relec_exchange.protection.model import Facts
from relec_exchange.records import CommentRow, DraftRow, ExtractRow, OutboxRow, Where
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
PDF = b"%PDF-1.7\n" + b"A simulated plan of the harbour. " * 20
PERSON = "Zarifa Simulated"

CONTENT = {
    "OutboxRow",
    "InboxRow",
    "ReceivedContentRow",
    "DraftRow",
    "CommentRow",
    "JudgementRow",
    "RegisterRow",
    "ContactRow",
    "ExtractRow",
    "LegalHoldRow",
    "CutRow",
}
"""Records with content. Each ends: by its message, by its age, or by an officer (the register, and
contacts of functions, which the next word of their node replaces).
"""


@pytest.fixture
def network(tmp_path: Path) -> Iterator[SimulatedNetwork]:
    with begun(tmp_path, *NAMES) as made:
        yield made


def file_of(data: bytes, name: str = "plan.pdf") -> dict[str, Any]:
    """A PDF as a header carries it."""
    return {
        "name": name,
        "media_type": "application/pdf",
        "size": len(data),
        "digest": hashlib.sha256(data).hexdigest(),
        "data": b64(data),
    }


def telling(network: SimulatedNetwork) -> str:
    """The rule that stops tr from telling pk the words of iq."""
    return refused_by(network, warning(network, f"Our neighbour says: {TOLD}"))


def called_back(network: SimulatedNetwork, ident: str) -> None:
    """iq recalls a message without data."""
    body = {"message_id": ident, "why": "It was a mistake.", "reason": "other"}
    delivered(network, plain(network, "recall", body, sender="iq", recipient="tr"))


# ---- an officer who passes on what must stay ----------------------------------------------------


def test_a_file_that_came_under_h2_does_not_go_on_under_another_name(
    network: SimulatedNetwork,
) -> None:
    ident = sensitive(network, text="See the file.", attachments=[file_of(PDF)])
    again = warning(network, "A plan.", attachments=[file_of(PDF, "other.pdf")])
    assert refused_by(network, again) == P7
    other = warning(network, "A plan.", attachments=[file_of(PDF + b"another")])
    assert refused_by(network, other) == ""
    consent(network, ident, "onward", onward_to="pk")
    again = warning(network, "A plan.", attachments=[file_of(PDF, "other.pdf")])
    assert refused_by(network, again) == ""


def test_a_letter_to_the_provider_between_is_no_way_around_its_consent(
    network: SimulatedNetwork,
) -> None:
    ident = sensitive(network)
    for field in ("related", "derived_from"):
        thanks = warning(network, "Thanks.", recipient="iq", **{field: [ident]})
        between = delivered(network, thanks)
        made = warning(network, "The mill again.", derived_from=[between])
        assert refused_by(network, made) == P7, field


def test_nobody_exports_for_another_unit_what_their_own_may_not_see(
    network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    ident = sensitive(network)
    network.open_message("tr", ident)
    desk = network.node("tr").desk
    exports, officer = desk.export.__self__, desk.officer  # type: ignore[attr-defined]
    moved = lambda name: dataclasses.replace(officer(name), unit="elsewhere")  # noqa: E731
    monkeypatch.setattr(exports, "officer", moved)
    with pytest.raises(Refused) as caught:
        exported(network, ident, "analysis", "contact-point")
    assert (caught.value.rule, caught.value.field) == (P7, "unit")
    consent(network, ident, "onward", onward_to="tr/elsewhere")
    assert exported(network, ident, "analysis", "contact-point")["unit"] == "contact-point"


def test_a_signature_for_one_use_is_none_for_another(network: SimulatedNetwork) -> None:
    ident = sensitive(network, "H0")
    network.open_message("tr", ident)
    for_analysis = network.key("tr").sign(Act.EXPORT, came(network, "tr", ident).leaf, "analysis")
    given = {"message_id": ident, "use": "court", "to_unit": None}
    with pytest.raises(NotAuthorised):
        network.node("tr").desk.export(given, OFFICER, for_analysis)


# ---- an officer who keeps what must go ----------------------------------------------------------


def test_a_hold_has_the_day_that_its_officer_signed(network: SimulatedNetwork) -> None:
    ident = sensitive(network)
    desk, leaf = network.node("tr").desk, came(network, "tr", ident).leaf
    given = {"message_id": ident, "direction": "in", "reason": "A court."}
    signature = network.key("tr").sign(Act.KEEP, leaf, "2026-12-31")
    for day, error in (
        ("2027-12-31", NotAuthorised),
        ("20261231", InvalidInput),
        ("2026-W53-4", InvalidInput),
        ("9999-12-31", InvalidInput),
        ("", InvalidInput),
    ):
        with pytest.raises(error):
            desk.keep({**given, "until": day}, OFFICER, signature)
    assert desk.keep({**given, "until": "2026-12-31"}, OFFICER, signature)


def test_an_extract_that_is_made_while_its_warning_is_erased_is_not_kept(
    network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    ident = delivered(network, warning(network, retain_until="2026-11-03"))
    node = network.node("tr")
    extracts = node.desk.make_extract.__self__  # type: ignore[attr-defined]
    look = extracts._look

    def slowly(*arguments: Any) -> None:
        look(*arguments)
        network.clock.forward(days=1)
        node.retention.run(network.clock())

    monkeypatch.setattr(extracts, "_look", slowly)
    choice = {"fields": ["recommended_action"], "text": None, "language": None}
    with pytest.raises(NotFound):
        node.desk.make_extract({"message_id": ident, "direction": "out", **choice}, OFFICER)
    assert node.store.rows(ExtractRow) == []


@pytest.mark.parametrize("by", ["derived_from", "related", "in_reply_to", "supersedes", "body"])
def test_drafts_that_name_an_erased_message_in_any_way_go_with_it(
    network: SimulatedNetwork, by: str
) -> None:
    ident = sensitive(network, retain_until="2026-11-03")
    node = network.node("tr")
    named = {by: [ident] if by in ("derived_from", "related") else ident}
    header, body = (named, {}) if by != "body" else ({}, {"message_id": ident})
    document = {"type": "warning.notice", "to": ["pk"], "header": header, "body": body}
    node.desk.save_draft(OFFICER, document, None)
    network.clock.forward(days=1)
    network.run()
    assert came(network, "tr", ident).erased_at
    assert node.store.rows(DraftRow) == []


def test_drafts_and_reports_on_persons_end_by_their_age(network: SimulatedNetwork) -> None:
    ident = sensitive(network)
    node = network.node("tr")
    draft = {"type": "warning.notice", "to": ["pk"], "header": {}, "body": {"what": TOLD}}
    node.desk.save_draft(OFFICER, draft, None)
    node.desk.subject_report(ident, "The person asks.", OFFICER)
    waiting = sent(network, warning(network, recipient="iq"), release=False)
    act = network.act("tr", waiting, Act.RETURN)
    node.desk.send_back(waiting, SECOND, act, "Say where.")
    keys = {row.key_id for row in (*node.store.rows(DraftRow), *node.store.rows(CommentRow))}
    assert len(keys) == 3
    network.clock.forward(days=89)
    network.run()
    assert len(node.store.rows(DraftRow)) == 1
    network.clock.forward(days=2)
    network.run()
    assert (len(node.store.rows(DraftRow)), len(node.store.rows(CommentRow))) == (0, 2)
    network.clock.forward(days=310)
    network.run()
    for _ in range(4):  # no card is valid any more, so nobody confirms the leap
        network.clock.forward(hours=23)
        network.run()
    [left] = node.store.rows(CommentRow)
    assert left.message_id == waiting
    assert set(node.vault.get(keys)) == {left.key_id}
    check_logs(network)


def test_every_kind_of_record_with_content_is_known_to_end() -> None:
    kinds = [getattr(records, name) for name in records.__all__]
    found_ = {
        kind.__name__
        for kind in kinds
        if dataclasses.is_dataclass(kind)
        and "content" in {one.name for one in dataclasses.fields(kind)}
    }
    assert found_ == CONTENT


# ---- a partner who lies -------------------------------------------------------------------------


def test_nobody_sends_what_would_be_gone_before_it_is_read(network: SimulatedNetwork) -> None:
    over: tuple[dict[str, str], ...] = (
        {"retain_until": "2020-01-01"},
        {"retain_until": "2026-11-02"},
        {"review_on": "2026-11-01"},
        {"review_on": "2020-01-01", "retain_until": "2020-01-02"},
    )
    for given in over:
        assert refused_by(network, warning(network, **given)) == "P8-retention", given
    good = warning(network, retain_until="2026-11-03", review_on="2026-11-02")
    assert not came(network, "pk", delivered(network, good)).erased_at


def test_a_decision_that_was_corrected_counts_no_more(network: SimulatedNetwork) -> None:
    decision = consent(network, sensitive(network), "onward", onward_to="pk")
    assert telling(network) == ""
    body = {
        "message_id": decision,
        "why": "It was a mistake.",
        "fields": [{"path": "/body/decision", "now": "refused"}],
    }
    delivered(network, plain(network, "correction", body, sender="iq", recipient="tr"))
    assert telling(network) == P7


def test_a_decision_that_was_called_back_while_it_was_held_never_counts(
    network: SimulatedNetwork,
) -> None:
    request = asked(network, sensitive(network), "onward", onward_to="pk")
    protect(network, "tr", PERSON)
    decision = decided(network, request, conditions=f"Ask {PERSON} before.")
    row = came(network, "tr", decision)
    assert row.state == "held"
    called_back(network, decision)
    signature = network.key("tr", DESK).sign(Act.FREE, row.leaf)
    network.node("tr").desk.free(decision, "in", DESK, signature)
    assert telling(network) == P7


def test_the_first_attestation_stands_and_only_that_of_the_other_end_counts(
    network: SimulatedNetwork,
) -> None:
    ident = delivered(network, warning(network))
    node, at = network.node("tr"), "2026-11-02T09:00:00.000Z"
    leaf = node.store.rows(OutboxRow, Where("message_id", "=", ident))[0].leaf.hex()

    def told(peer: str, destroyed_at: str) -> str:
        what = ["content", "content_key"]
        given = {"leaf": leaf, "destroyed_at": destroyed_at, "what": what}
        body = ShredAttestation.model_validate_json(json.dumps(given))
        node.journal.write(Plan(changes=tuple(attested(peer, body, at))))
        return node.store.rows(OutboxRow, Where("message_id", "=", ident))[0].peer_attested_at

    assert told("iq", "2026-11-02T08:30:00.000Z") == ""
    assert told("pk", "2036-11-02T08:30:00.000Z") == at
    assert told("pk", "2026-11-02T08:30:00.000Z") == at


# ---- who looks at what is left ------------------------------------------------------------------


@pytest.mark.parametrize("direction", ["outbound", "inbound"])
def test_a_judgement_keeps_one_name_of_those_that_led_to_it_and_no_other(
    network: SimulatedNetwork, direction: str
) -> None:
    others = [f"Person{n} Simulated{n}" for n in range(60)]
    names = (*others[:10], "Zarifa Rahimova", *others[10:50], "Karim Davlatov", *others[50:])
    message: Message = warning(network, "Ask Zarifa Rahimova and Karim Davlatov.")
    facts = Facts("exercise", direction, date(2026, 11, 2), 5, known_names=names)
    if direction == "outbound":
        kept = judged(message, facts).facts
    else:
        kept = reduced(message, Judgement(found(message, facts), facts))
    assert kept.known_names in (("Zarifa Rahimova",), ("Karim Davlatov",))


def test_what_was_erased_is_forgotten_and_the_rest_is_not_read_again(
    network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    sensitive(network)
    short = sensitive(
        network, text="The ferry waits behind the lighthouse.", retain_until="2026-11-03"
    )
    provided = network.node("tr").known.provided
    assert telling(network) == P7
    assert provided._index is not None
    index, before = provided._index, len(provided._index)
    network.clock.forward(days=1)
    network.run()
    assert came(network, "tr", short).erased_at
    assert provided._index is index
    assert 0 < len(index) < before
    assert ("iq", short) not in index._held
    assert telling(network) == P7


def test_no_name_of_an_erased_message_stays_in_memory(network: SimulatedNetwork) -> None:
    known = network.node("tr").known
    with known._lock:
        known._listed, known._names = (PERSON,), {PERSON}
    known.forget_names()
    gc.collect()
    assert not known._names
    assert not known._listed


def test_a_store_from_before_the_erasing_opens_nothing_with_the_vault_of_today(
    network: SimulatedNetwork,
) -> None:
    ident = delivered(network, warning(network, retain_until="2026-11-03"))
    node = network.node("tr")
    [row] = node.store.rows(OutboxRow, Where("message_id", "=", ident))
    network.clock.forward(days=1)
    network.run()
    assert row.content
    assert not node.vault.get([row.key_id])
    with pytest.raises(NotFound):
        node.desk.core.content(row)
