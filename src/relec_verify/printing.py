"""A report as text for a terminal, as JSON, and as an HTML page that loads nothing.

Contract: every text is escaped, and takes the direction of its own letters (`dir="auto"`). A title
stands apart in its sentence (`<bdi>`): one in Persian or Arabic reads from right to left, and does
not take the digits behind it along.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping
from html import escape

from relec_verify import wording
from relec_verify.report import NOT_PROVEN, PROVEN, REFUSED, Report, Statement

_HEADS = (
    (REFUSED, "What does not hold"),
    (PROVEN, "What is proven"),
    (NOT_PROVEN, "What is not proven"),
)
_TITLES = {
    "holds": "Everything claimed was checked and holds",
    "incomplete": "Not proven in full",
    "refused": "This evidence is refused",
}
_PAGE = """<!DOCTYPE html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Evidence: {title}</title>
<style>
body {{ font-family: sans-serif; line-height: 1.5; max-width: 46rem; margin: 2rem auto;
  padding: 0 1rem; }}
h2 {{ margin-block-start: 2rem; }}
.outcome {{ border: 2px solid; padding: .75rem 1rem; font-weight: bold; }}
li {{ margin-block-end: .75rem; overflow-wrap: anywhere; }}
small {{ color: #444; }}
footer {{ margin-block-start: 2rem; overflow-wrap: anywhere; }}
@media print {{ body {{ max-width: none; margin: 0; }} li {{ break-inside: avoid; }} }}
</style>
</head>
<body>
<h1>Evidence: {title}</h1>
<p class="outcome" dir="auto">{summary}</p>
{parts}
<footer><p><small>File checked (SHA-256): {digest}</small></p>{compared}</footer>
</body>
</html>
"""


def as_text(report: Report, digest: str, compared: Mapping[str, str]) -> str:
    """Plain lines, at most 88 wide; `digest` is the SHA-256 of the bundle, in hex."""
    lines = [_TITLES[report.outcome].upper(), *textwrap.wrap(_summary(report), 88), ""]
    for status, head in _HEADS:
        found = [one for one in report.statements if one.status == status]
        if found:
            lines += [head.upper()]
            lines += [line for one in found for line in _wrapped(one)]
            lines += [""]
    lines += ["FILE CHECKED (SHA-256)", f"  {digest}", "AUTHORITIES COMPARED"]
    lines += [f"  {node} = {fingerprint}" for node, fingerprint in sorted(compared.items())]
    return "\n".join(lines if compared else [*lines, "  none"]) + "\n"


def as_json(report: Report) -> str:
    """The report for programs."""
    return json.dumps(report.document(), indent=1, ensure_ascii=False) + "\n"


def as_html(report: Report, digest: str, compared: Mapping[str, str]) -> str:
    """A page to print and to put on file; `digest` is the SHA-256 of the bundle, in hex."""
    parts = []
    for status, head in _HEADS:
        found = [one for one in report.statements if one.status == status]
        if found:
            items = "\n".join(_item(one) for one in found)
            parts.append(f"<h2>{head}</h2>\n<ol>\n{items}\n</ol>")
    told = "".join(
        f"<p><small>Authority compared: {escape(node)} = {escape(fingerprint)}</small></p>"
        for node, fingerprint in sorted(compared.items())
    )
    told = told or "<p><small>Authority compared: none</small></p>"
    return _PAGE.format(
        title=_TITLES[report.outcome],
        summary=escape(_summary(report)),
        parts="\n".join(parts),
        digest=escape(digest),
        compared=told,
    )


def _summary(report: Report) -> str:
    return wording.OUTCOMES[report.outcome]


def _wrapped(one: Statement) -> list[str]:
    by = f" [signed by {one.by}]" if one.by else ""
    return textwrap.wrap(one.text + by, 88, initial_indent="- ", subsequent_indent="  ")


def _item(one: Statement) -> str:
    by = f"<br><small>Signed by {escape(one.by)}</small>" if one.by else ""
    return f'<li><span dir="auto">{_apart(escape(one.text))}</span>{by}</li>'


def _apart(text: str) -> str:
    """What a sentence quotes, up to its last closing mark, with a direction of its own."""
    return re.sub("\u201c(.*)\u201d", "\u201c<bdi>\\1</bdi>\u201d", text, flags=re.DOTALL)
