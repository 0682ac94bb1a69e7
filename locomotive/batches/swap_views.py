"""An ingredient swapped after orders."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.tasks import SEND_MAILS, ask_worker
from ..farm.produce import produce_list
from ..menu.dish import Dish
from ..menu.recipe import Swap, read_book
from ..ordering.lunch import lunch_on
from ..service.service import Service, service_of
from ..web.audience import audience
from ..web.view import Page, answered, found
from .forms import (
    SwapForm,
    TextForm,
)
from .swap import SwapNotice, mark_told, notices_of, swap_ingredient, tell_of_swap

room = Blueprint("swaps", __name__)


@room.route("/kitchen/<day>/swap/<key:dish_id>", methods=["GET", "POST"])
@audience("kitchen")
def swap(day: str, dish_id: int) -> Page:
    """Let one produce stand in for another; the next page lists whom it touches."""
    service, dish = lunch_on(db.session(), day), found(Dish, dish_id)
    book = read_book(db.session())
    inside = [(p, book.ingredients[p].name) for p in book.per_portion(dish.id, service.date)]
    form = SwapForm(inside, produce_list(db.session()))
    if not form.validate_on_submit():
        return _form_page(service, dish, form)
    made = Swap(day=service.date, dish_id=dish.id, out_id=form.out_id.data, in_id=form.in_id.data)
    with answered(form) as session:
        notices = swap_ingredient(session, made, today=clock.today(), now=clock.now())
    if form.errors:
        return _form_page(service, dish, form)
    said = ngettext("It touches %(num)s line.", "It touches %(num)s lines.", len(notices))
    flash(f"{_('The swap is noted.')} {said}", "warning" if notices else "message")
    return redirect(url_for("swaps.swap_page", swap_id=made.id), 303)


def _form_page(service: Service, dish: Dish, form: SwapForm) -> Page:
    page = render_template("batches/swap.html", dish=dish, service=service, form=form)
    return page, form.code


@room.get("/kitchen/swaps/<key:swap_id>")
@audience("kitchen")
def swap_page(swap_id: int) -> str:
    """Everyone whom a swap touches, with a proposed mail."""
    return _swap_page(found(Swap, swap_id))


def _swap_page(made: Swap, form: TextForm | None = None) -> str:
    service = service_of(db.session(), made.day)
    text = _(
        "We had to replace %(out)s by %(stand_in)s in your dish %(dish)s. Please read what it "
        "contains now. Call us if this does not suit you: we find another dish, or you cancel.",
        out=made.out.name,
        stand_in=made.stand_in.name,
        dish=made.dish.name,
    )
    return render_template(
        "batches/swap_notices.html",
        swap=made,
        service=service,
        notices=notices_of(db.session(), made),
        form=form or TextForm(formdata=None, data={"text": text}),
    )


@room.post("/kitchen/swaps/<key:swap_id>/mails")
@audience("manager")
def mail_swap(swap_id: int) -> Page:
    """Send the mail to everyone touched who has an address."""
    made, form = found(Swap, swap_id), TextForm()
    if not form.validate():
        return _swap_page(made, form), 422
    with write_tx() as session:
        written = tell_of_swap(session, made, form.text.data or "", now=clock.now())
    ask_worker(SEND_MAILS)
    flash(ngettext("%(num)s mail goes out.", "%(num)s mails go out.", written))
    return redirect(url_for("swaps.swap_page", swap_id=made.id), 303)


@room.post("/kitchen/swaps/<key:swap_id>/<key:line_id>/told")
@audience("kitchen")
def told(swap_id: int, line_id: int) -> Page:
    """Somebody called the customer."""
    notice = db.session.get(SwapNotice, (swap_id, line_id)) or abort(404)
    with write_tx() as session:
        mark_told(session, notice, now=clock.now())
    return redirect(url_for("swaps.swap_page", swap_id=swap_id), 303)
