"""The catalogue says what a type is, and agrees with itself."""

from __future__ import annotations

import pytest
from message_samples import TYPES, sample

from relec_exchange.errors import InvalidInput
from relec_exchange.message.catalogue import (
    CATALOGUE,
    check_header,
    features,
    header_class,
    message_class,
    message_type,
)
from relec_exchange.message.codes import Area, DataLevel, Handling, Purpose, Urgency
from relec_exchange.message.constants import PROTECTION_UNIT
from relec_exchange.message.document import read_body, read_document
from relec_exchange.message.header import ControlHeader, Header
from relec_exchange.message.identifiers import MessageClass


def test_there_is_a_sample_of_every_type() -> None:
    assert set(TYPES) == set(CATALOGUE)


def test_what_answers_a_message_exists_and_must_name_it() -> None:
    answering = {answer for kind in CATALOGUE.values() for answer in kind.answers}
    assert answering == {kind.name for kind in CATALOGUE.values() if kind.reply}


def test_everything_about_identified_persons_is_off_in_the_charter() -> None:
    nominal = {kind.name for kind in CATALOGUE.values() if kind.nominal}
    assert nominal == {
        "doc.verify.request",
        "doc.verify.reply",
        "info.request",
        "info.clarify",
        "info.reply",
        "info.spontaneous",
        "case.referral",
        "case.response",
        "protection.referral",
        "protection.response",
        "return.notice",
        "reintegration.referral",
        "reintegration.response",
    }
    assert not any(CATALOGUE[name].charter_default for name in nominal)


def test_what_mends_a_message_may_be_as_close_to_persons_as_the_message_was() -> None:
    every = {kind.name for kind in CATALOGUE.values() if kind.levels == tuple(DataLevel)}
    assert every == {"recall", "recall.outcome"}
    # What was sealed is not corrected in the open.
    assert set(DataLevel) - set(CATALOGUE["correction"].levels) == {DataLevel.NOMINAL_SENSITIVE}
    assert all(CATALOGUE[name].charter_default for name in (*every, "correction"))


def test_only_the_protection_desks_read_the_identity_of_victims() -> None:
    sensitive = {
        kind.name for kind in CATALOGUE.values() if DataLevel.NOMINAL_SENSITIVE in kind.levels
    }
    sealed = {kind.name for kind in CATALOGUE.values() if kind.sealed_to}
    assert sealed == {"protection.referral", "protection.response"}
    assert sensitive - sealed == {"recall", "recall.outcome"}
    assert {CATALOGUE[name].sealed_to for name in sealed} == {PROTECTION_UNIT}


def test_a_silent_answer_is_valid_answers_for_good_and_says_nothing_else() -> None:
    silent = {kind.name: kind.silent for kind in CATALOGUE.values() if kind.silent}
    assert set(silent) == {"info.request", "doc.verify.request", "case.referral"}
    for asked, (reply, body) in silent.items():
        assert reply in CATALOGUE[asked].answers
        assert reply not in CATALOGUE[asked].asides
        assert len(read_body(reply, dict(body)).model_fields_set) == 1


def test_an_aside_is_an_answer_that_leaves_the_sender_waiting() -> None:
    for kind in CATALOGUE.values():
        assert set(kind.asides) <= set(kind.answers)
    waiting = {kind.name for kind in CATALOGUE.values() if kind.waits}
    assert {"warning.notice", "info.request", "recall", "correction"} <= waiting
    assert not {"stat.report", "stat.analysis", "feedback", "contact.update"} & waiting


def test_every_type_of_the_table_but_the_reserved_ones_is_there() -> None:
    assert len(CATALOGUE) == 43
    assert not any(name.startswith("match.") for name in CATALOGUE)


def test_rescue_only_is_for_rescues_and_what_answers_or_mends_them() -> None:
    named = {kind.name for kind in CATALOGUE.values() if Purpose.RESCUE_ONLY in kind.purposes}
    mending = {"correction", "recall", "recall.outcome"}
    assert named == {"warning.life_at_risk", "ack"} | mending


def test_control_messages_have_the_small_header() -> None:
    for kind in CATALOGUE.values():
        assert kind.header is (ControlHeader if kind.control else Header)


@pytest.mark.parametrize("urgency", Urgency)
def test_the_class_follows_type_then_urgency(urgency: Urgency) -> None:
    assert message_class("round", urgency) is MessageClass.CONTROL
    assert message_class("round") is MessageClass.CONTROL
    expected = MessageClass.FLASH if urgency is Urgency.FLASH else MessageClass.ORDINARY
    assert message_class("warning.notice", urgency) is expected
    assert message_class("warning.notice", urgency.value) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("round", MessageClass.CONTROL),
        ("warning.life_at_risk", MessageClass.FLASH),
        ("ack", MessageClass.ORDINARY),
    ],
)
def test_the_class_of_a_header_is_that_of_its_type_and_urgency(
    name: str, expected: MessageClass
) -> None:
    header, _ = read_document(sample(name))
    assert header_class(header) is expected


def test_a_mistyped_type_is_told_the_nearest() -> None:
    with pytest.raises(InvalidInput) as caught:
        message_type("stat.reprot")
    assert "stat.report" in caught.value.remedy


def test_features_tell_what_an_agreement_is_asked_about_and_nothing_of_the_body() -> None:
    header, _ = read_document(sample("warning.notice"))
    told = features(header)
    assert (told.type, told.sender, told.recipient) == ("warning.notice", "tr", "pk")
    assert (told.area, told.purpose) == (Area.IRREGULAR_MIGRATION, Purpose.SITUATIONAL_AWARENESS)
    assert (told.data_level, told.handling) == (
        DataLevel.NON_NOMINAL,
        (Handling.H1, Handling.H2),
    )
    assert (told.sender_unit, told.exercise, told.schema_version) == ("ncp", True, 1)


def test_features_of_a_control_message_have_no_area() -> None:
    header, _ = read_document(sample("void"))
    told = features(header)
    assert (told.area, told.purpose, told.data_level, told.handling) == (
        None,
        None,
        DataLevel.NONE,
        (),
    )


def test_a_header_of_the_wrong_kind_is_refused() -> None:
    header, _ = read_document(sample("round"))
    with pytest.raises(InvalidInput):
        check_header(header.model_copy(update={"type": "ack"}))
