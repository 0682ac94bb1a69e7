"""Request: one complete order as the checkout sends it, and placing it."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session, lazyload
from sqlalchemy.orm.attributes import set_committed_value

from ..addresses.words import address_columns, plain
from ..choices.choice import with_options
from ..core.base import insert_new
from ..core.clock import local
from ..core.refusal import N_, Invalid, Refusal, Word
from ..core.status import Status
from ..core.tokens import token_hash
from ..farm.allergen import ALLERGENS
from ..menu.menu import take_portions
from ..menu.recipe import Contents, check_known
from ..origins.facts import content_of_day
from ..origins.origin import Told
from ..places.address import Address, address_of_place, joined_notes
from ..places.zone import check_zone, zone_of
from ..service.service import DAYS_AHEAD, Service, ServiceClosed, check_takes_orders
from ..service.slot import Slot, SlotUnknown, take_slot
from .cart import Basket, BasketEmpty, BasketLine, check_basket_left
from .message import queue_message
from .order import WEB, Order, OrderLine, note_event, order_token
from .shown import (
    Facts,
    check_shown,
    facts_of_lines,
    facts_of_place,
    facts_of_slots,
    lines_of_basket,
)


@dataclass(frozen=True)
class Customer:
    """Who ordered: a first name, and a phone number or an e-mail address."""

    first_name: str
    phone: str = ""
    email: str = ""


def phone_key(text: str) -> str:
    """The digits of a phone number as it is searched for; France's prefix is the 0."""
    digits = "".join(c for c in text if c in "0123456789")
    is_foreign = text.startswith("+") or digits.startswith("00")
    digits = digits.removeprefix("00") if is_foreign else digits
    return f"0{digits[2:]}" if is_foreign and digits.startswith("33") else digits


@dataclass(frozen=True)
class LineWish:
    """What the portions of one line must not contain (codes), and the name of who eats them."""

    avoids: tuple[str, ...]
    eater: str = ""


class WishConflict(Invalid):
    message = N_(
        "%(dish)s contains %(allergens)s. Take another dish, or change what it must not contain."
    )


class WishTraces(Invalid):
    message = N_(
        "%(dish)s may contain traces of %(allergens)s. Tick the box below if that is all right."
    )


@dataclass(frozen=True)
class Request:
    """One complete order as the checkout sends it; `key` makes a repeated send harmless."""

    key: str
    kind: str
    slot_id: int
    customer: Customer
    address: Address | None
    language: str = "fr"
    must_not_contain: str = ""
    origins: Mapping[str, Told] = field(default_factory=dict)  # by line
    wishes: Mapping[str, LineWish] = field(default_factory=dict)  # by line
    named: tuple[str, ...] = ()  # allergens that its words name, for every line
    accepts_traces: bool = False
    is_late_call: bool = False  # which staff take by phone, and which may come after the cut-off
    place_id: int | None = None  # of a named place
    shown: Facts | None = None  # what its page showed; None when it comes from no page
    group_id: int | None = None  # of the colleagues whom it is ordered with

    def fingerprint(self) -> str:
        """A fingerprint of the form's content (128 bits of SHA-256, hexadecimal)."""
        address = vars(self.address) if self.address else None
        return _fingerprint(
            [
                self.kind,
                self.slot_id,
                vars(self.customer),
                address,
                self.must_not_contain,
                *(sorted((id_, w.avoids, w.eater) for id_, w in self.wishes.items())),
            ]
        )


