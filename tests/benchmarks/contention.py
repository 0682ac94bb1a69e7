"""The planner beside other work: what each lunch costs in time and stops, quiet and busy.

    .venv/bin/python -m tests.benchmarks.contention [--limit S] [--unsure] [LUNCH …]

Each lunch is solved in a process of its own that has loaded nothing, once quiet and once beside
six processes that only compute. Prints a Markdown table with its conditions.
"""

from __future__ import annotations

import argparse
import os
import platform

from tests.load.test_contention import LUNCHES, busy, is_late, solved


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lunches", nargs="*", default=LUNCHES, metavar="LUNCH")
    parser.add_argument("--limit", type=float, default=2.0, metavar="S")
    parser.add_argument("--unsure", action="store_true", help="14 %% of a leg, 40 s at a door")
    wanted = parser.parse_args()
    how = "unsure" if wanted.unsure else "sure"
    load = os.getloadavg()[0]
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {load:.0f} before, ", end="")
    print(f"limit {wanted.limit:g} s.\n")
    print("| lunch | quiet: served | seconds | busy: served | seconds | limit |")
    print("|---|---|---|---|---|---|")
    for name in wanted.lunches:
        quiet = solved(name, wanted.limit, how)
        with busy():
            found = solved(name, wanted.limit, how)
        kept = "missed" if is_late(found, wanted.limit) else "kept"
        row = (name, f"{quiet.served} of {quiet.stops}", f"{quiet.seconds:.2f}")
        print("|", " | ".join((*row, f"{found.served}", f"{found.seconds:.2f}", kept)), "|")


if __name__ == "__main__":
    main()
