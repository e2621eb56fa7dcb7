"""
Draws what a set of keys costs against how many keys there are, as an SVG.

Both axes are logarithmic: a straight line of slope one is a cost in proportion to
the number of keys. A line that ends in a cross ends in an error.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from contestants import FORK, NEWER, PRISTINE, SQLALCHEMY
from data import COMPOSITE, SINGLE
from results import Run
from servers import TITLES

CASE = "pk_in"

# Colours that people with any kind of colour vision can tell apart.
_STYLES = {
    (FORK, COMPOSITE): ("#0072b2", "3", ""),
    (FORK, SINGLE): ("#0072b2", "1.5", "5 4"),
    (PRISTINE, COMPOSITE): ("#d55e00", "2", ""),
    (NEWER, COMPOSITE): ("#cc79a7", "2", ""),
    (SQLALCHEMY, COMPOSITE): ("#009e73", "2", ""),
}
_WIDTH, _HEIGHT, _LEFT, _TOP, _GAP = 260, 260, 64, 40, 30


@dataclass(frozen=True)
class Scale:
    """A logarithmic axis: from values to places, in pixels."""

    low: float
    high: float
    start: float
    length: float

    def __call__(self, value: float) -> float:
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return round(self.start + share * self.length, 1)

    def decades(self) -> list[float]:
        first = math.ceil(math.log10(self.low) - 1e-9)
        last = math.floor(math.log10(self.high) + 1e-9)
        return [float(10**power) for power in range(first, last + 1)]


def draw(run: Run, case: str = CASE) -> str | None:
    """Return the figure, None if the run has not asked for enough to draw."""
    sizes = run.sizes(case)
    times = [r.median for r in run.results if r.case == case and r.median is not None]
    if len(sizes) < 2 or not times:
        return None
    databases = run.databases()
    width = _LEFT + len(databases) * (_WIDTH + _GAP)
    legend, height = _legend(run, width, _TOP + _HEIGHT + 66)
    low = 10 ** math.floor(math.log10(min(times)))
    high = 10 ** math.ceil(math.log10(max(times)))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" font-size="12" '
        'font-family="system-ui, sans-serif" fill="#333">',
        "<title>What filter(pk__in=keys) costs, against the number of keys</title>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for number, database in enumerate(databases):
        left = _LEFT + number * (_WIDTH + _GAP)
        across = Scale(min(sizes), max(sizes), left, _WIDTH)
        up = Scale(low, high, _TOP + _HEIGHT, -_HEIGHT)
        parts += _axes(TITLES[database], across, up, labels=number == 0)
        for contestant, key in _STYLES:
            parts += _line(run, database, case, contestant, key, across, up)
    return "\n".join([*parts, *legend, "</svg>"]) + "\n"


def _axes(title: str, across: Scale, up: Scale, labels: bool) -> Iterator[str]:
    right, bottom = across.start + across.length, up.start
    yield _text(across.start + across.length / 2, _TOP - 14, title, weight="bold")
    for value in across.decades():
        x = across(value)
        yield _stroke(x, _TOP, x, bottom)
        yield _text(x, bottom + 18, f"{value:,.0f}")
    for value in up.decades():
        y = up(value)
        yield _stroke(across.start, y, right, y)
        if labels:
            yield _text(across.start - 8, y + 4, _duration(value), anchor="end")
    yield _text(across.start + across.length / 2, bottom + 38, "keys")


def _line(
    run: Run,
    database: str,
    case: str,
    contestant: str,
    key: str,
    across: Scale,
    up: Scale,
) -> Iterator[str]:
    colour, width, dashes = _STYLES[contestant, key]
    points = []
    failed = False
    for size in run.sizes(case):
        result = run.find(database, case, size, key, contestant)
        if result is None or result.median is None:
            failed = failed or bool(result and result.error)
            break
        points.append((across(size), up(result.median)))
    if not points:
        return
    path = " ".join(f"{x:g},{y:g}" for x, y in points)
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    yield (
        f'<polyline points="{path}" fill="none" stroke="{colour}" '
        f'stroke-width="{width}" stroke-linejoin="round"{dashed}/>'
    )
    x, y = points[-1]
    if failed:
        yield (
            f'<path d="M{x - 5:g},{y - 5:g}l10,10m0,-10l-10,10" fill="none" '
            f'stroke="{colour}" stroke-width="2.5"/>'
        )


def _legend(run: Run, width: float, top: float) -> tuple[list[str], float]:
    """Return the legend's parts, in as many lines as needed, and where it ends."""
    parts: list[str] = []
    x, y = float(_LEFT), top
    for (contestant, key), (colour, stroke, dashes) in _STYLES.items():
        if contestant not in run.contestants():
            continue
        label = f"{run.title(contestant)}, {key} key"
        length = 44 + 6.4 * len(label)
        if x > _LEFT and x + length > width:
            x, y = float(_LEFT), y + 20
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        parts += [
            f'<path d="M{x:g},{y - 4:g}h24" stroke="{colour}" '
            f'stroke-width="{stroke}"{dashed}/>',
            _text(x + 30, y, label, anchor="start"),
        ]
        x += length
    note = "× the next number of keys is an error"
    parts.append(_text(_LEFT, y + 20, note, anchor="start"))
    return parts, y + 34


def _duration(milliseconds: float) -> str:
    if milliseconds >= 1_000:
        return f"{milliseconds / 1_000:,.0f} s"
    return f"{milliseconds:g} ms"


def _stroke(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<path d="M{x1:g},{y1:g}L{x2:g},{y2:g}" stroke="#ddd"/>'


def _text(
    x: float, y: float, text: str, anchor: str = "middle", weight: str = "normal"
) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-weight="{weight}">'
        f"{escape(text)}</text>"
    )
