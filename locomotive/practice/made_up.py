"""The made-up lunch that ships with the product: the same for everybody, and nobody's order."""

from datetime import datetime, timedelta
from hashlib import sha256
from json import dumps
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..core.base import Base
from ..core.clock import local
from ..core.mark import mark
from ..core.status import Status
from ..menu.dish import Dish, DishAllergen
from ..menu.menu import Menu, Portion
from ..ordering.order import Order, OrderEvent, OrderLine
from ..printers.job import PrintJob, PrintState
from ..printers.printer import FOLDER, Printer, Tongue
from ..promise.change import OrderChange
from ..service.service import Service
from ..service.slot import Slot

# Name, family, price in cents, whether it is hot, what it contains.
DISHES = (
    ("Carbonade flamande", "stew", 1250, True, ("gluten", "celery")),
    ("Flamiche aux poireaux", "pie", 890, True, ("gluten", "milk", "eggs")),
    ("Soupe de potiron", "soup", 490, True, ("celery",)),
    ("Salade de lentilles", "salad", 850, False, ("mustard",)),
    ("Tarte au sucre", "dessert", 380, False, ("gluten", "milk", "eggs")),
)
STEW, PIE, SOUP, SALAD, TART = range(len(DISHES))
FIRST_DEPARTURE, APART = timedelta(minutes=30), timedelta(minutes=15)


class Bag(NamedTuple):
    """One order of the made-up lunch: how many of which dish, and what is special about it."""

    first_name: str
    departure: int
    dishes: dict[int, int]
    status: Status = Status.PLACED
    is_delivery: bool = False
    is_exception: bool = False
    was: dict[int, int] | None = None  # before it was changed


BAGS = (
    Bag("Nadia", 0, {STEW: 1}),
    Bag("Karim", 0, {STEW: 1}),
    Bag("Louise", 0, {STEW: 1, TART: 1}),
    Bag("Hugo", 0, {STEW: 2}),
    Bag("Paul", 0, {SOUP: 1}, is_exception=True),
    Bag("Martin", 0, {SALAD: 1}, status=Status.CANCELLED),
    Bag("Salma", 1, {PIE: 1, TART: 1}, is_delivery=True),
    Bag("Eva", 1, {PIE: 2}, is_delivery=True, was={PIE: 1, SOUP: 1}),
    Bag("Jules", 1, {SOUP: 1, SALAD: 1}, is_delivery=True),
    Bag("Sami", 2, {PIE: 1}, status=Status.READY),
    Bag("Samira", 2, {STEW: 1}, status=Status.READY),
    Bag("Lucie", 2, {SALAD: 2}, status=Status.READY),
    Bag("Omar", 3, {STEW: 1, TART: 1}),
    Bag("Chris", 3, {SOUP: 2}),
)
GIVEN = "Samira"  # whose bag a newcomer finds by her first letters
PRINTED = 3  # the bag whose label is printed again


def make_up_lunch(copy: Session, *, exception: str, now: datetime) -> None:
    """Lay the made-up lunch into an empty database; its first departure is in FIRST_DEPARTURE."""
    Base.metadata.create_all(copy.connection())
    portions = _lay_menu(copy, now)
    service = Service(
        date=local(now).date(), is_open=True, delivery_cutoff=now, takeaway_cutoff=now
    )
    copy.add(service)
    copy.flush()
    for number, bag in enumerate(BAGS, 1):
        order = _order(copy, service, bag, number, portions, now=now)
        order.must_not_contain = exception if bag.is_exception else ""
        if bag.was:
            copy.add(_change(order, bag, now))
    copy.add(_printer())
    copy.flush()
    mark(copy, "begun", str(service.version))


def print_at_once(copy: Session) -> None:
    """The made-up printer has no machine and never waits."""
    copy.execute(update(PrintJob).values(state=PrintState.PRINTED.value))


def _printer() -> Printer:
    return Printer(
        name="62 mm",
        tongue=Tongue.BROTHER.value,
        address=FOLDER,
        paper_mm=62,
        prints="labels",
        is_automatic=False,
    )


def _lay_menu(copy: Session, now: datetime) -> list[Portion]:
    menu = Menu(date=local(now).date(), published_at=now)
    copy.add(menu)
    for position, (name, family, cents, is_hot, contains) in enumerate(DISHES):
        dish = Dish(name=name, family=family, price_cents=cents, is_hot=is_hot)
        dish.allergens = [DishAllergen(code=code, level="contains") for code in contains]
        counts = {"position": position, "initial": 50, "remaining": 50}
        copy.add(Portion(menu=menu, dish=dish, price_cents=cents, vat_bp=1000, **counts))
    copy.flush()
    return list(copy.scalars(select(Portion).order_by(Portion.position)))


def _order(
    copy: Session,
    service: Service,
    bag: Bag,
    number: int,
    portions: list[Portion],
    *,
    now: datetime,
) -> Order:
    slot = _slot(copy, service, bag, now)
    secret = sha256(f"made up {number}".encode()).hexdigest()
    order = Order(
        number=number,
        service=service,
        slot=slot,
        kind=slot.kind,
        status=bag.status,
        idempotency_key=secret,
        content_hash=secret,
        token_hash=secret,
        language="fr",
        first_name=bag.first_name,
        placed_at=now,
        total_cents=sum(portions[dish].price_cents * n for dish, n in bag.dishes.items()),
        round_number=1 if bag.is_delivery else None,
        departs_at=slot.starts_at if bag.is_delivery else None,
    )
    order.lines = [_line(portions[dish], quantity) for dish, quantity in bag.dishes.items()]
    order.events = [OrderEvent(status=Status.PLACED, at=now, device="practice")]
    copy.add(order)
    copy.flush()
    return order


def _slot(copy: Session, service: Service, bag: Bag, now: datetime) -> Slot:
    kind = "delivery" if bag.is_delivery else "take-away"
    starts_at = now.replace(second=0, microsecond=0) + FIRST_DEPARTURE + bag.departure * APART
    query = select(Slot).where(Slot.kind == kind, Slot.starts_at == starts_at)
    found = copy.scalar(query)
    if found is None:
        wall = local(starts_at)
        hours = {"local_date": wall.date(), "local_time": wall.time(), "starts_at": starts_at}
        found = Slot(
            service_id=service.id, kind=kind, ends_at=starts_at + APART, capacity=50, **hours
        )
        copy.add(found)
        copy.flush()
    return found


def _line(portion: Portion, quantity: int) -> OrderLine:
    dish = portion.dish
    return OrderLine(
        portion_id=portion.id,
        quantity=quantity,
        dish_name=dish.name,
        dish_family=dish.family,
        is_hot=dish.is_hot,
        allergens=",".join(allergen.code for allergen in dish.allergens),
        unit_price_cents=portion.price_cents,
        vat_bp=portion.vat_bp,
    )


def _change(order: Order, bag: Bag, now: datetime) -> OrderChange:
    was = [(DISHES[dish][0], quantity) for dish, quantity in (bag.was or {}).items()]
    return OrderChange(
        order_id=order.id,
        at=now,
        device="practice",
        lines_before=dumps(was),
        lines_after=dumps([(line.name, line.quantity) for line in order.lines]),
        slot_before_id=order.slot_id,
        slot_after_id=order.slot_id,
    )
