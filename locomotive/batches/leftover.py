"""Leftover: what became of portions nobody bought; unsold, given and wasted are three numbers."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..core.base import Base, Day, Words
from ..core.refusal import N_, Invalid
from ..menu.dish import Dish

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


class ReceiverMissing(Invalid):
    message = N_("Write to whom you gave: the sheet of the gift names it.")


def save_leftovers(session: Session, leftovers: Iterable[Leftover]) -> None:
    """Write a day's numbers, dish by dish. Raises LeftoverSum, ReceiverMissing."""
    for leftover in leftovers:
        _check(leftover)
        session.merge(leftover)
    session.flush()


def _check(leftover: Leftover) -> None:
    if leftover.given + leftover.wasted > leftover.unsold:
        raise LeftoverSum(unsold=leftover.unsold, field=f"unsold-{leftover.dish_id}")
    if leftover.given and not leftover.given_to:
        raise ReceiverMissing(field="given_to")


def leftovers_between(session: Session, first: date, last: date) -> list[Leftover]:
    """The leftovers of some days, by day and dish."""
    query = select(Leftover).where(Leftover.day.between(first, last))
    return list(session.scalars(query.order_by(Leftover.day, Leftover.dish_id)))
