"""`relec extract`: what of a warning the public may read; made, released, exported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from relec_exchange.cli.home import Place, confirm, place_options
from relec_exchange.cli.output import document, json_option, pairs, print_json, say, table
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput, Refused

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_TEXT_MAX_BYTES = 64 * 1024
_FACTS = ("message_id", "sender", "made_by", "made_at", "released_by", "released_at")


@click.group()
def extract() -> None:
    """Extracts of warnings for information campaigns: only what is non-personal and released.

    One officer makes an extract, another one reads and releases it. It holds coded facts (kind,
    country, month, causes), fields that were chosen, and a text written for the public.

    \b
    relec extract make 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b --with recommended_action
    relec extract release 019aa8c0-2222-7e3f-8a4b-5c6d7e8f9a0b
    relec extract export 019aa8c0-2222-7e3f-8a4b-5c6d7e8f9a0b -o warning.html --html
    """


@extract.command()
@click.argument("message_id")
@place_options
@click.option("--direction", type=click.Choice(["in", "out"]), help="If the id stands in both.")
@click.option("--with", "fields", help="subdivision,recommended_action,indicators,sources")
@click.option("--text", help="A text for the public.")
@click.option("--text-file", type=_FILE, help="The same from a file in UTF-8.")
@click.option("--language", help="Of the text (BCP 47), for example tr, ur or fa-AF.")
@json_option
def make(place: Place, message_id: str, as_json: bool, **given: Any) -> None:
    """Make an extract of the warning MESSAGE_ID, received or sent.

    \b
    relec extract make 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b --with subdivision,indicators \\
        --text "Boats on this route are not fit for the sea." --language en
    """
    fields = [name.strip() for name in (given["fields"] or "").split(",") if name.strip()]
    with place.client() as client:
        made = client.extracts.make(
            message_id, fields, _text(given), given["language"], given["direction"]
        )
    _print(made, as_json)
    if not as_json:
        say(words("Another officer releases it: relec extract release {extract_id}", **made))


@extract.command(name="list")
@place_options
@json_option
def list_(place: Place, as_json: bool) -> None:
    """List all extracts.

    \b
    relec extract list
    """
    with place.client() as client:
        found = client.extracts.list()
    if as_json:
        print_json({"extracts": found})
        return
    rows = [(one["extract_id"], *(one[name] for name in _FACTS)) for one in found]
    table(words("Extracts"), ("extract", "of", "from", "made by", "", "released by", ""), rows)


@extract.command()
@click.argument("extract_id")
@place_options
@json_option
def show(place: Place, extract_id: str, as_json: bool) -> None:
    """Show an extract exactly as it would be published.

    \b
    relec extract show 019aa8c0-2222-7e3f-8a4b-5c6d7e8f9a0b
    """
    with place.client() as client:
        _print(client.extracts.get(extract_id), as_json)


@extract.command()
@click.argument("extract_id")
@place_options
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def release(place: Place, extract_id: str, yes: bool, as_json: bool) -> None:
    """Read an extract that another officer made, and sign that the public may read it.

    By signing you also say that no person can be recognised from it.

    \b
    relec extract release 019aa8c0-2222-7e3f-8a4b-5c6d7e8f9a0b
    """
    with place.client() as client:
        found = client.extracts.get(extract_id)
        if not as_json:
            _print(found, as_json)
        question = words("May the public read this, and can no person be recognised from it?")
        confirm(question, yes)
        released = client.extracts.release(found)
    if as_json:
        print_json(released)
    else:
        say(words("Released by {released_by}.", **released))


@extract.command()
@click.argument("extract_id")
@place_options
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The file.")
@click.option("--html", is_flag=True, help="A page; otherwise JSON.")
@click.option("--language", default="en", show_default=True, help="Of the page's headings.")
def export(place: Place, extract_id: str, output: Path, html: bool, language: str) -> None:
    """Write a released extract to a file, as JSON or as a page that loads nothing.

    \b
    relec extract export 019aa8c0-2222-7e3f-8a4b-5c6d7e8f9a0b -o warning.html --html
    """
    with place.client() as client:
        found = client.extracts.get(extract_id)
    if not found["released_by"]:
        raise Refused(
            words("this extract was not released"),
            rule="extract-not-released",
            field="extract_id",
            remedy=words("another officer releases it: relec extract release"),
        )
    if html:
        from relec_exchange.presenting.extract_page import extract_page

        text = extract_page(found["document"], language)
    else:
        text = json.dumps(found["document"], ensure_ascii=False, indent=2) + "\n"
    output.write_text(text, encoding="utf-8")
    say(words("Written to {file}.", file=output))


def _text(given: dict[str, Any]) -> str | None:
    """The public text from the option or the file, not both."""
    text: str | None = given["text"]
    file = given["text_file"]
    if file is None:
        return text
    if text is not None:
        raise InvalidInput("give --text or --text-file, not both", field="text")
    with file.open("rb") as opened:
        data = opened.read(_TEXT_MAX_BYTES + 1)
    if len(data) > _TEXT_MAX_BYTES:
        raise InvalidInput(
            f"the text is longer than {_TEXT_MAX_BYTES} bytes",
            field="text_file",
            remedy="shorten it: the public reads a page, not a book",
        )
    try:
        return str(data.decode("utf-8")).strip()
    except UnicodeDecodeError:
        raise InvalidInput("the text is not UTF-8", field="text_file") from None


def _print(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    facts = {name.replace("_", " "): found[name] for name in _FACTS}
    pairs(words("Extract {extract_id}", **found), facts)
    document(words("For the public"), found["document"])
