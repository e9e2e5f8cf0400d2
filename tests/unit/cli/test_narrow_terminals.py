"""What commands print on a terminal of 80 columns: whole words, nothing cut."""

from __future__ import annotations

import io
from contextlib import redirect_stdout

import pytest

from relec_exchange.cli.output import pairs, say_folded, table

IDENT = "019aa700-0000-7000-8000-000000000301"
WIDE = ("message id", "recipient", "type", "urgency", "state", "sent at", "due at")
ROW = (IDENT, "pk", "warning.life_at_risk", "flash", "answered", "2026-11-22", "2026-11-29")
MOMENT = "2026-11-21T17:30:00.123Z"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "80")
    return Terminal()


def test_a_table_that_fits_by_folding_breaks_between_words(terminal: Terminal) -> None:
    with redirect_stdout(terminal):
        rows = [("ab" * 8, "a long title " * 9, "2027-09-18")]
        table("Agreements", ("hash", "title", "until"), rows)
    lines = terminal.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert any("ab" * 8 in line and "2027-09-18" in line for line in lines)
    assert "".join(lines).count("title") == 10


def test_a_table_that_does_not_fit_becomes_blocks_with_whole_values(terminal: Terminal) -> None:
    with redirect_stdout(terminal):
        table("Outbox", WIDE, [(*ROW[:5], MOMENT, MOMENT)])
    assert f"message id  {IDENT}\n" in terminal.getvalue()
    assert terminal.getvalue().count(MOMENT) == 2


def test_what_is_no_terminal_gets_one_line_for_each_row(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table("Outbox", WIDE, [ROW])
    assert any(all(text in line for text in ROW) for line in capsys.readouterr().out.splitlines())


def test_a_long_value_is_folded_beside_its_name(terminal: Terminal) -> None:
    fingerprint = " ".join(["2b4e"] * 16)
    with redirect_stdout(terminal):
        pairs("Card of tr", {"version": 3, "fingerprint": fingerprint})
    lines = terminal.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert " ".join(line[15:].strip() for line in lines[2:]) == fingerprint
    assert lines[3].startswith(" " * 15)


def test_a_value_that_is_no_sentence_stands_on_one_line_for_programs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pairs("Card of tr", {"fingerprint": " ".join(["2b4e"] * 16)})
    assert capsys.readouterr().out.splitlines()[1].endswith(" ".join(["2b4e"] * 16))


def test_a_long_sentence_is_folded_between_words(terminal: Terminal) -> None:
    with redirect_stdout(terminal):
        say_folded("  types: " + ", ".join(["warning.notice"] * 12))
    lines = terminal.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) > 1
    assert all(line.startswith("    warning.notice") for line in lines[1:])


def test_a_long_sentence_stays_one_line_where_no_terminal_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    say_folded("word " * 60)
    assert len(capsys.readouterr().out.splitlines()) == 1
