"""Outlook: how much of each produce the coming weeks will need, as a range.

Days with a menu need what their portions take, more or less as lunches vary. Days without one
need what such days needed in the last weeks and in the same weeks a year ago, those grown as much
as lunches have grown since. The range leaves out the rarest tenth of these weeks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from math import ceil, floor
from statistics import mean

from sqlalchemy.orm import Session

from ..menu.recipe import Book
from ..origins.need import portions_planned
from ..service.service import working_days
from .past import PastLunch, past_lunches

WEEK = timedelta(weeks=1)
WEEKS_AHEAD = 8
RECENT, A_YEAR, AROUND = 8, 52, 2  # weeks
REMEMBERED = (A_YEAR + AROUND + RECENT + 1) * WEEK
EDGE = 0.05  # of the weeks lie below the range, and as many above
USUAL_SPREAD = (0.9, 1.1)

Amounts = Mapping[int, float]  # produce id → thousandths of its unit


@dataclass(frozen=True)
class Need:
    """What one week will need of one produce, in thousandths of its unit."""

    low: int
    likely: int
    high: int

    @property
    def rounded(self) -> tuple[int, int]:
        """The range in two digits, outwards: nobody knows more of the weeks ahead."""
        return _two_digits(self.low, floor), _two_digits(self.high, ceil)


@dataclass(frozen=True)
class Outlook:
    """The weeks ahead by their Mondays, and what each needs: produce id → need."""

    weeks: Mapping[date, Mapping[int, Need]]
    is_known: bool  # whether there is any past lunch to learn from

    @cached_property
    def produce_ids(self) -> set[int]:
        """The produce that any of the weeks may need."""
        return {id_ for needs in self.weeks.values() for id_, need in needs.items() if need.high}

    def need(self, monday: date, produce_id: int) -> Need:
        """What a week needs of a produce."""
        return self.weeks[monday].get(produce_id, Need(0, 0, 0))


def monday_of(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())


def outlook(
    book: Book,
    past: Sequence[PastLunch],
    planned: Mapping[date, Mapping[int, int]],
    days: Iterable[date],
) -> Outlook:
    """What the weeks of some working `days` will need; `planned`: day → dish id → portions."""
    history = _History(book, past)
    weeks: dict[date, dict[int, Need]] = {}
    by_week: dict[date, list[date]] = {}
    for day in days:
        by_week.setdefault(monday_of(day), []).append(day)
    for monday, here in by_week.items():
        sure = [history.takes(planned[day]) for day in here if planned.get(day)]
        open_days = [day.weekday() for day in here if not planned.get(day)]
        weeks[monday] = _week(sure, history.spread, history.alike(monday, open_days))
    return Outlook(weeks, is_known=bool(history.weeks))


def _week(
    sure: Sequence[Amounts], spread: tuple[float, float], alike: Sequence[Amounts]
) -> dict[int, Need]:
    """The needs of days with a menu and of weeks that were like the rest, in sum."""
    found = {}
    for produce_id in {id_ for amounts in (*sure, *alike) for id_ in amounts}:
        fixed = sum(amounts.get(produce_id, 0.0) for amounts in sure)
        were = sorted(amounts.get(produce_id, 0.0) for amounts in alike) or [0.0]
        found[produce_id] = Need(
            low=floor(fixed * spread[0] + _quantile(were, EDGE)),
            likely=round(fixed + mean(were)),
            high=ceil(fixed * spread[1] + _quantile(were, 1 - EDGE)),
        )
    return found


class _History:
    """The past in weeks: what each weekday of each week took."""

    def __init__(self, book: Book, past: Sequence[PastLunch]) -> None:
        self.portions = {
            dish_id: [(id_, float(a)) for id_, a in book.per_portion(dish_id).items()]
            for dish_id in book.of_dish
        }
        self.past = [lunch for lunch in past if lunch.total]
        self.weeks: dict[date, dict[int, dict[int, float]]] = {}
        self.sold: dict[date, int] = {}
        for lunch in self.past:
            monday = monday_of(lunch.day)
            self.weeks.setdefault(monday, {})[lunch.day.weekday()] = self.takes(lunch.sold)
            self.sold[monday] = self.sold.get(monday, 0) + lunch.total

    def takes(self, sold: Mapping[int, int]) -> dict[int, float]:
        """What some portions (dish id → number) take of each produce."""
        found: dict[int, float] = {}
        for dish_id, number in sold.items():
            for produce_id, amount in self.portions.get(dish_id, ()):
                found[produce_id] = found.get(produce_id, 0.0) + amount * number
        return found

    @cached_property
    def spread(self) -> tuple[float, float]:
        """How far a lunch strays from the four same weekdays before it: low and high ratio."""
        ratios = []
        for number, lunch in enumerate(self.past):
            before = [x for x in self.past[max(0, number - 25) : number] if _is_same(x, lunch)][-4:]
            if len(before) == 4:
                ratios.append(lunch.total * 4 / sum(x.total for x in before))
        if len(ratios) < 20:
            return USUAL_SPREAD
        ratios.sort()
        return min(1.0, _quantile(ratios, EDGE)), max(1.0, _quantile(ratios, 1 - EDGE))

    def alike(self, monday: date, weekdays: Sequence[int]) -> list[dict[int, float]]:
        """What the given weekdays took in weeks like this one, each as if all of them were open."""
        if not weekdays or not self.weeks:
            return []
        last = max(self.weeks)
        recent = [last - n * WEEK for n in range(RECENT)]
        then = monday - A_YEAR * WEEK
        year_ago = [then + n * WEEK for n in range(-AROUND, AROUND + 1)]
        growth = self._growth(last)
        weeks = [(week, 1.0) for week in recent]
        weeks += [(week, growth) for week in year_ago if week < recent[-1]]
        found = (self._took(week, weekdays, factor) for week, factor in weeks)
        return [amounts for amounts in found if amounts is not None]

    def _took(self, week: date, weekdays: Sequence[int], factor: float) -> dict[int, float] | None:
        here = [self.weeks[week][w] for w in weekdays if w in self.weeks.get(week, {})]
        if not here:
            return None
        scale = factor * len(weekdays) / len(here)
        found: dict[int, float] = {}
        for amounts in here:
            for produce_id, amount in amounts.items():
                found[produce_id] = found.get(produce_id, 0.0) + amount * scale
        return found

    def _growth(self, last: date) -> float:
        """How much more is sold than a year ago, by the weeks that both years have."""
        pairs = [(last - n * WEEK, last - (n + A_YEAR) * WEEK) for n in range(RECENT)]
        both = [(self.sold[a], self.sold[b]) for a, b in pairs if a in self.sold and b in self.sold]
        return sum(now for now, _ in both) / sum(then for _, then in both) if both else 1.0


def _two_digits(amount: int, towards: Callable[[float], int]) -> int:
    step: int = 10 ** max(0, len(str(amount)) - 2)
    return towards(amount / step) * step


def _is_same(one: PastLunch, other: PastLunch) -> bool:
    return one.day.weekday() == other.day.weekday()


def _quantile(ordered: Sequence[float], share: float) -> float:
    """Between the two values that stand there; `ordered` is not empty."""
    place = share * (len(ordered) - 1)
    low = floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def outlook_from(session: Session, book: Book, today: date) -> Outlook:
    """What the eight weeks from next Monday on will need."""
    first = monday_of(today) + WEEK
    last = first + WEEKS_AHEAD * WEEK - timedelta(days=1)
    return outlook(
        book,
        past_lunches(session, today, back=REMEMBERED),
        portions_planned(session, first, last, drafts=True),
        working_days(session, first, last),
    )
