"""The decision: denied unless granted, and why."""

from datetime import timedelta

import pytest
from trust_network import (
    END,
    NOW,
    START,
    agreement_note,
    charter_note,
    directory,
    grant,
    make_card,
    sign,
    stat_report,
)

from relec_exchange.message.codes import Area, DataLevel, Handling, Purpose
from relec_exchange.trust.agreement import parse_agreement
from relec_exchange.trust.decide import Allowed, Denied, decide
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.drafts import draft_card

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def bilateral(*grants, **changes):
    return agreement_note("tr", "pk", grants=grants or (grant(),), **changes)


def digest(note):
    return parse_agreement(note).hash


def rule_of(answer):
    assert isinstance(answer, Denied), answer
    assert answer.text
    return answer.rule


def ask(*notes, at=NOW, named=None, **changes):
    return decide(directory(notes=notes), stat_report(**changes), at, named)


def test_a_grant_that_fits_allows_and_says_under_which_conditions():
    note = bilateral(grant(withhold=("rows.sex",), min_cell=10, retention_days=30))
    assert ask(note) == Allowed(digest(note), "one", 30, ("rows.sex",), 10, False)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"sender": "pk", "recipient": "tr"}, "no-grant-type"),
        ({"type": "test.ping", "data_level": DataLevel.NONE}, "no-grant-type"),
        ({"area": Area.HUMAN_TRAFFICKING}, "no-grant-area"),
        ({"area": None}, "no-grant-area"),
        ({"data_level": DataLevel.NON_NOMINAL}, "no-grant-level"),
        ({"purpose": Purpose.CRIMINAL_INVESTIGATION}, "no-grant-purpose"),
        ({"handling": (Handling.H1,)}, "no-grant-handling"),
        ({"handling": (Handling.H0, Handling.H1)}, "no-grant-handling"),
        ({"handling": ()}, "no-grant-handling"),
        ({"sender_unit": "other"}, "no-grant-unit"),
        ({"recipient": "iq"}, "no-agreement"),
        ({"recipient": "bd"}, "no-mutual-listing"),
        ({"recipient": "tr"}, "no-mutual-listing"),
        ({"exercise": False}, "network-kind"),
        ({"schema_version": 2}, "schema-version"),
        ({"schema_version": 0}, "schema-version"),
        ({"type": "stat.gossip"}, "unknown-type"),
        ({"purpose": Purpose.RESCUE_ONLY}, "rescue-only"),
        (
            {"type": "warning.life_at_risk", "data_level": DataLevel.NON_NOMINAL},
            "rescue-only",
        ),
    ],
)
def test_each_thing_that_is_missing_has_its_rule(changes, rule):
    assert rule_of(ask(bilateral(grant(units=("general",))), **changes)) == rule


def test_without_any_agreement_everything_is_denied():
    assert rule_of(ask()) == "no-agreement"


def test_an_agreement_that_only_one_of_the_two_signed_allows_nothing():
    assert rule_of(ask(bilateral(signers=("tr",)))) == "no-agreement"


def test_an_agreement_is_in_force_from_its_start_until_before_its_end():
    note = bilateral(valid_from=NOW, valid_until=NOW + DAY)
    known = directory(notes=(note,))
    assert rule_of(decide(known, stat_report(), NOW - SECOND)) == "not-yet-valid"
    assert isinstance(decide(known, stat_report(), NOW), Allowed)
    assert isinstance(decide(known, stat_report(), NOW + DAY - SECOND), Allowed)
    assert rule_of(decide(known, stat_report(), NOW + DAY)) == "agreement-ended"


def test_the_denial_names_what_the_nearest_grant_is_missing():
    near = {"handling": (Handling.H1,)}
    far = {"areas": (Area.HUMAN_TRAFFICKING,)}
    for first, second in ((near, far), (far, near)):
        note = bilateral(grant("a", **first), grant("b", **second))
        assert rule_of(ask(note)) == "no-grant-handling"


def test_conditions_of_two_grants_are_not_added_up():
    one = grant("one", areas=(Area.HUMAN_TRAFFICKING,))
    two = grant("two", purposes=(Purpose.CRIMINAL_INVESTIGATION,))
    assert rule_of(ask(bilateral(one, two))) == "no-grant-purpose"


def test_a_bilateral_agreement_counts_before_the_charter():
    charter, own = charter_note("tr", "pk"), bilateral()
    assert ask(charter).charter
    assert ask(charter, own).agreement_hash == digest(own)
    assert ask(own, charter) == ask(charter, own)


def test_a_charter_is_in_force_between_its_signers_only():
    charter = charter_note("tr", "pk")
    assert isinstance(ask(charter), Allowed)
    assert rule_of(ask(charter, recipient="iq")) == "no-agreement"
    assert isinstance(ask(charter, charter_note("iq"), recipient="iq"), Allowed)


