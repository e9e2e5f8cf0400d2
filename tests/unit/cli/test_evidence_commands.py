"""`relec evidence` and `relec-verify`, as an officer and a stranger run them."""

from __future__ import annotations

import base64
import hashlib
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import Relec, Run, at_nodes, ok

from conversations import delivered, homes
from core_network import warning
from evidence_files import BAD, GOOD, file_of, vector
from relec_exchange.audit.evidence_report import Report
from relec_exchange.presenting.evidence_page import Judged, evidence_page, page_in
from relec_exchange.testing import OFFICER, SECOND, SimulatedNetwork
from relec_verify.command import main
from relec_verify.printing import as_html
from relec_verify.report import Told
from served_nodes import present_network


@pytest.fixture(scope="module")
def network() -> Iterator[SimulatedNetwork]:
    with present_network(("tr", "pk"), (OFFICER, SECOND), homes()) as network:
        yield network


@pytest.fixture
def at(relec: Relec, network: SimulatedNetwork) -> Run:
    return at_nodes(relec, network)


def test_a_message_becomes_a_file_that_both_programs_find_good(
    at: Run, network: SimulatedNetwork, tmp_path: Path
) -> None:
    ident, file = delivered(network, warning(network)), tmp_path / "case.json"
    made = ok(at("tr", OFFICER, "evidence", "export", ident, "--out", file, "--yes", "--json"))
    shown = ok(at("pk", OFFICER, "evidence", "show", file, "--json"))
    assert (made["outcome"], shown["outcome"]) == ("holds", "holds")
    assert made["statements"] == shown["statements"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    pins = network.node("pk").book.current.members
    known = [f"--authority={n}={pins[n].authorities[0].fingerprint()}" for n in ("tr", "pk")]
    assert main([str(file), *known]) == 0


def test_the_commitment_alone_leaves_the_content_closed(
    at: Run, network: SimulatedNetwork, tmp_path: Path
) -> None:
    ident, file = delivered(network, warning(network)), tmp_path / "closed.json"
    asked = ("evidence", "export", ident, "--commitment-only", "--reason", "case-17")
    text = ok(at("tr", OFFICER, *asked, "--out", file))
    assert "only the commitment" in text
    assert json.loads(file.read_text())["content"] is None
    again = at("tr", OFFICER, *asked, "--out", file)
    assert again.code == 2


def test_a_home_that_compared_nobody_says_what_is_not_proven(relec: Relec, tmp_path: Path) -> None:
    file, page = tmp_path / "bundle.json", tmp_path / "page.html"
    file.write_bytes(file_of(GOOD[0]))
    done = relec("--home", tmp_path, "evidence", "show", file, "--html", page)
    assert done.code == 10
    assert "What is not proven:" in done.out
    assert "nobody compared" in page.read_text("utf-8")


@pytest.mark.parametrize("given", ["tr", "tr=12", "TR=" + "0" * 64, "=" + "0" * 64])
def test_a_fingerprint_of_another_form_is_wrong_use(
    relec: Relec, tmp_path: Path, given: str
) -> None:
    file = tmp_path / "bundle.json"
    file.write_bytes(file_of(GOOD[0]))
    done = relec("--home", tmp_path, "evidence", "show", file, "--authority", given)
    assert done.code == 2
    with pytest.raises(SystemExit) as stopped:
        main([str(file), "--authority", given])
    assert stopped.value.code == 2


def test_an_authority_given_twice_is_wrong_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, one = tmp_path / "bundle.json", f"tr={'0' * 64}"
    file.write_bytes(file_of(GOOD[0]))
    assert main([str(file), "--authority", one, "--authority", one]) == 2
    assert "once" in capsys.readouterr().err


def test_the_page_escapes_what_it_shows_and_takes_the_direction_of_its_language() -> None:
    report = Report()
    report.say(True, "agreement", "<b>", title="<script>", hash="0", time="1")
    page = page_in(Judged(report, "0" * 64, {}), lambda text: text, "ar")
    assert "<script>" not in page
    assert 'lang="ar" dir="rtl"' in page
    assert 'dir="ltr"' in evidence_page(Judged(report, "0" * 64, {}))


def test_the_terminal_is_told_all_that_is_not_proven(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bundle.json"
    file.write_bytes(file_of(GOOD[1]))
    known = [f"--authority={n}={f}" for n, f in vector(GOOD[1])["authorities"].items()]
    assert main([str(file), *known]) == 0
    text = " ".join(capsys.readouterr().out.split())
    for said in ("only the commitment", "no quorum of witnesses", "no word of pk", "clocks"):
        assert said in text
    assert hashlib.sha256(file.read_bytes()).hexdigest() in text
    for node, fingerprint in vector(GOOD[1])["authorities"].items():
        assert f"{node} = {fingerprint}" in text


def test_a_title_from_right_to_left_does_not_take_the_digits_behind_it_along() -> None:
    title = "\u062a\u0648\u0627\u0641\u0642 \u201d \u06f2\u06f0\u06f2\u06f6"
    values = {"title": title, "hash": "0" * 64, "time": "1"}
    ours = Report()
    ours.say(True, "agreement", "tr", **values)
    told = Told()
    told.proven("agreement", "tr", **values)
    for page in (
        evidence_page(Judged(ours, "0" * 64, {})),
        as_html(told.report(), "0" * 64, {}),
    ):
        assert f"\u201c<bdi>{title}</bdi>\u201d (000" in page
        assert "none" in page


@pytest.mark.parametrize("name", GOOD)
def test_a_stranger_reads_the_message_that_a_file_holds(tmp_path: Path, name: str) -> None:
    file, out = tmp_path / "bundle.json", tmp_path / "message.json"
    file.write_bytes(file_of(name))
    content = vector(name)["bundle"]["content"]
    code = main([str(file), "--message", str(out)])
    if content is None:
        assert code == 2
        assert not out.exists()
    else:
        assert code == 3
        assert out.read_bytes() == base64.b64decode(content["message"])


def test_no_message_is_taken_from_a_file_that_is_refused(tmp_path: Path) -> None:
    file, out = tmp_path / "bundle.json", tmp_path / "message.json"
    file.write_bytes(file_of(BAD[len(BAD) // 2]))
    assert main([str(file), "--message", str(out)]) == 2
    assert not out.exists()
    assert main([str(file), "--message", str(file)]) == 2


def test_half_an_id_and_a_sentence_as_reason_are_told_in_words(at: Run, tmp_path: Path) -> None:
    asked = ("evidence", "export", "--commitment-only", "--out", tmp_path / "x.json")
    half = at("tr", OFFICER, *asked, "01a201f0-2e68")
    assert (half.code, "whole id" in half.err) == (2, True)
    said = at("tr", OFFICER, *asked, "019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b", "--reason", "Mr X")
    assert (said.code, "one word" in said.err) == (2, True)
