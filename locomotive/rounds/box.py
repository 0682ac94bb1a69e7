"""Boxes that come back: how many are out at each place, and taking them along.

Nothing is kept twice: out are the boxes handed over, back what the rider's acts say, and what was
brought to the counter or given up as lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Select, String, func, select, tuple_
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from ..core.base import Base, Key, Words
from ..core.refusal import N_
from ..core.status import Status
from ..ordering.order import Order, OrderLine
from ..promise.problem import Delivery
from .act import RoundAct
from .round import Carried, RoundStop

# How boxes end their stay at a place without a rider.
ENTRY_KINDS: dict[str, str] = {
    "counter": N_("brought to the counter"),
    "lost": N_("given up as lost"),
}


class BoxEntry(Base):
    """Boxes of a place that no rider took back."""

    __tablename__ = "box_entry"
    __table_args__ = (CheckConstraint("boxes > 0", name="boxes"),)

    id: Mapped[Key]
    place_name: Mapped[Words] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(20))
    boxes: Mapped[int]
    at: Mapped[datetime]
    device: Mapped[Words]


@dataclass(frozen=True)
class Balance:
    """The reusable boxes of one place."""

    place: str
    out: int
    back: int

    @property
    def there(self) -> int:
        """How many should still be there; a place never owes less than none."""
        return max(0, self.out - self.back)


def handed_over(*columns: Any) -> Select[Any]:
    """Columns of the boxes handed over, by stop; `OrderLine.portions` says how many."""
    return (
        select(*columns)
        .select_from(RoundStop)
        .join(Carried, Carried.stop_id == RoundStop.id)
        .join(Order, Order.id == Carried.order_id)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(Order.status == Status.HANDED_OVER)
    )


def taken_back(*columns: Any) -> Select[Any]:
    """Columns of the boxes that riders took back; the latest act at a stop counts."""
    later = aliased(RoundAct)
    has_later = (
        select(later.id)
        .where(
            later.stop_id == RoundAct.stop_id,
            tuple_(later.at, later.id) > tuple_(RoundAct.at, RoundAct.id),
        )
        .exists()
    )
    return (
        select(*columns)
        .select_from(RoundStop)
        .join(RoundAct, RoundAct.stop_id == RoundStop.id)
        .where(~has_later, RoundAct.boxes_back.is_not(None))
        .where(RoundStop.collection_id.is_(None), RoundStop.shipment_id.is_(None))
    )


def balances(session: Session, *, place: str | None = None) -> list[Balance]:
    """The boxes of all places with a name, or of one, the most first."""
    name, here = RoundStop.place_name, BoxEntry.place_name
    wanted = name != "" if place is None else name == place
    noted = here != "" if place is None else here == place
    went = handed_over(name, func.sum(OrderLine.portions)).where(wanted).group_by(name)
    came = taken_back(name, func.sum(RoundAct.boxes_back)).where(wanted).group_by(name)
    ended = select(here, func.sum(BoxEntry.boxes)).where(noted).group_by(here)
    out = {found: int(count) for found, count in session.execute(went)}
    back: dict[str, int] = {}
    for found, count in (*session.execute(came), *session.execute(ended)):
        back[found] = back.get(found, 0) + int(count or 0)
    found = [Balance(n, out.get(n, 0), back.get(n, 0)) for n in sorted(out.keys() | back.keys())]
    return sorted(found, key=lambda one: -one.there)


def boxes_there(session: Session, *, place: str | None = None) -> dict[str, int]:
    """How many boxes should be at each place, by its name."""
    return {one.place: one.there for one in balances(session, place=place) if one.there}


def came_back(session: Session) -> int:
    """All boxes that ever came back to the kitchen, by riders and to the counter."""
    by_riders = session.scalar(taken_back(func.sum(RoundAct.boxes_back)))
    at_counter = session.scalar(select(func.sum(BoxEntry.boxes)).where(BoxEntry.kind == "counter"))
    return int(by_riders or 0) + int(at_counter or 0)


def with_boxes_back(delivery: Delivery, there: dict[str, int]) -> Delivery:
    """The delivery with the boxes to take back as loads of the way home.

    At no stop more comes aboard than goes off: so a plan that holds without them holds with them,
    and no promise is lost to an empty box. The rest comes with the next lunch.
    """
    stops = []
    for stop in delivery.problem.stops:
        orders: Sequence[Order] = delivery.orders.get(stop.id, ())
        waiting = there.get(orders[0].place_name, 0) if orders else 0
        is_out = stop.id.startswith("out-")
        stops.append(
            stop
            if is_out or not waiting
            else replace(stop, pickup=(min(waiting, stop.delivery[0]),))
        )
    return replace(delivery, problem=replace(delivery.problem, stops=tuple(stops)))
