"""Charts drawn by matplotlib, as SVG and PNG bytes.

Contract: the same chart gives the same bytes with the same versions of the libraries. Colours are
those of Okabe and Ito, which people with any colour vision tell apart, and each series has a mark
and a dash of its own besides. Text from reports is never read as a formula. Nothing is written.
"""

from __future__ import annotations

import io
import textwrap
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from relec_exchange.errors import Misconfigured
from relec_exchange.presenting.chart import Chart, Point

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#000000")
_MARKS: Final = ("o", "s", "^", "D", "v", "P")
_DASHES: Final = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)))
_WIDTH_INCHES: Final = 9.0
_PLOT_INCHES: Final = 3.9
_BAR_INCHES: Final = 0.3
_LINE_INCHES: Final = 0.19
_LEGEND_INCHES: Final = 0.28
_LABEL_INCHES: Final = 3.2
_TICKS_MAX: Final = 16
_NOTE_COLUMNS: Final = 118
_DPI: Final = 144
_SETTINGS: Final[Any] = {
    "font.family": ["sans-serif"],
    # The first one comes with matplotlib and is what is measured; the others are for browsers.
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Noto Sans", "Arial"],
    "font.size": 10,
    "text.parse_math": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "relec",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "hatch.linewidth": 0.6,
}


def svg(chart: Chart) -> bytes:
    """The chart as a self-contained SVG with a title; its text stays text."""
    return _drawn(chart, "svg", {"Date": None, "Title": chart.title, "Creator": "relec"})


def png(chart: Chart) -> bytes:
    """The chart as a PNG of about 1300 pixels in width."""
    return _drawn(chart, "png", {"Software": "relec", "Title": chart.title})


def _drawn(chart: Chart, form: str, metadata: dict[str, Any]) -> bytes:
    with _matplotlib():
        figure = _figure(chart)
        out = io.BytesIO()
        figure.savefig(out, format=form, metadata=metadata, dpi=_DPI)
    return out.getvalue()


@contextmanager
def _matplotlib() -> Iterator[None]:
    try:
        import matplotlib as mpl
    except ImportError:
        raise Misconfigured(
            "charts need matplotlib",
            field="reports",
            remedy='install it: pip install "relec-exchange[reports]"',
        ) from None
    with mpl.rc_context(_SETTINGS), warnings.catch_warnings():
        # A letter that no font here has is drawn as a box; there is nobody to warn.
        warnings.filterwarnings("ignore", message="Glyph .* missing", category=UserWarning)
        yield


