"""Order: what one customer asked for, and everything that happened to it."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, bindparam, func, select, update
from sqlalchemy.orm import Mapped, Session, lazyload, mapped_column, relationship
from sqlalchemy.orm.attributes import set_committed_value

from ..base import Base, Cents, Key, TokenHash, Words, insert_once
from ..clock import local
from ..links import derived_token, token_hash
from ..menu.dish import station_of
from ..menu.menu import Portion, PortionCorrection, give_back_portions, take_portions
from ..menu.recipe import check_known, contents_of
from ..places.address import Address
from ..refusal import N_, Refusal
from ..service.service import DAYS_AHEAD, Service, ServiceClosed, check_takes_orders
from ..service.slot import Slot, SlotStation, SlotUnknown, give_back_slot, take_slot
from .cart import Basket, BasketEmpty, BasketLine, sum_work
from .destination import AddressMissing
from .message import queue_message

# What may follow what; the kitchen's undo goes back along the same table.
NEXT: dict[str, tuple[str, ...]] = {
    "held": ("placed", "expired"),
    "placed": ("started", "ready", "cancelled"),
    "started": ("ready", "placed", "cancelled"),
    "ready": ("left", "handed over", "started", "placed", "cancelled"),
    "left": ("handed over", "not delivered", "ready"),
    "handed over": ("ready", "left"),
    "not delivered": ("left",),
    "cancelled": (),
    "expired": (),
}
LIVE = ("held", "placed", "started", "ready", "left", "handed over", "not delivered")
STATUS_WORDS: dict[str, str] = {
    "held": N_("waiting for payment"),
    "placed": N_("ordered"),
    "started": N_("being cooked"),
    "ready": N_("ready"),
    "left": N_("on its way"),
    "handed over": N_("handed over"),
    "not delivered": N_("not delivered"),
    "cancelled": N_("cancelled"),
    "expired": N_("expired"),
}
# An order's way as its customer reads it; a step that was skipped counts as done.
JOURNEY: dict[str, tuple[tuple[str, str], ...]] = {
    "take-away": (
        ("placed", N_("ordered")),
        ("started", N_("in the kitchen")),
        ("ready", N_("ready, you can come")),
        ("handed over", N_("handed over")),
    ),
    "delivery": (
        ("placed", N_("ordered")),
        ("started", N_("in the kitchen")),
        ("ready", N_("in its bag")),
        ("left", N_("on its way to you")),
        ("handed over", N_("handed over")),
    ),
}
# Shapes that a child can name, drawn in static/drawings/bag-*.svg.
BAG_WORDS: dict[str, str] = {
    "star": N_("star"),
    "apple": N_("apple"),
    "house": N_("house"),
    "bicycle": N_("bicycle"),
    "flower": N_("flower"),
    "key": N_("key"),
    "boat": N_("boat"),
    "sun": N_("sun"),
    "tree": N_("tree"),
    "fish": N_("fish"),
    "bell": N_("bell"),
    "heart": N_("heart"),
}
BAG_SYMBOLS = tuple(BAG_WORDS)


class Order(Base):
    """An order with what it was when it was placed: address, prices, slot, never looked up
    again. `status` copies the last event."""

    # Not "order": that is a word of SQL.
    __tablename__ = "customer_order"
    __table_args__ = (
        CheckConstraint("kind IN ('take-away', 'delivery')", name="kind"),
        Index("ix_customer_order_service_status", "service_id", "status"),
    )

    id: Mapped[Key]
    number: Mapped[int]
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20))
    idempotency_key: Mapped[str] = mapped_column(String(64), unique=True)
    content_hash: Mapped[str] = mapped_column(String(64))
    token_hash: Mapped[TokenHash]
    language: Mapped[str] = mapped_column(String(2))
    first_name: Mapped[Words]
    phone: Mapped[str] = mapped_column(String(40), default="")
    email: Mapped[Words] = mapped_column(default="")
    place_name: Mapped[Words] = mapped_column(default="")
    street: Mapped[Words] = mapped_column(default="")
    town: Mapped[Words] = mapped_column(default="")
    access_note: Mapped[str] = mapped_column(String(300), default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    # The house number at whose door the pin stands, when the typed one is not on file.
    nearest: Mapped[str] = mapped_column(String(20), default="", server_default="")
    total_cents: Mapped[Cents]
    # When the kitchen has it ready, if a batch is late.
    ready_at: Mapped[datetime | None]
    placed_at: Mapped[datetime]
    # What delivery decided, copied here so that the kitchen need not look to its right.
    round_number: Mapped[int | None]
    departs_at: Mapped[datetime | None]
    held_until: Mapped[datetime | None]
    loading_position: Mapped[int | None]  # the first to go aboard is 1
    # What the bag must not contain, as the customer wrote it: health data, erased the night after.
    must_not_contain: Mapped[Words] = mapped_column(default="")
    bagged_at: Mapped[datetime | None]  # by the first hand, while a second one must verify
    acknowledged_at: Mapped[datetime | None]  # when the kitchen saw that it was cancelled
    slot: Mapped[Slot] = relationship(lazy="joined", innerjoin=True)
    service: Mapped[Service] = relationship()
    lines: Mapped[list["OrderLine"]] = relationship(
        back_populates="order", order_by="OrderLine.id", lazy="selectin"
    )
    events: Mapped[list["OrderEvent"]] = relationship(
        back_populates="order", order_by="OrderEvent.id"
    )

    @property
    def is_delivery(self) -> bool:
        return self.kind == "delivery"

    @property
    def bag(self) -> str:
        """The symbol of the order's bag, the same on screen, sheet and the customer's page."""
        return BAG_SYMBOLS[self.number % len(BAG_SYMBOLS)]

    @property
    def address(self) -> Address | None:
        """Where a delivery goes."""
        if not self.is_delivery or self.latitude is None or self.longitude is None:
            return None
        return Address(
            self.place_name,
            self.street,
            self.town,
            self.latitude,
            self.longitude,
            self.access_note,
        )

    @property
    def boxes(self) -> int:
        """Portions to carry, one box each."""
        return sum(line.quantity for line in self.lines)

    @property
    def work(self) -> dict[str, int]:
        """Station → seconds of work."""
        return sum_work((line.station, line.work_seconds, line.quantity) for line in self.lines)

    @property
    def is_exception(self) -> bool:
        """Whether its dishes are cooked apart and its bag is verified by a second hand."""
        return bool(self.must_not_contain)

    @property
    def quantities(self) -> dict[int, int]:
        """Portion id → number."""
        return {line.portion_id: line.quantity for line in self.lines}

    def can_be_cancelled(self, now: datetime) -> bool:
        """Whether the customer may still cancel: before the cut-off and before it is cooked."""
        return self.status == "placed" and now < self.service.cutoff(self.kind)


class OrderLine(Base):
    """One dish of one order with its price, VAT and allergens of that day."""

    __tablename__ = "order_line"
    __table_args__ = (
        CheckConstraint("quantity BETWEEN 1 AND 50", name="quantity"),
        CheckConstraint("cooked BETWEEN 0 AND quantity", name="cooked"),
    )

    id: Mapped[Key]
    order_id: Mapped[int] = mapped_column(ForeignKey("customer_order.id"), index=True)
    portion_id: Mapped[int] = mapped_column(ForeignKey("portion.id"), index=True)
    quantity: Mapped[int]
    cooked: Mapped[int] = mapped_column(default=0)
    dish_name: Mapped[Words]
    dish_family: Mapped[str] = mapped_column(String(20))
    is_hot: Mapped[bool]
    allergens: Mapped[Words]  # codes that the dish contains, comma-separated
    # The words about the origin of its produce and meat that stood on the page.
    origin: Mapped[str] = mapped_column(String(500), default="")
    work_seconds: Mapped[int] = mapped_column(default=0)
    unit_price_cents: Mapped[Cents]
    vat_bp: Mapped[int]
    order: Mapped[Order] = relationship(back_populates="lines")

    @property
    def station(self) -> str:
        """The kitchen station that makes it."""
        return station_of(self.dish_family, is_hot=self.is_hot)

    @property
    def total_cents(self) -> int:
        return self.unit_price_cents * self.quantity


class OrderEvent(Base):
    """One step of an order: its instant and the device, never a worker."""

    __tablename__ = "order_event"

    id: Mapped[Key]
    order_id: Mapped[int] = mapped_column(ForeignKey("customer_order.id"), index=True)
    status: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
    device: Mapped[Words]
    reason: Mapped[Words] = mapped_column(default="")
    order: Mapped[Order] = relationship(back_populates="events")


@dataclass(frozen=True)
class Customer:
    """Who ordered: a first name, and a phone number or an e-mail address."""

    first_name: str
    phone: str = ""
    email: str = ""


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
    origins: Mapping[int, str] = field(default_factory=dict)  # dish id → words told

    def fingerprint(self) -> str:
        """A fingerprint of the form's content (128 bits of SHA-256, hexadecimal)."""
        address = vars(self.address) if self.address else None
        return _fingerprint(
            [self.kind, self.slot_id, vars(self.customer), address, self.must_not_contain]
        )


