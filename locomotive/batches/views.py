"""Batches: what was cooked, of which lots."""

from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import Refusal
from ..menu.dish import Dish
from ..menu.menu import menu_of, offered
from ..menu.recipe import Book, read_book
from ..ordering.lunch import lunch_on, next_lunch
from ..service.slot import slots_of
from ..web.audience import audience
from ..web.fields import show_refusal
from ..web.view import Page
from .batch import Batch, amounts_for, batches_of, cook, proposed, read_temperature, undo_batch
from .forms import (
    BatchForm,
    ReadingForm,
    batch_form,
)
from .swap import swaps_of

room = Blueprint("batches", __name__)
NUMBER = "<key:{}>"


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
    service = lunch_on(db.session(), day)
    session = db.session()
    menu = menu_of(session, service.date)
    numbers = offered(session, menu)
    cooked: dict[int, int] = {}
    found = batches_of(session, service.date)
    for batch in found:
        cooked[batch.dish_id] = cooked.get(batch.dish_id, 0) + batch.portions
    return render_template(
        "batches/batches.html",
        service=service,
        batches=found,
        dishes=[p.dish for p in menu.portions] if menu else [],
        offered=numbers,
        cooked=cooked,
        book=read_book(session),
        swaps=swaps_of(session, service.date),
        reading=ReadingForm(formdata=None),
    )


@room.route(f"/kitchen/<day>/batches/{NUMBER.format('dish_id')}", methods=["GET", "POST"])
@audience("kitchen")
def new_batch(day: str, dish_id: int) -> Page:
    """Record a cooking: portions, lots, temperature. Lots are proposed by earliest use-by."""
    service, dish = lunch_on(db.session(), day), db.session.get(Dish, dish_id) or abort(404)
    book = read_book(db.session())
    portions = _portions(dish, service.date)
    lots = proposed(db.session(), book, dish.id, portions=portions, day=service.date)
    slots = sorted({slot.starts_at for slot in slots_of(db.session(), service)})
    form = batch_form(lots, slots, portions=portions, sent=request.method == "POST")
    if not form.validate_on_submit():
        return _batch_page(dish, service.date, form, book, status=422 if form.errors else 200)
    start, end = form.ends()
    batch = Batch(
        day=service.date,
        dish_id=dish.id,
        portions=form.portions.data,
        core_tenths=form.core_tenths.data,
        serves_from=start,
        serves_until=end,
    )
    try:
        with write_tx() as session:
            cook(session, book, batch, form.amounts(), now=clock.now())
    except Refusal as refusal:
        status = show_refusal(form, refusal)
        return _batch_page(dish, service.date, form, book, status=status)
    flash(_("%(portions)s × %(dish)s is recorded.", portions=batch.portions, dish=dish.name))
    return redirect(url_for("batches.batches", day=service.date), 303)


def _portions(dish: Dish, day: date) -> int:
    """How many portions to propose: what was asked for, else what is not cooked yet."""
    asked = request.args.get("portions", type=int)
    if asked and 0 < asked <= 500:
        return asked
    session = db.session()
    done = sum(b.portions for b in batches_of(session, day) if b.dish_id == dish.id)
    return max(1, offered(session, menu_of(session, day)).get(dish.id, 1) - done)


def _batch_page(
    dish: Dish, day: date, form: BatchForm, book: Book, *, status: int
) -> tuple[str, int]:
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
    ), status


def _batch(batch_id: int) -> Batch:
    return db.session.get(Batch, batch_id) or abort(404)


@room.post(f"/kitchen/batches/{NUMBER.format('batch_id')}/undo")
@audience("kitchen")
def undo(batch_id: int) -> Page:
    """Take a batch back that was recorded by mistake."""
    batch = _batch(batch_id)
    with write_tx() as session:
        undo_batch(session, batch, now=clock.now())
    flash(_("The batch is taken back; its lots have their stock again."))
    return redirect(url_for("batches.batches", day=batch.day), 303)


@room.post(f"/kitchen/batches/{NUMBER.format('batch_id')}/temperature")
@audience("kitchen")
def temperature(batch_id: int) -> Page:
    """Note the temperature of a batch that is held hot."""
    batch, form = _batch(batch_id), ReadingForm()
    if not form.validate():
        flash(str(form.tenths.errors[0]), "error")
    else:
        with write_tx() as session:
            read_temperature(session, batch, form.tenths.data, now=clock.now())
        if batch.readings[-1].is_too_cold:
            flash(_("Below 63 °C: heat it again, or throw it away after two hours."), "error")
        else:
            flash(_("The temperature is noted."))
    return redirect(url_for("batches.batches", day=batch.day), 303)
