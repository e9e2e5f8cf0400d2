"""Lint: what is wrong or doubtful in an agreement, before anybody signs it."""

from datetime import timedelta

import pytest
from trust_network import END, NOW, START, agreement_note, grant, terms

from relec_exchange.message.codes import Area, DataLevel, Handling, Purpose
from relec_exchange.trust.agreement import parse_agreement, read_agreement
from relec_exchange.trust.drafts import draft_agreement, draft_charter
from relec_exchange.trust.lint import lint

DAY = timedelta(days=1)


def text_of(*grants, **changes):
    return draft_agreement(terms("tr", "pk", grants=grants or (grant(),), **changes))


def remarks(*grants, others=(), at=None, **changes):
    """Severity, place and text of every remark on an agreement of these grants."""
    found = lint(read_agreement(text_of(*grants, **changes)), others, at=at)
    assert all(remark.text and remark.remedy for remark in found)
    return [(remark.severity, remark.where, remark.text) for remark in found]


def only(found):
    assert len(found) == 1, found
    return found[0]


# ---- nothing to say ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["exercise", "production"])
@pytest.mark.parametrize("persons", [True, False])
def test_the_usual_texts_are_clean(kind, persons):
    wanted = {"network_kind": kind, "valid_from": NOW, "persons": persons}
    for text in (
        draft_agreement(terms("tr", "pk", **wanted)),
        draft_charter(terms("*", network_kind=kind, valid_from=NOW)),
    ):
        assert lint(read_agreement(text), at=NOW, text=text) == ()


def test_one_plain_grant_is_clean():
    assert remarks() == []


# ---- grants that nobody can use ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"levels": (DataLevel.NON_NOMINAL,)}, "grants.one"),
        ({"purposes": (Purpose.RESCUE_ONLY,)}, "grants.one"),
        ({"types": ("round",)}, "grants.one"),
        ({"types": ("match.query",)}, "grants.one"),
        ({"recipients": ("tr",)}, "grants.one.to"),
    ],
)
def test_a_grant_that_nobody_can_use_is_an_error(changes, where):
    assert ("error", where) in {found[:2] for found in remarks(grant(**changes))}


@pytest.mark.parametrize(
    ("types", "said"),
    [
        (("stat.report", "round"), "round needs no agreement"),
        (("stat.report", "match.result"), "match.result is reserved"),
    ],
)
def test_a_type_that_no_agreement_grants_is_an_error(types, said):
    severity, where, text = only(remarks(grant(types=types)))
    assert (severity, where) == ("error", "grants.one.types")
    assert said in text


def test_a_type_of_a_later_version_is_a_warning_only():
    severity, _, text = only(remarks(grant(types=("stat.report", "stat.gossip"))))
    assert severity == "warning"
    assert "stat.gossip" in text


def test_a_type_that_has_none_of_the_levels_is_told():
    severity, where, text = only(remarks(grant(types=("stat.report", "doc.alert"))))
    assert (severity, where) == ("warning", "grants.one.types")
    assert text == "no message of type doc.alert has one of these levels"


def test_a_level_or_purpose_that_no_type_has_is_told():
    levels = (DataLevel.AGGREGATE, DataLevel.NONE)
    assert only(remarks(grant(levels=levels)))[1:] == (
        "grants.one.levels",
        "none of the types has none",
    )
    purposes = (Purpose.PREVENTION, Purpose.RESCUE_ONLY)
    assert only(remarks(grant(purposes=purposes)))[1] == "grants.one.purposes"


def test_a_sealed_type_whose_unit_may_not_see_it_is_an_error():
    sealed = grant(
        types=("protection.response",),
        levels=(DataLevel.NOMINAL_SENSITIVE,),
        purposes=(Purpose.VICTIM_PROTECTION,),
        readers=("border",),
    )
    assert only(remarks(sealed))[:2] == ("error", "grants.one.readers")


def test_h2_without_readers_is_told():
    assert only(remarks(grant(handling=(Handling.H2,))))[:2] == ("warning", "grants.one.readers")
    assert remarks(grant(handling=(Handling.H2,), readers=("border",))) == []


@pytest.mark.parametrize("path", ["rows.nothing", "nothing", "rows", "body.rows.sex", "header.x"])
def test_a_path_to_withhold_must_lead_to_a_field(path):
    good = ("rows", "body.rows.sex")
    found = remarks(grant(withhold=(path,)))
    assert bool(found) == (path not in good)
    assert all(where == "grants.one.withhold" for _, where, _ in found)


def test_paths_through_lists_and_choices_of_persons_lead_somewhere():
    persons = grant(
        types=("info.spontaneous",),
        levels=(DataLevel.NOMINAL,),
        withhold=("persons.birth", "body.persons.names.text", "header.own_ref"),
        purposes=(Purpose.CRIMINAL_INVESTIGATION,),
    )
    answered = grant(
        "two", senders=("pk",), recipients=("tr",), types=("ack",), levels=(DataLevel.NONE,)
    )
    assert remarks(persons, answered) == []


# ---- several grants ------------------------------------------------------------------------------


def test_what_waits_for_an_answer_that_cannot_come_back_is_told():
    asked = grant(types=("warning.notice",), levels=(DataLevel.NON_NOMINAL,))
    assert "waits for ack" in only(remarks(asked))[2]
    there = grant("two", types=("ack",), levels=(DataLevel.NONE,))
    assert remarks(asked, there)
    back = grant(
        "two", senders=("pk",), recipients=("tr",), types=("ack",), levels=(DataLevel.NONE,)
    )
    assert remarks(asked, back) == []


