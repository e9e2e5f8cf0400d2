"""The matrix says what decisions say, for every pair and every type."""

from __future__ import annotations

from datetime import timedelta

import pytest
from trust_network import (
    END,
    NOW,
    START,
    agreement_note,
    card_note,
    charter_note,
    directory,
    grant,
    notice_note,
    suspension,
    termination,
)

from relec_exchange.errors import NotFound
from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.codes import Area, DataLevel
from relec_exchange.trust.decide import Allowed, decide
from relec_exchange.trust.matrix import GROUPS, group_types, matrix, sentence


def test_every_type_that_needs_an_agreement_is_in_exactly_one_group() -> None:
    grouped = [kind.name for group in GROUPS for kind in group_types(group)]
    assert sorted(grouped) == sorted(k.name for k in CATALOGUE.values() if not k.control)


def test_without_a_signed_text_every_cell_says_no() -> None:
    found = matrix(directory(), NOW)
    assert {cell.state for cell in found.cells.values()} == {"closed"}
    assert found.texts == ()


def test_a_charter_opens_what_is_on_by_default_and_nothing_about_persons() -> None:
    found = matrix(directory(notes=[charter_note("tr", "pk")]), NOW)
    states = {group: found.cells["tr", "pk", group].state for group in GROUPS}
    closed = dict.fromkeys(("requests", "returns", "protection"), "closed")
    assert states == {**dict.fromkeys(GROUPS, "open"), **closed}
    assert found.cells["tr", "iq", "statistics"].state == "closed"
    assert [text.charter for text in found.texts] == [True]


def test_a_grant_of_one_type_in_one_area_is_a_part_and_names_both() -> None:
    text = agreement_note("tr", "pk", grants=(grant(),))
    cell = matrix(directory(notes=[text]), NOW).cells["tr", "pk", "statistics"]
    assert (cell.state, cell.types, cell.areas) == (
        "part",
        ("stat.report",),
        (Area.MIGRANT_SMUGGLING,),
    )
    assert cell.missing == ("stat.analysis",)


def test_a_grant_works_in_its_own_direction_only() -> None:
    found = matrix(directory(notes=[agreement_note("tr", "pk", grants=(grant(),))]), NOW)
    assert found.cells["pk", "tr", "statistics"].state == "closed"


def test_a_grant_that_no_message_can_meet_opens_nothing() -> None:
    impossible = grant(levels=(DataLevel.NOMINAL,))
    found = matrix(directory(notes=[agreement_note("tr", "pk", grants=(impossible,))]), NOW)
    assert found.cells["tr", "pk", "statistics"].state == "closed"


@pytest.mark.parametrize(
    ("at", "state", "said"),
    [
        (START - timedelta(days=1), "later", "from 2026-11-01"),
        (START + timedelta(days=5), "open", "until 2026-11-11"),
        (START + timedelta(days=11), "over", "has ended"),
    ],
)
def test_a_text_opens_from_its_start_until_its_end(at, state, said) -> None:
    note = charter_note("tr", "pk", valid_until=START + timedelta(days=10))
    known = directory(notes=[note])
    found = matrix(known, at)
    assert found.cells["tr", "pk", "statistics"].state == state
    assert said in sentence(found, "tr", "pk", "statistics")


def test_a_suspension_shows_in_both_directions_and_in_words() -> None:
    known = directory(notes=[charter_note("tr", "pk", "iq")])
    known = known.with_notice(notice_note(suspension("tr", partners=("pk",))))
    found = matrix(known, NOW)
    for one, other in (("tr", "pk"), ("pk", "tr")):
        assert found.cells[one, other, "statistics"].state == "suspended"
        assert "suspended" in sentence(found, one, other, "statistics")
    assert found.cells["tr", "iq", "statistics"].state == "open"


def test_one_suspended_type_or_area_makes_a_part_that_names_what_is_left() -> None:
    known = directory(notes=[charter_note("tr", "pk")])
    by_type = suspension("tr", partners=("pk",), types=("stat.report",))
    cell = matrix(known.with_notice(notice_note(by_type)), NOW).cells["tr", "pk", "statistics"]
    assert (cell.state, cell.types, cell.stopped) == (
        "part",
        ("stat.analysis",),
        ("stat.report",),
    )
    by_area = suspension("tr", partners=("pk",), areas=(Area.HUMAN_TRAFFICKING,))
    cell = matrix(known.with_notice(notice_note(by_area)), NOW).cells["tr", "pk", "statistics"]
    assert (cell.state, Area.HUMAN_TRAFFICKING in cell.areas) == ("part", False)


def test_after_a_termination_only_what_closes_open_matters_is_left() -> None:
    note = charter_note("tr", "pk")
    known = directory(notes=[note])
    [held] = known.agreements
    known = known.with_notice(notice_note(termination("tr", agreement=held, partners=("pk",))))
    found = matrix(known, END - timedelta(days=1))
    assert found.cells["tr", "pk", "statistics"].state == "over"
    cell = found.cells["tr", "pk", "answers"]
    assert cell.state == "closing"
    assert "recall" in cell.types
    assert "ack" not in cell.types


def test_two_nodes_that_do_not_list_each_other_have_no_route_and_it_says_why() -> None:
    known = directory(nodes=("tr",))
    fingerprint = directory(nodes=("pk",), own="pk").authority("pk").fingerprint()
    known = known.admit_first(card_note("pk", lists=("iq",)), fingerprint)
    found = matrix(known, NOW)
    assert found.cells["tr", "pk", "warnings"].state == "no route"
    assert "the card of pk does not list tr" in sentence(found, "tr", "pk", "warnings")


def test_a_matrix_of_one_node_or_of_a_stranger_is_refused() -> None:
    for nodes in (("tr",), ("tr", "xx")):
        with pytest.raises(NotFound):
            matrix(directory(), NOW, nodes)


def test_what_is_open_is_what_a_message_is_told() -> None:
    """Each open type has features that `decide` allows; each closed group has none."""
    from relec_exchange.trust.matrix import _meeting

    notes = [charter_note("tr", "pk", "iq"), agreement_note("tr", "pk")]
    known = directory(notes=notes)
    found = matrix(known, NOW)
    grants = [g for held in known.agreements.values() for g in held.agreement.grants]
    for (sender, recipient, group), cell in found.cells.items():
        for kind in group_types(group):
            asked = [
                features
                for one in grants
                if kind.name in one.types
                for features in _meeting(kind, one, sender, recipient, True)
            ]
            allowed = any(isinstance(decide(known, f, NOW), Allowed) for f in asked)
            assert allowed is (kind.name in cell.types), (sender, recipient, kind.name)


def test_the_order_in_which_texts_came_changes_nothing() -> None:
    notes = [charter_note("tr", "pk"), agreement_note("tr", "pk", grants=(grant(),))]
    one, other = matrix(directory(notes=notes), NOW), matrix(directory(notes=notes[::-1]), NOW)
    assert one == other
