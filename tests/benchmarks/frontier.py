"""Portions left over against dishes sold out: what each aim comes to on simulated years.

Run by hand from the root:

    .venv/bin/python -m tests.benchmarks.frontier [--seeds 31 32 33] [--every 3]

Prints Markdown tables: one cooking, by the hour of the proposal and how often it suffices; two
rounds, of which the second is cooked after the cut-off; and what who knows all but chance could do.
"Unsold" is the share of the cooked portions that nobody took, "sold out" the share of dishes of
which more were wanted than offered, "told" what the page says beforehand, "second" the share of
the portions sold that was cooked after the cut-off.
"""

from __future__ import annotations

import argparse
import platform

from locomotive.forecast.aim import AIMS, Aim
from tests.forecast.test_portions import WARM_UP, year
from tests.served_years import Served, at_hour, knowing_all

HOURS = (None, 0, 8, 9, 9.5, 10, 10.25)
OFTEN = (0.25, 0.5, 0.7, 0.8, 0.9, 0.95)


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--seeds", type=int, nargs="+", default=[31, 32, 33])
    asked.add_argument("--every", type=int, default=3)
    given = asked.parse_args()
    once = [Aim(f"{often:g}", often, often) for often in OFTEN]
    aims = {aim.code: aim for aim in (*once, AIMS["two_rounds"])}
    found = {(name, code): Served() for name in (*map(name_of, HOURS), "all") for code in aims}
    for seed in given.seeds:
        lunches = year(seed).lunches
        for number in range(WARM_UP, len(lunches), given.every):
            before, lunch = lunches[:number], lunches[number]
            known = {name_of(hour): at_hour(before, lunch, hour) for hour in HOURS}
            for name, spread in (known | {"all": knowing_all(lunch)}).items():
                for code, aim in aims.items():
                    found[name, code].serve(spread, aim, lunch.sold)
    print(f"Python {platform.python_version()}, seeds {given.seeds}, each {given.every}rd lunch\n")
    print("| known | suffices | unsold | told | sold out | told | second |\n" + "|---" * 7 + "|")
    for (name, code), served in found.items():
        print(f"| {name} | {code} | {' | '.join(f'{share:.1%}' for share in served.shares)} |")


def name_of(hour: float | None) -> str:
    return "the day before" if hour is None else f"orders of {hour:g} h"


if __name__ == "__main__":
    main()
