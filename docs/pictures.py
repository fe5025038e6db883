"""Draw what a rate lets through: ``make pictures`` writes ``docs/images/rates.svg``.

The throttle's own store in memory decides; a test compares the file with what this draws.
"""

from __future__ import annotations

from pathlib import Path

from django_http4xx.throttling.algorithm import Demand, fits
from django_http4xx.throttling.rates import SECOND, Rate, parse
from django_http4xx.throttling.stores.memory import MemoryStore

IMAGE = Path(__file__).parent / "images" / "rates.svg"

RATES = ("5/min", "5/min burst 2", "10/min burst 5")
SECONDS = 150
EVERY = 2  # seconds between two tries
LEFT, WIDTH, ROW = 130, 600, 56

STYLE = """
text { font: 14px system-ui, sans-serif; fill: #1f2328 }
.small { font-size: 12px; fill: #59636e }
line { stroke: #d5dae0 }
.served { fill: #0b5cad }
.refused { fill: none; stroke: #59636e }
@media (prefers-color-scheme: dark) {
  text { fill: #e6e9ed } .small { fill: #a3adb8 } line { stroke: #3a424b }
  .served { fill: #8cc4ff } .refused { stroke: #a3adb8 }
}
"""


def served(rate: Rate) -> list[bool]:
    """Which tries are served of somebody who tries again every few seconds."""
    store, found = MemoryStore(max_keys=1), []
    interval = 1 if rate.window else rate.interval
    capacity = interval * rate.most_at_once
    for second in range(0, SECONDS, EVERY):
        demands = [Demand("somebody", interval, capacity, rate.window)]
        found.append(fits(demands, store.take(demands, (second + 1) * SECOND)))
    return found


def _x(second: int) -> int:
    return LEFT + second * WIDTH // SECONDS


def picture() -> str:
    height = ROW * len(RATES) + 50
    parts = []
    for second in range(0, SECONDS + 1, 30):
        parts.append(f'<line x1="{_x(second)}" x2="{_x(second)}" y1="10" y2="{height - 36}"/>')
        parts.append(
            f'<text class="small" text-anchor="middle" x="{_x(second)}" y="{height - 18}">{second} s</text>'
        )
    for row, text in enumerate(RATES):
        y = row * ROW + 38
        parts.append(f'<text x="0" y="{y + 5}">{text}</text>')
        for number, is_served in enumerate(served(parse(text))):
            kind, radius = ("served", 5) if is_served else ("refused", 1)
            parts.append(
                f'<circle class="{kind}" cx="{_x(number * EVERY)}" cy="{y}" r="{radius}"/>'
            )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 20} {height}" role="img">',
            "<title>Which requests three rates let through</title>",
            f"<style>{STYLE}</style>",
            *parts,
            "</svg>",
            "",
        ]
    )


if __name__ == "__main__":
    IMAGE.write_text(picture())
