"""Portions proposed from past lunches, measured on simulated years against the mean of the last
four same weekdays."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from locomotive.origins.portion_proposal import PastLunch, propose

BEGIN = date(2026, 1, 5)
WEEKDAYS = (0.9, 1.0, 1.05, 1.1, 0.95)
LIKED = (5.0, 4.0, 3.0, 3.0, 2.5, 2.0, 2.0, 1.5, 1.0, 1.0)
ON_MENU = 6
WARM_UP = 40

Forecast = Callable[[list[PastLunch], date, int], "int | None"]


def poisson(mean: float, dice: random.Random) -> int:
    limit, number, product = math.exp(-mean), 0, dice.random()
    while product > limit:
        number, product = number + 1, product * dice.random()
    return number


def year(seed: int) -> list[PastLunch]:
    """A year of demand: weekdays, a summer that is quiet, dishes that rotate."""
    dice = random.Random(seed)
    lunches = []
    for number in range(364):
        day = BEGIN + timedelta(days=number)
        if day.weekday() > 4:
            continue
        season = 1 - 0.25 * math.exp(-(((number - 210) / 25) ** 2)) + 0.1 * number / 364
        people = 60 * WEEKDAYS[day.weekday()] * season * math.exp(dice.gauss(0, 0.08))
        menu = dice.sample(range(len(LIKED)), ON_MENU)
        likes = sum(LIKED[dish] for dish in menu)
        sold = {dish: poisson(people * LIKED[dish] / likes, dice) for dish in menu}
        lunches.append(PastLunch(day, sold))
    return lunches


def same_weekdays(past: list[PastLunch], day: date, dish_id: int) -> int | None:
    """What it is measured against."""
    same = [p.sold[dish_id] for p in past if p.day.weekday() == day.weekday() and dish_id in p.sold]
    return math.ceil(sum(same[-4:]) / len(same[-4:])) if same else None


def missed(forecast: Forecast, lunches: list[PastLunch]) -> float:
    """Portions too many or too few, for each portion that was wanted."""
    off = wanted = 0
    for number, lunch in enumerate(lunches[WARM_UP:], WARM_UP):
        for dish, sold in lunch.sold.items():
            proposed = forecast(lunches[:number], lunch.day, dish)
            if proposed is not None:
                off += abs(proposed - sold)
                wanted += sold
    return off / wanted


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_misses_less_than_the_mean_of_four_same_weekdays(seed: int) -> None:
    lunches = year(seed)
    ours, theirs = missed(propose, lunches), missed(same_weekdays, lunches)
    assert ours < 0.95 * theirs, (ours, theirs)


def test_a_dish_that_nobody_was_offered_has_no_proposal() -> None:
    past = [PastLunch(BEGIN, {1: 10, 2: 20})]
    assert propose(past, BEGIN + timedelta(days=7), 3) is None
    assert propose(past, BEGIN, 1) is None
    assert propose([], BEGIN, 1) is None


def test_a_share_of_what_that_weekday_sells() -> None:
    past = [PastLunch(BEGIN + timedelta(days=7 * n), {1: 10, 2: 30}) for n in range(5)]
    past += [PastLunch(BEGIN + timedelta(days=29), {1: 50, 2: 150})]
    assert propose(past, BEGIN + timedelta(days=35), 1) == 10
    assert propose(past, BEGIN + timedelta(days=36), 2) == 150
