"""Near: whose meal is at the door within ten minutes, and who asked to be told so."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..alerts.alert import Alert, Kind
from ..alerts.subscription import KINDS, Subscription
from ..core.status import Status
from ..ordering.order import Order
from .arrival import arrival_of

MINUTES = 10


def near_orders(session: Session, *, now: datetime) -> list[int]:
    """The orders on their way, expected within ten minutes, some device of which asked for it and
    was not told."""
    told = select(Alert.id).where(
        Alert.subscription_id == Subscription.id, Alert.kind == Kind.SOON.value
    )
    channels = [channel for channel, kinds in KINDS.items() if Kind.SOON in kinds]
    asked = select(Subscription.order_id).where(Subscription.channel.in_(channels), ~told.exists())
    riding = select(Order).where(Order.status == Status.LEFT, Order.id.in_(asked))
    found = [(order.id, arrival_of(session, order, now=now)) for order in session.scalars(riding)]
    return [key for key, expected in found if expected and expected.minutes_ahead(now) <= MINUTES]
