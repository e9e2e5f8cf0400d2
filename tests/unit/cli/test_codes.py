"""Codes in options: completed by the shell, and answered helpfully when mistyped."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from commands import Relec, Tr
from memory_node import MemoryNode

from relec_exchange.cli.codes import Codes, Nodes, country_codes, warning_kinds
from relec_exchange.errors import InvalidInput

KIND = Codes("kind", warning_kinds)
COUNTRY = Codes("country", country_codes)
OPTION = click.Option(["--to"])


@pytest.mark.parametrize(
    ("codes", "written", "meant"),
    [
        (KIND, "new_rout", "new_route"),
        (KIND, "surg", "surge"),
        (COUNTRY, "tr", "TR"),
        (COUNTRY, "Pakistan", "PK"),
        (COUNTRY, "Afganistan", "AF"),
        (COUNTRY, "TUR", "TR"),
    ],
)
def test_a_mistyped_code_gets_the_nearest_one(codes: Codes, written: str, meant: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        codes.convert(written, None, None)
    assert f"did you mean {meant}" in caught.value.remedy


def test_a_code_of_the_list_is_taken_as_it_is() -> None:
    assert KIND.convert("surge", None, None) == "surge"


def test_the_shell_completes_codes_with_their_names() -> None:
    context = click.Context(click.Command("x"))
    found = {item.value: item.help for item in COUNTRY.shell_complete(context, OPTION, "p")}
    assert found["PK"] == "Pakistan"
    assert all(code.startswith("P") for code in found)


def test_the_shell_completes_the_last_node_of_several_and_never_the_own(homes: Path) -> None:
    context = click.Context(click.Command("x"))
    context.params["home"] = str(homes / "tr")
    nodes = Nodes()
    assert [item.value for item in nodes.shell_complete(context, OPTION, "")] == partners(homes)
    assert [i.value for i in nodes.shell_complete(context, OPTION, "zz,")] == [
        f"zz,{node}" for node in partners(homes)
    ]
    context.params["home"] = str(homes / "nothing-here")
    assert nodes.shell_complete(context, OPTION, "") == []


def partners(homes: Path) -> list[str]:
    from relec_exchange.cli.home import Place

    directory = Place(homes / "tr").directory().directory
    return [node for node in directory.nodes() if node != "tr"]


def test_one_line_is_a_whole_warning(tr: Tr, node: MemoryNode) -> None:
    done = tr(
        "deniz", "send", "warning.notice", "--to", "iq", "--kind", "surge", "--country", "TR",
        "--what", "Twice as many as last week.", "--source-grade", "B", "--info-grade", "2",
        "--yes", "--nobody-recognisable",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert len(node.out) == 1


def test_a_mistyped_kind_names_the_option_and_the_remedy(relec: Relec, served: Path) -> None:
    done = relec(
        "--home", served, "--officer", "deniz", "send", "warning.notice", "--to", "iq",
        "--kind", "new_rout", "--country", "TR", "--what", "x", "--json",
    )  # fmt: skip
    assert (done.code, done.error()["field"]) == (2, "kind")
    assert "new_route" in done.error()["remedy"]
