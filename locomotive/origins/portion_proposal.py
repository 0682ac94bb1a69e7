"""How many portions of a dish to cook, proposed from past lunches.

A dish's share of all portions sold, on the last lunches that offered it, times what is sold in
all on the last same weekdays. Many lunches tell a share; few of them tell a single dish.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..menu.menu import Menu, Portion, PortionCorrection

SAME_WEEKDAYS, SHARES = 4, 16
LOOK_BACK = timedelta(days=190)


@dataclass(frozen=True)
class PastLunch:
    """What was sold on one day: dish id → portions."""

    day: date
    sold: Mapping[int, int]

    @property
    def total(self) -> int:
        return sum(self.sold.values())


def propose(past: Sequence[PastLunch], day: date, dish_id: int) -> int | None:
    """Portions of a dish for a day, from the lunches before it in their order; None for a dish
    that was never offered, and while nothing is known."""
    before = [lunch for lunch in past if lunch.day < day and lunch.total]
    same = [lunch for lunch in before if lunch.day.weekday() == day.weekday()]
    offered = [lunch for lunch in before if dish_id in lunch.sold][-SHARES:]
    if not offered:
        return None
    usual = (same or before)[-SAME_WEEKDAYS:]
    total = sum(lunch.total for lunch in usual) / len(usual)
    share = sum(lunch.sold[dish_id] for lunch in offered) / sum(lunch.total for lunch in offered)
    return ceil(total * share)


def past_lunches(session: Session, before: date) -> list[PastLunch]:
    """The lunches of the last half year before a day, in their order."""
    corrected = (
        select(PortionCorrection.portion_id, func.sum(PortionCorrection.delta).label("delta"))
        .group_by(PortionCorrection.portion_id)
        .subquery()
    )
    rows = session.execute(
        select(
            Menu.date,
            Portion.dish_id,
            Portion.initial + func.coalesce(corrected.c.delta, 0) - Portion.remaining,
        )
        .join(Portion, Portion.menu_id == Menu.id)
        .outerjoin(corrected, corrected.c.portion_id == Portion.id)
        .where(Menu.date < before, Menu.date >= before - LOOK_BACK)
        .where(Menu.published_at.is_not(None))
        .order_by(Menu.date)
    )
    days: dict[date, dict[int, int]] = {}
    for day, dish_id, sold in rows:
        days.setdefault(day, {})[dish_id] = int(sold)
    return [PastLunch(day, sold) for day, sold in days.items()]
