"""All figures on one page: a table, and a picture with the yardsticks beside ours.

    python -m tests.bench [--quick] [--only page,wire] [--out figures.png]

Every `bench_*.py` with a function `figures` takes part, each in a process of its own. Exit code 1 when one
failed; the table says why, and the picture shows the others. A target that was missed is marked, and no
failure.
"""

import argparse
import os
import sys
import time
from pathlib import Path

from tests.bench.outcome import ROOT, benches, hand_over, run
from tests.bench.table import table

PICTURE = ROOT / "examples" / "screenshots" / "figures.png"
"""The one that README shows."""


def chosen(only: str, found: list[str]) -> list[str]:
    """`page,wire` -> ["bench_page", "bench_wire"]; nothing is all. ValueError names what there is not."""
    names = [f"bench_{name.strip().removeprefix('bench_')}" for name in only.split(",") if name.strip()]
    unknown = [name for name in names if name not in found]
    if unknown:
        raise ValueError(f"no such bench: {', '.join(unknown)}; there are {', '.join(found)}")
    return names or found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the short form of every bench")
    parser.add_argument("--only", default="", help="names of benches, such as page,wire (default: all)")
    parser.add_argument("--out", type=Path, help="the picture (default: README's, when all ran)")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--hand-over", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        hand_over(options.one, options.quick, options.hand_over)
        return 0
    try:
        names = chosen(options.only, benches())
    except ValueError as error:
        parser.error(str(error))
    outcomes = []
    for name in names:
        began = time.monotonic()
        print(f"{name} …", end=" ", flush=True, file=sys.stderr)
        outcomes.append(run(name, options.quick))
        print(f"{time.monotonic() - began:.0f} s {outcomes[-1].error}", flush=True, file=sys.stderr)
    print(table(outcomes))
    figures = [figure for outcome in outcomes for figure in outcome.figures]
    picture = options.out or (None if options.only else PICTURE)
    if figures and picture:
        from tests.bench.chart import draw  # only here: a bench's process has no use for matplotlib

        command = f"python -m tests.bench{' --quick' if options.quick else ''}"
        draw(figures, picture, f"{command}, {time.strftime('%-d %B %Y')}, {os.cpu_count()} processors")
        print(f"\n{picture}", file=sys.stderr)
    return 1 if any(outcome.error for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