def test_a_recipient_asks_about_the_named_agreement_only():
    charter, own = charter_note("tr", "pk"), bilateral()
    assert ask(charter, own, named=digest(charter)).agreement_hash == digest(charter)
    assert rule_of(ask(charter, own, named="0" * 64)) == "agreement-not-held"
    assert rule_of(ask(charter, own, named="")) == "no-agreement"


def test_a_named_agreement_of_others_allows_nothing():
    other = agreement_note("tr", "iq", grants=(grant(recipients=("iq",)),))
    assert rule_of(ask(bilateral(), other, named=digest(other))) == "no-agreement"


def test_control_types_need_mutual_listing_and_no_agreement():
    assert ask(type="round") == Allowed("", "control")
    assert ask(type="round", named="") == Allowed("", "control")
    assert rule_of(ask(type="round", recipient="bd")) == "no-mutual-listing"
    assert rule_of(ask(type="round", exercise=False)) == "network-kind"
    note = bilateral()
    assert rule_of(ask(note, type="round", named=digest(note))) == "control-names-agreement"


def test_data_needs_cards_that_are_valid_and_control_does_not():
    note = bilateral(valid_from=START - 9 * DAY, valid_until=END + 9 * DAY)
    for moment in (START - SECOND, END):
        assert rule_of(ask(note, at=moment)) == "card-not-valid"
        assert isinstance(ask(note, at=moment, type="card.update"), Allowed)


def test_a_type_goes_in_the_highest_version_that_both_cards_list():
    text = draft_card(make_card("pk", version=2, schemas={"stat.report": 3}))
    known = directory(notes=(bilateral(),)).admit_update(sign(text, "pk"))
    assert isinstance(decide(known, stat_report(), NOW), Allowed)
    assert rule_of(decide(known, stat_report(schema_version=2), NOW)) == "schema-version"
    ping = stat_report(type="test.ping", data_level=DataLevel.NONE)
    assert rule_of(decide(known, ping, NOW)) == "schema-version"


# ---- replacement ---------------------------------------------------------------------------------


def successor(old, *, starts=NOW, ends=END, version=2, **changes):
    narrower = (grant(areas=(Area.HUMAN_TRAFFICKING,)),)
    return bilateral(
        *narrower,
        version=version,
        replaces=(digest(old),),
        valid_from=starts,
        valid_until=ends,
        **changes,
    )


def test_a_replacement_ends_the_old_text_when_it_starts():
    old = bilateral()
    notes = (old, successor(old))
    assert ask(*notes, at=NOW - SECOND).agreement_hash == digest(old)
    assert rule_of(ask(*notes)) == "no-grant-area"
    assert rule_of(ask(*notes, named=digest(old))) == "agreement-replaced"


def test_an_ended_text_does_not_return_when_its_successor_runs_out():
    old = bilateral()
    notes = (old, successor(old, ends=NOW + DAY))
    assert rule_of(ask(*notes, at=NOW + 2 * DAY)) == "agreement-ended"


def test_a_replacement_that_only_one_signed_ends_nothing():
    old = bilateral()
    notes = (old, successor(old, signers=("pk",)))
    assert ask(*notes).agreement_hash == digest(old)


def test_a_replaced_charter_stays_current_between_those_who_did_not_sign_the_new_one():
    old = charter_note("tr", "pk", "iq")
    new = charter_note("tr", "pk", version=2, replaces=(digest(old),))
    assert ask(old, new).agreement_hash == digest(new)
    assert ask(old, new, recipient="iq").agreement_hash == digest(old)


def test_of_two_texts_that_replace_the_same_one_only_the_higher_version_is_current():
    old = bilateral()
    two, three = successor(old), successor(old, version=3, title="The other one")
    for notes in ((old, two, three), (three, two, old), (two, three)):
        assert rule_of(ask(*notes, named=digest(two))) == "agreement-replaced"
        assert rule_of(ask(*notes, named=digest(three))) == "no-grant-area"


def test_a_replacement_of_lower_version_never_becomes_current():
    old = bilateral(version=5)
    assert ask(old, successor(old, version=4)).agreement_hash == digest(old)


def test_two_agreements_that_replace_nothing_stand_side_by_side():
    other = bilateral(grant(areas=(Area.HUMAN_TRAFFICKING,)), title="Second")
    assert isinstance(ask(bilateral(), other), Allowed)
    assert isinstance(ask(bilateral(), other, area=Area.HUMAN_TRAFFICKING), Allowed)


def test_an_empty_directory_denies():
    assert rule_of(decide(Directory("relec.example", "exercise", "tr"), stat_report(), NOW)) == (
        "no-mutual-listing"
    )
