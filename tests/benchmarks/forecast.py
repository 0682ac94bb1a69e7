"""Which forecast of the weeks ahead misses least, on years that nobody ate; and how long it takes.

Run by hand from the root:

    .venv/bin/python -m tests.benchmarks.forecast [--seeds 3] [--fast]

Methods of `statsforecast` are tried where it is installed. Prints Markdown tables with their
conditions. A miss is |forecast - true| over what was needed, of one produce in one week.
"""

from __future__ import annotations

import argparse
import platform
from collections.abc import Callable, Sequence
from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec
from statistics import mean
from time import process_time
from typing import Any

from locomotive.forecast.outlook import Outlook, outlook
from locomotive.forecast.past import PastLunch
from tests.forecast.test_outlook import book, weeks_of
from tests.made_years import made_years

FIRST, LAST, EVERY = 108, 148, 4  # the weeks of the third year from which is looked ahead
HORIZONS = range(2, 9)

Series = Sequence[float]
Method = Callable[[Series], list[float]]


def plain_mean(weeks: int) -> Method:
    return lambda past: [mean(past[-weeks:])] * len(HORIZONS)


def weighted_mean(half_life: float) -> Method:
    def forecast(past: Series) -> list[float]:
        weights = [0.5 ** ((len(past) - 1 - n) / half_life) for n in range(len(past))]
        return [sum(w * x for w, x in zip(weights, past, strict=True)) / sum(weights)] * 7

    return forecast


def year_ago(past: Series) -> list[float]:
    return [past[len(past) - 1 + h - 52] for h in HORIZONS]


def theirs(name: str) -> Method:
    """A model of statsforecast on the weeks of one produce."""
    numpy, models = import_module("numpy"), import_module("statsforecast.models")
    makes: dict[str, Callable[[], Any]] = {
        "AutoETS": lambda: models.AutoETS(season_length=1),
        "SeasonalExponentialSmoothingOptimized, 52 weeks": lambda: (
            models.SeasonalExponentialSmoothingOptimized(season_length=52)
        ),
        "DynamicOptimizedTheta": lambda: models.DynamicOptimizedTheta(season_length=1),
        "CrostonSBA": lambda: models.CrostonSBA(),
    }

    def forecast(past: Series) -> list[float]:
        here = numpy.array(past, dtype=float)
        return list(makes[name]().forecast(y=here, h=HORIZONS[-1])["mean"])[1:]

    return forecast


METHODS: dict[str, Method] = {
    "mean of 4 weeks": plain_mean(4),
    "mean of 8 weeks": plain_mean(8),
    "mean of 26 weeks": plain_mean(26),
    "weighted mean, half-life 3 weeks": weighted_mean(3),
    "weighted mean, half-life 6 weeks": weighted_mean(6),
    "the same week a year ago": year_ago,
}
THEIRS = (
    "AutoETS", "SeasonalExponentialSmoothingOptimized, 52 weeks", "DynamicOptimizedTheta",
    "CrostonSBA",
)  # fmt: skip


def measure(seed: int, methods: dict[str, Method]) -> tuple[dict[str, float], float, float]:
    """Method → sum of misses of one seed, what was needed, and how often the range held."""
    years = made_years(seed, weeks=LAST + 10)
    took, recipes = weeks_of(years), book(years.recipes)
    past = [PastLunch(lunch.day, lunch.sold) for lunch in years.lunches]
    mondays = sorted(took)
    missed: dict[str, float] = dict.fromkeys(["ours", *methods], 0.0)
    wanted = within = asked = 0.0
    for number in range(FIRST, LAST, EVERY):
        weeks = [mondays[number - 1 + h] for h in HORIZONS]
        days = [week + timedelta(days=d) for week in weeks for d in range(5)]
        ahead = outlook(recipes, [x for x in past if x.day < mondays[number]], {}, days)
        for p in recipes.ingredients:
            series = [took[m].get(p, 0.0) for m in mondays[:number]]
            true = [took[week].get(p, 0.0) for week in weeks]
            wanted += sum(true)
            needs = [ahead.need(week, p) for week in weeks]
            asked += len(needs)
            within += sum(n.low <= x <= n.high for n, x in zip(needs, true, strict=True))
            missed["ours"] += _miss([need.likely for need in needs], true)
            for name, method in methods.items():
                missed[name] += _miss(method(series), true)
    return missed, wanted, within / asked


def _miss(forecast: Sequence[float], true: Sequence[float]) -> float:
    return sum(abs(a - b) for a, b in zip(forecast, true, strict=True))


def fast() -> None:
    """How long eight weeks take with a year of lunches behind them."""
    years = made_years(1, weeks=70)
    recipes = book(years.recipes)
    past = [PastLunch(lunch.day, lunch.sold) for lunch in years.lunches]
    first = past[-1].day + timedelta(days=3)
    days = [first + timedelta(weeks=w, days=d) for w in range(8) for d in range(5)]
    began = process_time()
    found: Outlook = outlook(recipes, past, {}, days)
    print(f"eight weeks, {len(found.produce_ids)} produce: {process_time() - began:.3f} s")


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--seeds", type=int, default=3)
    asked.add_argument("--fast", action="store_true")
    given = asked.parse_args()
    print(f"Python {platform.python_version()}, {platform.machine()}, processor time")
    fast()
    if given.fast:
        return
    methods = METHODS | ({n: theirs(n) for n in THEIRS} if find_spec("statsforecast") else {})
    sums: dict[str, float] = {}
    wanted, within = 0.0, []
    for seed in range(1, given.seeds + 1):
        missed, needed, held = measure(seed, methods)
        wanted += needed
        within.append(held)
        for name, miss in missed.items():
            sums[name] = sums.get(name, 0.0) + miss
    print("\n| method | missed |\n|---|---|")
    for name, miss in sorted(sums.items(), key=lambda pair: pair[1]):
        print(f"| {name} | {miss / wanted:.1%} |")
    print(f"\nRanges of ours held {mean(within):.0%} of the weeks.")


if __name__ == "__main__":
    main()
