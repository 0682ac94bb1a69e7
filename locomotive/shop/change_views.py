"""The customer changes an order, through the same promise as a new one."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user

from ..choices.choice_page import set_menu_shown, typed_items
from ..core.actor import STAFF, Actor
from ..core.clock import clock
from ..core.db import db
from ..core.refusal import Refusal
from ..core.status import IN_HOUSE
from ..core.tasks import SEND_MAILS, ask_worker
from ..menu.menu import MAXIMUM_QUANTITY, Menu, menu_of
from ..ordering.cart import (
    Basket,
    Line,
    QuantityInvalid,
    basket_of,
    by_item,
    item_name,
    read_quantities,
)
from ..ordering.order import Order, order_of_token, order_token
from ..ordering.shown import ShownChanged, facts_of_lines, vat_of_lines
from ..origins.facts import day_facts
from ..origins.origin import Told
from ..origins.origin_page import origins_told
from ..places.address import Address, active_places
from ..promise.answer import Wish
from ..promise.change import Change, basket_of_order, facts_before, lines_after
from ..promise.keeping import all_answers, change_with_promise
from ..web.audience import audience
from ..web.fields import parse_id, show_refusal
from ..web.view import Page, found, settings, shown_facts
from .checkout_page import waiting_url
from .forms import SAME, ChangeForm
from .offer import lacks_for_delivery, offer_of
from .visitor import (
    count_tried,
    found_address,
    house,
    is_look,
    looks_at_place,
    template_of,
    typed_quantities,
)

room = Blueprint("change", __name__)


@dataclass(frozen=True)
class Changing:
    """Whose order is changed by whom: the page's address, and where it leads back."""

    token: str
    actor: Actor
    here: str
    back: str

    @cached_property
    def order(self) -> Order:
        """The order, read once a request. Raises OrderUnknown."""
        return order_of_token(db.session(), self.token)

    @cached_property
    def menu(self) -> Menu | None:
        """The menu of the order's day, read once a request."""
        return menu_of(db.session(), self.order.service.date)

    @property
    def is_for_caller(self) -> bool:
        return self.actor in STAFF

    def is_possible(self, order: Order) -> bool:
        """Whether the order may still be changed, by this hand."""
        if self.is_for_caller:
            return order.status in IN_HOUSE
        return order.can_be_cancelled(clock.now())


@room.route("/o/<token>/change", methods=["GET", "POST"])
@audience("public")
def change(token: str) -> Page:
    """Change quantities, way, place and time of an order before the cut-off."""
    here, back = url_for("change.change", token=token), url_for("order.order_page", token=token)
    return change_by(Changing(token, Actor.CUSTOMER, here, back))


@room.route("/office/orders/<key:order_id>/change", methods=["GET", "POST"])
@audience("manager")
def change_for_caller(order_id: int) -> Page:
    """The same for whoever calls; the cut-off does not bind the office."""
    token = order_token(settings().secret_key, found(Order, order_id).idempotency_key)
    here = url_for("change.change_for_caller", order_id=order_id)
    return change_by(
        Changing(token, current_user.actor, here, url_for("desk.order", order_id=order_id))
    )


def change_by(changing: Changing) -> Page:
    """The form, what it would mean, or the change."""
    order = changing.order
    if not changing.is_possible(order):
        return redirect(changing.back, 303)
    if request.method == "GET":
        form = ChangeForm(formdata=None, kind=order.kind, slot=str(order.slot_id), place=SAME)
        return change_page(form, changing, basket_wanted(changing, order.items))
    if not changing.is_for_caller:
        count_tried("look")
    form = ChangeForm()
    address = checked(form, order)
    numbers, wrong = typed_for_change()
    basket = basket_wanted(changing, numbers)
    if wrong or form.errors or is_look():
        return change_page(form, changing, basket, address=address, wrong=wrong)
    return changed(form, changing, basket, address)


def checked(form: ChangeForm, order: Order) -> Address | None:
    """The order's own place, or another that the form names; every mistake stands at its field."""
    form.take_suggestion()
    if looks_at_place():
        form.kind.data = "delivery"
    elif not is_look():
        form.validate()
    if form.kind.data != "delivery":
        return None
    if form.keeps_place:
        return order.address
    return found_address(form) if form.names_place or not is_look() or looks_at_place() else None


