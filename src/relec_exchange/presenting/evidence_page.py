"""What evidence proves, as one HTML page to print and put on file; it loads nothing.

Contract: pure. Every text is escaped and takes the direction of its own letters; a title stands
apart in its sentence, so that one in Persian or Arabic does not take the digits behind it along;
the headings are in the language asked for, as far as there is a translation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from relec_exchange.audit.evidence_report import OUTCOMES, Report, Statement
from relec_exchange.presenting.extract_page import direction
from relec_exchange.texts import translator

Words = Callable[[str], str]

# A title that a sentence quotes, up to the last closing mark.
_TITLE: Final = re.compile("\u201c(.*)\u201d", re.DOTALL)
_HEADS: Final = (
    ("refused", "What does not hold"),
    ("proven", "What is proven"),
    ("not-proven", "What is not proven"),
)
_TITLES: Final = {
    "holds": "Everything claimed was checked and holds",
    "incomplete": "Not proven in full",
    "refused": "This evidence is refused",
}
_PAGE: Final = """<!DOCTYPE html>
<html lang="{language}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font-family: sans-serif; line-height: 1.5; max-width: 46rem; margin: 2rem auto;
  padding: 0 1rem; }}
h2 {{ margin-block-start: 2rem; }}
.outcome {{ border: 2px solid; padding: .75rem 1rem; font-weight: bold; }}
li {{ margin-block-end: .75rem; overflow-wrap: anywhere; }}
footer {{ margin-block-start: 2rem; }}
.by, footer {{ color: #444; font-size: .85rem; overflow-wrap: anywhere; }}
@media print {{ body {{ max-width: none; margin: 0; }} li {{ break-inside: avoid; }} }}
</style>
</head>
<body>
<h1>{title}</h1>
<p class="outcome" dir="auto">{summary}</p>
{parts}
<footer>
{footer}
</footer>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Judged:
    """A report, the SHA-256 of the file in hex, and the fingerprints that were compared."""

    report: Report
    digest: str
    compared: Mapping[str, str]


def evidence_page(judged: Judged, language: str = "en") -> str:
    """The page; `language` is that of its headings."""
    words = translator(language)
    title = words(_TITLES[judged.report.outcome])
    spoken = language if title != _TITLES[judged.report.outcome] or language == "en" else "en"
    return page_in(judged, words, spoken)


def page_in(judged: Judged, words: Words, language: str) -> str:
    """The page with these words, said to be of this language."""
    report = judged.report
    return _PAGE.format(
        language=escape(language),
        direction=direction(language),
        title=escape(words(_TITLES[report.outcome])),
        summary=escape(words(OUTCOMES[report.outcome])),
        parts="\n".join(_parts(report.statements, words)),
        footer="\n".join(_footer(judged, words)),
    )


def _parts(statements: Sequence[Statement], words: Words) -> Iterator[str]:
    for status, head in _HEADS:
        found = [one for one in statements if one.status == status]
        if found:
            items = "\n".join(_item(one, words) for one in found)
            yield f"<h2>{escape(words(head))}</h2>\n<ol>\n{items}\n</ol>"


def _item(one: Statement, words: Words) -> str:
    by = f'<br><span class="by">{escape(words("Signed by"))} <bdi>{escape(one.by)}</bdi></span>'
    text = _TITLE.sub("\u201c<bdi>\\1</bdi>\u201d", escape(one.text))
    return f'<li><span dir="auto">{text}</span>{by if one.by else ""}</li>'


def _footer(judged: Judged, words: Words) -> Iterator[str]:
    digest = escape(judged.digest)
    yield f"<p>{escape(words('File (SHA-256)'))}: <bdi>{digest}</bdi></p>"
    for node, fingerprint in sorted(judged.compared.items()):
        told = f"{node} = {fingerprint}"
        yield f"<p>{escape(words('Authority compared'))}: <bdi>{escape(told)}</bdi></p>"
    if not judged.compared:
        yield f"<p>{escape(words('Authority compared'))}: {escape(words('none'))}</p>"
