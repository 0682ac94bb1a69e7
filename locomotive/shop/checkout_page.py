"""The checkout's page: the form beside the basket and what is possible for its address."""

from collections.abc import Sequence
from datetime import date

from flask import abort, render_template, request, url_for

from ..core.clock import clock
from ..core.db import db, write_tx
from ..farm.allergen import ALLERGENS
from ..ordering.cart import BasketEmpty, load_basket
from ..ordering.shown import Facts, differences, facts_of_lines, lines_of_basket, vat_of_lines
from ..origins.facts import contents_of_day
from ..origins.origin_page import origins_told
from ..places.address import Address, active_places
from ..promise.answer import NoRoom, SlotAnswer, Wish
from ..promise.keeping import all_answers, look_further
from ..promise.promise import note_refused
from ..service.service import service_of
from ..web.view import shown_facts
from .forms import CheckoutForm, HandoverForm
from .offer import lacks_for_delivery, offer_of
from .visitor import house, is_late_call, kept_baskets, template_of, typed_wishes


def checkout_page(form: CheckoutForm, day: date, address: Address | None = None) -> tuple[str, int]:
    """The form as it stands, with what is possible. Raises BasketEmpty."""
    basket = load_basket(db.session(), day, kept_baskets())
    if not basket.lines:
        raise BasketEmpty
    service, is_late = service_of(db.session(), day) or abort(404), is_late_call()
    wish = Wish(
        service,
        "delivery",
        basket,
        address,
        is_outside=form.is_outside,
        is_late_call=is_late,
    )
    contents = contents_of_day(db.session(), [x.portion.dish for x in basket.lines], day)
    told = origins_told(db.session(), day, basket.lines)
    lines = lines_of_basket(basket.lines, contents, told)
    mark_changes(form, facts_of_lines(lines))
    answers = answers_noted(form, wish)
    offer = offer_of(
        service,
        answers,
        now=clock.now(),
        is_judged=address is not None or form.is_outside,
        lacks=lacks_for_delivery(db.session(), service),
        is_late_call=is_late,
    )
    form.offer_places(active_places(db.session()))
    form.kind.data = form.kind.data or next((o.kind for o in offer if o.is_possible), None)
    page = render_template(
        template_of("shop/checkout.html", "shop/_delivery.html"),
        form=form,
        service=service,
        lines=lines,
        facts=facts_of_lines(lines),
        vat=vat_of_lines(lines),
        basket=basket,
        offer=offer,
        now=clock.now(),
        address=address,
        look_url=url_for("checkout.checkout"),
        look_target="#delivery",
        waiting_url=waiting_url(wish, answers),
        is_late_call=is_late,
        wishes=typed_wishes(),
        ALLERGENS=ALLERGENS,
    )
    return page, form.code


def mark_changes(form: HandoverForm, facts: Facts) -> None:
    """Say on a page that was sent, and comes back for whatever reason, what changed on it."""
    if request.method == "POST" and form.changes is None:
        shown = shown_facts()
        form.changes = (differences(shown, facts) or None) if shown else []


def answers_noted(form: CheckoutForm, wish: Wish) -> list[SlotAnswer]:
    """What can be promised in each slot; demand that the tricycles cannot meet is noted."""
    answers = all_answers(db.session(), house(), wish)
    if wish.address or any(isinstance(answer.reason, NoRoom) for answer in answers):
        with write_tx() as session:
            note_refused(session, form.key.data or "", answers, now=clock.now())
    return answers


def waiting_url(wish: Wish, answers: Sequence[SlotAnswer]) -> str | None:
    """Where a page asks whether the worker has answered for the slots that are not sure yet."""
    asked = look_further(db.session(), house(), wish, answers)
    return url_for("checkout.waiting", asked=list(asked)) if asked else None
