"""Portions proposed on simulated years: what is left unsold, and what is sold out too early.

Run by hand from the root:

    .venv/bin/python -m tests.benchmarks.portions [--seeds 31 32 33] [--every 3]

Prints a Markdown table. "Unsold" is the share of the offered portions that nobody took, "refused"
the share of the wanted ones that nobody got, "sold out" the share of dishes sold out before the
cut-off, "missed" unsold and refused for each wanted portion. A customer whose dish is sold out
leaves; or, in the second table, seven of ten take another dish. The years are told in
`tests/made_years.py`; proposals see only what was sold and ordered before them.
"""

from __future__ import annotations

import argparse
import platform
import random
from collections.abc import Mapping
from dataclasses import dataclass

from tests.forecast.test_portions import (
    WARM_UP,
    Proposal,
    at,
    day_before,
    knowing_all,
    same_weekdays,
    year,
)
from tests.made_years import MadeLunch

HOURS = (0, 8, 9, 9.5, 10, 10.25)
TAKE_ANOTHER = 0.7
WAYS: dict[str, Proposal] = {
    "mean of the last four same weekdays": same_weekdays,
    "the day before, no order in": day_before,
    **{f"with the orders of {'the evening before' if not h else f'{h:g} h'}": at(h) for h in HOURS},
    "knowing all but chance, no order in": knowing_all,
}


@dataclass
class Tally:
    """Sums over lunches."""

    offered: int = 0
    unsold: int = 0
    wanted: int = 0
    refused: int = 0
    sold_out: int = 0
    dishes: int = 0

    @property
    def row(self) -> str:
        missed = (self.unsold + self.refused) / self.wanted
        return " | ".join(
            f"{share:.1%}"
            for share in (
                self.unsold / self.offered,
                self.refused / self.wanted,
                self.sold_out / self.dishes,
                missed,
            )
        )


def serve(tally: Tally, lunch: MadeLunch, offered: Mapping[int, int], another: float) -> None:
    """Let the customers come in the order in which they ordered."""
    dice = random.Random(lunch.day.toordinal())
    left = dict(offered)
    came = sorted((hour, dish) for dish, hours in lunch.asked.items() for hour in hours)
    short = set()
    for _hour, dish in came:
        if left[dish]:
            left[dish] -= 1
            continue
        short.add(dish)
        others = [d for d, n in left.items() if n]
        if others and dice.random() < another:
            left[dice.choice(others)] -= 1
        else:
            tally.refused += 1
    tally.offered += sum(offered.values())
    tally.unsold += sum(left.values())
    tally.wanted += len(came)
    tally.sold_out += len(short)
    tally.dishes += len(offered)


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--seeds", type=int, nargs="+", default=[31, 32, 33])
    asked.add_argument("--every", type=int, default=3)
    given = asked.parse_args()
    print(f"Python {platform.python_version()}, seeds {given.seeds}, each {given.every}rd lunch")
    tallies = {(name, other): Tally() for name in WAYS for other in (0.0, TAKE_ANOTHER)}
    for seed in given.seeds:
        lunches = year(seed).lunches
        for number in range(WARM_UP, len(lunches), given.every):
            before, lunch = lunches[:number], lunches[number]
            for name, way in WAYS.items():
                proposed = way(before, lunch)
                offered = {dish: proposed.get(dish, 10) for dish in lunch.sold}
                for other in (0.0, TAKE_ANOTHER):
                    serve(tallies[name, other], lunch, offered, other)
    for other in (0.0, TAKE_ANOTHER):
        print(f"\n{other:.0%} of those whose dish is sold out take another one\n")
        print("| proposal | unsold | refused | sold out | missed |\n|---|---|---|---|---|")
        for name in WAYS:
            print(f"| {name} | {tallies[name, other].row} |")


if __name__ == "__main__":
    main()
