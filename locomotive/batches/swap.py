"""A change after orders: the cook swaps an ingredient, or takes the swap back."""

from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..core.base import guarded
from ..core.refusal import N_, Invalid, Refusal
from ..farm.produce import Produce
from ..menu.dish import Dish
from ..menu.recipe import Swap, check_known, read_book
from ..ordering.content_change import ContentChange, follow_content
from ..ordering.order import touch
from ..service.service import service_of


class SwapSame(Invalid):
    message = N_("Choose another produce to stand in.")


class SwapForeign(Invalid):
    message = N_("This produce is not an ingredient of the dish.")


class SwapUndone(Refusal):
    message = N_("This swap is already undone.")


def swap_ingredient(
    session: Session, swap: Swap, *, today: date, now: datetime
) -> list[ContentChange]:
    """Let one produce stand in for another in what is still to cook of a dish on a day.

    Batches that are cooked stay what they are. Returns the changes of ordered dishes. Raises
    SwapSame, SwapForeign, IngredientUnknown.
    """
    _wait_for_orders(session, swap.day)
    dish = session.get_one(Dish, swap.dish_id)
    if swap.out_id == swap.in_id or session.get(Produce, swap.in_id) is None:
        raise SwapSame(field="in_id")
    if swap.out_id not in read_book(session).per_portion(swap.dish_id, swap.day):
        raise SwapForeign(field="out_id")
    swap.at = now
    session.add(swap)
    session.flush()
    check_known(dish, read_book(session).contents(dish, swap.day), field="in_id")
    session.refresh(swap)
    return follow_content(session, "swap", _words(swap), today=today, now=now)


def undo_swap(session: Session, swap: Swap, *, today: date, now: datetime) -> list[ContentChange]:
    """Cook a dish by its recipe again. Raises SwapUndone, and IngredientUnknown when what comes
    back is not known."""
    _wait_for_orders(session, swap.day)
    standing = update(Swap).where(Swap.id == swap.id, Swap.undone_at.is_(None))
    if not guarded(session, standing.values(undone_at=now)):
        raise SwapUndone
    session.refresh(swap)
    check_known(swap.dish, read_book(session).contents(swap.dish, swap.day))
    return follow_content(session, "swap undone", _words(swap), today=today, now=now)


def _wait_for_orders(session: Session, day: date) -> None:
    """Take the service's row first, as orders do: those placed meanwhile wait and see it."""
    service = service_of(session, day)
    if service is not None:
        touch(session, service.id)


def _words(swap: Swap) -> str:
    return f"{swap.dish.name}: {swap.out.name} → {swap.stand_in.name}"


def swaps_of(session: Session, day: date) -> list[Swap]:
    """The swaps of a day that stand, in order."""
    query = select(Swap).where(Swap.day == day, Swap.undone_at.is_(None))
    return list(session.scalars(query.order_by(Swap.id)))
