"""How many portions of each dish to offer, proposed from past lunches and from the orders in.

How many people come: the level of the last lunches, times what their weekday has of a week. What
they take: each dish is liked so much beside the others of its menu, as Bradley, Terry and Luce
reckon it, so that a strong rival counts. Both are learned with an older lunch counting less, and a
dish that was seldom offered is taken for a usual one. Orders that are in correct both, by Bayes'
rule for gamma and Dirichlet priors, as far as the day usually has come at that hour. What is still
to come is a gamma-Poisson number, of which a quantile is offered: the newsvendor's, when a portion
too few costs as much as one too many, or the one that the manager aims at (`forecast/aim.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import cached_property
from statistics import mean

from .past import Pace, PastLunch
from .spread import Spread

LEVEL_HALVES, LIKING_HALVES = 8, 60  # lunches after which one counts half
WEEKS_OF_WEEKDAY = 20
USUAL_DISH = 12.0  # portions that are believed of a dish before any is sold
USUAL_WEEKDAY = 2.0  # weeks
SURE_OF_LEVEL = 70.0  # portions: the level strays by an eighth
SURE_OF_LIKING = 120.0  # portions of the menu: as many tell as much as the likings
NEWSVENDOR = 0.5
ROUNDS = 12


class Demand:
    """What past lunches tell of the lunches to come."""

    def __init__(self, past: Sequence[PastLunch], day: date) -> None:
        self.past = [lunch for lunch in past if lunch.day < day and lunch.total]
        self.day = day

    @cached_property
    def likings(self) -> dict[int, float]:
        """Dish id → how much it is liked; 1 is usual."""
        sold: dict[int, float] = {}
        for lunch, weight in self._weighted(LIKING_HALVES):
            for dish_id, number in lunch.sold.items():
                sold[dish_id] = sold.get(dish_id, 0.0) + weight * number
        liked = dict.fromkeys(sold, 1.0)
        for _ in range(ROUNDS if sold else 0):
            chances = dict.fromkeys(sold, 0.0)
            for lunch, weight in self._weighted(LIKING_HALVES):
                rivals = weight * lunch.total / sum(liked[d] for d in lunch.sold)
                for dish_id in lunch.sold:
                    chances[dish_id] += rivals
            liked = {d: (sold[d] + USUAL_DISH) / (chances[d] + USUAL_DISH) for d in sold}
            middle = mean(liked.values())
            liked = {d: value / middle for d, value in liked.items()}
        return liked

    def _weighted(self, halves: float) -> list[tuple[PastLunch, float]]:
        last = len(self.past) - 1
        return [(lunch, 0.5 ** ((last - n) / halves)) for n, lunch in enumerate(self.past)]

    @cached_property
    def weekdays(self) -> dict[int, float]:
        """Weekday → what it has of a usual day."""
        weeks: dict[tuple[int, int], list[PastLunch]] = {}
        for lunch in self.past[-5 * WEEKS_OF_WEEKDAY :]:
            weeks.setdefault(lunch.day.isocalendar()[:2], []).append(lunch)
        ratios: dict[int, list[float]] = {}
        for lunches in weeks.values():
            if len(lunches) > 1:
                middle = mean(lunch.total for lunch in lunches)
                for lunch in lunches:
                    ratios.setdefault(lunch.day.weekday(), []).append(lunch.total / middle)
        return {w: (sum(r) + USUAL_WEEKDAY) / (len(r) + USUAL_WEEKDAY) for w, r in ratios.items()}

    @cached_property
    def people(self) -> float:
        """How many portions the day is expected to sell."""
        weighted = self._weighted(LEVEL_HALVES)
        level = sum(w * x.total / self.weekdays.get(x.day.weekday(), 1) for x, w in weighted)
        return level / sum(w for _, w in weighted) * self.weekdays.get(self.day.weekday(), 1)

    def shares(self, menu: Collection[int]) -> dict[int, float]:
        """Dish id → its share of a menu; a dish that nobody knows is liked as usual."""
        liked = {dish_id: self.likings.get(dish_id, 1.0) for dish_id in menu}
        return {dish_id: value / sum(liked.values()) for dish_id, value in liked.items()}

    def usual(self, dish_id: int) -> int | None:
        """Portions of a dish on a menu that nobody has made yet; None for a dish that was never
        offered."""
        liked = self.likings.get(dish_id)
        if liked is None:
            return None
        rivals = mean(len(lunch.sold) for lunch in self.past) - 1
        return Spread(0, self.people * liked / (liked + rivals), SURE_OF_LEVEL).quantile(NEWSVENDOR)


def propose(
    demand: Demand,
    menu: Collection[int],
    *,
    ordered: Mapping[int, int] | None = None,
    pace: Pace | None = None,
    often: float = NEWSVENDOR,
) -> dict[int, int]:
    """Dish id → portions to offer on a menu, what is `ordered` by the hour of `pace` included, so
    that they suffice so `often` (0 to 1); nothing while no lunch is known."""
    found = spreads(demand, menu, ordered=ordered, pace=pace)
    return {dish_id: spread.quantile(often) for dish_id, spread in found.items()}


def spreads(
    demand: Demand,
    menu: Collection[int],
    *,
    ordered: Mapping[int, int] | None = None,
    pace: Pace | None = None,
) -> dict[int, Spread]:
    """Dish id → how many portions may be wanted; nothing while no lunch is known."""
    if not demand.past or not menu:
        return {}
    here = {dish_id: (ordered or {}).get(dish_id, 0) if pace else 0 for dish_id in menu}
    told, sure, doubt = sum(here.values()), SURE_OF_LEVEL, 0.0
    people = to_come = demand.people
    if pace is not None:
        counts = pace.sure / (pace.sure + told)
        sure += counts * told
        people *= sure / (SURE_OF_LEVEL + counts * pace.share * people)
        to_come = people * (1 - pace.share)
        # An hour at which nearly all is ordered tells little of the rest.
        doubt = (pace.share / (1 - pace.share)) ** 2 / pace.sure if pace.share < 1 else 0.0
    found, known = {}, SURE_OF_LIKING + told
    for dish_id, share in demand.shares(menu).items():
        liked = (SURE_OF_LIKING * share + here[dish_id]) / known
        variance = 1 / sure + (1 - liked) / (liked * known) + doubt
        found[dish_id] = Spread(here[dish_id], to_come * liked, 1 / variance)
    return found
