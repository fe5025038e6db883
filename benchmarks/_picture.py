"""A picture of measured comparisons: an SVG with a bar for each, made without a library."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._comparison import Result

WIDTH, ROW, LABEL, UNIT = 760, 44, 24, 180

STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 } .quiet { fill: #59636e }
.ours { fill: #0b5cad } .axis { stroke: #59636e; stroke-dasharray: 3 3 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6e9ed } .quiet { fill: #a3adb8 } .ours { fill: #8cc4ff } .axis { stroke: #a3adb8 }
}
"""


def drawn(results: Sequence[Result], title: str) -> str:
    """Draw how many times as long ours takes; the dashed line is what it is compared with."""
    height = ROW * len(results) + 48
    rows = "".join(_row(result, 40 + ROW * index) for index, result in enumerate(results))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{escape(title)}"><style>{STYLE}</style>'
        f'<text x="0" y="16">{escape(title)}</text>{rows}'
        f'<line class="axis" x1="{UNIT}" x2="{UNIT}" y1="28" y2="{height}"/></svg>\n'
    )


def _row(result: Result, top: int) -> str:
    length = min(round(result.ratio * UNIT), WIDTH - 170)
    figures = f"{result.ratio:.2f}x ({result.ours * 1e6:.1f} µs, {result.theirs * 1e6:.1f} µs)"
    return (
        f'<text class="quiet" x="0" y="{top + 10}">{escape(result.comparison.name)}</text>'
        f'<rect class="ours" x="0" y="{top + 16}" width="{length}" height="12"/>'
        f'<text x="{length + 8}" y="{top + 27}">{figures}</text>'
    )
