"""Batches with their lots, ingredients that are swapped, and what was left over."""

from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from .clock import day_of, local, now
from .db import db, write_tx
from .door import audience
from .farm.produce import produce_list
from .fields import show_refusal
from .kitchen.batch import (
    Batch,
    amounts_for,
    batches_of,
    cook,
    proposed,
    read_temperature,
    undo_batch,
)
from .kitchen.forms import (
    BatchForm,
    LeftoverForm,
    ReadingForm,
    SwapForm,
    TextForm,
    batch_form,
    leftover_form,
)
from .kitchen.leftover import Leftover, leftovers_between, save_leftover
from .kitchen.production import lunch_on, next_lunch
from .kitchen.swap import (
    SwapNotice,
    mark_told,
    notices_of,
    swap_ingredient,
    swaps_of,
    tell_of_swap,
)
from .menu.dish import Dish
from .menu.menu import menu_of, offered
from .menu.recipe import Book, Swap, read_book
from .queue import ask_worker
from .refusal import Refusal
from .service.service import service_of
from .service.slot import slots_of

room = Blueprint("cooking", __name__)

Page = Response | str | tuple[str, int]
NUMBER = "<int(max=2147483647):{}>"


@room.get("/kitchen/batches")
@audience("kitchen")
def today() -> Page:
    """The batches of today's lunch, or of the next one."""
    service = next_lunch(db.session(), now=now())
    if service is None:
        return redirect(url_for("kitchen.board"), 303)
    return redirect(url_for("cooking.batches", day=service.date), 303)


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
        "kitchen/batches.html",
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
            cook(session, book, batch, form.amounts(), now=now())
    except Refusal as refusal:
        status = show_refusal(form, refusal)
        return _batch_page(dish, service.date, form, book, status=status)
    flash(_("%(portions)s × %(dish)s is recorded.", portions=batch.portions, dish=dish.name))
    return redirect(url_for("cooking.batches", day=service.date), 303)


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
        "kitchen/batch.html",
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
        undo_batch(session, batch, now=now())
    flash(_("The batch is taken back; its lots have their stock again."))
    return redirect(url_for("cooking.batches", day=batch.day), 303)


@room.post(f"/kitchen/batches/{NUMBER.format('batch_id')}/temperature")
@audience("kitchen")
def temperature(batch_id: int) -> Page:
    """Note the temperature of a batch that is held hot."""
    batch, form = _batch(batch_id), ReadingForm()
    if not form.validate():
        flash(str(form.tenths.errors[0]), "error")
    else:
        with write_tx() as session:
            read_temperature(session, batch, form.tenths.data, now=now())
        if batch.readings[-1].is_too_cold:
            flash(_("Below 63 °C: heat it again, or throw it away after two hours."), "error")
        else:
            flash(_("The temperature is noted."))
    return redirect(url_for("cooking.batches", day=batch.day), 303)


@room.route(f"/kitchen/<day>/swap/{NUMBER.format('dish_id')}", methods=["GET", "POST"])
@audience("kitchen")
def swap(day: str, dish_id: int) -> Page:
    """Let one produce stand in for another; the next page lists whom it touches."""
    service, dish = lunch_on(db.session(), day), db.session.get(Dish, dish_id) or abort(404)
    book = read_book(db.session())
    inside = [(p, book.ingredients[p].name) for p in book.per_portion(dish.id, service.date)]
    form = SwapForm(inside, produce_list(db.session()))
    if not form.validate_on_submit():
        page = render_template("kitchen/swap.html", dish=dish, service=service, form=form)
        return page, 422 if form.errors else 200
    made = Swap(day=service.date, dish_id=dish.id, out_id=form.out_id.data, in_id=form.in_id.data)
    try:
        with write_tx() as session:
            notices = swap_ingredient(session, made, today=local(now()).date(), now=now())
    except Refusal as refusal:
        status = show_refusal(form, refusal)
        page = render_template("kitchen/swap.html", dish=dish, service=service, form=form)
        return page, status
    said = ngettext("It touches %(num)s line.", "It touches %(num)s lines.", len(notices))
    flash(f"{_('The swap is noted.')} {said}", "warning" if notices else "message")
    return redirect(url_for("cooking.swap_page", swap_id=made.id), 303)