def _fingerprint(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


def _content(request: Request, basket: Basket) -> str:
    return request.fingerprint() + _fingerprint(sorted(basket.quantities.items()))


class KeyReused(Refusal):
    """The same page was sent twice with different contents."""

    message = N_("This page was already used for another order. Reload it and order again.")
    status = 422


class OrderUnknown(Refusal):
    message = N_("This order is unknown. Check the link in your message, or call us.")
    status = 404


class StepImpossible(Refusal):
    """Somebody else was faster: the order is no longer what the page showed."""

    message = N_("Order %(number)s has changed meanwhile. Here is how it stands now.")


class TooLateToCancel(Refusal):
    message = N_("It is too late to cancel here. Call us: we will see what is possible.")


class NotYetOpen(Refusal):
    message = N_("Orders for that day are not open yet. Choose an earlier day.")


def order_token(secret: str, key: str) -> str:
    """The token of the order page that belongs to an idempotency key."""
    return derived_token(secret, "order", key)


def place_order(
    session: Session,
    request: Request,
    basket: Basket,
    *,
    secret: str,
    now: datetime,
    held_until: datetime | None = None,
    is_late_call: bool = False,
) -> Order:
    """Take portions and slot and write the order with its confirmation, all or nothing.

    With `held_until` it waits as held until then, and no mail goes yet. A late call, which staff
    take by phone, may come after the cut-off.

    The same key with the same content gives the order that stands. Raises KeyReused,
    BasketEmpty, SlotUnknown, SlotFull, SoldOut, ServiceClosed, NotYetOpen, CutoffPassed,
    AddressMissing, IngredientUnknown.
    """
    standing = order_of_key(session, request.key)
    if standing:
        return _same(standing, request, basket)
    if not basket.lines:
        raise BasketEmpty
    slot, service = _slot_with_service(session, request)
    if any(line.portion.menu.date != service.date for line in basket.lines):
        raise SlotUnknown(field="slot")
    if any(line.portion.menu.published_at is None for line in basket.lines):
        raise ServiceClosed
    if service.date > local(now).date() + timedelta(days=DAYS_AHEAD):
        raise NotYetOpen
    if not is_late_call or not service.is_open:
        check_takes_orders(service, request.kind, now=now)
    if request.kind == "delivery" and request.address is None:
        raise AddressMissing(field="place")
    row = _row(session, request, basket, service, secret, now)
    row |= {"status": "held" if held_until else "placed", "held_until": held_until}
    is_ours = insert_once(session, Order, row, unique=["idempotency_key"])
    order = order_of_key(session, request.key)
    assert order is not None
    if not is_ours:
        return _same(order, request, basket)
    take_portions(session, basket.quantities)
    take_slot(session, slot.id, portions=basket.count, work=basket.work)
    lines = new_lines(session, order, basket.lines, service.date, request.origins)
    session.add_all(lines)
    _happened(session, order, order.status, device="web", now=now)
    if not held_until:
        queue_message(session, order_id=order.id, kind="placed", email=order.email, now=now)
    session.flush()
    set_committed_value(order, "lines", lines)
    return order


# Built once, because all customers pass here one at a time. An order is read without slot and
# lines: a placed one has its lines at hand, and a repeated one is only named.
_OF_KEY = (
    select(Order)
    .options(lazyload(Order.slot), lazyload(Order.lines))
    .where(Order.idempotency_key == bindparam("key"))
)
_SLOT = (
    select(Slot, Service)
    .join(Service, Service.id == Slot.service_id)
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


def _row(
    session: Session,
    request: Request,
    basket: Basket,
    service: Service,
    secret: str,
    now: datetime,
) -> dict[str, object]:
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
        "place_name": address.name if address else "",
        "street": address.street if address else "",
        "town": address.town if address else "",
        "access_note": address.access_note if address else "",
        "latitude": address.latitude if address else None,
        "longitude": address.longitude if address else None,
        "nearest": address.nearest if address else "",
        "must_not_contain": request.must_not_contain,
        "total_cents": basket.total_cents,
        "placed_at": now,
    }


def new_lines(
    session: Session,
    order: Order,
    chosen: Iterable[BasketLine],
    day: date,
    origins: Mapping[int, str],
) -> list[OrderLine]:
    """Lines with the dishes as they are now: name, price, VAT and allergens are copied.

    Asked for once the service's row is ours, so that a swap of ingredients before it is seen.
    Raises IngredientUnknown.
    """
    chosen = list(chosen)
    contents = contents_of(session, [line.portion.dish for line in chosen], day)
    found = []
    for line in chosen:
        dish = line.portion.dish
        check_known(dish, contents[dish.id])
        found.append(
            OrderLine(
                order_id=order.id,
                portion_id=line.portion.id,
                quantity=line.quantity,
                dish_name=dish.name,
                dish_family=dish.family,
                is_hot=dish.is_hot,
                allergens=",".join(contents[dish.id].contains),
                origin=origins.get(dish.id, "")[:500],
                work_seconds=dish.work_seconds,
                unit_price_cents=line.portion.price_cents,
                vat_bp=line.portion.vat_bp,
            )
        )
    return found


def _happened(
    session: Session, order: Order, status: str, *, device: str, now: datetime, reason: str = ""
) -> None:
    session.add(OrderEvent(order_id=order.id, status=status, at=now, device=device, reason=reason))


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


def order_of_token(session: Session, token: str) -> Order:
    """The order of a customer's link. Raises OrderUnknown."""
    order = session.scalar(select(Order).where(Order.token_hash == token_hash(token)))
    if order is None:
        raise OrderUnknown
    return order


def move_on(
    session: Session,
    order: Order,
    *,
    to: str,
    seen: str,
    device: str,
    now: datetime,
    reason: str = "",
) -> None:
    """Bring an order from the status that the page showed (`seen`) to the next one.

    A guarded update and one event. Raises StepImpossible when it is no longer what was seen or
    when the step is not in NEXT.
    """
    if to not in NEXT.get(seen, ()):
        raise StepImpossible(number=order.number)
    changed = session.execute(
        update(Order)
        .where(Order.id == order.id, Order.status == seen)
        .values(status=to)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        session.refresh(order)
        raise StepImpossible(number=order.number)
    _happened(session, order, to, device=device, now=now, reason=reason)
    touch(session, order.service_id)
    session.flush()
    session.refresh(order)


def cancel(
    session: Session, order: Order, *, now: datetime, device: str = "web", reason: str = ""
) -> None:
    """Cancel an order and give back what it took, once.

    Staff give a reason; a customer (device "web") may cancel before the cut-off only, and
    nothing happens when he cancels twice. Raises TooLateToCancel, StepImpossible.
    """
    if device == "web" and order.status == "cancelled":
        return
    if device == "web" and not order.can_be_cancelled(now):
        raise TooLateToCancel
    move_on(
        session, order, to="cancelled", seen=order.status, device=device, now=now, reason=reason
    )
    give_back_portions(session, order.quantities)
    give_back_slot(session, order.slot_id, portions=order.boxes, work=order.work)
    queue_message(session, order_id=order.id, kind="cancelled", email=order.email, now=now)


def touch(session: Session, service_id: int) -> None:
    """Tell the screens that something of this service changed."""
    session.execute(
        update(Service)
        .where(Service.id == service_id)
        .values(version=Service.version + 1)
        .execution_options(synchronize_session=False)
    )


def orders_of(session: Session, service: Service) -> list[Order]:
    """All orders of a service in the order of their slots."""
    return list(
        session.scalars(
            select(Order)
            .join(Slot)
            .where(Order.service_id == service.id)
            .order_by(Slot.starts_at, Order.number)
        )
    )


def erase_exceptions(session: Session, *, before: date) -> None:
    """Erase what bags must not contain from the orders of lunches before a day: it is health
    data (GDPR, article 9), needed for that one meal only. Its fingerprint goes with it."""
    old = select(Service.id).where(Service.date < before)
    session.execute(
        update(Order)
        .where(Order.service_id.in_(old), Order.must_not_contain != "")
        .values(must_not_contain="", content_hash="")
        .execution_options(synchronize_session=False)
    )


def wrong_counters(session: Session) -> list[str]:
    """The portions and slots whose counters do not add up; empty when all is well.

    For each portion: remaining = initial + Σ corrections − Σ lines of live orders; for each
    slot: used = its live orders, used_portions = their portions, and the work of its stations.
    """

    def sums(query: object) -> dict[int, int]:
        return {key: int(total) for key, total in session.execute(query)}  # type: ignore[call-overload]

    corrected = sums(
        select(PortionCorrection.portion_id, func.sum(PortionCorrection.delta)).group_by(
            PortionCorrection.portion_id
        )
    )
    sold = sums(
        select(OrderLine.portion_id, func.sum(OrderLine.quantity))
        .join(Order)
        .where(Order.status.in_(LIVE))
        .group_by(OrderLine.portion_id)
    )
    used = sums(
        select(Order.slot_id, func.count()).where(Order.status.in_(LIVE)).group_by(Order.slot_id)
    )
    used_portions = sums(
        select(Order.slot_id, func.sum(OrderLine.quantity))
        .join(OrderLine)
        .where(Order.status.in_(LIVE))
        .group_by(Order.slot_id)
    )
    wrong = _wrong_stations(session)
    for portion in session.scalars(select(Portion).execution_options(populate_existing=True)):
        due = portion.initial + corrected.get(portion.id, 0) - sold.get(portion.id, 0)
        if portion.remaining != due:
            wrong.append(f"portion {portion.id}: {portion.remaining} left, {due} by its orders")
    for slot in session.scalars(select(Slot).execution_options(populate_existing=True)):
        if slot.used != used.get(slot.id, 0):
            wrong.append(f"slot {slot.id}: {slot.used} used, {used.get(slot.id, 0)} by its orders")
        due = used_portions.get(slot.id, 0)
        if slot.used_portions != due:
            wrong.append(f"slot {slot.id}: {slot.used_portions} portions, {due} by its orders")
    return wrong


def work_by_slot(
    session: Session, slot_ids: Iterable[int] | None = None
) -> dict[int, dict[str, int]]:
    """Slot id → station → seconds of work of the live orders."""
    query = select(Order).where(Order.status.in_(LIVE))
    if slot_ids is not None:
        query = query.where(Order.slot_id.in_(list(slot_ids)))
    found: dict[int, dict[str, int]] = {}
    for order in session.scalars(query):
        here = found.setdefault(order.slot_id, {})
        for station, seconds in order.work.items():
            here[station] = here.get(station, 0) + seconds
    return found


def _wrong_stations(session: Session) -> list[str]:
    rows = list(session.scalars(select(SlotStation).execution_options(populate_existing=True)))
    due = work_by_slot(session, {row.slot_id for row in rows}) if rows else {}
    return [
        f"slot {row.slot_id}, {row.station}: {row.used} s of work, "
        f"{due.get(row.slot_id, {}).get(row.station, 0)} by its orders"
        for row in rows
        if row.used != due.get(row.slot_id, {}).get(row.station, 0)
    ]
