"""OrderChange: what a customer or the office changed of an order that stands."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ForeignKey, Text, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..addresses.words import address_columns
from ..alerts.alert import Kind
from ..alerts.subscription import queue_alerts
from ..choices.choice import Choice, with_options
from ..choices.option import options_by_id
from ..core.actor import STAFF, Actor
from ..core.base import Base, Key, Words, guarded
from ..core.refusal import N_, Refusal
from ..core.status import IN_HOUSE, Status
from ..menu.menu import Portion, give_back_portions, take_portions
from ..ordering.cart import Basket, BasketEmpty, BasketLine
from ..ordering.message import queue_message
from ..ordering.order import WEB, Order, codes_of, touch
from ..ordering.request import AddressMissing, new_lines
from ..ordering.shown import (
    Facts,
    ShownLine,
    check_shown,
    facts_of_lines,
    facts_of_place,
    facts_of_slots,
    lines_of_basket,
)
from ..ordering.step import StepImpossible
from ..origins.facts import content_of_day, contents_of_day
from ..origins.origin import Told
from ..places.address import Address
from ..service.slot import Slot, SlotUnknown, give_back_slot, take_slot
from .answer import Evidence
from .promise import give_promise
from .tentative_plan import PlanMoved, is_decided


class OrderChange(Base):
    """One change: the lines as [[dish, number], …] and the slot, before and after.

    The kitchen shows it until somebody has acknowledged it.
    """

    __tablename__ = "order_change"

    id: Mapped[Key]
    order_id: Mapped[int] = mapped_column(ForeignKey("customer_order.id"), index=True)
    at: Mapped[datetime]
    device: Mapped[Words]
    lines_before: Mapped[str] = mapped_column(Text)
    lines_after: Mapped[str] = mapped_column(Text)
    slot_before_id: Mapped[int] = mapped_column(ForeignKey("slot.id"))
    slot_after_id: Mapped[int] = mapped_column(ForeignKey("slot.id"))
    acknowledged_at: Mapped[datetime | None]

    def difference(self) -> list[tuple[str, int, int]]:
        """(dish, number before, number after) of each dish that changed."""
        before, after = dict(json.loads(self.lines_before)), dict(json.loads(self.lines_after))
        dishes = list(dict.fromkeys([*before, *after]))
        numbers = [(dish, before.get(dish, 0), after.get(dish, 0)) for dish in dishes]
        return [(dish, old, new) for dish, old, new in numbers if old != new]


class TooLateToChange(Refusal):
    message = N_("It is too late to change here. Call us: we will see what is possible.")


class RoundDecided(Refusal):
    message = N_("The round with order %(number)s is released: nothing can be changed here.")


@dataclass(frozen=True)
class Change:
    """An order as it shall be: the whole basket, the way, the slot, the place."""

    basket: Basket
    kind: str
    slot_id: int
    address: Address | None
    origins: Mapping[str, Told] = field(default_factory=dict)  # of what is added, by line
    place_id: int | None = None  # of a named place
    shown: Facts | None = None  # what its page showed; None when it comes from no page


def lines_after(
    session: Session, order: Order, basket: Basket, origins: Mapping[str, Told]
) -> list[ShownLine]:
    """The order's lines with a basket's numbers: what it had stays as it was, at its price."""
    known = {line.key: line for line in order.lines}
    added = [x for x in basket.lines if x.key not in known]
    contents = contents_of_day(session, [x.portion.dish for x in added], order.service.date)
    kept = [
        ShownLine(
            line.key,
            line.name,
            basket.numbers[line.key],
            line.unit_price_cents,
            line.vat_bp,
            tuple(codes_of(line.allergens)),
            tuple(codes_of(line.may_contain)),
            origin=Told(line.origin, line.origin),
            item=line.item,
            set_menu=line.set_menu,
        )
        for line in order.lines
        if line.key in basket.numbers
    ]
    return [*kept, *lines_of_basket(added, contents, origins)]


def basket_of_order(session: Session, order: Order, numbers: Mapping[str, int]) -> Basket:
    """So many of what an order has (line → number), as it was chosen and at its price."""
    kept = [line for line in order.lines if numbers.get(line.key, 0) > 0]
    options = options_by_id(session, {o for line in kept for o in line.option_ids})
    return Basket(
        tuple(
            BasketLine(
                session.get_one(Portion, line.portion_id),
                numbers[line.key],
                Choice(
                    tuple(options[o] for o in line.option_ids if o in options),
                    line.item,
                    line.part,
                    line.set_menu,
                    line.unit_price_cents,
                ),
            )
            for line in kept
        )
    )


def is_as_asked(order: Order, change: Change) -> bool:
    """Whether the order is so already: the form was sent twice, or nothing was changed in it."""
    asked = (change.kind, change.slot_id, change.basket.numbers)
    is_there = change.kind != "delivery" or change.address == order.address
    return is_there and asked == (order.kind, order.slot_id, order.numbers)


def facts_before(order: Order) -> Facts:
    """What its page says of an order before it is changed."""
    return {"before": [order.total_cents, order.slot_id, order.place_name or order.street]}


def change_order(
    session: Session,
    order: Order,
    change: Change,
    evidence: Evidence | None,
    *,
    actor: Actor,
    now: datetime,
) -> OrderChange:
    """Change an order all at once, through the same promise as a new one.

    A customer may do so before the cut-off and before it is cooked. Raises
    TooLateToChange, StepImpossible, RoundDecided, BasketEmpty, SlotUnknown, AddressMissing,
    SoldOut, SlotFull, PlanMoved, and ShownChanged when the order would not be the one that its
    page showed.
    """
    slot = _checked(session, order, change, actor, now)
    if change.shown is not None:
        check_shown(change.shown, facts_after(session, order, change, slot))
    # The office takes out what is gone: that needs no plan. Everything else was asked for.
    if actor not in STAFF and change.kind == "delivery" and evidence is None:
        raise PlanMoved
    before, old_quantities, old_slot = lines_text(order), order.quantities, order.slot_id
    old_work = order.work
    _take_order(session, order, change, actor)
    quantities = change.basket.quantities
    _move_portions(session, old_quantities, quantities)
    _rewrite_lines(session, order, change)
    session.flush()
    session.refresh(order)
    _move_slot(session, order, old_slot, sum(old_quantities.values()), old_work)
    row = OrderChange(
        order_id=order.id,
        at=now,
        device=WEB if actor is Actor.CUSTOMER else actor.value,
        lines_before=before,
        lines_after=lines_text(order),
        slot_before_id=old_slot,
        slot_after_id=slot.id,
    )
    session.add(row)
    give_promise(session, order, evidence, cause="changed", now=now)
    touch(session, order.service_id)
    queue_message(session, order_id=order.id, kind="changed", email=order.email, now=now)
    if actor is not Actor.CUSTOMER:
        queue_alerts(session, order.id, Kind.CHANGED, now=now)
    session.flush()
    return row


def facts_after(session: Session, order: Order, change: Change, slot: Slot) -> Facts:
    """What the changed order would say on its page."""
    place = change.address if change.kind == "delivery" else None
    return {
        **facts_before(order),
        **facts_of_lines(lines_after(session, order, change.basket, change.origins)),
        **facts_of_slots([slot]),
        **(facts_of_place(change.place_id, place) if change.place_id and place else {}),
    }


def _checked(session: Session, order: Order, change: Change, actor: Actor, now: datetime) -> Slot:
    if not change.basket.lines:
        raise BasketEmpty
    slot = session.scalar(
        select(Slot).where(
            Slot.id == change.slot_id,
            Slot.service_id == order.service_id,
            Slot.kind == change.kind,
        )
    )
    if slot is None:
        raise SlotUnknown(field="slot")
    if change.kind == "delivery" and change.address is None:
        raise AddressMissing(field="place")
    is_late = now >= min(order.service.cutoff(order.kind), order.service.cutoff(change.kind))
    if actor not in STAFF and (is_late or order.status is not Status.PLACED):
        raise TooLateToChange
    if is_decided(session, order):
        raise RoundDecided(number=order.number)
    return slot


def _take_order(session: Session, order: Order, change: Change, actor: Actor) -> None:
    """Rewrite the order's row while it is what the change was made for."""
    address = change.address if change.kind == "delivery" else None
    known = {line.key: line.unit_price_cents for line in order.lines}
    total = sum(
        line.quantity * known.get(line.key, line.price_cents) for line in change.basket.lines
    )
    changed = guarded(
        session,
        update(Order)
        .where(
            Order.id == order.id,
            Order.slot_id == order.slot_id,
            Order.total_cents == order.total_cents,
            Order.status.in_(IN_HOUSE if actor in STAFF else (Status.PLACED,)),
        )
        .values(
            kind=change.kind,
            slot_id=change.slot_id,
            total_cents=total,
            **address_columns(address),
            round_number=None,
            departs_at=None,
        ),
    )
    if not changed:
        raise StepImpossible(number=order.number)