def _fingerprint(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


def _content(request: Request, basket: Basket) -> str:
    return request.fingerprint() + _fingerprint(sorted(basket.numbers.items()))


class AddressMissing(Invalid):
    message = N_("Choose where we bring your meal.")


class AddressTwice(Invalid):
    message = N_("You chose a place and wrote another address. Keep only one of the two.")


@dataclass(frozen=True)
class Destination:
    """What the checkout says of the place: a named place's id or a typed address, and a note."""

    place_id: int | None
    typed: str = ""
    note: str = ""


def address_of(
    session: Session, destination: Destination, *, depot: tuple[float, float], zone_km: float
) -> Address:
    """The address with its position; the customer's note stands after the place's own.

    Raises AddressMissing, AddressTwice, PlaceUnknown, AddressUnknown, AddressUnsure,
    NumberMissing, OutsideZone.
    """
    if destination.place_id is not None and destination.typed:
        raise AddressTwice(field="address")
    if destination.place_id is not None:
        address = address_of_place(session, destination.place_id)
    elif destination.typed:
        from ..addresses.search import find_address

        address = find_address(session, destination.typed, centre=depot)
    else:
        raise AddressMissing(field="place")
    zone = zone_of(session, depot=depot, zone_km=zone_km)
    check_zone(zone, address.point, town=address.town)
    return replace(address, access_note=joined_notes(address.access_note, destination.note))


class KeyReused(Refusal):
    """The same page was sent twice with different contents."""

    message = N_("This page was already used for another order. Reload it and order again.")
    status = 422


class NotYetOpen(Refusal):
    message = N_("Orders for that day are not open yet. Choose an earlier day.")


def place_order(
    session: Session,
    request: Request,
    basket: Basket,
    *,
    secret: str,
    now: datetime,
    held_until: datetime | None = None,
) -> Order:
    """Take portions and slot and write the order; see `place_once`."""
    return place_once(session, request, basket, secret=secret, now=now, held_until=held_until)[0]


def place_once(
    session: Session,
    request: Request,
    basket: Basket,
    *,
    secret: str,
    now: datetime,
    held_until: datetime | None = None,
) -> tuple[Order, bool]:
    """Take portions and slot and write the order with its confirmation, all or nothing; the order,
    and whether it was placed just now.

    With `held_until` it waits as held until then, and no mail goes yet.

    The same key with the same content gives the order that stands. Raises KeyReused,
    BasketEmpty, SlotUnknown, SlotFull, SoldOut, ServiceClosed, NotYetOpen, CutoffPassed,
    AddressMissing, IngredientUnknown, and ShownChanged when the order would not be the one that
    its page showed.
    """
    known = order_of_key(session, request.key)
    if known:
        return _same(known, request, basket), False
    if not basket.lines:
        raise BasketEmpty
    slot, service = _slot_with_service(session, request)
    if any(line.portion.menu.date != service.date for line in basket.lines):
        raise SlotUnknown(field="slot")
    if any(line.portion.menu.published_at is None for line in basket.lines):
        raise ServiceClosed
    if service.date > local(now).date() + timedelta(days=DAYS_AHEAD):
        raise NotYetOpen
    if not request.is_late_call or not service.is_open:
        check_takes_orders(service, request.kind, now=now)
    if request.kind == "delivery" and request.address is None:
        raise AddressMissing(field="place")
    check_basket_left(basket)
    row = new_row(session, request, basket, service, secret, now)
    row |= {"status": Status.HELD if held_until else Status.PLACED, "held_until": held_until}
    order = insert_new(session, Order, row, unique=["idempotency_key"], load=_ROW_ALONE)
    if order is None:
        known = order_of_key(session, request.key)
        assert known is not None
        return _same(known, request, basket), False
    take_portions(session, basket.quantities)
    take_slot(session, slot.id, portions=basket.count, work=basket.work)
    # Asked for once the service's row is ours, so that a swap of ingredients before it is seen.
    content = content_of_day(session, [line.portion.dish for line in basket.lines], service.date)
    if request.shown is not None:
        contents = {dish_id: inside.at() for dish_id, inside in content.items()}
        check_shown(request.shown, _facts(request, order, slot, basket, contents))
    contents = {dish_id: inside.at(slot.starts_at) for dish_id, inside in content.items()}
    lines = new_lines(order, basket.lines, contents, request.origins)
    write_wishes(lines, request)
    session.add_all(lines)
    note_event(session, order, order.status, device=WEB, now=now)
    if not held_until:
        queue_message(
            session, order_id=order.id, kind=Status.PLACED.value, email=order.email, now=now
        )
    session.flush()
    set_committed_value(order, "lines", lines)
    set_committed_value(order, "slot", slot)  # who promises it next reads it there
    return order, True


def write_wishes(lines: Iterable[OrderLine], request: Request) -> None:
    """Write onto lines what they must not contain. Raises WishConflict where a dish contains it,
    WishTraces where it may and the customer has not agreed."""
    for line in lines:
        wish = request.wishes.get(line.key, LineWish(()))
        avoids = [code for code in ALLERGENS if code in (*wish.avoids, *request.named)]
        if not avoids:
            continue
        line.avoids, line.eater = ",".join(avoids), wish.eater
        sure = [Word(ALLERGENS[c]) for c in line.conflicts if not c.endswith("?")]
        maybe = [c for c in line.conflicts if c.endswith("?")]
        field_ = f"avoid-{line.key}"
        if sure:
            raise WishConflict(dish=line.name, allergens=sure, field=field_)
        if maybe and not request.accepts_traces:
            names = [Word(ALLERGENS[c.rstrip("?")]) for c in maybe]
            raise WishTraces(dish=line.name, allergens=names, field=field_)
        line.accepted = ",".join(maybe)


# Built once, because all customers pass here one at a time. An order is read without slot and
# lines: a placed one has its lines at hand, and a repeated one is only named.
_ROW_ALONE = (lazyload(Order.slot), lazyload(Order.lines))
_OF_KEY = select(Order).options(*_ROW_ALONE).where(Order.idempotency_key == bindparam("key"))
_SLOT = (
    select(Slot, Service)
    .join(Service, Service.id == Slot.service_id)
    .options(lazyload(Slot.stations))
    .where(Slot.id == bindparam("slot_id"), Slot.kind == bindparam("kind"))
)
_NEXT_NUMBER = (
    update(Service)
    .where(Service.id == bindparam("service_id"))
    .values(last_number=Service.last_number + 1, version=Service.version + 1)
    .returning(Service.last_number)
    .execution_options(synchronize_session=False)
)


def order_of_key(session: Session, key: str) -> Order | None:
    """The order that stands for an idempotency key."""
    return session.scalar(_OF_KEY, {"key": key})


def _slot_with_service(session: Session, request: Request) -> tuple[Slot, Service]:
    asked = {"slot_id": request.slot_id, "kind": request.kind}
    found = session.execute(_SLOT, asked).first()
    if found is None:
        raise SlotUnknown(field="slot")
    return found[0], found[1]


def _same(order: Order, request: Request, basket: Basket) -> Order:
    # A repeat may come when the first send has emptied the basket: the form decides then.
    asked = _content(request, basket) if basket.lines else request.fingerprint()
    if not order.content_hash.startswith(asked):
        raise KeyReused
    return order


def new_row(
    session: Session,
    request: Request,
    basket: Basket,
    service: Service,
    secret: str,
    now: datetime,
) -> dict[str, object]:
    """An order's row under the service's next number, which makes others wait; without status."""
    number = session.execute(_NEXT_NUMBER, {"service_id": service.id}).scalar_one()
    address = request.address if request.kind == "delivery" else None
    return {
        "number": number,
        "service_id": service.id,
        "slot_id": request.slot_id,
        "kind": request.kind,
        "idempotency_key": request.key,
        "content_hash": _content(request, basket),
        "token_hash": token_hash(order_token(secret, request.key)),
        "language": request.language,
        "first_name": request.customer.first_name,
        "phone": request.customer.phone,
        "email": request.customer.email,
        "name_key": plain(request.customer.first_name),
        "phone_key": phone_key(request.customer.phone),
        "email_key": request.customer.email.lower(),
        **address_columns(address),
        "must_not_contain": request.must_not_contain,
        "total_cents": basket.total_cents,
        "group_id": request.group_id,
        "placed_at": now,
    }


def _facts(
    request: Request, order: Order, slot: Slot, basket: Basket, contents: Mapping[int, Contents]
) -> Facts:
    """What the order that is being written would say on its page."""
    place_id = request.place_id if request.kind == "delivery" else None
    return {
        **facts_of_lines(lines_of_basket(basket.lines, contents, request.origins)),
        "total": order.total_cents,
        **facts_of_slots([slot]),
        **(facts_of_place(place_id, request.address) if place_id and request.address else {}),
    }


def new_lines(
    order: Order,
    chosen: Iterable[BasketLine],
    contents: Mapping[int, Contents],
    origins: Mapping[str, Told],
) -> list[OrderLine]:
    """Lines with the dishes as they are now: name, price, VAT and allergens are copied.

    `contents` are by dish id, `origins` by line. Raises IngredientUnknown.
    """
    found = []
    for line in chosen:
        dish = line.portion.dish
        check_known(dish, contents[dish.id])
        origin = origins.get(line.key)
        found.append(
            OrderLine(
                order_id=order.id,
                portion_id=line.portion.id,
                quantity=line.quantity,
                size=line.size,
                chosen=line.choice.item,
                part=line.choice.part,
                options=line.options[:200],
                set_menu=line.set_menu,
                dish_name=dish.name,
                dish_family=dish.family,
                is_hot=dish.is_hot,
                origin=origin.words[:500] if origin else "",
                work_seconds=dish.work_seconds,
                unit_price_cents=line.price_cents,
                vat_bp=line.portion.vat_bp,
            )
        )
        inside = with_options(contents[dish.id], line.choice.options)
        found[-1].describe(inside, line.portion.meats)
    return found
