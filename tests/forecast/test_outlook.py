"""What the coming weeks will need, measured against plain means on years that nobody ate."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache

import pytest

from locomotive.forecast.outlook import WEEK, Need, monday_of, outlook
from locomotive.forecast.past import PastLunch
from locomotive.menu.recipe import Book, Ingredient
from tests.made_years import MadeYears, made_years

MONDAY = date(2026, 11, 30)
ONE_WEEK = [MONDAY + timedelta(days=n) for n in range(5)]


def book(recipes: Mapping[int, Mapping[int, float]]) -> Book:
    """Recipes of one portion each, in kilos."""
    ids = {produce_id for lines in recipes.values() for produce_id in lines}
    return Book(
        makes=dict.fromkeys(recipes, 1),
        lines={
            dish: tuple((p, None, round(kg * 1000)) for p, kg in lines.items())
            for dish, lines in recipes.items()
        },
        of_dish={dish: dish for dish in recipes},
        ingredients={i: Ingredient(i, f"p{i}", "kg", 1000, "vegetable", "", True) for i in ids},
    )


CARROTS = book({1: {7: 0.1}, 2: {7: 0.2, 8: 0.05}})


def same_weeks(number: int, sold: Mapping[int, int], last: date = MONDAY) -> list[PastLunch]:
    """So many weeks of equal lunches, Monday to Friday, before a Monday."""
    return [
        PastLunch(last - n * WEEK + timedelta(days=d), sold)
        for n in range(number, 0, -1)
        for d in range(5)
    ]


def test_a_planned_menu_needs_what_its_portions_take() -> None:
    found = outlook(CARROTS, [], {MONDAY: {1: 30, 2: 10}}, [MONDAY])
    assert found.need(MONDAY, 7) == Need(low=4500, likely=5000, high=5500)
    assert not found.is_known


def test_a_week_without_menus_needs_what_such_weeks_needed() -> None:
    past = same_weeks(4, {1: 20})
    found = outlook(CARROTS, past, {}, ONE_WEEK)
    assert found.need(MONDAY, 7) == Need(10_000, 10_000, 10_000)
    assert found.need(MONDAY, 8) == Need(0, 0, 0)
    # The control: a day on which the house is closed needs nothing.
    assert outlook(CARROTS, past, {}, ONE_WEEK[:4]).need(MONDAY, 7).likely == 8000


def test_the_same_weeks_a_year_ago_count_grown_as_lunches_have_grown() -> None:
    now = same_weeks(8, {1: 20}) + same_weeks(3, {2: 10}, MONDAY - 49 * WEEK)
    grown = same_weeks(8, {1: 10}, MONDAY - 52 * WEEK)
    found = outlook(CARROTS, sorted(now + grown, key=lambda x: x.day), {}, ONE_WEEK)
    need = found.need(MONDAY, 8)
    assert need.low == 0 < need.likely < need.high
    assert need.high == 5000  # 5 days × 10 × 50 g, twice as many people as then


def test_ranges_are_rounded_outwards_to_two_digits() -> None:
    assert Need(12_340, 15_000, 18_910).rounded == (12_000, 19_000)
    assert Need(0, 1, 7).rounded == (0, 7)


@cache
def weeks_of(years: MadeYears) -> dict[date, dict[int, float]]:
    """What each week took, counted by itself."""
    took: dict[date, dict[int, float]] = {}
    for lunch in years.lunches:
        here = took.setdefault(monday_of(lunch.day), {})
        for dish, number in lunch.sold.items():
            for produce_id, kg in years.recipes[dish].items():
                here[produce_id] = here.get(produce_id, 0.0) + 1000 * kg * number
    return took


@pytest.mark.parametrize("seed", [11])
def test_it_misses_less_than_the_mean_of_eight_weeks(seed: int) -> None:
    """Asked on the first Mondays of months of the third year, for the weeks 2 to 8 ahead."""
    years = made_years(seed, weeks=150)
    took, recipes = weeks_of(years), book(years.recipes)
    past = [PastLunch(lunch.day, lunch.sold) for lunch in years.lunches]
    mondays = sorted(took)
    ours = mean = wanted = within = asked = 0.0
    for number in range(108, 140, 4):
        now = mondays[number]
        days = [mondays[number + n] + timedelta(days=d) for n in range(2, 9) for d in range(5)]
        ahead = outlook(recipes, [lunch for lunch in past if lunch.day < now], {}, days)
        for week in ahead.weeks:
            for p in recipes.ingredients:
                true = took[week].get(p, 0.0)
                usual = sum(took[m].get(p, 0.0) for m in mondays[number - 8 : number]) / 8
                need = ahead.need(week, p)
                ours, mean = ours + abs(need.likely - true), mean + abs(usual - true)
                wanted, asked = wanted + true, asked + 1
                within += need.low <= true <= need.high
    assert ours < 0.95 * mean, (ours / wanted, mean / wanted)
    assert within / asked > 0.75, within / asked
