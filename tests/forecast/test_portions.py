"""Portions proposed from past lunches and from the orders in, on years that nobody ate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cache
from math import ceil

import pytest

from locomotive.forecast.past import Pace, PastLunch, pace_of
from locomotive.forecast.portions import Demand, propose
from tests.made_years import MadeLunch, MadeYears, made_years

BEGIN = date(2026, 1, 5)
WARM_UP, EVERY, SHOWN = 130, 5, 20

Proposal = Callable[[list[MadeLunch], MadeLunch], Mapping[int, int]]


@cache
def year(seed: int) -> MadeYears:
    return made_years(seed, weeks=60)


def sold_before(lunches: list[MadeLunch]) -> list[PastLunch]:
    return [PastLunch(lunch.day, lunch.sold) for lunch in lunches[-WARM_UP:]]


def pace_by(lunches: list[MadeLunch], hour: float) -> Pace | None:
    last = lunches[-SHOWN:]
    return pace_of((sum(x.by(hour).values()), sum(x.sold.values())) for x in last)


def same_weekdays(before: list[MadeLunch], lunch: MadeLunch) -> dict[int, int]:
    """What ours are measured against: the mean of a dish's last four same weekdays."""
    found = {}
    for dish in lunch.sold:
        same = [
            x.sold[dish]
            for x in before
            if x.day.weekday() == lunch.day.weekday() and dish in x.sold
        ][-4:]
        if same:
            found[dish] = ceil(sum(same) / len(same))
    return found


def day_before(before: list[MadeLunch], lunch: MadeLunch) -> dict[int, int]:
    return propose(Demand(sold_before(before), lunch.day), lunch.sold)


def at(hour: float) -> Proposal:
    """Ours with what is ordered by an hour."""

    def proposal(before: list[MadeLunch], lunch: MadeLunch) -> dict[int, int]:
        demand = Demand(sold_before(before), lunch.day)
        pace = pace_by(before, hour)
        return propose(demand, lunch.sold, ordered=lunch.by(hour), pace=pace)

    return proposal


def knowing_all(_before: list[MadeLunch], lunch: MadeLunch) -> dict[int, int]:
    """Who knows all but chance: no forecast of the day before can miss less."""
    return {dish: round(mean) for dish, mean in lunch.expected.items()}


def missed(proposal: Proposal, seed: int, *, every: int = EVERY) -> float:
    """Portions too many or too few, for each portion that was wanted."""
    off = wanted = 0
    lunches = year(seed).lunches
    for number in range(WARM_UP, len(lunches), every):
        proposed = proposal(lunches[:number], lunches[number])
        for dish, sold in lunches[number].sold.items():
            off += abs(proposed.get(dish, sold) - sold)
            wanted += sold
    return off / wanted


@pytest.mark.parametrize("seed", [21, 22])
def test_it_misses_less_than_the_mean_of_four_same_weekdays(seed: int) -> None:
    theirs = missed(same_weekdays, seed)
    assert missed(day_before, seed) < 0.97 * theirs
    assert missed(at(0), seed) < 0.8 * theirs  # orders of the evening before
    assert missed(at(10), seed) < 0.4 * theirs


def test_chance_alone_makes_three_quarters_of_what_the_plain_mean_misses() -> None:
    """The bound of any forecast of the day before."""
    assert missed(knowing_all, 21) > 0.75 * missed(same_weekdays, 21)


def weeks(number: int, sold: Mapping[int, int]) -> list[PastLunch]:
    return [PastLunch(BEGIN + timedelta(weeks=n, days=d), sold)
            for n in range(number) for d in range(5)]  # fmt: skip


def test_a_dish_that_nobody_was_offered_is_unknown_alone_and_usual_on_a_menu() -> None:
    demand = Demand(weeks(4, {1: 20, 2: 20}), BEGIN + timedelta(weeks=5))
    assert demand.usual(3) is None
    assert propose(demand, [1, 2, 3]) == {1: 13, 2: 13, 3: 13}
    assert propose(Demand([], BEGIN), [1]) == {}


def test_a_strong_rival_takes_portions_away() -> None:
    past = weeks(4, {1: 30, 2: 10}) + [
        PastLunch(lunch.day + timedelta(weeks=4), {2: 20, 3: 20}) for lunch in weeks(4, {})
    ]
    demand = Demand(past, BEGIN + timedelta(weeks=9))
    beside_strong, beside_equal = propose(demand, [1, 2])[2], propose(demand, [2, 3])[2]
    assert beside_strong < 15 < 18 <= beside_equal


def test_orders_that_are_in_raise_what_is_proposed() -> None:
    demand = Demand(weeks(8, {1: 20, 2: 20}), BEGIN + timedelta(weeks=9))
    half = Pace(0.5, 1000)
    as_usual = propose(demand, [1, 2], ordered={1: 10, 2: 10}, pace=half)
    many = propose(demand, [1, 2], ordered={1: 20, 2: 10}, pace=half)
    over = propose(demand, [1, 2], ordered={1: 25, 2: 14}, pace=Pace(1, 1000))
    assert as_usual == {1: 20, 2: 20}
    assert many[1] > 30 > many[2] > 19
    assert over == {1: 25, 2: 14}


def test_days_that_differ_tell_less_of_a_day() -> None:
    steady = pace_of([(30, 60)] * 10)
    unsteady = pace_of([(10, 60), (50, 60)] * 5)
    assert steady is not None
    assert unsteady is not None
    assert steady.share == unsteady.share == 0.5
    assert steady.sure > 100 > unsteady.sure
    assert pace_of([(30, 60)] * 2) is None
    assert pace_of([(0, 60)] * 10) is None