def _move_portions(session: Session, old: Mapping[int, int], new: Mapping[int, int]) -> None:
    more = {p: n - old.get(p, 0) for p, n in new.items() if n > old.get(p, 0)}
    fewer = {p: n - new.get(p, 0) for p, n in old.items() if n > new.get(p, 0)}
    take_portions(session, more)
    give_back_portions(session, fewer)


def _move_slot(
    session: Session, order: Order, old_id: int, old: int, old_work: dict[str, int]
) -> None:
    """Take what the changed order needs of its slot, and give back what it had."""
    new, work = order.boxes, order.work
    if old_id != order.slot_id:
        take_slot(session, order.slot_id, portions=new, work=work)
        give_back_slot(session, old_id, portions=old, work=old_work)
        return
    more = {s: work.get(s, 0) - old_work.get(s, 0) for s in {*work, *old_work}}
    take_slot(session, order.slot_id, portions=new - old, orders=0, work=more)


def _rewrite_lines(session: Session, order: Order, change: Change) -> None:
    wanted = {line.key: line for line in change.basket.lines}
    content = content_of_day(session, [w.portion.dish for w in wanted.values()], order.service.date)
    starts_at = session.get_one(Slot, change.slot_id).starts_at
    contents = {dish_id: inside.at(starts_at) for dish_id, inside in content.items()}
    for line in list(order.lines):
        if line.key in wanted:
            # Another slot may be served by another batch.
            now = wanted.pop(line.key)
            inside = with_options(contents[now.portion.dish_id], now.choice.options)
            line.describe(inside, now.portion.meats)
            line.quantity = now.quantity
            line.cooked = min(line.cooked, line.portions)
        else:
            session.delete(line)
    session.add_all(new_lines(order, wanted.values(), contents, change.origins))


def lines_text(order: Order) -> str:
    """The order's lines as JSON: [[dish with its options, number], …]."""
    numbers: dict[str, int] = {}
    for line in order.lines:
        numbers[line.name] = numbers.get(line.name, 0) + line.quantity
    return json.dumps(list(numbers.items()))


def last_change(session: Session, order: Order) -> OrderChange | None:
    """The latest change of an order."""
    return session.scalar(
        select(OrderChange)
        .where(OrderChange.order_id == order.id)
        .order_by(OrderChange.id.desc())
        .limit(1)
    )
