"""Exercise: one small thing to do on the made-up lunch, and how the copy tells that it is done."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..core.mark import Mark
from ..core.refusal import N_
from ..core.status import TO_COOK, Status
from ..ordering.order import Order, OrderEvent, OrderLine
from ..printers.job import PrintJob
from ..promise.change import OrderChange
from ..service.slot import Slot
from .made_up import DISHES, GIVEN, PRINTED, STEW

MARK = "exercise"
OFFLINE = "offline"
PORTIONS = 3
WELL_DONE = N_("Well done!")


@dataclass(frozen=True)
class Exercise:
    """One thing to learn: the endpoint of the page on which it is done, and when it is."""

    key: str
    page: str
    picture: str
    sentence: str
    is_done: Callable[[Session], bool]


def _next_is_begun(copy: Session) -> bool:
    bags = _bags(copy)
    return any(order.status is Status.READY for order in _leaving_at(bags, rank=0))


def _some_are_cooked(copy: Session) -> bool:
    dish = OrderLine.dish_name == DISHES[STEW][0]
    return copy.scalar(select(func.sum(OrderLine.cooked)).where(dish)) == PORTIONS


def _exception_is_verified(copy: Session) -> bool:
    return any(order.is_exception and order.status is Status.READY for order in _bags(copy))


def _bag_was_reopened(copy: Session) -> bool:
    closed = select(OrderEvent.order_id).where(OrderEvent.status == Status.READY)
    query = select(Order.id).where(Order.id.in_(closed), Order.status.in_(TO_COOK))
    return copy.scalar(query.limit(1)) is not None


def _cancellation_is_seen(copy: Session) -> bool:
    return any(order.is_cancelled and order.acknowledged_at for order in _bags(copy))


def _waited_bag_is_closed(copy: Session) -> bool:
    """Without network no press arrives: one that did has waited."""
    closed = select(OrderEvent.id).where(OrderEvent.status == Status.READY)
    return copy.scalar(closed.limit(1)) is not None


def _change_is_seen(copy: Session) -> bool:
    return copy.scalar(select(OrderChange.acknowledged_at)) is not None


def _the_right_bag_is_given(copy: Session) -> bool:
    given = [o.first_name for o in _bags(copy) if o.status is Status.HANDED_OVER]
    return given == [GIVEN]


def _the_right_label_is_printed(copy: Session) -> bool:
    latest = select(Order.number).join(PrintJob).order_by(PrintJob.id.desc()).limit(1)
    return copy.scalar(latest) == PRINTED


def _two_departures_are_packed(copy: Session) -> bool:
    bags = _bags(copy)
    return not any(
        order.status in TO_COOK for rank in (0, 1) for order in _leaving_at(bags, rank=rank)
    )


def _bags(copy: Session) -> list[Order]:
    return list(copy.scalars(select(Order).join(Slot).order_by(Slot.starts_at, Order.number)))


def _leaving_at(bags: list[Order], *, rank: int) -> list[Order]:
    hours = sorted({order.slot.starts_at for order in bags})
    return [order for order in bags if order.slot.starts_at == hours[rank]]


EXERCISES = (
    Exercise(
        "next", "kitchen.pack", "clock", N_("Close one bag that leaves next."), _next_is_begun
    ),
    Exercise("some", "kitchen.cook", "cook", N_("Cook 3 of the 5 stews."), _some_are_cooked),
    Exercise(
        "exception",
        "kitchen.pack",
        "forbidden",
        N_("Close the bag with the red frame, then verify it."),
        _exception_is_verified,
    ),
    Exercise(
        "undo", "kitchen.pack", "undo", N_("Close a bag, then open it again."), _bag_was_reopened
    ),
    Exercise(
        "cancellation",
        "kitchen.cook",
        "cancel",
        N_("Say that you saw what was cancelled."),
        _cancellation_is_seen,
    ),
    Exercise(
        OFFLINE,
        "kitchen.pack",
        "no-network",
        N_("No network: close a bag, then wait."),
        _waited_bag_is_closed,
    ),
    Exercise(
        "changed", "kitchen.pack", "warning", N_("Say that you saw what changed."), _change_is_seen
    ),
    Exercise(
        "give",
        "kitchen.hand_over",
        "hand-over",
        N_("Samira is here: find her bag, give it."),
        _the_right_bag_is_given,
    ),
    Exercise(
        "print",
        "papers.papers",
        "printer",
        N_("Bag 3 got wet: print its label again."),
        _the_right_label_is_printed,
    ),
    Exercise(
        "busy",
        "kitchen.pack",
        "pack",
        N_("A quarter of an hour: pack two departures."),
        _two_departures_are_packed,
    ),
)


def exercise_named(key: str) -> Exercise | None:
    """The exercise of a key; None is free practice."""
    return next((one for one in EXERCISES if one.key == key), None)


def exercise_of(copy: Session) -> tuple[Exercise, bool] | None:
    """The exercise that was begun on a copy, and whether it is done."""
    found = exercise_named(copy.scalar(select(Mark.value).where(Mark.name == MARK)) or "")
    return (found, found.is_done(copy)) if found else None
