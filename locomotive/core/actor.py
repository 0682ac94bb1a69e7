"""Role: what somebody who came in may open. Actor: who does something to an order, which decides
what is allowed; a device is a label."""

from enum import StrEnum


class Role(StrEnum):
    """What an account, a screen or a link opens; the manager's everything."""

    MANAGER = "manager"
    KITCHEN = "kitchen"
    RIDER = "rider"
    ACCOUNTANT = "accountant"  # reads and exports, changes nothing


class Actor(StrEnum):
    """Who acts; the worker is our own process, nobody's hand."""

    CUSTOMER = "customer"
    KITCHEN = "kitchen"
    OFFICE = "office"
    RIDER = "rider"
    WORKER = "worker"


# Cut-offs bind customers, not the house.
STAFF = (Actor.KITCHEN, Actor.OFFICE, Actor.RIDER)
# They see the whole house, or its money: a link lets them in once, and an idle sign-in ends.
IN_OFFICE = (Role.MANAGER, Role.ACCOUNTANT)
