"""`relec evidence` and `relec-verify`, as an officer and a stranger run them."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import Relec, Run, at_nodes, ok

from conversations import delivered, homes
from core_network import warning
from evidence_files import GOOD, file_of, vector
from relec_exchange.audit.evidence_report import Report
from relec_exchange.presenting.evidence_page import Judged, evidence_page, page_in
from relec_exchange.testing import OFFICER, SECOND, SimulatedNetwork
from relec_verify.command import main
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
