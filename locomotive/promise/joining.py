"""Joining: how boxes are promised to a group of colleagues, and to each of them who joins it.

The group's stop is promised once, for all the boxes reserved. A colleague takes hers from them:
the plan carries them already. Only for boxes beyond them is the question asked again.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ..core.base import insert_once
from ..core.clock import local
from ..core.status import Status
from ..core.tokens import token_hash
from ..ordering.cart import Basket
from ..ordering.group import (
    DeadlineInvalid,
    Group,
    GroupFull,
    check_open,
    group_of_token,
    left_in,
    take_reserved,
    tokens_of,
)
from ..ordering.order import WEB, Order, note_event, touch
from ..ordering.request import (
    AddressMissing,
    NotYetOpen,
    Request,
    new_row,
    order_of_key,
    place_order,
)
from ..service.service import DAYS_AHEAD, Service, check_takes_orders
from ..service.slot import Slot, SlotUnknown, take_slot
from .answer import Evidence, NothingPossible, SlotRefused, Wish
from .keeping import Asked, House, count_sender, keep_promise
from .promise import give_promise, promise_placed
from .tentative_plan import PlanMoved, is_decided


@dataclass(frozen=True)
class Reservation:
    """What an organiser asks for: so many boxes at a place and slot, until a deadline. `request`
    says who, where and when, as of any order."""

    request: Request
    name: str
    boxes: int
    deadline_at: datetime


def reserve_boxes(session: Session, house: House, asked: Reservation, *, sender: str) -> Group:
    """Promise a group's stop for all the boxes that are reserved; a repeated send gives the group
    that stands.

    Raises DeadlineInvalid, TooOften, and what `keep_promise` and `place_order` raise of slots.
    """
    request = asked.request

    def ask() -> Asked:
        wish, slot = None, session.get(Slot, request.slot_id)
        if slot and not order_of_key(session, request.key):
            service = session.get_one(Service, slot.service_id)
            wish = Wish(service, "delivery", Basket(), request.address, reserve=asked.boxes)
        return Asked(Basket(), request.slot_id, request.key, wish)

    def take(writing: Session, _basket: Basket, evidence: Evidence | None) -> Group:
        count_sender(writing, house, "order", sender)
        secret, now = house.settings.secret_key, house.clock.now()
        return open_group(writing, asked, evidence, secret=secret, now=now)

    return keep_promise(session, house, ask, take)


def open_group(
    session: Session,
    asked: Reservation,
    evidence: Evidence | None,
    *,
    secret: str,
    now: datetime,
) -> Group:
    """Write a group and the hold that keeps its boxes until the deadline."""
    request, tokens = asked.request, tokens_of(secret, asked.request.key)
    if order_of_key(session, request.key):
        return group_of_token(session, tokens.colleagues)
    slot = session.get(Slot, request.slot_id)
    if slot is None or slot.kind != "delivery":
        raise SlotUnknown(field="slot")
    service = session.get_one(Service, slot.service_id)
    _check_time(service, asked.deadline_at, now)
    if request.address is None:
        raise AddressMissing(field="place")
    group = Group(
        service_id=service.id,
        slot_id=slot.id,
        name=asked.name,
        token_hash=token_hash(tokens.colleagues),
        organiser_hash=token_hash(tokens.organiser),
        most=asked.boxes,
        deadline_at=asked.deadline_at,
    )
    session.add(group)
    session.flush()
    row = new_row(session, replace(request, group_id=group.id), Basket(), service, secret, now)
    row |= {"status": Status.HELD, "held_until": asked.deadline_at, "reserved": asked.boxes}
    if not insert_once(session, Order, row, unique=["idempotency_key"]):
        raise PlanMoved  # the same form was sent at once: the next look finds its group
    hold = order_of_key(session, request.key)
    assert hold is not None
    take_slot(session, slot.id, portions=asked.boxes, orders=asked.boxes)
    note_event(session, hold, hold.status, device=WEB, now=now)
    promise_placed(session, hold, evidence, now=now)
    session.flush()
    return group


def _check_time(service: Service, deadline_at: datetime, now: datetime) -> None:
    check_takes_orders(service, "delivery", now=now)
    if service.date > local(now).date() + timedelta(days=DAYS_AHEAD):
        raise NotYetOpen
    closes_at = service.cutoff("delivery")
    if not now < deadline_at <= closes_at:
        raise DeadlineInvalid(field="deadline", time=closes_at)


def join_group(
    session: Session,
    house: House,
    token: str,
    request: Request,
    basket_now: Callable[[], Basket],
    *,
    sender: str,
) -> Order:
    """Place a colleague's order at the stop of her group; a repeated send gives the order that
    stands.

    Raises GroupUnknown, GroupClosed, GroupCancelled, DeadlineOver, GroupFull, TooOften, and what
    `place_order` raises.
    """
    covered = 0

    def ask() -> Asked:
        nonlocal covered
        group, basket, wish = group_of_token(session, token), basket_now(), None
        if not order_of_key(session, request.key):
            check_open(group, now=house.clock.now())
            # Boxes aboard a released round are nobody else's any more.
            left = 0 if is_decided(session, group.hold) else left_in(group)
            covered = min(left, basket.count)
            if covered < basket.count:
                place = group.hold.known_address
                wish = Wish(group.service, "delivery", basket, place, reserve=-covered)
        return Asked(basket, group.slot_id, request.key, wish)

    def take(writing: Session, basket: Basket, evidence: Evidence | None) -> Order:
        count_sender(writing, house, "order", sender)
        return _joined(writing, house, token, request, basket, (covered, evidence))

    try:
        return keep_promise(session, house, ask, take)
    except (SlotRefused, NothingPossible) as refusal:
        name = group_of_token(session, token).name
        raise GroupFull(name=name, time=refusal.values["time"]) from refusal


def _joined(
    session: Session,
    house: House,
    token: str,
    request: Request,
    basket: Basket,
    answer: tuple[int, Evidence | None],
) -> Order:
    """Write a colleague's order: some of its boxes are reserved, the others have the evidence."""
    group, now = group_of_token(session, token), house.clock.now()
    covered, evidence = answer
    asked = replace(
        request,
        kind="delivery",
        slot_id=group.slot_id,
        address=group.hold.known_address,
        group_id=group.id,
    )
    secret = house.settings.secret_key
    if order_of_key(session, request.key):
        return place_order(session, asked, basket, secret=secret, now=now)
    # First the hold, then the lunch: in the order in which a hold is given up.
    session.refresh(group.hold, with_for_update={"of": Order})
    touch(session, group.service_id)
    session.refresh(group)
    check_open(group, now=now)
    # Somebody took them since: how many are left is asked anew.
    if not take_reserved(session, group, covered):
        raise PlanMoved
    order = place_order(session, asked, basket, secret=secret, now=now)
    if covered == basket.count:
        give_promise(session, order, None, cause="ordered", now=now)
    else:
        promise_placed(session, order, evidence, now=now)
    return order
