"""What is in stock: lots received, corrected and wasted."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import Refusal
from ..farm.forms import MovementForm
from ..farm.lot import COUNTRIES, MOVEMENTS, Lot, correct, lots_in_stock, waste
from ..farm.produce import KINDS, SPECIES, Produce, produce_list
from ..farm.supplier import Pack, Supplier, suppliers
from ..farm.unit import PACK_WORDS, UNITS
from ..web.audience import audience
from ..web.fields import show_refusal
from ..web.view import Page
from .forms import ArrivalForm, pack_words
from .note import notes_to_receive
from .purchase import STATUS_OF_PURCHASE
from .receipt import receive_unannounced

room = Blueprint("stock", __name__)


ID = "<key:{}>"


@room.app_context_processor
def know_words() -> dict[str, object]:
    """Give templates the words of codes; `_()` translates them."""
    return {
        "UNITS": UNITS,
        "PACK_WORDS": PACK_WORDS,
        "KINDS_OF_PRODUCE": KINDS,
        "MOVEMENTS": MOVEMENTS,
        "COUNTRIES": COUNTRIES,
        "SPECIES": SPECIES,
        "STATUS_OF_PURCHASE": STATUS_OF_PURCHASE,
        "pack_words": pack_words,
    }


@room.app_template_filter("country")
def country(code: str) -> str:
    """The name of a country by its code."""
    return str(_(COUNTRIES[code])) if code in COUNTRIES else code


@room.get("/farm/")
@audience("manager")
def office() -> str:
    """What is in stock, what is about to arrive, and the suppliers."""
    stock: dict[str, list[Lot]] = {}
    for lot in lots_in_stock(db.session()):
        stock.setdefault(lot.produce.name, []).append(lot)
    return render_template(
        "buying/stock.html",
        stock=dict(sorted(stock.items())),
        notes=notes_to_receive(db.session()),
        suppliers=suppliers(db.session()),
        today=clock.today(),
    )


@room.route("/farm/lots/new", methods=["GET", "POST"])
@audience("manager")
def new_lot() -> Page:
    """Receive something that came without a delivery note."""
    form = ArrivalForm(suppliers(db.session(), active=True), produce_list(db.session()))
    if not form.validate_on_submit():
        return render_template("buying/new_lot.html", form=form), 422 if form.errors else 200
    produce = db.session.get_one(Produce, form.produce_id.data)
    pack = db.session.scalar(
        select(Pack).filter_by(
            supplier_id=form.supplier_id.data, produce_id=produce.id, unit=form.unit.data
        )
    )
    try:
        with write_tx() as session:
            lot = receive_unannounced(
                session,
                session.get_one(Supplier, form.supplier_id.data),
                pack,
                form.arrival(),
                produce_name=produce.name,
                day=clock.today(),
                is_sure=form.sure.data,
                now=clock.now(),
            )
    except Refusal as refusal:
        status = show_refusal(form, refusal)
        return render_template("buying/new_lot.html", form=form), status
    flash(_("%(lot)s is in stock. Write this number on the crate.", lot=lot.name))
    return redirect(url_for("stock.lot", lot_id=lot.id), 303)


@room.route(f"/farm/lots/{ID.format('lot_id')}", methods=["GET", "POST"])
@audience("manager")
def lot(lot_id: int) -> Page:
    """One lot: what it carries, everything that was taken from it, and corrections."""
    found = db.session.get(Lot, lot_id) or abort(404)
    form = MovementForm()
    if not form.validate_on_submit():
        status = 422 if form.errors else 200
        return render_template("buying/lot.html", lot=found, form=form), status
    try:
        with write_tx() as session:
            if form.kind.data == "wasted":
                amount, why = abs(form.quantity.data), form.reason.data or ""
                waste(session, found, amount, reason=why, now=clock.now())
            else:
                delta, why = form.quantity.data, form.reason.data or ""
                correct(session, found, delta, reason=why, now=clock.now())
    except Refusal as refusal:
        status = show_refusal(form, refusal)
        return render_template("buying/lot.html", lot=found, form=form), status
    flash(_("The stock is changed."))
    return redirect(url_for("stock.lot", lot_id=found.id), 303)
