"""Handing over: finding a take-away customer's bag by its number or the first letters."""

import unicodedata
from collections.abc import Iterable

from ..core.status import UNPAID, Status
from ..ordering.order import Order
from .production import Departure, Turn, departures, turn

# What can be given now comes first, what is gone already comes last.
RANK = {Status.READY: 0, Status.CANCELLED: 2, Status.HANDED_OVER: 3}


def plain(text: str) -> str:
    """Lower-case letters without accents, as people type them in a hurry."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).strip()


def to_hand_over(orders: Iterable[Order], asked: str = "") -> list[Order]:
    """The take-away orders whose number is what was asked, or whose first name begins so."""
    wanted = plain(asked)
    found = [
        order
        for order in orders
        if not order.is_delivery
        and order.status not in UNPAID
        and (
            not wanted
            or (str(order.number) == wanted if wanted.isdigit() else None)
            or plain(order.first_name).startswith(wanted)
        )
    ]
    return sorted(found, key=lambda o: (RANK.get(o.status, 1), o.slot.starts_at, o.number))


def giving(orders: Iterable[Order]) -> Turn:
    """The hours at which take-away customers come, as long as a bag of them is here."""
    fetched = [o for o in orders if not o.is_delivery and o.status not in UNPAID]
    return turn(departures(fetched), lambda hour: bool(to_give(hour)))


def to_give(hour: Departure) -> list[Order]:
    """The bags of an hour that were not given yet: what can be given now comes first."""
    left = [order for order in hour.orders if order.status is not Status.HANDED_OVER]
    return sorted(left, key=lambda order: (RANK.get(order.status, 1), order.number))
