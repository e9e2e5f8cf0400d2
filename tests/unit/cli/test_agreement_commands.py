"""`relec agreement` where no node runs: draft, lint, diff, sign, end, matrix, explain."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from agreed import copied, sign
from commands import Relec, Result
from memory_node import read_directory

from relec_exchange.trust.agreement import parse_agreement, read_agreement

PERSONS = ("info.request", "--to", "pk", "--purpose", "criminal_investigation")


@pytest.fixture
def homes(allied: Path) -> Iterator[Path]:
    with copied(allied) as homes:
        yield homes


def at(relec: Relec, homes: Path, *arguments: object) -> Result:
    return relec("agreement", *arguments, "--home", homes / "tr")


def notice(relec: Relec, homes: Path, *arguments: object) -> Any:
    """A notice of tr, signed; what it printed."""
    secret = homes / "tr" / "passphrase"
    given = ("--authority-passphrase-file", secret, "--yes", "--json", "--reason", "Simulated")
    done = at(relec, homes, *arguments, *given)
    assert done.code == 0, done.err
    return done.json()


def bilateral(homes: Path) -> str:
    """The hash of the text of tr and pk alone."""
    found = read_directory(homes / "tr").agreements
    return next(name for name, held in found.items() if not held.agreement.charter)


# ---- draft, lint, diff, sign


@pytest.mark.parametrize(
    ("template", "charter", "nominal"),
    [("usual", False, True), ("warnings", False, False), ("persons", False, True)],
)
def test_a_template_says_whether_persons_are_in_it(
    relec: Relec, homes: Path, template: str, charter: bool, nominal: bool
) -> None:
    given = ("--with", "pk", "--title", "T", "--legal-basis", "B", "--template", template)
    done = at(relec, homes, "draft", *given)
    read = read_agreement(done.out)
    assert (read.charter, read.nominal) == (charter, nominal)
    assert done.out.count("\n# ") > 5


def test_the_template_of_a_charter_is_open_to_all(relec: Relec, homes: Path) -> None:
    done = at(relec, homes, "draft", "--template", "charter", "--title", "T", "--legal-basis", "B")
    assert read_agreement(done.out).parties == ("*",)


def broken(homes: Path) -> Path:
    """A text that promises nothing and names persons: outside an exercise nobody may sign it."""
    file = homes / "broken.agreement"
    text = parse_agreement((homes / "tr-pk.agreement").read_bytes()).text
    soon = f"{datetime.now(UTC) - timedelta(days=5):%Y-%m-%d}"
    lines = [
        f"valid_until = {soon}T00:00:00Z" if line.startswith("valid_until") else line
        for line in text.splitlines()
    ]
    lines = [
        "valid_from = 2020-01-01T00:00:00Z" if line.startswith("valid_from") else line
        for line in lines
    ]
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file


def test_lint_ends_with_3_for_an_error_and_names_place_and_remedy(
    relec: Relec, homes: Path
) -> None:
    done = at(relec, homes, "lint", broken(homes), "--json")
    assert done.code == 3
    wrong = [one for one in done.json()["remarks"] if one["severity"] == "error"]
    assert wrong
    assert all(one["where"] and one["remedy"] for one in wrong)
    assert "error: " in at(relec, homes, "lint", broken(homes)).out


def test_a_text_with_an_error_is_not_signed_and_no_passphrase_is_asked_for(
    relec: Relec, homes: Path
) -> None:
    file = broken(homes)
    before = file.read_bytes()
    done = at(relec, homes, "sign", file, "--json")
    assert (done.code, done.error()["rule"]) == (3, "agreement-lint")
    assert file.read_bytes() == before


def test_signing_says_what_is_granted_and_what_changes_before_it_asks(
    relec: Relec, homes: Path
) -> None:
    file = homes / "next.agreement"
    assert at(relec, homes, "amend", bilateral(homes)[:8], "--out", file).code == 0
    file.write_text(file.read_text().replace("retention_days = 730", "retention_days = 100"))
    done = at(relec, homes, "sign", file)  # no passphrase and no terminal: it stops at the question
    assert done.code == 2
    assert "Grant restricted-warnings" in done.out
    changes = done.out.split("What changes from")[1]
    assert bilateral(homes)[:16] in changes
    assert "from 730 to 100" in changes
    assert "version: from 1 to 2" in changes


def test_what_is_signed_can_be_read_by_a_program(relec: Relec, homes: Path) -> None:
    file = homes / "next.agreement"
    at(relec, homes, "amend", bilateral(homes)[:8], "--out", file)
    told = sign(relec, homes, "tr", file, "--json").json()
    assert told["signed_by"] == ["tr"]
    assert told["differences"][0]["before"] == bilateral(homes)
    assert any("version 2" in line for line in told["summary"])


def test_diff_of_one_text_is_against_what_it_replaces(relec: Relec, homes: Path) -> None:
    file = homes / "next.agreement"
    at(relec, homes, "amend", bilateral(homes), "--out", file)
    one = at(relec, homes, "diff", file, "--json").json()["differences"]
    two = at(relec, homes, "diff", bilateral(homes)[:10], file, "--json").json()["differences"]
    assert one == two
    assert len(one[0]["lines"]) >= 2
    assert at(relec, homes, "diff", bilateral(homes)[:10]).code == 2


def test_a_renewed_text_goes_on_where_the_old_one_ends(relec: Relec, homes: Path) -> None:
    done = at(relec, homes, "renew", bilateral(homes)[:8], "--until", "2031-01-01")
    old = read_directory(homes / "tr").agreements[bilateral(homes)].agreement
    new = read_agreement(done.out)
    assert (new.version, new.valid_from) == (2, old.valid_until)
    assert new.grants == old.grants
    assert new.replaces == (bilateral(homes),)


def test_what_nobody_has_signed_is_not_amended(relec: Relec, homes: Path) -> None:
    file = homes / "bare.agreement"
    file.write_text(parse_agreement((homes / "tr-pk.agreement").read_bytes()).text)
    assert at(relec, homes, "amend", file).code == 2


def test_an_exported_text_carries_every_signature(relec: Relec, homes: Path) -> None:
    out = homes / "courier.agreement"
    assert at(relec, homes, "export", bilateral(homes)[:8], "--out", out).code == 0
    assert sorted(parse_agreement(out.read_bytes()).signatures) == ["pk", "tr"]


# ---- suspend, lift, terminate


def test_a_suspension_counts_at_once_and_a_lift_ends_it(relec: Relec, homes: Path) -> None:
    told = notice(relec, homes, "suspend", "--with", "pk", "--type", "info.request")
    done = at(relec, homes, "check", *PERSONS, "--json")
    assert (done.code, done.json()["rule"]) == (3, "agreement-suspended")
    assert at(relec, homes, "check", "warning.notice", "--to", "pk").code == 0
    assert told["hash"] in read_directory(homes / "tr").notices
    notice(relec, homes, "lift", "--with", "pk")
    assert at(relec, homes, "check", *PERSONS).code == 0


def test_numbers_rise_and_a_lift_names_what_it_lifts(relec: Relec, homes: Path) -> None:
    first = notice(relec, homes, "suspend", "--with", "pk", "--area", "human_trafficking")["hash"]
    second = notice(relec, homes, "suspend", "--with", "pk", "--type", "stat.report")["hash"]
    lifted = notice(relec, homes, "lift", first[:8], "--with", "pk")["hash"]
    held = read_directory(homes / "tr").notices
    assert [held[one].notice.number for one in (first, second, lifted)] == [1, 2, 3]
    assert held[lifted].notice.lifts == (first,)
    done = at(relec, homes, "check", "stat.report", "--to", "pk", "--json")
    assert done.json()["rule"] == "agreement-suspended"


def test_nothing_to_lift_is_said(relec: Relec, homes: Path) -> None:
    done = at(relec, homes, "lift", "--with", "pk", "--reason", "Simulated", "--json")
    assert (done.code, done.error()["field"]) == (5, "with")


def test_a_termination_leaves_a_day_and_more(relec: Relec, homes: Path) -> None:
    notice(relec, homes, "terminate", bilateral(homes)[:8])
    assert at(relec, homes, "check", *PERSONS).code == 0
    later = f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%d}"  # days begin at midnight
    done = at(relec, homes, "check", *PERSONS, "--at", later, "--json")
    assert done.json()["rule"] == "agreement-terminated"
    soon = f"{datetime.now(UTC):%Y-%m-%d}"
    ends = ("--effective", soon, "--reason", "Simulated", "--json")
    assert at(relec, homes, "terminate", bilateral(homes)[:8], *ends).code == 2


def test_a_charter_is_not_ended_with_everybody_by_chance(relec: Relec, homes: Path) -> None:
    [charter] = [n for n in read_directory(homes / "tr").agreements if n != bilateral(homes)]
    done = at(relec, homes, "terminate", charter[:8], "--reason", "Simulated", "--json")
    assert (done.code, done.error()["field"]) == (2, "with")


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [(("--area", "human_traficking"), "human_trafficking"), (("--type", "ackk"), "ack")],
)
def test_a_mistyped_code_of_a_suspension_gets_the_nearest_one(
    relec: Relec, homes: Path, arguments: tuple[str, ...], meant: str
) -> None:
    given = ("--with", "pk", "--reason", "Simulated", "--json")
    done = at(relec, homes, "suspend", *given, *arguments)
    assert done.code == 2
    assert meant in done.error()["remedy"]


def test_a_notice_signed_elsewhere_is_imported_by_the_partner(relec: Relec, homes: Path) -> None:
    told = notice(relec, homes, "suspend", "--with", "pk")
    file = homes / "tr" / "trust" / f"{told['hash'][:16]}.notice"
    done = relec("agreement", "import", file, "--home", homes / "pk", "--json")
    assert done.json()["kind"] == "suspension"
    asked = ("--from", "tr", "--to", "pk", "--home", homes / "pk", "--json")
    done = relec("agreement", "check", "stat.report", *asked)
    assert done.json()["rule"] == "agreement-suspended"
    file.write_text(file.read_text().replace("Simulated", "Something"))
    assert relec("agreement", "import", file, "--home", homes / "pk").code == 10


# ---- list, explain, matrix


def test_the_list_says_with_whom_a_text_is_in_force(relec: Relec, homes: Path) -> None:
    told = at(relec, homes, "list", "--json").json()["agreements"]
    assert [one["in_force_with"] for one in told] == [["pk"], ["pk"]]


def test_explain_is_one_paragraph_and_ends_as_check_does(relec: Relec, homes: Path) -> None:
    done = at(relec, homes, "explain", *PERSONS)
    assert done.code == 0
    assert len(done.out.strip().splitlines()) == 1
    assert "grant requests" in done.out
    assert bilateral(homes)[:16] in done.out
    done = at(relec, homes, "explain", *PERSONS, "--at", "2040-01-01", "--json")
    assert done.code == 3
    assert done.json()["rule"] in done.json()["explanation"]
    assert at(relec, homes, "explain", *PERSONS, "--at", "soon").code == 2


def test_the_matrix_is_a_table_json_and_a_picture_of_the_same(relec: Relec, homes: Path) -> None:
    shown = at(relec, homes, "matrix").out
    assert "tr -> pk" in shown
    assert "Requests (simulated)" in shown
    told = at(relec, homes, "matrix", "--json").json()
    cells = {(c["from"], c["to"], c["group"]): c for c in told["cells"]}
    assert cells["tr", "pk", "requests"]["state"] == "open"
    assert {"agreement": bilateral(homes), "grant": "requests"} in (
        cells["tr", "pk", "requests"]["grants"]
    )
    file = homes / "matrix.svg"
    done = at(relec, homes, "matrix", "--svg", file, "--title", "Ours (simulated)")
    assert done.out == ""
    root = ElementTree.fromstring(file.read_text("utf-8"))  # noqa: S314
    assert "Ours (simulated)" in [one.text for one in root.iter()]


def test_the_matrix_of_another_day_is_that_day(relec: Relec, homes: Path) -> None:
    told = at(relec, homes, "matrix", "--json", "--at", "2020-01-01T12:00Z").json()
    assert told["at"] == "2020-01-01T12:00:00Z"
    assert "open" not in {cell["state"] for cell in told["cells"]}
    assert at(relec, homes, "matrix", "--node", "xx").code == 5
