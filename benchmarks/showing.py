"""Figures as a table, as JSON and as a chart."""

from __future__ import annotations

import json
from collections.abc import Sequence
from xml.sax.saxutils import escape

from .figures import Figure

_ROW = 22
_LEFT = 590
_ONE = 200
_WIDTH = 900
_STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1f2328; }
.bar { fill: #0969da; } .quiet { fill: #59636e; } line { stroke: #59636e; stroke-dasharray: 3 3; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; } .bar { fill: #4493f8; } .quiet { fill: #9198a1; } line { stroke: #9198a1; }
}
"""


def value_text(figure: Figure) -> str:
    """The value with its unit."""
    digits = 2 if figure.unit.startswith("x") else 0
    return f"{figure.value:.{digits}f} {figure.unit}"


def promise_text(figure: Figure) -> str:
    """What the value is to be."""
    if figure.most is not None:
        return f"{'' if figure.holds else 'not '}≤ {figure.most:g}"
    if figure.least is not None:
        return f"{'' if figure.holds else 'not '}≥ {figure.least:g}"
    return ""


def table(figures: Sequence[Figure]) -> str:
    """A table in Markdown, which reads well as it is too."""
    rows = [
        ("what", "", "against", "promised"),
        *((f.name, value_text(f), f.peer, promise_text(f)) for f in figures),
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)


def as_json(figures: Sequence[Figure]) -> str:
    """A list of objects."""
    return json.dumps([{**vars(figure), "holds": figure.holds} for figure in figures], indent=2)


def chart(figures: Sequence[Figure]) -> str:
    """An SVG of the ratios: how long ours takes where the peer takes one."""
    ratios = [
        (figure, figure.value if figure.unit == "x" else 1 / figure.value)
        for figure in figures
        if figure.unit.startswith("x") and figure.is_charted
    ]
    height = _ROW * (len(ratios) + 2)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
            f'viewBox="0 0 {_WIDTH} {height}" role="img">'
        ),
        "<title>Time that the mock takes, where its peer takes 1</title>",
        f"<style>{_STYLE}</style>",
        f'<text class="quiet" x="{_LEFT + _ONE}" y="14" text-anchor="middle">the peer: 1</text>',
        f'<line x1="{_LEFT + _ONE}" x2="{_LEFT + _ONE}" y1="20" y2="{height - 8}"/>',
    ]
    for number, (figure, ratio) in enumerate(ratios):
        y = _ROW * (number + 1) + 6
        length = max(min(ratio, 1.4) * _ONE, 1)
        parts += [
            (
                f'<text x="{_LEFT - 8}" y="{y + 12}" text-anchor="end">{escape(figure.name)} '
                f'<tspan class="quiet">vs {escape(figure.peer)}</tspan></text>'
            ),
            f'<rect class="bar" x="{_LEFT}" y="{y}" width="{length:.1f}" height="15" rx="2"/>',
            f'<text x="{_LEFT + length + 6:.1f}" y="{y + 12}">{ratio:.2f}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])
