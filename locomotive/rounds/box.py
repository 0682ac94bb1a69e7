"""Boxes that come back: how many are out at each place, and taking them along.

Nothing is kept twice: out are the boxes handed over, back what the rider's acts say.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session, aliased

from ..core.status import Status
from ..ordering.order import Order, OrderLine
from ..promise.problem import Delivery
from .act import RoundAct
from .round import Carried, RoundStop


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


def balances(session: Session) -> list[Balance]:
    """The boxes of all places with a name, the most first."""
    handed_over = (
        select(RoundStop.place_name, func.sum(OrderLine.portions))
        .join(Carried, Carried.stop_id == RoundStop.id)
        .join(Order, Order.id == Carried.order_id)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(Order.status == Status.HANDED_OVER, RoundStop.place_name != "")
        .group_by(RoundStop.place_name)
    )
    out = {name: int(count) for name, count in session.execute(handed_over)}
    later = aliased(RoundAct)
    has_later = (
        select(later.id)
        .where(
            later.stop_id == RoundAct.stop_id,
            tuple_(later.at, later.id) > tuple_(RoundAct.at, RoundAct.id),
        )
        .exists()
    )
    returned = (
        select(RoundStop.place_name, func.sum(RoundAct.boxes_back))
        .join(RoundAct, RoundAct.stop_id == RoundStop.id)
        .where(
            ~has_later,
            RoundAct.boxes_back.is_not(None),
            RoundStop.collection_id.is_(None),
        )
        .group_by(RoundStop.place_name)
    )
    back = {name: int(count or 0) for name, count in session.execute(returned) if name}
    found = [Balance(n, out.get(n, 0), back.get(n, 0)) for n in sorted(out.keys() | back.keys())]
    return sorted(found, key=lambda one: -one.there)


def boxes_there(session: Session) -> dict[str, int]:
    """How many boxes should be at each place, by its name."""
    return {one.place: one.there for one in balances(session) if one.there}


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
