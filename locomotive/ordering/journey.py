"""Journey: an order's way as its customer reads it."""

from datetime import datetime

from ..core.refusal import N_
from ..core.status import Status
from .order import STATUS_WORDS, Order

# A step that was skipped counts as done.
JOURNEY: dict[str, tuple[tuple[Status, str], ...]] = {
    "take-away": (
        (Status.PLACED, N_("ordered")),
        (Status.STARTED, N_("in the kitchen")),
        (Status.READY, N_("ready, you can come")),
        (Status.HANDED_OVER, N_("handed over")),
    ),
    "delivery": (
        (Status.PLACED, N_("ordered")),
        (Status.STARTED, N_("in the kitchen")),
        (Status.READY, N_("in its bag")),
        (Status.LEFT, N_("on its way to you")),
        (Status.HANDED_OVER, N_("handed over")),
    ),
}


def steps_of(order: Order) -> list[tuple[str, str, datetime | None]]:
    """(words, state, instant) of each step for the order's customer.

    The state is "past", "now", "next", or "stopped" where the way ended early. Going back in
    the kitchen makes later steps "next" again.
    """
    at = {event.status: event.at for event in order.events}
    way = JOURNEY[order.kind]
    codes = [code for code, _ in way]
    if order.status in codes:
        here = codes.index(order.status)
        return [
            (
                words,
                "past"
                if rank < here or order.status == codes[-1]
                else "now"
                if rank == here
                else "next",
                at.get(code) if rank <= here else None,
            )
            for rank, (code, words) in enumerate(way)
        ]
    done: list[tuple[str, str, datetime | None]] = [
        (words, "past", at[code]) for code, words in way if code in at
    ]
    return [*done, (STATUS_WORDS[order.status], "stopped", at.get(order.status))]
