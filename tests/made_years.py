"""Years of lunches that nobody ate, to measure forecasts on; made before any method was tried.

A kitchen with thirty dishes offers five a day, Monday to Friday. Some 60 people come: weekdays
differ, July and August and the days around New Year are quiet, every year 8 % more come, and
neighbouring days resemble each other (noise of 7 %, correlation 0.5). A dish is liked more or
less (a factor of 1.5), slowly changes (1 % a day), and belongs more or less to a season: by that
the kitchen chooses it, never within four lunches of the last time. Each portion is ordered at an
instant of its own: three of ten by the evening before, the rest between 7:00 and 10:30, and on
some days everybody is earlier. No method sees the numbers that made a day.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from datetime import date, timedelta

BEGIN = date(2025, 1, 6)
DISHES, ON_MENU, PRODUCE, PEOPLE = 30, 5, 24, 60.0
WEEKDAYS = (0.9, 1.0, 1.05, 1.1, 0.95)
OPENS, CUTOFF = 7.0, 10.5


@dataclass(frozen=True)
class MadeLunch:
    """One day: dish → the hours at which its portions were ordered (0: the day before), and how
    many were to be expected by who knows all but chance."""

    day: date
    asked: dict[int, list[float]]
    expected: dict[int, float]

    @property
    def sold(self) -> dict[int, int]:
        return {dish: len(hours) for dish, hours in self.asked.items()}

    def by(self, hour: float) -> dict[int, int]:
        """Dish → portions ordered by an hour."""
        return {dish: sum(h <= hour for h in hours) for dish, hours in self.asked.items()}


@dataclass(eq=False)
class MadeYears:
    """Lunches in their order, and what one portion of each dish takes: produce → kilos."""

    lunches: list[MadeLunch] = field(default_factory=list)
    recipes: dict[int, dict[int, float]] = field(default_factory=dict)


def made_years(seed: int, *, weeks: int = 104) -> MadeYears:
    """The years of one seed."""
    dice = random.Random(seed)
    liked = [dice.gauss(0, 0.4) for _ in range(DISHES)]
    peaks = [dice.random() * 365 for _ in range(DISHES)]
    seasonal = [dice.random() * 1.5 for _ in range(DISHES)]
    made = MadeYears(recipes={dish: _recipe(dice) for dish in range(DISHES)})
    mood, rest = 0.0, dict.fromkeys(range(DISHES), 0)
    for number in range(weeks * 7):
        day = BEGIN + timedelta(days=number)
        if day.weekday() > 4:
            continue
        mood = 0.5 * mood + dice.gauss(0, 0.07 * math.sqrt(0.75))
        liked = [x + dice.gauss(0, 0.01) for x in liked]
        people = PEOPLE * WEEKDAYS[day.weekday()] * _season(day) * 1.08 ** (number / 365)
        likings = [
            seasonal[d] * math.cos(2 * math.pi * (day.timetuple().tm_yday - peaks[d]) / 365)
            for d in range(DISHES)
        ]
        menu = _menu(dice, likings, rest)
        rest = {d: 4 if d in menu else max(0, left - 1) for d, left in rest.items()}
        shares = {d: math.exp(liked[d] + 0.2 * likings[d]) for d in menu}
        early, many = dice.gauss(0, 0.25), people * math.exp(mood) / sum(shares.values())
        expected = {d: many * share for d, share in shares.items()}
        asked = {d: _hours(dice, number, early) for d, number in expected.items()}
        made.lunches.append(MadeLunch(day, asked, expected))
    return made


def _recipe(dice: random.Random) -> dict[int, float]:
    """Three to six produce, 20 to 250 g of each."""
    return {
        p: dice.choice((0.02, 0.05, 0.1, 0.15, 0.25))
        for p in dice.sample(range(PRODUCE), dice.randint(3, 6))
    }


def _season(day: date) -> float:
    """How many come in that part of the year, beside the usual."""
    of_year = day.timetuple().tm_yday
    summer = 0.3 * math.exp(-(((of_year - 215) / 22) ** 2))
    winter = 0.35 * math.exp(-((min(of_year, 365 - of_year) / 8) ** 2))
    return 1 - summer - winter


def _menu(dice: random.Random, likings: list[float], rest: dict[int, int]) -> list[int]:
    free = {d: math.exp(2 * likings[d]) for d, left in rest.items() if not left}
    chosen: list[int] = []
    for _ in range(ON_MENU):
        dish = dice.choices(list(free), list(free.values()))[0]
        chosen.append(dish)
        del free[dish]
    return chosen


def _hours(dice: random.Random, mean: float, early: float) -> list[float]:
    """When each of some portions (Poisson) was ordered."""
    number, product, limit = 0, dice.random(), math.exp(-mean)
    while product > limit:
        number, product = number + 1, product * dice.random()
    day_before = 0.3 * math.exp(0.5 * early)
    return sorted(
        0.0
        if dice.random() < day_before
        else OPENS + (CUTOFF - OPENS) * dice.betavariate(2.2, 1.4 * math.exp(early))
        for _ in range(number)
    )
