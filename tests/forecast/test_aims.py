"""What the manager aims at, between portions left over and dishes sold out, and what is told of
it beforehand."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from locomotive.core.clock import clock
from locomotive.core.db import write_tx
from locomotive.forecast import spread as spread_file
from locomotive.forecast.aim import AIMS, Aim, outcome_of
from locomotive.forecast.spread import Spread
from locomotive.menu.menu import Menu, Portion
from tests.farm_day import dish
from tests.forecast.test_portions import WARM_UP, year
from tests.served_years import Served, at_hour, knowing_all
from tests.service_day import DATE, Day

EVERY, MOST_UNSOLD, MOST_SOLD_OUT = 3, 0.04, 0.05


def served(seed: int, aim: Aim, known: Callable[[int], dict[int, Spread]]) -> Served:
    """A simulated year cooked and sold by an aim."""
    found, lunches = Served(), year(seed).lunches
    for number in range(WARM_UP, len(lunches), EVERY):
        found.serve(known(number), aim, lunches[number].sold)
    return found


def by_the_evening(seed: int) -> Callable[[int], dict[int, Spread]]:
    lunches = year(seed).lunches
    return lambda number: at_hour(lunches[:number], lunches[number], 0)


def holds_both(found: Served) -> bool:
    unsold, _told, sold_out, _told_out, _second = found.shares
    return unsold <= MOST_UNSOLD and sold_out <= MOST_SOLD_OUT


def test_two_rounds_leave_little_over_and_are_seldom_sold_out() -> None:
    found = [served(seed, AIMS["two_rounds"], by_the_evening(seed)) for seed in (31, 32, 33)]
    whole = Served(*(sum(column) for column in zip(*map(columns, found), strict=True)))
    assert holds_both(whole), whole.shares
    assert whole.second < whole.sold / 3


def columns(found: Served) -> list[float]:
    return [float(value) for value in vars(found).values()]


@pytest.mark.parametrize("often", [0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99])
def test_one_cooking_cannot_hold_both_not_even_knowing_all_but_chance(often: float) -> None:
    lunches = year(31).lunches
    found = served(31, Aim("", often, often), lambda number: knowing_all(lunches[number]))
    assert not holds_both(found), found.shares


@pytest.mark.parametrize("code", list(AIMS))
def test_what_is_told_beforehand_is_what_comes(code: str) -> None:
    found = served(32, AIMS[code], by_the_evening(32))
    unsold, told, sold_out, told_out, _second = found.shares
    assert abs(unsold - told) < 0.025
    assert abs(sold_out - told_out) < 0.08


def test_the_control_whoever_expects_a_quarter_too_few_tells_too_few_sold_out() -> None:
    known = by_the_evening(32)

    def too_few(number: int) -> dict[int, Spread]:
        return {d: replace(spread, mean=0.75 * spread.mean) for d, spread in known(number).items()}

    _unsold, _told, sold_out, told_out, _second = served(32, AIMS["middle"], too_few).shares
    assert sold_out - told_out > 0.16


def test_the_chances_of_a_spread_are_whole_and_its_numbers_agree_with_them() -> None:
    for spread in (Spread(3, 12.5, 20), Spread(0, 0.4, 5), Spread(0, 480, 1e9), Spread(7, 0, 50)):
        assert sum(spread.chances) == pytest.approx(1, abs=1e-4)
        assert sum(n * c for n, c in enumerate(spread.chances)) == pytest.approx(spread.mean, 1e-3)
        for often in (0.2, 0.5, 0.95):
            least = spread.quantile(often)
            assert spread.above(least) <= 1 - often + 1e-6
            assert least == spread.ordered or spread.above(least - 1) > 1 - often
        assert spread.above(spread.ordered - 1) == pytest.approx(1, abs=1e-4)
        assert spread.unsold(spread.ordered) == 0
        assert spread.unsold(2000) == pytest.approx(2000 - spread.ordered - spread.mean, 1e-3)
    assert spread_file.NEVER < 1e-6


def test_of_a_menu_each_aim_says_what_is_offered_cooked_and_left_over() -> None:
    here = {1: Spread(4, 10, 30), 2: Spread(0, 6, 30)}
    little, middle, plenty, rounds = (outcome_of(here, AIMS[code]) for code in AIMS)
    assert little.unsold < middle.unsold < plenty.unsold
    assert little.sold_out > middle.sold_out > plenty.sold_out
    assert (rounds.offered, rounds.first) == (plenty.offered, little.first)
    assert (rounds.unsold, rounds.sold_out) == (little.unsold, plenty.sold_out)
    assert (little.second, middle.second, plenty.second) == pytest.approx((0, 0, 0), abs=1e-9)
    assert 0 < rounds.second < sum(rounds.offered.values()) - sum(rounds.first.values())


@pytest.fixture
def sold_weeks(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four weeks of lunches at which twenty soups and ten salads were sold."""
    monkeypatch.setattr(clock, "now", lambda: day.at(8))
    with write_tx() as session:
        for back in range(1, 29):
            menu = Menu(date=DATE - timedelta(days=back), published_at=day.at(7))
            menu.portions = [
                Portion(dish_id=dish(name).id, position=1, initial=number, remaining=0,
                        price_cents=900, vat_bp=1000)
                for name, number in (("soup", 20), ("salad", 10))
            ]  # fmt: skip
            session.add(menu)


def proposed(page: str, name: str) -> int:
    """The number beside a dish's field."""
    row = page[page.index(f'name="portions-{dish(name).id}"') :]
    return int(re.findall(r"usually (\d+)", row)[0])


def chosen(office: FlaskClient, aim: str) -> str:
    """The menu's page once this aim is chosen."""
    page = f"/office/menu/{DATE}/aim"
    return office.post(page, data={"aim": aim}, follow_redirects=True).text


def test_the_menu_page_tells_what_each_aim_comes_to_and_proposes_for_the_chosen_one(
    day: Day, office: FlaskClient, sold_weeks: None
) -> None:
    page = office.get(f"/office/menu/{DATE}").text
    for said in ("Little left over", "Seldom sold out", "Cook in two rounds", "of 20 days"):
        assert said in page
    plenty, little = chosen(office, "plenty"), chosen(office, "little")
    assert proposed(little, "soup") < proposed(page, "soup") < proposed(plenty, "soup")
    rounds = chosen(office, "two_rounds")
    assert proposed(rounds, "soup") == proposed(plenty, "soup")
    first = [int(n) for n in re.findall(r"cook (\d+) first", rounds)]
    assert len(first) == 3
    assert f"Cook {sum(first)} first" in rounds
    assert not re.search(r"cook \d+ first", plenty)
    assert office.get(f"/office/menu/{DATE}").text.count("usually") == 3


def test_a_menu_without_past_lunches_offers_no_aims(day: Day, office: FlaskClient) -> None:
    assert "Cook in two rounds" not in office.get(f"/office/menu/{DATE}").text
