"""What a new house still lacks until a customer can order, in the order in which it is done."""

from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from ..addresses.street import Street
from ..menu.dish import Dish
from ..menu.menu import Menu
from ..menu.recipe import Recipe
from ..ordering.order import Order
from ..places.address import Place
from ..service.fleet import Tricycle
from ..service.service import Service


@dataclass(frozen=True)
class Step:
    """One step to the first order, with the page where it is made."""

    words: str
    url: str
    is_done: bool
    is_for_delivery: bool = False  # take-away does without it


def first_steps(session: Session, service: Service | None, menu: Menu | None) -> list[Step]:
    """The steps to the first order; none once there was one."""

    def is_there(*found: Select[int]) -> bool:
        return any(session.scalar(query.limit(1)) is not None for query in found)

    if is_there(select(Order.id)):
        return []
    with_recipe = select(Recipe.dish_id).where(Recipe.dish_id.is_not(None))
    dish = select(Dish.id).where(or_(Dish.allergens_are_known, Dish.id.in_(with_recipe)))
    day = service.date if service else None
    return [
        Step(_("Prepare a lunch"), url_for("service.office"), service is not None),
        Step(
            _("Add a tricycle, to deliver"),
            url_for("fleet.new_tricycle"),
            is_there(select(Tricycle.id)),
            is_for_delivery=True,
        ),
        Step(
            _("Name a place where you deliver"),
            url_for("places.new_place"),
            is_there(select(Place.id), select(Street.id)),
            is_for_delivery=True,
        ),
        Step(
            _("Add a dish, and say which allergens it contains"),
            url_for("dishes.new_dish"),
            is_there(dish),
        ),
        Step(
            _("Write how many portions there are, and publish the menu"),
            url_for("menu.edit_menu", day=day) if day else url_for("menu.office"),
            bool(menu and menu.published_at),
        ),
        Step(
            _("Open the lunch"),
            url_for("service_day.edit", day=day) if day else url_for("service.office"),
            bool(service and service.is_open),
        ),
        Step(
            _("See the menu as customers do, and order"),
            url_for("shop.menu_of_day", text=day) if day else "/",
            False,
        ),
    ]
