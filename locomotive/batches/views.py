"""Batches: what was cooked, of which lots."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.tasks import content_changed
from ..menu.dish import Dish
from ..menu.menu import menu_of, offered
from ..menu.recipe import Book, read_book
from ..ordering.content_change import changes_of
from ..ordering.lunch import lunch_on, next_lunch
from ..origins.batch import (
    MAXIMUM_PORTIONS,
    Batch,
    amounts_for,
    batches_of,
    check_portions,
    cook,
    portions_cooked,
    proposed,
    read_temperature,
    undo_batch,
)
from ..service.service import Service
from ..service.slot import slots_of
from ..web.audience import audience
from ..web.fields import parse_id
from ..web.view import ONCE, Page, answered, found, is_first
from .forms import (
    BatchForm,
    ReadingForm,
    batch_form,
)
from .recall import discard_batch
from .swap import swaps_of

room = Blueprint("batches", __name__)


@room.app_template_filter("about")
def about(amount: int) -> int:
    """An amount as a scale of the kitchen shows it: 391 g are 0.4 kg; what is used stays exact."""
    step = next((step for step in (100, 10) if amount >= 2 * step), 1)
    return round(amount / step) * step


@room.get("/kitchen/batches")
@audience("kitchen")
def today() -> Page:
    """The batches of today's lunch, or of the next one."""
    service = next_lunch(db.session(), now=clock.now())
    if service is None:
        return redirect(url_for("kitchen.board"), 303)
    return redirect(url_for("batches.batches", day=service.date), 303)


@room.get("/kitchen/<day>/batches")
@audience("kitchen")
def batches(day: str) -> str:
    """What is cooked, from which lots, and what may still be cooked."""
    service, session = lunch_on(db.session(), day), db.session()
    menu, cooked = menu_of(session, service.date), batches_of(session, service.date)
    return render_template(
        "batches/batches.html",
        service=service,
        batches=cooked,
        dishes=[p.dish for p in menu.portions] if menu else [],
        offered=offered(session, menu),
        cooked=portions_cooked(cooked),
        book=read_book(session),
        swaps=swaps_of(session, service.date),
        changes=changes_of(session, service),
        reading=ReadingForm(formdata=None),
    )


@room.route("/kitchen/<day>/batches/<key:dish_id>", methods=["GET", "POST"])
@audience("kitchen")
def new_batch(day: str, dish_id: int) -> Page:
    """Record a cooking: portions, lots, temperature. Lots are proposed by earliest use-by."""
    service, dish = lunch_on(db.session(), day), found(Dish, dish_id)
    book = read_book(db.session())
    form = _asked(service, dish, book)
    if not form.validate_on_submit():
        return _batch_page(dish, service.date, form, book)
    batch = form.batch(service.date, dish.id)
    with answered(form) as session:
        if not is_first(session):
            flash(ONCE)
            return redirect(url_for("batches.batches", day=service.date), 303)
        check_portions(session, batch, is_sure=form.sure.data)
        cook(session, book, batch, form.amounts(), now=clock.now())
        content_changed(session, "batch", f"{batch.portions} × {dish.name}")
    if form.errors:
        return _batch_page(dish, service.date, form, book)
    flash(_("%(portions)s × %(dish)s is recorded.", portions=batch.portions, dish=dish.name))
    return redirect(url_for("batches.batches", day=service.date), 303)


def _asked(service: Service, dish: Dish, book: Book) -> BatchForm:
    portions = _portions(dish, service.date)
    lots = proposed(db.session(), book, dish.id, portions=portions, day=service.date)
    slots = sorted({slot.starts_at for slot in slots_of(db.session(), service)})
    return batch_form(lots, slots, portions=portions, sent=request.method == "POST")


def _portions(dish: Dish, day: date) -> int:
    """How many portions to propose: what was asked for, else what is not cooked yet."""
    asked = parse_id(request.args.get("portions"))
    if asked and 0 < asked <= MAXIMUM_PORTIONS:
        return asked
    session = db.session()
    cooked = portions_cooked(batches_of(session, day)).get(dish.id, 0)
    return max(1, offered(session, menu_of(session, day)).get(dish.id, 1) - cooked)


def _batch_page(dish: Dish, day: date, form: BatchForm, book: Book) -> Page:
    portions = form.portions.data or 1
    lots = proposed(db.session(), book, dish.id, portions=portions, day=day)
    return render_template(
        "batches/batch.html",
        dish=dish,
        day=day,
        form=form,
        lots=lots,
        wanted=amounts_for(book, dish.id, portions, day),
        ingredients=book.ingredients,
        asks_temperature=dish.id in book.asks_temperature,
    ), form.code


@room.post("/kitchen/batches/<key:batch_id>/undo")
@audience("kitchen")
def undo(batch_id: int) -> Page:
    """Take a batch back that was recorded by mistake."""
    batch = found(Batch, batch_id)
    with write_tx() as session:
        undo_batch(session, batch, now=clock.now())
        content_changed(session, "batch undone", f"{batch.portions} × {batch.dish.name}")
    flash(_("The batch is taken back; its lots have their stock again."))
    return redirect(url_for("batches.batches", day=batch.day), 303)


@room.post("/kitchen/batches/<key:batch_id>/discard")
@audience("kitchen")
def discard(batch_id: int) -> Page:
    """Throw a batch away; its bags are opened again and its portions come back to be cooked."""
    batch = found(Batch, batch_id)
    with write_tx() as session:
        discard_batch(session, batch, device=current_user.label, now=clock.now())
        content_changed(session, "batch undone", f"{batch.portions} × {batch.dish.name}")
    flash(_("The batch is thrown away: its portions are to be cooked again."))
    return redirect(url_for("batches.batches", day=batch.day), 303)


@room.post("/kitchen/batches/<key:batch_id>/temperature")
@audience("kitchen")
def temperature(batch_id: int) -> Page:
    """Note the temperature of a batch that is held hot."""
    batch, form = found(Batch, batch_id), ReadingForm()
    if not form.validate():
        flash(str(form.tenths.errors[0]), "error")
    else:
        with write_tx() as session:
            if not is_first(session):
                flash(ONCE)
                return redirect(url_for("batches.batches", day=batch.day), 303)
            read_temperature(session, batch, form.tenths.data, now=clock.now())
        if batch.readings[-1].is_too_cold:
            flash(_("Below 63 °C: heat it again, or throw it away after two hours."), "error")
        else:
            flash(_("The temperature is noted."))
    return redirect(url_for("batches.batches", day=batch.day), 303)
