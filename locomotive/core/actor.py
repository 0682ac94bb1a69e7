"""Actor: who does something to an order. This decides what is allowed; a device is a label."""

from enum import StrEnum


class Actor(StrEnum):
    """Who acts; the worker is our own process, nobody's hand."""

    CUSTOMER = "customer"
    KITCHEN = "kitchen"
    OFFICE = "office"
    RIDER = "rider"
    WORKER = "worker"


# Cut-offs bind customers, not the house.
STAFF = (Actor.KITCHEN, Actor.OFFICE, Actor.RIDER)
