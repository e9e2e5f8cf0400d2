"""Protection: what no agreement allows."""

import hashlib
from dataclasses import replace

import pytest

from relec_exchange.errors import Refused
from relec_exchange.message.catalogue import Features
from relec_exchange.message.codes import DataLevel
from relec_exchange.protection.rules import RULES, Facts, protect, rules_digest

STATISTICS = Features("stat.report", "tr", "pk", True, 1, data_level=DataLevel.AGGREGATE)


@pytest.mark.parametrize("level", [DataLevel.NOMINAL, DataLevel.NOMINAL_SENSITIVE])
def test_data_about_persons_is_refused_in_production_by_the_name_of_the_rule(level):
    with pytest.raises(Refused) as caught:
        protect(replace(STATISTICS, data_level=level), "production")
    assert caught.value.rule == "P0-nominal-exercise-only"
    assert caught.value.field == "header.data_level"


def test_a_type_about_persons_is_refused_in_production_whatever_its_header_says():
    claimed = replace(STATISTICS, type="info.request", data_level=DataLevel.NON_NOMINAL)
    with pytest.raises(Refused):
        protect(claimed, "production")


@pytest.mark.parametrize("level", DataLevel)
def test_an_exercise_may_use_every_level(level):
    protect(replace(STATISTICS, data_level=level), "exercise")


@pytest.mark.parametrize("level", [DataLevel.NONE, DataLevel.AGGREGATE, DataLevel.NON_NOMINAL])
def test_other_data_is_not_objected_to_in_production(level):
    protect(replace(STATISTICS, data_level=level), "production")


def test_every_rule_says_what_must_never_be_and_has_a_name_of_its_own():
    assert all(rule.text.endswith(".") for rule in RULES)
    assert len({rule.identifier for rule in RULES}) == len(RULES)


def test_a_finding_names_field_and_remedy():
    features = replace(STATISTICS, data_level=DataLevel.NOMINAL)
    finding = RULES[0].check(features, Facts("production"))
    assert finding is not None
    assert finding.field
    assert finding.remedy


def test_the_digest_is_of_identifiers_and_versions_in_any_order():
    expected = hashlib.sha256(b"P0-nominal-exercise-only 1\n").hexdigest()
    assert rules_digest() == expected
    second = replace(RULES[0], identifier="P1", version=2)
    assert rules_digest((second, *RULES)) == rules_digest((*RULES, second))
    assert rules_digest((second, *RULES)) != expected
    assert rules_digest((replace(RULES[0], version=2),)) != expected
