"""The evidence vectors, judged by the second implementation, which says the same as the first."""

import ast
import sys
from pathlib import Path

import pytest

from evidence_files import BAD, GOOD, file_of, vector
from relec_exchange.audit.evidence_judging import judge_evidence
from relec_verify.bundle import BUNDLE_MAX
from relec_verify.judging import judge

SOURCES = sorted((Path(__file__).parents[3] / "src" / "relec_verify").glob("*.py"))


@pytest.mark.parametrize("name", GOOD)
def test_the_second_verifier_says_what_is_proven_and_what_is_not(name):
    told = vector(name)
    report = judge(file_of(name), told["authorities"])
    assert [[one.status, one.code] for one in report.statements] == told["statements"]
    assert report.outcome == told["outcome"]


@pytest.mark.parametrize("name", BAD)
def test_the_second_verifier_refuses_a_manipulated_bundle_for_the_right_reason(name):
    told = vector(name)
    report = judge(file_of(name), told["authorities"])
    refused = [(one.code, one.part) for one in report.statements if one.status == "refused"]
    assert refused[:1] == [(told["expect"], told["part"])]
    assert report.outcome == "refused"


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("known", [("tr", "pk", "iq"), ("tr", "pk"), ("iq",), ()])
def test_both_verifiers_use_the_same_words_whoever_was_compared(name, known):
    compared = {node: vector(GOOD[0])["authorities"][node] for node in known}
    first, second = (run(file_of(name), compared) for run in (judge_evidence, judge))
    assert [(s.status, s.code, s.text, s.by) for s in first.statements] == [
        (s.status, s.code, s.text, s.by) for s in second.statements
    ]
    assert first.outcome == second.outcome


def test_without_a_compared_authority_nothing_is_called_proven_but_what_needs_no_key():
    report = judge(file_of(GOOD[0]), {})
    assert [one.code for one in report.statements if one.status == "proven"] == []
    assert report.outcome == "incomplete"


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b"null", b"1" * 100, b"[" * 100_000])
def test_what_is_no_bundle_is_refused_and_never_stops_the_program(data):
    report = judge(data, {})
    assert [one.code for one in report.statements] == ["bundle-malformed"]


def test_a_file_that_is_too_large_is_refused_before_it_is_read():
    report = judge(b" " * (BUNDLE_MAX + 1), {})
    assert [one.code for one in report.statements] == ["bundle-malformed"]


def test_the_second_verifier_imports_the_standard_library_and_cryptography_alone():
    imported = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {name.name.split(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").split(".")[0])
    assert imported - set(sys.stdlib_module_names) == {"cryptography", "relec_verify"}


def test_each_module_of_the_second_verifier_can_be_read_in_one_sitting():
    lengths = {path.name: len(path.read_text("utf-8").splitlines()) for path in SOURCES}
    assert {name: lines for name, lines in lengths.items() if lines >= 250} == {}
