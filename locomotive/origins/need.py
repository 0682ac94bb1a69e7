"""Need: how much of each produce the menus of some days ask for."""

import math
from datetime import date
from fractions import Fraction

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from ..menu.menu import Menu, Portion, PortionCorrection
from ..menu.recipe import Book


def portions_planned(
    session: Session, first: date, last: date, *, drafts: bool = False
) -> dict[date, dict[int, int]]:
    """Day → dish id → portions that the published menus offer (with `drafts`, all menus), in one
    query."""
    corrected = (
        select(PortionCorrection.portion_id, func.sum(PortionCorrection.delta).label("delta"))
        .group_by(PortionCorrection.portion_id)
        .subquery()
    )
    rows = session.execute(
        select(Menu.date, Portion.dish_id, Portion.initial + func.coalesce(corrected.c.delta, 0))
        .join(Portion, Portion.menu_id == Menu.id)
        .outerjoin(corrected, corrected.c.portion_id == Portion.id)
        .where(Menu.date.between(first, last), true() if drafts else Menu.published_at.isnot(None))
        .order_by(Menu.date)
    )
    found: dict[date, dict[int, int]] = {}
    for day, dish_id, number in rows:
        found.setdefault(day, {})[dish_id] = int(number)
    return found


def needs(book: Book, planned: dict[date, dict[int, int]]) -> dict[date, dict[int, int]]:
    """Day → produce id → thousandths of its unit, rounded up once for each day."""
    return {
        day: {produce_id: math.ceil(amount) for produce_id, amount in total.items()}
        for day, total in ((day, _total(book, dishes, day)) for day, dishes in planned.items())
    }


def _total(book: Book, dishes: dict[int, int], day: date) -> dict[int, Fraction]:
    total: dict[int, Fraction] = {}
    for dish_id, portions in dishes.items():
        for produce_id, amount in book.per_portion(dish_id, day).items():
            total[produce_id] = total.get(produce_id, Fraction()) + amount * portions
    return total
