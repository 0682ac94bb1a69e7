"""Status: how far an order is, and the groups of statuses that the rules ask about."""

from enum import StrEnum


class Status(StrEnum):
    """How far an order is; the values stand in the database and in pages that are open."""

    HELD = "held"
    PLACED = "placed"
    STARTED = "started"
    READY = "ready"
    LEFT = "left"
    HANDED_OVER = "handed over"
    NOT_DELIVERED = "not delivered"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


# Ordered, and something of it is still to be cooked.
TO_COOK = (Status.PLACED, Status.STARTED)
# Ordered, and still in the house: it may be changed, or given another slot.
IN_HOUSE = (*TO_COOK, Status.READY)
# A place in a round is kept for it, and it is in none that rides.
TO_DEPART = (Status.HELD, *IN_HOUSE)
# Ordered, and not brought to its end.
OPEN = (*IN_HOUSE, Status.LEFT)
# It was given to a rider; a take-away order was handed over.
DEPARTED = (Status.LEFT, Status.HANDED_OVER, Status.NOT_DELIVERED)
# Its portions and its place in the slot are its own.
LIVE = (Status.HELD, *IN_HOUSE, *DEPARTED)
# Nobody has paid: for the kitchen it is no order.
UNPAID = (Status.HELD, Status.EXPIRED)
# Nothing more happens to it, as its customer sees it.
OVER = (Status.HANDED_OVER, Status.NOT_DELIVERED, Status.CANCELLED, Status.EXPIRED)
