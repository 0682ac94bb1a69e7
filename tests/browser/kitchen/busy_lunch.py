"""A lunch of so many orders as the kitchen has it at one moment of the day."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from locomotive.core.db import db, write_tx
from locomotive.core.status import Status
from locomotive.kitchen.production import departures
from locomotive.menu.dish import Dish
from locomotive.menu.menu import Menu, Portion
from locomotive.ordering.cart import Basket, BasketLine
from locomotive.ordering.order import Order, orders_of, touch
from locomotive.ordering.request import Customer, Request, place_order
from locomotive.promise.change import OrderChange
from locomotive.service.slot import Slot
from tests.service_day import DISHES, PLACES, SECRET, Day, address_of, new_day

MENU = {
    "roast": ("Poulet rôti, sauce maroilles", "roast", True),
    "fries": ("Welsh au chester et frites maison", "fries", True),
    "pie": ("Flamiche aux poireaux de la ferme", "pie", True),
    "fish": ("Lieu noir, écrasé de pommes de terre", "fish", True),
    "vegetables": ("Endives et pommes en salade", "vegetables", False),
    "tart": ("Tarte au sucre", "dessert", False),
    "compote": ("Compote pommes-rhubarbe en bocal", "dessert", False),
    "bread": ("Petit pain de campagne", "bread", False),
    "juice": ("Jus de pomme, 25 cl", "drink", False),
}
NAMES = ("Nadia", "Karim", "Louise", "Samira", "Hugo", "Martin", "Salma", "Paul")
MEALS: tuple[dict[str, int], ...] = (
    {"carbonade": 1},
    {"roast": 1, "tart": 1},
    {"soup": 1, "bread": 1, "compote": 1},
    {"fries": 2, "juice": 2},
    {"fish": 1, "tart": 1},
    {"carbonade": 2, "tart": 2},
    {"pie": 1},
    {"salad": 1, "vegetables": 1, "juice": 1},
    {"carbonade": 1},
    {"roast": 3, "compote": 3, "bread": 3},
)
BAGS_OF_A_ROUND = 12


def busy_day(folder: Path, orders: int) -> Day:
    """A lunch of twelve dishes with so many orders, every second one delivered in rounds of 12;
    every fifteenth is an exception, in words or in pictures, one is cancelled and one changed,
    both unseen."""
    day = new_day(folder)
    with day.app.app_context():
        _lay_menu()
        placed = [_place(day, number) for number in range(orders)]
        _lay_rounds(day, [order.id for order in placed if order.is_delivery])
        away = [order for order in placed if not order.is_delivery and not order.is_exception]
        _change(day, away[2].id)
        day.cancel(away[1])
        db.session.remove()
    return day


def _lay_menu() -> None:
    with write_tx() as session:
        menu = session.scalars(select(Menu)).one()
        for position, (name, family, is_hot) in enumerate(MENU.values(), len(DISHES)):
            dish = Dish(
                name=name, family=family, price_cents=500, is_hot=is_hot, allergens_are_known=True
            )
            session.add(dish)
            session.flush()
            session.add(
                Portion(
                    menu_id=menu.id,
                    dish_id=dish.id,
                    position=position,
                    initial=900,
                    remaining=900,
                    price_cents=500,
                    vat_bp=1000,
                )
            )
        for portion in session.scalars(select(Portion)):
            portion.initial = portion.remaining = 900
        for slot in session.scalars(select(Slot)):
            slot.capacity = slot.capacity_portions = 900


def _place(day: Day, number: int) -> Order:
    kind = "delivery" if number % 2 else "take-away"
    with write_tx() as session:
        slots = session.scalars(
            select(Slot).where(Slot.kind == kind).order_by(Slot.starts_at)
        ).all()
        # Most people eat at noon.
        slot = slots[(number * 7) % len(slots) if number % 3 else (number // 3) % 3 + 1]
        portions = {portion.dish.name: portion for portion in session.scalars(select(Portion))}
        names = {key: name for key, (name, *_rest) in (DISHES | MENU).items()}
        meal = MEALS[number % len(MEALS)]
        basket = Basket(tuple(BasketLine(portions[names[d]], n) for d, n in meal.items()))
        request = Request(
            key=f"busy-{number}",
            kind=kind,
            slot_id=slot.id,
            customer=Customer(NAMES[number % len(NAMES)], phone="06 00 00 00 01"),
            address=address_of(list(PLACES)[number % len(PLACES)]) if number % 2 else None,
            must_not_contain="noix" if number % 15 == 4 else "",
        )
        order = place_order(session, request, basket, secret=SECRET, now=day.at(8))
        if number % 30 == 4:
            _wish_in_pictures(order)
        return order


def _wish_in_pictures(order: Order) -> None:
    """What it must not contain, said by codes instead of words."""
    order.must_not_contain = ""
    order.lines[0].avoids, order.lines[0].eater = "eggs,nuts", "Léo"


def _lay_rounds(day: Day, ids: list[int]) -> None:
    with write_tx() as session:
        orders = [session.get_one(Order, order_id) for order_id in ids]
        orders.sort(key=lambda order: order.slot.starts_at)
        for place, order in enumerate(orders):
            order.round_number = 1 + place // BAGS_OF_A_ROUND
            order.departs_at = day.at(11, 20) + timedelta(minutes=15 * (order.round_number - 1))
            order.loading_position = place % BAGS_OF_A_ROUND


def _change(day: Day, order_id: int) -> None:
    with write_tx() as session:
        order = session.get_one(Order, order_id)
        after = [(line.dish_name, line.quantity) for line in order.lines]
        before = [(name, quantity + 1) for name, quantity in after]
        session.add(
            OrderChange(
                order_id=order_id,
                at=day.at(9),
                device="web",
                lines_before=json.dumps(before),
                lines_after=json.dumps(after),
                slot_before_id=order.slot_id,
                slot_after_id=order.slot_id,
            )
        )


def play_until(day: Day, now: datetime) -> None:
    """What left before `now` is gone; the next departure is half bagged, the rest is to do."""
    with day.app.app_context(), write_tx() as session:
        for departure in departures(orders_of(session, session.merge(day.service))):
            for place, order in enumerate(departure.orders):
                if departure.at < now:
                    order.status = Status.HANDED_OVER
                elif departure.at < now + timedelta(minutes=15) and place % 2 == 0:
                    order.status = Status.READY
                else:
                    order.status = Status.PLACED
        touch(session, day.service.id)
