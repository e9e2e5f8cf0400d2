"""The evidence vectors, judged by the node's own implementation."""

import pytest

from evidence_files import BAD, GOOD, file_of, vector
from relec_exchange.audit.evidence import encode_bundle, parse_bundle
from relec_exchange.audit.evidence_judging import judge_evidence


@pytest.mark.parametrize("name", GOOD)
def test_the_node_says_of_a_good_bundle_what_is_proven_and_what_is_not(name):
    told = vector(name)
    report = judge_evidence(file_of(name), told["authorities"])
    assert [[one.status, one.code] for one in report.statements] == told["statements"]
    assert report.outcome == told["outcome"]


@pytest.mark.parametrize("name", BAD)
def test_the_node_refuses_a_manipulated_bundle_for_the_right_reason(name):
    told = vector(name)
    report = judge_evidence(file_of(name), told["authorities"])
    refused = [(one.code, one.part) for one in report.statements if one.status == "refused"]
    assert refused[:1] == [(told["expect"], told["part"])]
    assert report.outcome == "refused"


def test_a_bundle_is_written_as_it_is_read():
    bundle = parse_bundle(file_of(GOOD[0]))
    assert parse_bundle(encode_bundle(bundle)) == bundle


def test_there_are_four_good_and_a_hundred_manipulated_bundles_or_more():
    assert len(GOOD) >= 4
    assert len(BAD) >= 100