def changed(form: ChangeForm, changing: Changing, basket: Basket, address: Address | None) -> Page:
    """Change the order, or show what was refused; what was typed stays."""
    asked = Change(
        basket,
        form.kind.data or "",
        parse_id(form.slot.data) or 0,
        address,
        origins=origins_of_basket(basket),
        place_id=form.destination().place_id,
        shown=shown_facts(),
    )
    try:
        change_with_promise(db.session(), house(), changing.token, asked, actor=changing.actor)
    except Refusal as refusal:
        db.session.rollback()
        if isinstance(refusal, ShownChanged):
            form.code, form.changes = refusal.status, refusal.values["changes"]
        else:
            form.code = show_refusal(form, refusal)
        return change_page(form, changing, basket, address=address)
    ask_worker(SEND_MAILS)
    return redirect(changing.back, 303)


def typed_for_change() -> tuple[dict[str, int], dict[str, Refusal]]:
    """Item → number, and what is wrong: the numbers of the list, and what was chosen besides."""
    picked, wrong = typed_items()
    numbers, unread = read_quantities(typed_quantities(), least=0)
    more, unread_more = read_quantities(picked, least=0)
    for item, number in more.items():
        numbers[item] = numbers.get(item, 0) + number
        if numbers[item] > MAXIMUM_QUANTITY:
            numbers[item] = MAXIMUM_QUANTITY
            wrong[item] = QuantityInvalid(field=item, least=0, most=MAXIMUM_QUANTITY)
    return numbers, wrong | unread | unread_more


def basket_wanted(changing: Changing, numbers: Mapping[str, int]) -> Basket:
    """These numbers (item → number) of what the order has, at its price, and of what is offered
    on its day."""
    order, menu = changing.order, changing.menu
    own = {line.key: numbers.get(line.item, 0) for line in order.lines}
    others = {item: number for item, number in numbers.items() if item not in order.items}
    kept = basket_of_order(db.session(), order, own)
    added = basket_of(db.session(), menu, {order.service.date.isoformat(): others})
    return Basket((*kept.lines, *added.lines))


def change_rows(changing: Changing, basket: Basket) -> list[tuple[str, str, int, int]]:
    """(item, name, cents each, number) of all that has a number field: what the order has, what
    was added, and the other dishes."""
    numbers, order, menu = basket.items, changing.order, changing.menu
    groups: list[tuple[Line, ...]] = [*by_item(order.lines), *by_item(basket.lines)]
    rows = {
        group[0].item: (item_name(group), sum(x.total_cents // x.quantity for x in group))
        for group in reversed(groups)
    }
    for portion in menu.portions if menu else []:
        rows.setdefault(str(portion.id), (portion.dish.name, portion.price_cents))
    return [(item, *row, numbers.get(item, 0)) for item, row in rows.items()]


def origins_of_basket(basket: Basket) -> dict[str, Told]:
    """Line → what is said of its origin."""
    return origins_told(db.session(), basket.day, basket.lines) if basket.day else {}


def what_can_be_added(changing: Changing) -> dict[str, object]:
    """The set menus of the order's day, and its dishes with their options."""
    menu, day = changing.menu, changing.order.service.date
    facts = day_facts(db.session(), day, today=clock.today())
    told, portions = facts.dishes, menu.portions if menu else []
    shown = [set_menu_shown(one, menu, told) for one in facts.set_menus] if menu else []
    return {"set_menus": shown, "dishes": [(p, told[p.dish_id].options) for p in portions]}


def change_page(
    form: ChangeForm,
    changing: Changing,
    basket: Basket,
    *,
    address: Address | None = None,
    wrong: Mapping[str, Refusal] | None = None,
) -> tuple[str, int]:
    """The form with what is possible for the order as it would be."""
    order, late = changing.order, changing.is_for_caller
    address = address or (order.address if form.keeps_place else None)
    wish = Wish(
        order.service,
        "delivery",
        basket,
        address,
        instead_of=order,
        is_outside=form.is_outside,
        is_late_call=late,
    )
    answers = all_answers(db.session(), house(), wish)
    same = (order.place_name or order.street) if order.is_delivery else ""
    form.offer_places(active_places(db.session()), same=same)
    lines = lines_after(db.session(), order, basket, origins_of_basket(basket))
    page = render_template(
        template_of("shop/change.html", "shop/_change.html"),
        form=form,
        order=order,
        is_late_call=late,
        back_url=changing.back,
        rows=change_rows(changing, basket),
        **what_can_be_added(changing),
        lines=lines,
        facts={**facts_of_lines(lines), **facts_before(order)},
        vat=vat_of_lines(lines),
        waiting_url=waiting_url(wish, answers),
        offer=offer_of(
            order.service,
            answers,
            now=clock.now(),
            is_judged=address is not None or form.is_outside,
            lacks=lacks_for_delivery(db.session(), order.service),
            is_late_call=late,
        ),
        wrong=wrong or {},
        now=clock.now(),
        address=address,
        look_url=changing.here,
        look_target="#reckoned",
    )
    return page, 422 if wrong else form.code
