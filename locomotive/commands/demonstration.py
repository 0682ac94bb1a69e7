"""A believable lunch of La Locomotive, marked as a demonstration in the database and on pages.

The public places stand where they are; what carries « (démonstration) » in its name is plausible
and invented. Phone numbers are of the range that the French regulator keeps for works of fiction.
"""

import json
import random
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..core.mark import DEMONSTRATION, mark
from ..menu.dish import Dish, DishAllergen, save_dish
from ..menu.menu import Menu, Portion, SoldOut, menu_of, publish, set_portions
from ..ordering.cart import Basket, BasketLine
from ..ordering.request import Customer, Request
from ..places.address import KnownAddress, Place, address_of_place
from ..promise.answer import SlotAnswer, Wish
from ..promise.promise import promise_order
from ..promise.question import ask_slots
from ..service.fleet import Tricycle, lay_shifts
from ..service.service import Service, new_service, service_of
from ..service.slot import Slot, SlotFull, lay_slots, slots_of
from .demonstration_farm import load_farm, load_week

FACTS = Path(__file__).with_suffix(".json")
DELIVERED = 0.7  # of all orders
TRIES = 20
EARLIER = timedelta(hours=2)  # than the end of orders


def load_lunch(
    session: Session,
    day: date,
    *,
    orders: int,
    seed: int,
    secret: str,
    depot: tuple[float, float],
    now: datetime,
) -> int:
    """Write the lunch of a day with about so many orders, the same for the same seed.

    Returns how many orders stand. What is there already stays; orders are not added twice.
    Raises HouseClosed for a day on which the house does not cook.
    """
    facts: dict[str, Any] = json.loads(FACTS.read_text())
    mark(session, DEMONSTRATION, day.isoformat())
    dishes = _dishes(session, facts)
    places = _places(session, facts)
    load_farm(session, [dish for dish, _ in dishes], secret=secret, now=now)
    service = service_of(session, day)
    if service is None:
        service = new_service(session, day)
        lay_slots(session, service)
        lay_shifts(session, service)
        service.is_open = True
    menu = menu_of(session, day)
    if menu is None or menu.published_at is None:
        portions = {dish.id: facts_["portions"] for dish, facts_ in dishes}
        menu = set_portions(session, day, portions, now=now)
        load_week(session, day, portions, now=now)
        session.refresh(menu)
        publish(session, menu, now=now)
    session.flush()
    dice = random.Random(f"{seed} {day}")
    chosen = _Lunch(session, service, facts, dishes, places, dice, depot)
    return sum(
        chosen.order(f"demonstration-{day}-{seed}-{index}", secret) for index in range(orders)
    )


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
        facts: dict[str, Any],
        dishes: list[tuple[Dish, dict[str, Any]]],
        places: list[tuple[Place, int]],
        dice: random.Random,
        depot: tuple[float, float],
    ) -> None:
        self._depot = depot
        self._session, self._service, self._facts = session, service, facts
        self._places, self._dice = places, dice
        portions = select(Portion).join(Menu).where(Menu.date == service.date)
        by_dish = {portion.dish_id: portion for portion in session.scalars(portions)}
        self._portions = [(by_dish[dish.id], row) for dish, row in dishes if dish.id in by_dish]
        # Colleagues eat together: each place keeps to one or two slots.
        slots = slots_of(session, service, "delivery")
        self._slots = {place.id: dice.sample(slots[:-1], k=2) for place, _ in places}

    def order(self, key: str, secret: str) -> bool:
        """Give one order; False when no try found room."""
        for _ in range(TRIES):
            place = None
            if self._dice.random() < DELIVERED:
                weights = [people for _, people in self._places]
                place = self._dice.choices([p for p, _ in self._places], weights)[0]
            slot = self._slot(place)
            basket = self._basket()
            if slot.free < 1 or any(line.portion.remaining < line.quantity for line in basket):
                continue
            request, at = self._request(key, place, slot), self._service.delivery_cutoff - EARLIER
            chosen = Basket(basket)
            answer = self._answer(request, slot, chosen, at)
            if not answer.is_possible:
                continue
            try:
                promise_order(
                    self._session, request, chosen, answer.evidence, secret=secret, now=at
                )
            except (SoldOut, SlotFull):
                return False
            self._session.expire(slot)
            for line in basket:
                self._session.expire(line.portion, ["remaining"])
            return True
        return False

    def _answer(self, request: Request, slot: Slot, chosen: Basket, at: datetime) -> SlotAnswer:
        wish = Wish(self._service, request.kind, chosen, request.address)
        depot = self._depot
        return ask_slots(self._session, [slot], wish, depot=depot, now=at, seconds=1.0)[0]

    def _slot(self, place: Place | None) -> Slot:
        if place is None:
            return self._dice.choice(slots_of(self._session, self._service, "take-away"))
        return self._dice.choice(self._slots[place.id])

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
