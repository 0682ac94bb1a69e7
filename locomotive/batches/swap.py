"""A change after orders: the cook swaps an ingredient, and everyone it touches is listed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..core.base import Base
from ..core.refusal import N_, Invalid
from ..core.status import LIVE
from ..farm.allergen import ALLERGENS
from ..farm.produce import Produce
from ..menu.dish import Dish
from ..menu.menu import Portion
from ..menu.recipe import Swap, check_known, read_book
from ..ordering.message import queue_once
from ..ordering.order import Order, OrderLine, touch
from ..origins.origin import MeatOrigin, origins_of
from ..service.service import Service, service_of
from ..service.slot import Slot


class SwapNotice(Base):
    """One line of one order that a swap touches: what is new in it, and whether it was told."""

    __tablename__ = "swap_notice"

    swap_id: Mapped[int] = mapped_column(ForeignKey("swap.id"), primary_key=True)
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"), primary_key=True)
    new_allergens: Mapped[str] = mapped_column(String(200), default="")
    gone_allergens: Mapped[str] = mapped_column(String(200), default="")
    meat_changed: Mapped[bool] = mapped_column(default=False)
    vegetarian_lost: Mapped[bool] = mapped_column(default=False)
    told_at: Mapped[datetime | None]
    swap: Mapped[Swap] = relationship(lazy="joined", innerjoin=True)
    line: Mapped[OrderLine] = relationship(lazy="joined", innerjoin=True)


class SwapSame(Invalid):
    message = N_("Choose another produce to stand in.")


class SwapForeign(Invalid):
    message = N_("This produce is not an ingredient of the dish.")


@dataclass(frozen=True)
class _State:
    """What a line's content is judged by."""

    contains: tuple[str, ...]
    is_vegetarian: bool
    meats: tuple[MeatOrigin, ...]


def _state(session: Session, dish: Dish, day: date, today: date) -> _State:
    contents = read_book(session).contents(dish, day)
    check_known(dish, contents, field="in_id")
    plate = origins_of(session, day, today=today).get(dish.id)
    return _State(contents.contains, contents.is_vegetarian, plate.meats if plate else ())


def swap_ingredient(
    session: Session, swap: Swap, *, today: date, now: datetime
) -> list[SwapNotice]:
    """Let one produce stand in for another in a dish on a day, and list the orders it touches.

    The lines of orders get their new allergens, so that labels and screens show them. Orders
    placed meanwhile wait for the service's row and see the swap. Raises SwapSame, SwapForeign,
    IngredientUnknown.
    """
    service = service_of(session, swap.day)
    if service is not None:
        touch(session, service.id)
    dish = session.get_one(Dish, swap.dish_id)
    if swap.out_id == swap.in_id or session.get(Produce, swap.in_id) is None:
        raise SwapSame(field="in_id")
    if swap.out_id not in read_book(session).per_portion(swap.dish_id, swap.day):
        raise SwapForeign(field="out_id")
    before = _state(session, dish, swap.day, today)
    swap.at = now
    session.add(swap)
    session.flush()
    after = _state(session, dish, swap.day, today)
    return _notices(session, swap, before, after)


def _notices(session: Session, swap: Swap, before: _State, after: _State) -> list[SwapNotice]:
    found = []
    for line in _ordered_lines(session, swap):
        had = set(line.allergens.split(",")) - {""}
        notice = SwapNotice(
            swap_id=swap.id,
            order_line_id=line.id,
            new_allergens=_codes(set(after.contains) - had),
            gone_allergens=_codes(had - set(after.contains)),
            meat_changed=before.meats != after.meats,
            vegetarian_lost=before.is_vegetarian and not after.is_vegetarian,
        )
        line.allergens = ",".join(after.contains)
        if notice.new_allergens or notice.meat_changed or notice.vegetarian_lost:
            session.add(notice)
            found.append(notice)
    session.flush()
    return found


def _ordered_lines(session: Session, swap: Swap) -> Sequence[OrderLine]:
    return session.scalars(
        select(OrderLine)
        .join(Order)
        .join(Portion, Portion.id == OrderLine.portion_id)
        .join(Service, Service.id == Order.service_id)
        .where(Portion.dish_id == swap.dish_id, Service.date == swap.day, Order.status.in_(LIVE))
        .order_by(Order.number)
    ).all()


def _codes(codes: Iterable[str]) -> str:
    return ",".join(code for code in ALLERGENS if code in set(codes))


def notices_of(session: Session, swap: Swap) -> list[SwapNotice]:
    """The lines that a swap touches, the next to be served first."""
    return list(
        session.scalars(
            select(SwapNotice)
            .join(OrderLine, OrderLine.id == SwapNotice.order_line_id)
            .join(Order, Order.id == OrderLine.order_id)
            .join(Slot, Slot.id == Order.slot_id)
            .where(SwapNotice.swap_id == swap.id)
            .order_by(Slot.starts_at, Order.number, OrderLine.id)
        )
    )


def tell_of_swap(session: Session, swap: Swap, text: str, *, now: datetime) -> int:
    """Mail everyone touched who has an address, once. Returns how many mails were written."""
    written = 0
    for notice in notices_of(session, swap):
        order = notice.line.order
        if queue_once(
            session,
            order_id=order.id,
            kind=f"swap-{swap.id}",
            email=order.email,
            text=text,
            now=now,
        ):
            written += 1
        if order.email:
            notice.told_at = notice.told_at or now
    session.flush()
    return written


def mark_told(session: Session, notice: SwapNotice, *, now: datetime) -> None:
    """Somebody called the customer."""
    notice.told_at = notice.told_at or now
    session.flush()


def swaps_of(session: Session, day: date) -> list[Swap]:
    """The swaps of a day, in order."""
    return list(session.scalars(select(Swap).where(Swap.day == day).order_by(Swap.id)))


def untold(session: Session, day: date) -> int:
    """How many lines of a day's swaps nobody has been told of."""
    rows = session.scalars(
        select(SwapNotice).join(Swap).where(Swap.day == day, SwapNotice.told_at.is_(None))
    )
    return len(rows.all())
