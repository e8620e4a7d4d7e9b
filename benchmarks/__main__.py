"""Speed, beside its peers': ``python -m benchmarks``, which takes some minutes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from . import calls, processes, servers, sizes
from .figures import FULL, QUICK, Effort, Figures
from .showing import as_json, chart, table

GROUPS: dict[str, Callable[[Effort], Figures]] = {
    "calls": calls.figures,
    "tests": calls.figures_of_tests,
    "processes": processes.figures,
    "servers": servers.figures,
    "threads": sizes.figures_of_threads,
    "sizes": sizes.figures,
    "deletion": sizes.figures_of_deletion,
    "expiry": sizes.figures_of_expiry,
    "memory": sizes.figures_of_memory,
}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("group", nargs="*", help=f"of {', '.join(GROUPS)}; by default all")
    parser.add_argument("--json", action="store_true", help="print JSON in place of a table")
    parser.add_argument("--svg", metavar="FILE", type=Path, help="draw a chart of the ratios")
    parser.add_argument(
        "--quick", action="store_true", help="measure hardly at all, to see whether it runs"
    )
    given = parser.parse_args(arguments)
    for name in given.group:
        if name not in GROUPS:
            parser.error(f"there is no group {name!r}, only {', '.join(GROUPS)}")
    effort = QUICK if given.quick else FULL
    measured = []
    for name in given.group or GROUPS:
        print(f"{name} …", file=sys.stderr)
        measured += GROUPS[name](effort)
    print(as_json(measured) if given.json else table(measured))
    if given.svg is not None:
        given.svg.write_text(chart(measured), encoding="utf-8")


if __name__ == "__main__":
    main()
