"""Leftover: what became of portions nobody bought; unsold, given and wasted are three numbers."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..core.base import Base, Day, Words
from ..core.refusal import N_, Invalid
from ..menu.dish import Dish
from ..menu.menu import menu_of, offered
from ..origins.batch import Batch

MAXIMUM_PORTIONS = 1000


class Leftover(Base):
    """The portions of one dish that were left over on one day, and where they went."""

    __tablename__ = "leftover"
    __table_args__ = (
        CheckConstraint("unsold >= 0 AND given >= 0 AND wasted >= 0", name="portions"),
        CheckConstraint("given + wasted <= unsold", name="sum"),
    )

    day: Mapped[Day] = mapped_column(primary_key=True)
    dish_id: Mapped[int] = mapped_column(ForeignKey("dish.id"), primary_key=True)
    unsold: Mapped[int]
    given: Mapped[int]
    wasted: Mapped[int]
    given_to: Mapped[Words] = mapped_column(default="")
    given_tenths: Mapped[int | None]  # °C × 10 when it was given
    grams_each: Mapped[int]  # of one portion, by the recipe of that day; 0 without one
    dish: Mapped[Dish] = relationship(lazy="joined", innerjoin=True)


class LeftoverSum(Invalid):
    message = N_("Given and thrown away are more than what was left: %(unsold)s.")


class LeftoverTooMany(Invalid):
    message = N_(
        "Left over: %(unsold)s. Portions offered or cooked: %(made)s. Correct the number that is "
        "wrong."
    )


class ReceiverMissing(Invalid):
    message = N_("Write to whom you gave: the sheet of the gift names it.")


def save_leftovers(session: Session, leftovers: Iterable[Leftover]) -> None:
    """Write a day's numbers, dish by dish. Raises LeftoverSum, LeftoverTooMany, ReceiverMissing."""
    made: dict[date, dict[int, int]] = {}
    for leftover in leftovers:
        day = leftover.day
        made[day] = here = made[day] if day in made else portions_made(session, day)
        _check(leftover)
        if leftover.unsold > here.get(leftover.dish_id, MAXIMUM_PORTIONS):
            field = f"unsold-{leftover.dish_id}"
            raise LeftoverTooMany(unsold=leftover.unsold, made=here[leftover.dish_id], field=field)
        session.merge(leftover)
    session.flush()


def portions_made(session: Session, day: date) -> dict[int, int]:
    """Dish id → the portions of a day that were offered, or cooked if those are more; a dish of
    which neither is known is missing."""
    most = dict(offered(session, menu_of(session, day)))
    cooked = select(Batch.dish_id, func.sum(Batch.portions)).where(
        Batch.day == day, Batch.undone_at.is_(None)
    )
    for dish_id, portions in session.execute(cooked.group_by(Batch.dish_id)):
        most[dish_id] = max(most.get(dish_id, 0), int(portions))
    return most


def _check(leftover: Leftover) -> None:
    if leftover.given + leftover.wasted > leftover.unsold:
        raise LeftoverSum(unsold=leftover.unsold, field=f"unsold-{leftover.dish_id}")
    if leftover.given and not leftover.given_to:
        raise ReceiverMissing(field="given_to")


def leftovers_between(session: Session, first: date, last: date) -> list[Leftover]:
    """The leftovers of some days, by day and dish."""
    query = select(Leftover).where(Leftover.day.between(first, last))
    return list(session.scalars(query.order_by(Leftover.day, Leftover.dish_id)))