def _figure(chart: Chart) -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH_INCHES, 1))
    canvas = FigureCanvasAgg(figure)
    room = _LABEL_INCHES if chart.kind == "bar" else _WIDTH_INCHES - 2.2
    texts = chart.labels if chart.kind == "bar" else [name for name, _ in chart.series]
    fitted = [_fitted(canvas, text, room) for text in texts]
    widest = max(width for _, width in fitted)
    names = [text for text, _ in fitted]
    title = textwrap.wrap(chart.title, 80) or [""]
    notes = [line for note in chart.notes for line in textwrap.wrap(note, _NOTE_COLUMNS)]
    legend = chart.kind == "line" and len(names) > 1
    columns = 2 if widest < _WIDTH_INCHES / 2 - 1.4 else 1
    sizes = {
        "top": 0.25 + 0.27 * len(title),
        "plot": _PLOT_INCHES if chart.kind == "line" else _BAR_INCHES * len(names) + 0.5,
        "axis": 0.75 if chart.kind == "line" else 0.45,
        "legend": _LEGEND_INCHES * -(-len(names) // columns) if legend else 0.0,
        "notes": _LINE_INCHES * len(notes),
    }
    height = sum(sizes.values())
    figure.set_size_inches(_WIDTH_INCHES, height)
    left = 0.9 if chart.kind == "line" else widest + 0.35
    below = sizes["axis"] + sizes["legend"] + sizes["notes"]
    wide = _WIDTH_INCHES - left - 0.55
    box = (left / _WIDTH_INCHES, below / height, wide / _WIDTH_INCHES, sizes["plot"] / height)
    (_lines if chart.kind == "line" else _bars)(figure.add_axes(box), chart, names)
    figure.text(
        0.012, 1 - 0.16 / height, "\n".join(title), va="top", fontsize=13, fontweight="bold"
    )
    small: Any = {"va": "bottom", "fontsize": 8.5, "color": "#444444"}
    figure.text(0.012, 0.1 / height, "\n".join(notes), **small)
    if legend:
        figure.legend(
            loc="lower left",
            bbox_to_anchor=(left / _WIDTH_INCHES, (0.2 + sizes["notes"]) / height),
            ncols=columns,
            frameon=False,
            borderaxespad=0,
        )
    return figure


def _fitted(canvas: FigureCanvasAgg, text: str, room: float) -> tuple[str, float]:
    """The text, shortened until it fits into so many inches, and how wide it is then."""
    figure, shown = canvas.figure, text
    while True:
        probe = figure.text(0, 0, shown)
        width = probe.get_window_extent().width / figure.dpi
        probe.remove()
        if width <= room or len(shown) < 3:
            return shown, width
        keep = min(len(shown) - 2, int(len(shown) * room / width))
        shown = f"{shown[:keep].rstrip()}\u2026"


def _lines(axes: Axes, chart: Chart, names: Sequence[str]) -> None:
    for number, (name, (_, points)) in enumerate(zip(names, chart.series, strict=True)):
        colour, mark = _COLOURS[number % 6], _MARKS[number % 6]
        values = [float("nan") if p.value is None else float(p.value) for p in points]
        axes.plot(
            range(len(points)),
            values,
            color=colour,
            linestyle=_DASHES[number % 6],
            marker=mark,
            markersize=5,
            label=name,
            markevery=[i for i, p in enumerate(points) if p.value is not None and not p.withheld],
        )
        # What is withheld as a whole has a mark on the axis and no line to it.
        open_ = [i for i, point in enumerate(points) if point.withheld]
        axes.plot(
            open_,
            [points[i].value or 0 for i in open_],
            color=colour,
            linestyle="none",
            marker=mark,
            markersize=6,
            markerfacecolor="white",
            clip_on=False,
        )
    step = -(-len(chart.labels) // _TICKS_MAX)
    axes.set_xticks(range(0, len(chart.labels), step))
    axes.set_xticklabels(chart.labels[::step], rotation=35, ha="right", rotation_mode="anchor")
    axes.set_xlim(-0.4, len(chart.labels) - 0.6)
    top = max([point.value or 0 for _, points in chart.series for point in points])
    axes.set_ylim(0, max(1.0, top * 1.06))
    _grid(axes, "y")


def _bars(axes: Axes, chart: Chart, names: Sequence[str]) -> None:
    [(_, points)] = chart.series
    places = range(len(points))
    values = [point.value or 0 for point in points]
    bars = axes.barh(places, values, color=_COLOURS[0], height=0.68)
    for bar, point in zip(bars, points, strict=True):
        if point.withheld:
            bar.set(facecolor="white", edgecolor=_COLOURS[0], hatch="////")
    for place, point in zip(places, points, strict=True):
        axes.annotate(
            _number(point),
            (point.value or 0, place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
        )
    axes.set_yticks(places)
    axes.set_yticklabels(names)
    axes.set_ylim(len(points) - 0.4, -0.6)
    axes.set_xlim(0, max([*values, 1]) * 1.2)
    _grid(axes, "x")


def _grid(axes: Axes, direction: str) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis = axes.yaxis if direction == "y" else axes.xaxis
    axis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))
    axis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))
    axis.grid(visible=True, color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)


def _short(value: float) -> str:
    """A number beside an axis, where nine digits have no room."""
    for size, unit in ((1e9, " bn"), (1e6, " m")):
        if value >= size:
            return f"{value / size:,.3g}{unit}"
    return f"{value:,.0f}"


def _number(point: Point) -> str:
    if point.withheld:
        return f"\u2265 {point.value:,}" if point.value else "withheld"
    return f"{point.value or 0:,}"
