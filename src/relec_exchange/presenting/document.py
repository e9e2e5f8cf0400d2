"""The pack as a DOCX document, by python-docx: headings, tables with headers, charts as pictures.

Contract: texts go in as text, never as fields. Each picture has its chart in words beside it, and a
text that begins in a script written from right to left stands in a paragraph of that direction.
"""

from __future__ import annotations

import io
import re
import unicodedata
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from relec_exchange.errors import Misconfigured
from relec_exchange.presenting import drawing
from relec_exchange.presenting.chart import Chart
from relec_exchange.presenting.pack import Pack, Section
from relec_exchange.presenting.table import Table

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

_CHART_CENTIMETRES: Final = 16.5
# What XML 1.0 cannot hold; reports have none of it, this is for what they may bring one day.
_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def docx(pack: Pack, now: datetime) -> bytes:
    """The document; `now` is the time written into its properties."""
    try:
        from docx import api
    except ImportError:
        raise Misconfigured(
            "documents need python-docx",
            field="reports",
            remedy='install it: pip install "relec-exchange[reports]"',
        ) from None
    document = api.Document()
    _lay_out(document, pack, now)
    document.add_heading(pack.title, level=0)
    if pack.exercise:
        warned = document.add_paragraph()
        run = warned.add_run("Exercise: the network and what is exchanged in it are simulated.")
        run.bold = True
    for name, value in pack.facts:
        paragraph = document.add_paragraph(style="List Bullet")
        paragraph.add_run(f"{name}: ").bold = True
        paragraph.add_run(_plain(value))
    for section in pack.sections:
        _write(document, section)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _lay_out(document: Document, pack: Pack, now: datetime) -> None:
    from docx.shared import Cm, Pt

    document.styles["Normal"].font.size = Pt(10)
    for page in document.sections:
        page.page_width, page.page_height = Cm(21.0), Cm(29.7)
        page.left_margin = page.right_margin = Cm(2.2)
        page.top_margin = page.bottom_margin = Cm(2.0)
    told = document.core_properties
    told.title, told.author, told.comments = pack.title, "relec", ""
    told.created = told.modified = now.replace(tzinfo=None)


def _write(document: Document, section: Section) -> None:
    document.add_heading(_plain(section.heading), level=1)
    for text in section.words:
        _directed(document.add_paragraph(_plain(text)), text)
    for chart in section.charts:
        _picture(document, chart)
    for table in section.tables:
        _table(document, table)


def _picture(document: Document, chart: Chart) -> None:
    from docx.shared import Cm

    shape = document.add_picture(io.BytesIO(drawing.png(chart)), width=Cm(_CHART_CENTIMETRES))
    properties: Any = shape._inline.docPr
    properties.set("descr", _plain(chart.text))
    properties.set("name", _plain(chart.title)[:80])


def _table(document: Document, table: Table) -> None:
    from docx.oxml import OxmlElement
    from docx.shared import Pt

    title = document.add_paragraph()
    title.add_run(_plain(table.title)).bold = True
    title.paragraph_format.keep_with_next = True
    made = document.add_table(rows=1, cols=len(table.columns))
    made.style = "Light Grid Accent 1"
    head: Any = made.rows[0]._tr.get_or_add_trPr()
    head.append(OxmlElement("w:tblHeader"))
    for cells, texts in ((made.rows[0].cells, table.columns), *_rows(made, table)):
        for number, (cell, text) in enumerate(zip(cells, texts, strict=True)):
            paragraph = cell.paragraphs[0]
            paragraph.add_run(_plain(text)).font.size = Pt(9)
            paragraph.paragraph_format.space_after = Pt(0)
            _directed(paragraph, text, number=number in table.numbers)
    document.add_paragraph()


def _rows(made: Any, table: Table) -> Any:
    for row in table.rows:
        yield made.add_row().cells, row


def _directed(paragraph: Paragraph, text: str, *, number: bool = False) -> None:
    """Numbers to the right; a text of a script from right to left in that direction."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement

    if number:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    elif _right_to_left(text):
        properties: Any = paragraph._p.get_or_add_pPr()
        properties.append(OxmlElement("w:bidi"))
        for run in paragraph.runs:
            inner: Any = run._r.get_or_add_rPr()
            inner.append(OxmlElement("w:rtl"))


def _right_to_left(text: str) -> bool:
    """By the first letter that has a direction, as browsers decide for dir=auto."""
    for letter in text:
        direction = unicodedata.bidirectional(letter)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False


def _plain(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
