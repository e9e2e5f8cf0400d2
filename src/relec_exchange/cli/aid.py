"""`relec aid`: help while writing: zones, dates, telephone numbers, names, codes. Needs no node.

Contract: what is typed goes nowhere but to the screen. Texts about persons may come on standard
input, so that no history of a shell keeps them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from relec_exchange.cli.output import json_option, pairs, print_json, say, table
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput

if TYPE_CHECKING:
    from relec_exchange.forms.mrz import Mrz

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_CALENDARS = click.Choice(["gregorian", "solar_hijri", "lunar_hijri", "bengali"])
_TEXT_MAX: Final = 10_000
_ZONE_FIELDS: Final = (
    *("layout", "document_code", "issuer", "number", "nationality", "birth", "sex", "expiry"),
    *("surname", "given", "truncated", "optional"),
)
_CHECKED: Final = ("number", "birth", "expiry", "optional", "composite")


@click.group()
def aid() -> None:
    """Read what stands in papers before you write it into a message. Needs no node.

    Whatever you type behind a command may stay in the history of your shell. Leave the text out,
    and it is read from standard input: type it, then Ctrl-D.

    \b
    relec aid mrz
    relec aid date "23 Mordad 1369" --calendar solar_hijri
    relec aid phone "0312 345 67 89" --country TR
    relec aid code iso3166-1-alpha-3 Turkey
    """


@aid.command()
@click.argument("lines", nargs=-1)
@click.option("--file", type=_FILE, help="A file with the lines.")
@json_option
def mrz(lines: tuple[str, ...], file: Path | None, as_json: bool) -> None:
    """Read the LINES of a machine-readable zone, check its digits, explain what does not fit.

    Without LINES they are read from standard input, which keeps them out of your shell's history.

    \b
    relec aid mrz --file zone.txt
    relec aid mrz --json < zone.txt
    """
    from relec_exchange.forms.mrz import mismatches, parse_mrz

    text = file.read_text("utf-8") if file else _text(" ".join(lines))
    zone = parse_mrz([line.upper() if line.isascii() else line for line in text.split()])
    wrong = [
        {"field": o.field, "given": o.given, "expected": o.expected, "explanation": o.explanation}
        for o in mismatches(zone)
    ]
    fields = {name: getattr(zone, name) for name in _ZONE_FIELDS}
    digits = _digits(zone)
    if as_json:
        print_json({"fields": fields, "check_digits": digits, "mismatches": wrong})
        return
    told = fields | {name: _issuer(fields[name]) for name in ("issuer", "nationality")}
    pairs(words("What the zone says"), {n.replace("_", " "): v for n, v in told.items()})
    rows = [[one["field"], one["given"], one["expected"]] for one in digits]
    if rows:
        table(words("Check digits"), ("of", "in the zone", "by its signs"), rows)
    if not wrong:
        say(words("Nothing in it contradicts itself."))
        return
    for one in wrong:
        say(f"{one['field'].replace('_', ' ')}: {one['explanation']}")
    say(
        words(
            'Compare it with the document. If it stands there so, send it with status = "forged".'
        )
    )


@aid.command()
@click.argument("text", required=False)
@click.option("--calendar", type=_CALENDARS, help="Of the source.  [default: all that can read it]")
@click.option("--variant", help="For example bangladesh or west_bengal.  [default: each]")
@json_option
def date(text: str | None, calendar: str | None, variant: str | None, as_json: bool) -> None:
    """Convert the date TEXT as a paper has it, as far as it can be known; digits of any script.

    Without TEXT it is read from standard input.

    \b
    relec aid date "23 Mordad 1369" --calendar solar_hijri
    relec aid date 1395 --calendar bengali --variant bangladesh
    """
    found = _readings(_text(text), calendar, variant)
    if as_json:
        print_json({"readings": found})
        return
    columns = ("calendar", "variant", "date", "precision", "first", "last", "note")
    table(words("In the Gregorian calendar"), columns, [[o[n] for n in columns] for o in found])
    if any("/" in one["date"] for one in found):
        said = "Two years: find out the month, or write one of them with precision = {estimated}."
        say(words(said, estimated='"estimated"'))


@aid.command()
@click.argument("text", required=False)
@click.option("--country", help="Where it is dialled so, as TR. Not needed after a plus.")
@json_option
def phone(text: str | None, country: str | None, as_json: bool) -> None:
    """Write the telephone number TEXT as messages have it (E.164); digits of any script.

    Without TEXT it is read from standard input.

    \b
    relec aid phone "0312 345 67 89" --country TR
    """
    from relec_exchange.forms.phones import normalise

    given = _text(text)
    international = given.lstrip().startswith(("+", "＋"))
    if country is None and not international:
        raise InvalidInput(
            words("a number without country code is one of a country"),
            field="country",
            remedy=words("name the country, as --country TR"),
        )
    number = normalise(given, (country or "TR").upper())
    if as_json:
        print_json({"phone": number, "country": None if country is None else country.upper()})
        return
    say(number)


@aid.command()
@click.argument("texts", nargs=-1)
@click.option("--language", default="", help="BCP 47, as fa: how its letters are read.")
@json_option
def name(texts: tuple[str, ...], language: str, as_json: bool) -> None:
    """Show the script of a name, how it reads in Latin letters, and how it is compared.

    With more names, each is also compared with the first. Without TEXTS they are read from
    standard input, one on each line, which keeps them out of your shell's history.

    \b
    relec aid name --language fa < names.txt
    """
    given = texts or tuple(filter(None, (line.strip() for line in _text(None).split("\n"))))
    found = [_name(one, given[0], language) for one in given]
    if as_json:
        print_json({"names": found})
        return
    columns = ("text", "script", "transliteration", "parts", "keys", "like_first")
    heads = ("name", "script", "in Latin letters", "compared by", "and by sound", "like the first")
    table(words("Names"), heads, [[one[n] for n in columns] for one in found])
    scheme = found[0]["scheme"] if found else ""
    say(
        words(
            "Latin letters by {scheme}: an aid to read aloud, it identifies nobody.", scheme=scheme
        )
    )


@aid.command()
@click.argument("table_name", metavar="TABLE", required=False)
@click.argument("text", required=False)
@click.option("--list", "listed", is_flag=True, help="List all tables, or all codes of TABLE.")
@json_option
def code(table_name: str | None, text: str | None, listed: bool, as_json: bool) -> None:
    """Find the code in TABLE that TEXT means: a name, a part of it, a code mistyped.

    \b
    relec aid code --list
    relec aid code iso3166-1-alpha-3 Turkey
    relec aid code iso4217 toman
    """
    from relec_exchange.forms.code_search import likely
    from relec_exchange.forms.tables import NAMES
    from relec_exchange.forms.tables import table as codes_of

    if table_name is None:
        _print_tables([codes_of(one) for one in NAMES], as_json)
        return
    codes = codes_of(table_name)
    if text is None and not listed:
        _print_tables([codes], as_json)
        return
    found = list(codes.entries) if text is None else list(likely(text, codes))
    rows = [(one, codes.entries[one]) for one in found]
    if as_json:
        told = {"table": codes.name, "source": codes.source, "version": codes.version}
        print_json({**told, "codes": [{"code": one, "name": name} for one, name in rows]})
        return
    if not rows:
        say(words("Nothing in {title} is like this.", title=codes.title))
        return
    table(words("Codes"), ("code", "name"), rows)
    facts = {"title": codes.title, "source": codes.source, "version": codes.version}
    say(words("{title}. {source} Version: {version}.", **facts))


def _text(given: str | None) -> str:
    """What stood behind the command, or else standard input; never nothing."""
    if given:
        return given
    if sys.stdin.isatty():
        say(words("Type it, then Ctrl-D:"), error=True)
    text = sys.stdin.read(_TEXT_MAX)
    if not text.strip():
        raise InvalidInput(
            words("there is nothing to read"),
            field="text",
            remedy=words("write it behind the command, or into standard input"),
        )
    return text.strip()


def _digits(zone: Mrz) -> list[dict[str, str]]:
    """Each check digit of the zone, with what its signs give."""
    from relec_exchange.forms.mrz import mismatches
    from relec_exchange.forms.mrz_layouts import PLANS
    from relec_exchange.forms.mrz_reading import cut_fields

    wrong = {one.field: one.expected for one in mismatches(zone)}
    fields = cut_fields(PLANS[zone.layout], zone.lines)
    return [
        {"field": name, "given": sign, "expected": wrong.get(f"{name}_check", sign)}
        for name in _CHECKED
        if (sign := fields.get(f"{name}_check"))
    ]


def _issuer(code: str) -> str:
    """The code with what it stands for, where a list has it."""
    from relec_exchange.forms.tables import table as codes_of

    lists = [codes_of(name).entries for name in ("iso3166-1-alpha-3", "icao9303-issuers")]
    meant = next((entries[code] for entries in lists if code in entries), "")
    return f"{code} ({meant})" if meant else code


def _readings(text: str, calendar: str | None, variant: str | None) -> list[dict[str, Any]]:
    """The date in each calendar and variant asked for; with no calendar, those that can read it."""
    from relec_exchange.forms.calendars import VARIANTS, Calendar, convert

    found = []
    for kind in [Calendar(calendar)] if calendar else Calendar:
        for one in [variant] if variant else VARIANTS[kind]:
            try:
                read = convert(text, kind, one)
            except InvalidInput:
                if calendar:
                    raise
                continue
            days = {"first": read.first.isoformat(), "last": read.last.isoformat()}
            told = {"date": read.text, "precision": read.precision, **days, "note": read.note}
            found.append({"calendar": kind.value, "variant": one, **told})
    if not found:
        raise InvalidInput(
            words("no calendar here has this date"),
            field="text",
            remedy=words("name the calendar with --calendar to be told why"),
        )
    return found


def _name(text: str, first: str, language: str) -> dict[str, Any]:
    from relec_exchange.client.entry.names import in_latin
    from relec_exchange.forms.scripts import SCHEME, name_keys, name_parts, same_name, script_of

    script = script_of(text)
    return {
        "text": text,
        "script": script,
        "transliteration": None if script == "Latn" else in_latin(text, language),
        "scheme": SCHEME,
        "parts": list(name_parts(text)),
        "keys": sorted(name_keys(text))[:8],
        "like_first": None if text is first else same_name(text, first),
    }


def _print_tables(found: Sequence[Any], as_json: bool) -> None:
    names = ("name", "title", "source", "version")
    listed = [
        {**{name: getattr(one, name) for name in names}, "codes": len(one.entries)} for one in found
    ]
    if as_json:
        print_json({"tables": listed})
        return
    columns = ("name", "codes", "version", "source")
    table(words("Code tables"), columns, [[one[name] for name in columns] for one in listed])
