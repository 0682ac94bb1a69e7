"""Facts: everything that is looked at, in one list."""

from datetime import date

from sqlalchemy.orm import Session

from ..farm.lot import wrong_stocks
from ..ordering.counter import wrong_counters
from ..places.travel_time import Point
from .batches import wrong_batches
from .mails import wrong_mails
from .orders import wrong_orders
from .promises import wrong_promises
from .rounds import wrong_rounds


def wrong_facts(session: Session, *, depot: Point, today: date) -> list[str]:
    """One sentence for each thing that contradicts another, with where; empty when all is well."""
    return [
        *wrong_counters(session),
        *wrong_stocks(session),
        *wrong_orders(session),
        *wrong_promises(session, depot=depot, today=today),
        *wrong_rounds(session),
        *wrong_mails(session),
        *wrong_batches(session),
    ]
