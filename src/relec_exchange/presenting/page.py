"""The pack as one HTML page that loads nothing: no script, no file, no address.

Contract: every text is escaped, and takes the direction of its own letters. The page forbids its
reader's browser to load anything, in case something slipped through.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from relec_exchange.errors import Misconfigured
from relec_exchange.presenting import drawing
from relec_exchange.presenting.chart import Chart
from relec_exchange.presenting.pack import Pack

if TYPE_CHECKING:
    from markupsafe import Markup

# What an SVG file has and an SVG inside a page does not need.
_PROLOGUE: Final = re.compile(rb"^.*?(?=<svg )|<metadata>.*?</metadata>", re.DOTALL)


def html(pack: Pack) -> bytes:
    """The page, UTF-8."""
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError:
        raise Misconfigured(
            "pages need jinja2",
            field="reports",
            remedy='install it: pip install "relec-exchange[reports]"',
        ) from None
    environment = Environment(
        loader=PackageLoader("relec_exchange.presenting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["drawn"] = _inline
    return environment.get_template("pack.html").render(pack=pack).encode()


def _inline(chart: Chart) -> Markup:
    """A chart as an SVG element; matplotlib has escaped the texts in it."""
    from markupsafe import Markup

    data = _PROLOGUE.sub(b"", drawing.svg(chart))
    return Markup(data.decode())  # noqa: S704