def _swap(swap_id: int) -> Swap:
    return db.session.get(Swap, swap_id) or abort(404)


@room.get(f"/kitchen/swaps/{NUMBER.format('swap_id')}")
@audience("kitchen")
def swap_page(swap_id: int) -> str:
    """Everyone whom a swap touches, with a proposed mail."""
    return _swap_page(_swap(swap_id))


def _swap_page(found: Swap, form: TextForm | None = None) -> str:
    service = service_of(db.session(), found.day)
    text = _(
        "We had to replace %(out)s by %(stand_in)s in your dish %(dish)s. Please read what it "
        "contains now. Call us if this does not suit you: we find another dish, or you cancel.",
        out=found.out.name,
        stand_in=found.stand_in.name,
        dish=found.dish.name,
    )
    return render_template(
        "kitchen/swap_notices.html",
        swap=found,
        service=service,
        notices=notices_of(db.session(), found),
        form=form or TextForm(formdata=None, data={"text": text}),
    )


@room.post(f"/kitchen/swaps/{NUMBER.format('swap_id')}/mails")
@audience("manager")
def mail_swap(swap_id: int) -> Page:
    """Send the mail to everyone touched who has an address."""
    found, form = _swap(swap_id), TextForm()
    if not form.validate():
        return _swap_page(found, form), 422
    with write_tx() as session:
        written = tell_of_swap(session, found, form.text.data or "", now=now())
    ask_worker("send_mails")
    flash(ngettext("%(num)s mail goes out.", "%(num)s mails go out.", written))
    return redirect(url_for("cooking.swap_page", swap_id=found.id), 303)


@room.post(f"/kitchen/swaps/{NUMBER.format('swap_id')}/{NUMBER.format('line_id')}/told")
@audience("kitchen")
def told(swap_id: int, line_id: int) -> Page:
    """Somebody called the customer."""
    notice = db.session.get(SwapNotice, (swap_id, line_id)) or abort(404)
    with write_tx() as session:
        mark_told(session, notice, now=now())
    return redirect(url_for("cooking.swap_page", swap_id=swap_id), 303)


@room.route("/kitchen/<day>/leftovers", methods=["GET", "POST"])
@audience("kitchen")
def leftovers(day: str) -> Page:
    """Note what was left over, given and thrown away."""
    wanted = day_of(day) or abort(404)
    menu = menu_of(db.session(), wanted) or abort(404)
    dishes = [portion.dish for portion in menu.portions]
    form = _leftover_form(dishes, wanted)
    if not form.validate_on_submit():
        return _leftover_page(dishes, wanted, form, status=422 if form.errors else 200)
    book = read_book(db.session())
    try:
        with write_tx() as session:
            for dish in dishes:
                unsold, given, wasted = form.numbers(dish.id)
                save_leftover(
                    session,
                    Leftover(
                        day=wanted,
                        dish_id=dish.id,
                        unsold=unsold,
                        given=given,
                        wasted=wasted,
                        given_to=form.given_to.data if given else "",
                        grams_each=round(book.grams_per_portion(dish.id, wanted)),
                    ),
                )
    except Refusal as refusal:
        return _leftover_page(dishes, wanted, form, status=show_refusal(form, refusal))
    flash(_("The leftovers are noted."))
    return redirect(url_for("cooking.leftovers", day=wanted), 303)


def _leftover_form(dishes: list[Dish], day: date) -> LeftoverForm:
    standing = leftovers_between(db.session(), day, day)
    numbers = {x.dish_id: (x.unsold, x.given, x.wasted) for x in standing}
    given_to = next((x.given_to for x in standing if x.given_to), "")
    return leftover_form(dishes, numbers, given_to)


def _leftover_page(
    dishes: list[Dish], day: date, form: LeftoverForm, *, status: int
) -> tuple[str, int]:
    page = render_template("kitchen/leftovers.html", dishes=dishes, day=day, form=form)
    return page, status
