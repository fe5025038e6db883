"""``python -m benchmarks [name ...]``: measure all parts, or those named, and print the ratios.

``python -m benchmarks --picture docs/images/error-path.svg`` measures ``alone`` and draws it.
"""

from __future__ import annotations

import os
import platform
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING

import django
from django.core.management import call_command

from . import __path__ as _here
from ._comparison import measure
from ._picture import drawn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._comparison import Result


def main(names: Sequence[str]) -> int:
    """Print a table; the exit status is 1 where a limit is exceeded."""
    picture = ""
    if names[:1] == ["--picture"]:
        _, picture, *names = names
        names = names or ["alone"]
    parts = [module.name for module in iter_modules(_here) if not module.name.startswith("_")]
    if unknown := sorted(set(names) - set(parts)):
        print(f"There is no benchmark {unknown[0]!r}; there are: {', '.join(parts)}.")
        return 2
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks._settings")
    django.setup()
    call_command("migrate", verbosity=0)
    results = []
    for name in names or parts:
        print(f"\n{name}\n  {'ours':>9} {'theirs':>9} {'ratio':>7} {'limit':>17}")
        for comparison in import_module(f"benchmarks.{name}").comparisons():
            result = measure(comparison)
            results.append(result)
            print(f"  {_row(result)}\n      {comparison.name}", flush=True)
    if picture:
        versions = f"Python {platform.python_version()}, Django {django.__version__}"
        title = f"How many times as long an error takes ({versions}); the line is 1x"
        Path(picture).write_text(drawn(results, title), encoding="utf-8")
    return 0 if all(result.holds for result in results) else 1


def _row(result: Result) -> str:
    comparison = result.comparison
    more = f" or +{comparison.or_more * 1e6:.1f} µs" if comparison.or_more else ""
    verdict = "holds" if result.holds else "EXCEEDED"
    return (
        f"{result.ours * 1e6:6.1f} µs {result.theirs * 1e6:6.1f} µs {result.ratio:6.2f}x "
        f"{f'{comparison.limit:.2f}x{more}':>17}  {verdict}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
