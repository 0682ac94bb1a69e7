"""A believable lunch of La Locomotive, marked as a demonstration in the database and on pages.

The public places stand where they are; what carries « (démonstration) » in its name is plausible
and invented. Phone numbers are of the range that the French regulator keeps for works of fiction.
"""

import json
import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ..choices.option import DishOption, options_of_dishes, save_option
from ..choices.set_menu import SetMenuDraft, save_set_menu, set_menus_of
from ..core.clock import local
from ..core.mark import DEMONSTRATION, mark
from ..core.settings import Settings
from ..menu.dish import Dish, DishAllergen, save_dish
from ..menu.menu import Menu, Portion, SoldOut, menu_of, set_portions
from ..ordering.cart import Basket, BasketLine
from ..ordering.content_change import ContentChange, ContentNotice, follow_content
from ..ordering.request import Customer, Request
from ..origins.sale import open_sale
from ..places.address import KnownAddress, Place, address_of_place
from ..promise.answer import SlotAnswer, Wish
from ..promise.promise import promise_order
from ..promise.question import ask_slots
from ..service.fleet import Tricycle, lay_shifts
from ..service.service import Service, new_service, service_of
from ..service.slot import Slot, SlotFull, lay_slots, slots_of
from ..shipments.partner import Partner, save_partner
from .demonstration_farm import load_farm, load_week
from .demonstration_hygiene import load_hygiene
from .demonstration_past import Drawing, load_past

FACTS = Path(__file__).with_suffix(".json")
DELIVERED = 0.7  # of all orders
TRIES = 20
EARLIER = timedelta(hours=2)  # than the end of orders


@dataclass(frozen=True)
class _Loaded:
    """What orders are drawn from: the facts, the dishes and the places with their facts."""

    facts: dict[str, Any]
    dishes: list[tuple[Dish, dict[str, Any]]]
    places: list[tuple[Place, int]]  # with how many people


def load_lunch(
    session: Session, day: date, *, orders: int, seed: int, settings: Settings, now: datetime
) -> int:
    """Write the lunch of a day with about so many orders, the same for the same seed.

    Returns how many orders there are. What is there already stays; orders are not added twice.
    Raises HouseClosed for a day on which the house does not cook.
    """
    facts: dict[str, Any] = json.loads(FACTS.read_text())
    mark(session, DEMONSTRATION, day.isoformat())
    loaded = _Loaded(facts, _dishes(session, facts), _places(session, facts))
    dishes = [dish for dish, _ in loaded.dishes]
    load_farm(session, dishes, secret=settings.secret_key, now=now)
    load_hygiene(session, now=now)
    _know_partner(session, facts)
    _offer_options(session, loaded)
    service = _service(session, day)
    _publish_menu(session, day, loaded, now)
    session.flush()
    dice = random.Random(f"{seed} {day}")
    lunch = _Lunch(session, service, loaded, dice, settings)
    return sum(lunch.order(f"demonstration-{day}-{seed}-{index}") for index in range(orders))


def _know_partner(session: Session, facts: dict[str, Any]) -> None:
    if session.scalar(select(Partner.id).limit(1)) is None:
        save_partner(session, Partner(**facts["partner"], is_active=True))


