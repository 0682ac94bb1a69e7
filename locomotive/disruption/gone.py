"""Gone: portions that the kitchen no longer has, and the orders that were to get them."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ..core.actor import Actor
from ..core.status import TO_COOK
from ..menu.menu import Portion, lose_portions
from ..ordering.order import Order, orders_of
from ..ordering.step import cancel
from ..promise.change import Change, basket_of_order, change_order
from ..service.service import Service
from .settling import Affected


@dataclass(frozen=True)
class Gone:
    """So many portions are missing; the newest orders cannot have theirs."""

    portion: Portion
    missing: int
    orders: tuple[Order, ...]
    is_sure = True
    shipments = ()  # none is cooked

    @property
    def affected(self) -> tuple[Affected, ...]:
        """The orders, for none of which another slot would help."""
        return tuple(Affected(order, None) for order in self.orders)

    @property
    def stamp(self) -> str:
        """What a page shows along with the list: it is applied only while it is the same."""
        ids = [(order.id, order.total_cents) for order in self.orders]
        return hashlib.sha256(repr((self.portion.id, self.missing, ids)).encode()).hexdigest()[:16]


def what_is_gone(session: Session, service: Service, portion: Portion, *, missing: int) -> Gone:
    """Find the newest orders that `missing` portions concern, once those on sale are used up.

    What is cooked or bagged already keeps its portions.
    """
    short = missing - portion.remaining
    holders = [
        order
        for order in orders_of(session, service)
        if order.status in TO_COOK and portion.id in order.quantities
    ]
    concerned: list[Order] = []
    for order in sorted(holders, key=lambda o: (o.placed_at, o.id), reverse=True):
        if short <= 0:
            break
        concerned.append(order)
        short -= order.quantities[portion.id]
    return Gone(portion, missing, tuple(concerned))


def apply_gone(session: Session, gone: Gone, *, reason: str, now: datetime) -> None:
    """Take the dish out of these orders; what is left of a set menu keeps its share of the price.
    Tell each customer, and take the portions off the sale.

    An order that held nothing else is cancelled. Raises StepImpossible, RoundDecided, and
    PortionsPromised when orders came meanwhile; then nothing changes.
    """
    for shown in gone.orders:
        order = session.get_one(Order, shown.id)
        lines = [line for line in order.lines if line.portion_id != gone.portion.id]
        rest = {line.key: line.quantity for line in lines}
        if rest:
            basket = basket_of_order(session, order, rest)
            change = Change(basket, order.kind, order.slot_id, order.address)
            change_order(session, order, change, None, actor=Actor.OFFICE, now=now)
        else:
            cancel(session, order, actor=Actor.OFFICE, device="office", now=now, reason=reason)
    lose_portions(session, gone.portion.id, gone.missing, reason=reason, now=now)
