"""The page that changes an order: the order as it would be, and what is possible for it."""

from collections.abc import Mapping

from flask import render_template, request, url_for

from ..core.clock import clock
from ..core.db import db
from ..core.refusal import Refusal
from ..menu.menu import menu_of
from ..ordering.cart import Basket, BasketLine
from ..ordering.order import Order
from ..places.address import Address, active_places
from ..promise.answer import Wish
from ..promise.keeping import all_answers
from .forms import ChangeForm
from .handover_page import house, template_of
from .offer import offer_of


def basket_of_order(order: Order, numbers: Mapping[int, int]) -> Basket:
    """These numbers (portion id → number) of the dishes on the menu of the order's day."""
    menu = menu_of(db.session(), order.service.date)
    portions = menu.portions if menu else []
    return Basket(tuple(BasketLine(p, numbers[p.id]) for p in portions if numbers.get(p.id, 0) > 0))


def change_page(
    form: ChangeForm,
    order: Order,
    basket: Basket,
    *,
    address: Address | None = None,
    wrong: Mapping[int, Refusal] | None = None,
) -> tuple[str, int]:
    """The form with what is possible for the order as it would be."""
    address = address or (order.address if form.keeps_place else None)
    wish = Wish(
        order.service,
        "delivery",
        basket,
        address,
        instead_of=order,
        is_outside=form.is_outside,
    )
    answers = all_answers(db.session(), house(), wish)
    same = (order.place_name or order.street) if order.is_delivery else ""
    form.offer_places(active_places(db.session()), same=same)
    menu = menu_of(db.session(), order.service.date)
    token = (request.view_args or {})["token"]
    page = render_template(
        template_of("shop/change.html"),
        form=form,
        order=order,
        token=token,
        portions=menu.portions if menu else [],
        basket=basket,
        offer=offer_of(order.service, answers, now=clock.now()),
        wrong=wrong or {},
        now=clock.now(),
        address=address,
        look_url=url_for("change.change", token=token),
    )
    return page, 422 if wrong else form.status