def load_month(session: Session, *, settings: Settings, now: datetime) -> int:
    """Write the lunches of the month before today, once; returns how many there are."""
    facts: dict[str, Any] = json.loads(FACTS.read_text())
    loaded = _Loaded(facts, _dishes(session, facts), _places(session, facts))

    def drawn(session: Session, day: date, orders: int) -> Service:
        service = _service(session, day)
        portions = {dish.id: row["portions"] // 2 for dish, row in loaded.dishes}
        menu = set_portions(session, day, portions, now=now)
        menu.published_at = service.delivery_cutoff - timedelta(days=3)
        session.flush()
        session.refresh(menu)
        lunch = _Lunch(session, service, loaded, random.Random(f"{day}"), settings)
        for index in range(orders):
            lunch.order(f"demonstration-{day}-{index}")
        return service

    today = local(now).date()
    days = load_past(session, Drawing(settings, drawn, facts["past"]), today=today, now=now)
    if days:
        _follow_lots(session, today, now)
    return days


def _follow_lots(session: Session, today: date, now: datetime) -> None:
    """Let the next lunch's orders say what its lots are now; nobody has read them before."""
    for change in follow_content(session, "time", "", today=today, now=now):
        session.execute(delete(ContentNotice).where(ContentNotice.change_id == change.id))
        session.execute(delete(ContentChange).where(ContentChange.id == change.id))


def _service(session: Session, day: date) -> Service:
    service = service_of(session, day)
    if service is None:
        service = new_service(session, day)
        lay_slots(session, service)
        lay_shifts(session, service)
        service.is_open = True
    return service


def _publish_menu(session: Session, day: date, loaded: _Loaded, now: datetime) -> None:
    menu = menu_of(session, day)
    if menu is not None and menu.published_at is not None:
        return
    portions = {dish.id: row["portions"] for dish, row in loaded.dishes}
    menu = set_portions(session, day, portions, now=now)
    load_week(session, day, portions, now=now)
    session.refresh(menu)
    open_sale(session, menu, today=day, now=now)
    _offer_set_menu(session, menu, loaded)


def _offer_set_menu(session: Session, menu: Menu, loaded: _Loaded) -> None:
    if set_menus_of(session, menu.date):
        return
    facts, ids = loaded.facts["set_menu"], {dish.name: dish.id for dish, _ in loaded.dishes}
    courses = tuple((name, tuple(ids[d] for d in dishes)) for name, dishes in facts["courses"])
    draft = SetMenuDraft(facts["name"], facts["price_cents"], courses)
    save_set_menu(session, menu, draft)


def _offer_options(session: Session, loaded: _Loaded) -> None:
    dishes = {dish.name: dish for dish, _ in loaded.dishes}
    known = options_of_dishes(session, [dish.id for dish in dishes.values()])
    for row in loaded.facts["options"]:
        dish = dishes[row["dish"]]
        if dish.id not in known:
            columns = {name: value for name, value in row.items() if name != "dish"}
            save_option(session, DishOption(**columns), dish)


def _dishes(session: Session, facts: dict[str, Any]) -> list[tuple[Dish, dict[str, Any]]]:
    loaded = []
    for row in facts["dishes"]:
        dish = session.scalar(select(Dish).where(Dish.name == row["name"]))
        if dish is None:
            columns = {k: v for k, v in row.items() if k in Dish.__table__.columns}
            dish = Dish(**columns, allergens_are_known=True)
            levels = dict.fromkeys(row["contains"], "contains")
            levels |= dict.fromkeys(row["may_contain"], "may contain")
            dish.allergens = [DishAllergen(code=c, level=level) for c, level in levels.items()]
            save_dish(session, dish, allergens=levels)
        loaded.append((dish, row))
    return loaded


def _places(session: Session, facts: dict[str, Any]) -> list[tuple[Place, int]]:
    loaded = []
    for row in facts["places"]:
        place = session.scalar(select(Place).where(Place.name == row["name"]))
        if place is None:
            place = Place(**{k: v for k, v in row.items() if k != "people"})
            session.add(place)
        loaded.append((place, row["people"]))
    if session.scalar(select(KnownAddress.id).limit(1)) is None:
        session.add_all(KnownAddress(**row) for row in facts["addresses"])
    if session.scalar(select(Tricycle.id).limit(1)) is None:
        session.add_all(Tricycle(**row) for row in facts["tricycles"])
    session.flush()
    return loaded


class _Lunch:
    """Draws orders as people of these places would give them."""

    def __init__(
        self,
        session: Session,
        service: Service,
        loaded: _Loaded,
        dice: random.Random,
        settings: Settings,
    ) -> None:
        self._depot, self._secret = settings.depot, settings.secret_key
        self._session, self._service, self._facts = session, service, loaded.facts
        self._places, self._dice = loaded.places, dice
        portions = select(Portion).join(Menu).where(Menu.date == service.date)
        by_dish = {portion.dish_id: portion for portion in session.scalars(portions)}
        self._portions = [
            (by_dish[dish.id], row) for dish, row in loaded.dishes if dish.id in by_dish
        ]
        # Colleagues eat together: each place keeps to one or two slots.
        slots = slots_of(session, service, "delivery")
        self._slots = {place.id: dice.sample(slots[:-1], k=2) for place, _ in loaded.places}

    def order(self, key: str) -> bool:
        """Give one order; False when no try found room."""
        for _ in range(TRIES):
            place, slot = self._where()
            basket = self._basket()
            if slot.free < 1 or any(line.portion.remaining < line.quantity for line in basket):
                continue
            request, at = self._request(key, place, slot), self._service.delivery_cutoff - EARLIER
            chosen = Basket(basket)
            answer = self._answer(request, slot, chosen, at)
            if answer.is_possible:
                return self._promise(request, chosen, answer, at)
        return False

    def _promise(self, request: Request, chosen: Basket, answer: SlotAnswer, at: datetime) -> bool:
        session = self._session
        try:
            promise_order(session, request, chosen, answer.evidence, secret=self._secret, now=at)
        except (SoldOut, SlotFull):
            return False
        session.expire(session.get_one(Slot, request.slot_id))
        for line in chosen.lines:
            session.expire(line.portion, ["remaining"])
        return True

    def _answer(self, request: Request, slot: Slot, chosen: Basket, at: datetime) -> SlotAnswer:
        wish = Wish(self._service, request.kind, chosen, request.address)
        depot = self._depot
        return ask_slots(self._session, [slot], wish, depot=depot, now=at)[0]

    def _where(self) -> tuple[Place | None, Slot]:
        """A place with one of its slots, or None and a take-away slot."""
        if self._dice.random() >= DELIVERED:
            slots = slots_of(self._session, self._service, "take-away")
            return None, self._dice.choice(slots)
        weights = [people for _, people in self._places]
        place = self._dice.choices([p for p, _ in self._places], weights)[0]
        return place, self._dice.choice(self._slots[place.id])

    def _basket(self) -> tuple[BasketLine, ...]:
        mains = [(p, row) for p, row in self._portions if row["price_cents"] >= 800]
        extras = [(p, row) for p, row in self._portions if row["price_cents"] < 800]
        main = self._dice.choices([p for p, _ in mains], [row["weight"] for _, row in mains])[0]
        lines = [BasketLine(main, self._dice.choices((1, 2), (8, 1))[0])]
        for portion, row in extras:
            if self._dice.random() < row["weight"] / 16:
                lines.append(BasketLine(portion, 1))
        return tuple(lines)

    def _request(self, key: str, place: Place | None, slot: Slot) -> Request:
        name = self._dice.choice(self._facts["first_names"])
        return Request(
            key=key,
            kind="delivery" if place else "take-away",
            slot_id=slot.id,
            customer=Customer(first_name=name, phone=self._phone()),
            address=address_of_place(self._session, place.id) if place else None,
        )

    def _phone(self) -> str:
        return f"06 39 98 {self._dice.randrange(100):02d} {self._dice.randrange(100):02d}"