def test_two_grants_for_the_same_message_are_told_with_what_differs():
    second = grant("two", retention_days=7, withhold=("rows.sex",))
    severity, where, text = only(remarks(grant(), second))
    assert (severity, where) == ("warning", "grants.two")
    assert "another retention_days and withhold" in text
    assert "one decides" in text


@pytest.mark.parametrize(
    "changes",
    [
        {"areas": (Area.HUMAN_TRAFFICKING,)},
        {"types": ("stat.analysis",)},
        {"purposes": (Purpose.SITUATIONAL_AWARENESS,)},
        {"handling": (Handling.H1,)},
        {"senders": ("pk",), "recipients": ("tr",)},
        {"units": ("other",)},
    ],
)
def test_grants_that_differ_in_one_condition_do_not_overlap(changes):
    assert remarks(grant(units=("general",)), grant("two", **changes)) == []


# ---- the text as a whole -------------------------------------------------------------------------


def test_persons_without_both_promises_are_told():
    text = text_of(grant(types=("info.reply",), levels=(DataLevel.NOMINAL,)))
    agreement = read_agreement(text.replace("no_torture = true\n", ""))
    assert [(r.severity, r.where) for r in lint(agreement)] == [("warning", "assurances")]


def test_promises_in_words_alone_are_an_error():
    text = text_of() + '\n[assurances]\ntext = "We promise."\n'
    assert [(r.severity, r.where) for r in lint(read_agreement(text))] == [
        ("error", "assurances.text")
    ]


@pytest.mark.parametrize(
    ("title", "wrong"),
    [
        ("Simulated p\u0430per", True),
        ("Simulated \u0421\u043e\u0433\u043b\u0430\u0448\u0435\u043d\u0438\u0435", False),
        ("RELEC-\u0441\u043e\u0433\u043b\u0430\u0448\u0435\u043d\u0438\u0435", False),
        ("Simul\u03b1ted", True),
        ("\u067e\u06cc\u0645\u0627\u0646 relec", False),
    ],
)
def test_a_word_of_two_alphabets_is_an_error(title, wrong):
    found = remarks(title=title)
    assert bool(found) == wrong
    assert all(remark[:2] == ("error", "title") for remark in found)


def test_a_comment_is_read_too_where_the_text_is_given():
    text = text_of() + "# pk may not s\u0435nd this\n"
    (found,) = lint(read_agreement(text), text=text)
    assert found.where == f"line {text.count(chr(10))}"


def test_dates_that_do_not_fit_the_day_are_told():
    assert remarks(at=START) == []
    assert only(remarks(at=NOW))[:2] == ("warning", "valid_from")
    assert only(remarks(at=END))[:2] == ("error", "valid_until")
    assert only(remarks(valid_until=START + 1827 * DAY))[:2] == ("warning", "valid_until")


# ---- other texts ---------------------------------------------------------------------------------


def signed(**changes):
    return parse_agreement(agreement_note("tr", "pk", grants=(grant(),), **changes))


def test_a_text_that_grants_the_same_at_the_same_time_is_told():
    other = signed(title="Another simulated text")
    assert only(remarks(others=[other]))[:2] == ("warning", "replaces")
    assert only(remarks(others=[other.agreement]))[:2] == ("warning", "replaces")
    assert remarks(grant(types=("stat.analysis",)), others=[other]) == []
    assert remarks(others=[signed(title="Later", valid_from=END, valid_until=END + DAY)]) == []


def test_a_text_that_is_replaced_is_no_overlap():
    other = signed()
    changes = {"version": 2, "replaces": (other.hash,)}
    assert remarks(others=[other], **changes) == []
    assert remarks(others=[other.agreement], **changes) == []


def test_a_successor_must_have_a_higher_version_and_leave_no_gap():
    other = signed(version=5)
    assert only(remarks(others=[other], version=5, replaces=(other.hash,)))[:2] == (
        "error",
        "version",
    )
    short = signed(valid_until=NOW)
    found = remarks(
        others=[short], version=2, replaces=(short.hash,), valid_from=NOW + DAY, valid_until=END
    )
    assert only(found)[:2] == ("warning", "valid_from")


def test_a_successor_that_takes_promises_back_is_an_error():
    persons = grant(types=("info.reply",), levels=(DataLevel.NOMINAL,))
    other = parse_agreement(agreement_note("tr", "pk", grants=(persons,)))
    text = text_of(persons, version=2, replaces=(other.hash,)).replace("no_torture = true\n", "")
    found = lint(read_agreement(text), [other])
    assert {(r.severity, r.where) for r in found} == {
        ("warning", "assurances"),
        ("error", "assurances"),
    }


def test_an_end_within_60_days_without_a_next_version_is_told():
    at = END - 30 * DAY
    found = [r for r in remarks(at=at) if r[1] == "valid_until"]
    assert only(found)[0] == "warning"
    follower = signed(version=2, replaces=("a" * 64,), valid_from=END, valid_until=END + DAY)
    assert not [r for r in remarks(at=at, others=[follower]) if r[1] == "valid_until"]


def test_texts_of_other_parties_say_nothing():
    other = parse_agreement(agreement_note("tr", "iq", grants=(grant(recipients=("iq",)),)))
    assert remarks(others=[other]) == []
