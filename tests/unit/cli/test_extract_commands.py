"""`relec extract` and `relec template`, as a user runs them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click
from commands import Relec, Tr
from memory_node import MemoryNode, now

from relec_exchange.client.compose import Author, Draft, composed
from relec_exchange.importing.templates.filling import MARK, templates
from relec_exchange.message.codes import AuthorRole
from relec_exchange.message.identifiers import message_id

IQ = Author("iq", True, "contact-point", AuthorRole.SUBMITTER)


def warning(node: MemoryNode) -> str:
    body = {
        "kind": "new_route",
        "where": {"country": "IQ", "place": "a place that stays here"},
        "when": {"from": "2026-11-01", "to": "2026-11-01"},
        "what": "This text stays here.",
        "recommended_action": "Ask <before> you pay.",
    }
    header = {"purpose": "prevention", "source_grade": "B", "info_grade": "2"}
    draft = Draft("warning.notice", "tr", body, header)
    made = composed(draft, IQ, message_id(now(), os.urandom(10)), now())
    return str(node.deliver(made.raw)["message_id"])


def test_an_extract_goes_from_one_officer_to_another_to_a_page(
    tr: Tr, node: MemoryNode, tmp_path: Path
) -> None:
    source = warning(node)
    text = tmp_path / "text.txt"
    text.write_text("پول ندهید.\n", encoding="utf-8")
    words = ("--text-file", text, "--language", "fa")
    done = tr("ayse", "extract", "make", source, "--with", "recommended_action", *words, "--json")
    assert done.code == 0, done.err
    made = done.json()["extract_id"]
    page = tmp_path / "page.html"
    early = tr("ayse", "extract", "export", made, "-o", page, "--html")
    assert (early.code, page.exists()) == (3, False)
    assert tr("ayse", "extract", "release", made, "--yes").code == 4
    asked = tr("bora", "extract", "release", made)
    assert (asked.code, node.made[made].get("released_by")) == (2, None)
    done = tr("bora", "extract", "release", made, "--yes")
    assert done.code == 0, done.err
    assert "Ask <before> you pay." in done.out
    assert tr("ayse", "extract", "export", made, "-o", page, "--html").code == 0
    written = page.read_text("utf-8")
    assert 'lang="fa" dir="rtl"' in written
    assert "Ask &lt;before&gt; you pay." in written
    assert "stays here" not in written
    plain = tmp_path / "extract.json"
    assert tr("ayse", "extract", "export", made, "-o", plain).code == 0
    assert json.loads(plain.read_text("utf-8"))["text"] == "پول ندهید."
    [line] = tr("ayse", "extract", "list", "--json").json()["extracts"]
    assert (line["made_by"], line["released_by"]) == ("ayse", "bora")
    assert tr("ayse", "extract", "show", made, "--json").json()["released_by"] == "bora"


def test_a_node_that_shows_another_extract_than_it_keeps_is_not_believed(
    tr: Tr, node: MemoryNode
) -> None:
    made = tr("ayse", "extract", "make", warning(node), "--json").json()["extract_id"]
    node.made[made]["document"] = {**node.made[made]["document"], "text": "other words"}
    done = tr("bora", "extract", "release", made, "--yes")
    assert done.code not in (0, 2)
    assert "released_by" not in node.made[made]


def test_a_field_that_may_not_be_public_is_named_with_the_nearest_that_may(
    tr: Tr, node: MemoryNode
) -> None:
    done = tr("ayse", "extract", "make", warning(node), "--with", "indicator", "--json")
    assert (done.code, done.error()["field"]) == (2, "fields")
    assert "indicators" in done.error()["remedy"]


def test_auditors_and_systems_make_no_extracts(tr: Tr, node: MemoryNode) -> None:
    assert tr("audit", "extract", "make", warning(node)).code == 4


# ---- templates


def test_a_template_is_listed_shown_and_written_with_its_recipients(
    relec: Relec, tmp_path: Path
) -> None:
    listed = relec("template", "list", "--json").json()["templates"]
    assert [one["name"] for one in listed] == [one.name for one in templates()]
    assert MARK in relec("template", "show", "surge").out
    file = tmp_path / "surge.toml"
    done = relec("template", "use", "surge", "--to", "pk,iq", "-o", file)
    assert done.code == 0, done.err
    text = file.read_text("utf-8")
    assert 'to = ["pk", "iq"]' in text
    assert "{today}" not in text
    assert relec("template", "use", "surge", "-o", file).code != 0
    assert relec("template", "use", "surge", "-o", file, "--force").code == 0
    wrong = relec("template", "show", "surg")
    assert (wrong.code, "surge" in wrong.err) == (2, True)


def test_a_template_that_is_not_filled_in_is_never_sent(
    tr: Tr, relec: Relec, node: MemoryNode, tmp_path: Path
) -> None:
    file = tmp_path / "surge.toml"
    relec("template", "use", "surge", "--to", "iq", "-o", file)
    done = tr("deniz", "send", file, "--yes", "--json")
    assert (done.code, node.out) == (2, {})
    assert done.error()["field"] == "body.what"
    for place in ("body.what", "body.estimated_persons", "body.where.country"):
        assert place in done.error()["message"]


def test_a_template_is_sent_once_its_three_places_are_filled(
    tr: Tr, relec: Relec, node: MemoryNode, tmp_path: Path
) -> None:
    file = tmp_path / "surge.toml"
    relec("template", "use", "surge", "--to", "iq", "-o", file)
    values = {"what": '"Twice as many."', "estimated_persons": "120", "country": '"IR"'}
    lines = [
        f"{name} = {values[name]}" if MARK in line else line
        for line in file.read_text("utf-8").splitlines()
        for name in [line.split(" = ")[0]]
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    done = tr("deniz", "send", file, "--yes", "--json", "--nobody-recognisable")
    assert done.code == 0, done.err
    assert len(node.out) == 1


def test_the_shell_completes_names_of_templates() -> None:
    from relec_exchange.cli.template import show

    context = click.Context(show)
    [argument] = [one for one in show.params if one.name == "name"]
    found = {item.value: item.help for item in argument.shell_complete(context, "su")}
    assert list(found) == ["surge"]
    assert found["surge"]
