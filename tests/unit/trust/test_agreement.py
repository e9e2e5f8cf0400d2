"""Agreements: what one text must say to be one."""

import hashlib

import pytest
from trust_network import END, START, agreement_note, authority, grant, sign, terms

from relec_exchange.errors import InvalidInput, Refused
from relec_exchange.message.codes import DataLevel
from relec_exchange.trust.agreement import parse_agreement, read_agreement, shortened
from relec_exchange.trust.drafts import draft_agreement, draft_charter
from relec_exchange.trust.note import merge_signatures, sign_text


def text_with(old, new, **changes):
    text = draft_agreement(terms("tr", "pk", grants=(grant(),), **changes))
    assert old in text
    return text.replace(old, new)


def charter_with(old, new, **changes):
    text = draft_charter(terms("tr", "pk", "iq", **changes))
    assert old in text
    return text.replace(old, new)


def test_a_signed_agreement_is_parsed_with_its_lines_by_node():
    note = agreement_note("tr", "pk")
    signed = parse_agreement(note)
    assert {node: len(lines) for node, lines in signed.signatures.items()} == {"tr": 2, "pk": 2}
    assert signed.hash == hashlib.sha256(signed.text.encode()).hexdigest()


def test_lines_of_nodes_that_are_no_party_are_left_out():
    note = agreement_note("tr", "pk", signers=("tr", "iq"))
    assert set(parse_agreement(note).signatures) == {"tr"}


def test_lines_of_other_keys_than_authorities_are_left_out():
    text = draft_agreement(terms("tr", "pk"))
    other = sign_text("x\n", authority("tr")).decode().replace("tr/authority", "tr/secretary")
    other = other.replace("x\n", text, 1).encode()
    assert set(parse_agreement(merge_signatures(sign(text, "pk"), other)).signatures) == {"pk"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('["tr", "pk"]', '["tr"]', "two parties"),
        ('["tr", "pk"]', '["tr", "pk", "iq"]', "two parties"),
        ('["tr", "pk"]', '["tr", "tr"]', "once each"),
        ('["tr", "pk"]', '["*"]', "two parties"),
        ('from = ["tr"]', 'from = ["*"]', "charter only"),
        ('from = ["tr"]', 'from = ["iq"]', "parties only"),
        ('from = ["tr"]', 'from = ["tr", "tr"]', "nothing twice"),
        ('from = ["tr"]', "from = []", "from"),
        ('from = ["tr"]', 'senders = ["tr"]', "senders"),
        ('types = ["stat.report"]', "types = []", "types"),
        ('areas = ["migrant_smuggling"]', 'areas = ["smuggling"]', "areas"),
        ('handling = ["H0"]', 'handling = ["H4"]', "handling"),
        ('levels = ["aggregate"]', 'levels = ["all"]', "levels"),
        ("retention_days = 100", "retention_days = 1827", "retention_days"),
        ("retention_days = 100", "retention_days = 0", "retention_days"),
        ("retention_days = 100", 'retention_days = "100"', "retention_days"),
        ("min_cell = 5", "min_cell = 0", "min_cell"),
        ('id = "one"', 'id = "One"', "id"),
        ('id = "one"', 'id = "one"\nmore = 1', "more"),
        ("replaces = []", f'replaces = ["{"0" * 64}"]', "higher version"),
        ("version = 1", "version = 0", "version"),
        ("2026-11-01", "2028-11-01", "valid_until"),
        ("replaces = []", "replaces = []\n[times]\nhold_seconds = 1", "exercise network only"),
        ("charter = false", "", "charter"),
    ],
)
def test_an_agreement_that_breaks_a_rule_is_refused_and_says_which(old, new, said):
    with pytest.raises(InvalidInput, match=said):
        read_agreement(text_with(old, new))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('parties = ["tr", "pk", "iq"]', 'parties = ["tr"]', "two parties or more"),
        ('parties = ["tr", "pk", "iq"]', 'parties = ["tr", "*"]', "once each"),
        ('from = ["*"]', 'from = ["*", "tr"]', "stands alone"),
        ('from = ["*"]', 'from = ["bd"]', "parties only"),
        ('id = "warnings"', 'id = "statistics"', "id of its own"),
    ],
)
def test_a_charter_that_breaks_a_rule_is_refused_and_says_which(old, new, said):
    with pytest.raises(InvalidInput, match=said):
        read_agreement(charter_with(old, new))


def test_a_charter_may_be_open_to_all_that_sign_it():
    assert read_agreement(draft_charter(terms("*"))).names("bd")
    assert not read_agreement(draft_charter(terms("tr", "pk"))).names("bd")


@pytest.mark.parametrize("level", [DataLevel.NOMINAL, DataLevel.NOMINAL_SENSITIVE])
@pytest.mark.parametrize("promise", ["no_death_penalty", "no_torture"])
def test_in_earnest_data_about_persons_is_granted_with_both_promises_only(level, promise):
    grants = (grant(levels=(level,)),)
    text = draft_agreement(terms("tr", "pk", grants=grants, network_kind="production"))
    assert read_agreement(text).assurances.complete
    with pytest.raises(Refused) as caught:
        read_agreement(text.replace(f"{promise} = true\n", ""))
    assert caught.value.rule == "nominal-without-assurance"
    assert caught.value.field == "assurances"


def test_an_exercise_grants_data_about_persons_without_promises():
    text = draft_agreement(terms("tr", "pk", grants=(grant(levels=(DataLevel.NOMINAL,)),)))
    without = text.replace("[assurances]\nno_death_penalty = true\nno_torture = true\n", "")
    assert without != text
    assert not read_agreement(without).assurances.complete


def test_a_grant_names_the_units_that_may_see_what_it_brings():
    text = draft_agreement(terms("tr", "pk", grants=(grant(readers=("border", "desk")),)))
    assert read_agreement(text).grants[0].readers == ("border", "desk")


def test_the_charter_of_an_exercise_shortens_times():
    text = draft_charter(terms("*", times={"hold_seconds": 60}))
    assert shortened(read_agreement(text)).hold_seconds == 60


@pytest.mark.parametrize(
    ("times", "kind"),
    [
        ({"hold_seconds": 10**6}, "exercise"),
        ({"hold_seconds": 0}, "exercise"),
        ({"lunch_seconds": 1}, "exercise"),
        ({"hold_seconds": 60}, "production"),
    ],
)
def test_times_are_not_lengthened_invented_or_shortened_in_earnest(times, kind):
    with pytest.raises(InvalidInput, match="time"):
        draft_charter(terms("*", times=times, network_kind=kind))


def test_dates_are_read_as_they_were_drafted():
    found = read_agreement(draft_agreement(terms("tr", "pk")))
    assert (found.valid_from, found.valid_until) == (START, END)
