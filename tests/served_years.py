"""Menus of simulated years cooked and sold as an aim proposes, and what was told beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from locomotive.forecast.aim import Aim, outcome_of
from locomotive.forecast.portions import Demand, spreads
from locomotive.forecast.spread import Spread
from tests.forecast.test_portions import pace_by, sold_before
from tests.made_years import MadeLunch

SURE = 1e9


@dataclass
class Served:
    """Sums over lunches of one aim."""

    cooked: float = 0
    unsold: float = 0
    sold: float = 0
    second: float = 0
    sold_out: float = 0
    dishes: int = 0
    told_unsold: float = 0
    told_out: float = 0

    def serve(self, found: Mapping[int, Spread], aim: Aim, sold: Mapping[int, int]) -> None:
        """Cook and sell one menu, of which so many are wanted."""
        told = outcome_of(found, aim)
        self.told_unsold += told.unsold
        self.told_out += told.sold_out * len(found)
        self.dishes += len(found)
        for dish, wanted in sold.items():
            taken = min(wanted, told.offered[dish])
            self.unsold += max(0, told.first[dish] - taken)
            self.cooked += max(told.first[dish], taken)
            self.second += max(0, taken - told.first[dish])
            self.sold += taken
            self.sold_out += wanted > told.offered[dish]

    @property
    def shares(self) -> tuple[float, float, float, float, float]:
        """Unsold of what was cooked, as it was told, sold out of all dishes, as it was told, and
        what was cooked after the cut-off of what was sold."""
        return (
            self.unsold / self.cooked,
            self.told_unsold / self.cooked,
            self.sold_out / self.dishes,
            self.told_out / self.dishes,
            self.second / self.sold,
        )


def at_hour(before: list[MadeLunch], lunch: MadeLunch, hour: float | None) -> dict[int, Spread]:
    """What may be wanted, as it is known by an hour; None is the day before, without orders."""
    demand = Demand(sold_before(before), lunch.day)
    if hour is None:
        return spreads(demand, lunch.sold)
    return spreads(demand, lunch.sold, ordered=lunch.by(hour), pace=pace_by(before, hour))


def knowing_all(lunch: MadeLunch) -> dict[int, Spread]:
    return {dish: Spread(0, mean, SURE) for dish, mean in lunch.expected.items()}
