"""An extract of a warning as a page for the public: one HTML file that loads nothing.

Contract: pure. Every value is escaped; each text has its language and direction, so that a text
in Persian, Urdu or Arabic reads from right to left also inside an English page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

from relec_exchange.texts import translator

Json = Mapping[str, Any]

_RIGHT_TO_LEFT_SCRIPTS: Final = frozenset(
    {"Adlm", "Arab", "Aran", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa"}
)
# Languages that are usually written from right to left where no script is named.
_RIGHT_TO_LEFT: Final = frozenset(
    {"ar", "arc", "azb", "bal", "brh", "ckb", "dv", "fa", "glk", "he", "ks", "lrc", "mzn", "pnb"}
    | {"prs", "ps", "sd", "sdh", "skr", "syr", "ug", "ur", "yi"}
)
_ROWS: Final = (
    ("kind", "Kind"),
    ("country", "Country"),
    ("subdivision", "Area"),
    ("month", "Month"),
    ("until", "Until"),
    ("causes", "Causes"),
    ("recommended_action", "What to do"),
    ("indicators", "Signs"),
    ("sources", "Sources"),
)
_WRITTEN: Final = frozenset({"recommended_action", "indicators", "sources"})
_PAGE: Final = """<!DOCTYPE html>
<html lang="{language}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font-family: sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem; }}
dt {{ font-weight: bold; margin-top: 1rem; }} dd {{ margin: 0; }} ul {{ padding-inline-start: 1.2rem; }}
.exercise {{ border: 2px solid; padding: .5rem; font-weight: bold; }}
</style>
</head>
<body>
<h1>{title}</h1>
{parts}
</body>
</html>
"""  # noqa: E501


def direction(language: str) -> str:
    """`rtl` or `ltr` for a language (BCP 47); a script in it decides, else the language."""
    primary, *subtags = language.split("-")
    scripts = [tag.title() for tag in subtags if len(tag) == 4 and tag.isalpha()]
    if scripts:
        return "rtl" if scripts[0] in _RIGHT_TO_LEFT_SCRIPTS else "ltr"
    return "rtl" if primary.lower() in _RIGHT_TO_LEFT else "ltr"


def extract_page(document: Json, language: str = "en") -> str:
    """The page of a released extract; `language` is that of its headings."""
    words = translator(language)
    title = words("Warning")
    # Headings without a translation are English, and say so to a reader aloud.
    spoken = language if words("Warning") != "Warning" else "en"
    parts = "\n".join(_parts(document, words))
    return _PAGE.format(
        language=escape(spoken), direction=direction(spoken), title=escape(title), parts=parts
    )


def _parts(document: Json, words: Any) -> Iterator[str]:
    if document["exercise"]:
        yield f'<p class="exercise">{escape(words("Exercise: nothing of this is real."))}</p>'
    if "text" in document:
        yield f"<section{_spoken(document['language'])}>{_paragraphs(document['text'])}</section>"
    warning = document["warning"]
    yield "<dl>"
    for name, heading in _ROWS:
        value = warning.get(name)
        if value:
            spoken = _spoken(warning["language"]) if name in _WRITTEN else ""
            yield f"<dt>{escape(words(heading))}</dt><dd{spoken}>{_shown(name, value)}</dd>"
    yield "</dl>"
    yield f"<p><small>{escape(document['extract'])}, {escape(document['made_on'])}</small></p>"


def _shown(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "<ul>" + "".join(f"<li>{_shown(name, one)}</li>" for one in value) + "</ul>"
    text = str(value)
    # Codes are read as words.
    return escape(text.replace("_", " ") if name in ("kind", "causes") else text)


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in text.split("\n") if line.strip())


def _spoken(language: str) -> str:
    return f' lang="{escape(language)}" dir="{direction(language)}"'
