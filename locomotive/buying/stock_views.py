"""What is in stock: lots received, corrected and wasted."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from ..core.clock import clock
from ..core.db import db
from ..core.tasks import content_changed
from ..farm.forms import MovementForm
from ..farm.lot import COUNTRIES, MOVEMENTS, Lot, count, stock_page, waste
from ..farm.produce import KINDS, SPECIES, produce_list
from ..farm.supplier import suppliers
from ..farm.unit import PACK_WORDS, UNITS
from ..farm.unit_page import measured, unit_words
from ..web.audience import audience
from ..web.fields import parse_id
from ..web.view import ONCE, Page, answered, found, is_first
from .forms import ArrivalForm, pack_words
from .note import notes_to_receive
from .purchase import STATUS_OF_PURCHASE
from .receipt import receive_unannounced

room = Blueprint("stock", __name__)
room.add_app_template_filter(measured)
room.add_app_template_filter(unit_words)


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
    page = max(1, parse_id(request.args.get("page")) or 1)
    stock: dict[str, list[Lot]] = {}
    lots, pages = stock_page(db.session(), page)
    for lot in lots:
        stock.setdefault(lot.produce.name, []).append(lot)
    return render_template(
        "buying/stock.html",
        stock=stock,
        page=page,
        pages=pages,
        notes=notes_to_receive(db.session()),
        suppliers=suppliers(db.session()),
        today=clock.today(),
    )


@room.route("/farm/lots/new", methods=["GET", "POST"])
@audience("manager")
def new_lot() -> Page:
    """Receive something that came without a delivery note."""
    form = ArrivalForm(suppliers(db.session(), active=True), produce_list(db.session()))
    day, now = clock.today(), clock.now()
    if form.validate_on_submit():
        with answered(form) as session:
            is_sure = form.sure.data
            if not is_first(session):
                flash(ONCE)
                return redirect(url_for("stock.office"), 303)
            lot = receive_unannounced(session, form.came(), day=day, is_sure=is_sure, now=now)
            content_changed(session, "lot", lot.name)
        if not form.errors:
            flash(_("%(lot)s is in stock. Write this number on the crate.", lot=lot.name))
            return redirect(url_for("stock.lot", lot_id=lot.id), 303)
    return render_template("buying/new_lot.html", form=form), form.code


@room.route("/farm/lots/<key:lot_id>", methods=["GET", "POST"])
@audience("manager")
def lot(lot_id: int) -> Page:
    """One lot: what it carries, everything that was taken from it, and corrections."""
    lot, form = found(Lot, lot_id), MovementForm()
    if form.validate_on_submit():
        change = waste if form.kind.data == "wasted" else count
        with answered(form) as session:
            if is_first(session):
                reason = form.reason.data or ""
                change(session, lot, form.quantity.data, reason=reason, now=clock.now())
                content_changed(session, "lot", lot.name)
        if not form.errors:
            flash(_("The stock is changed."))
            return redirect(url_for("stock.lot", lot_id=lot.id), 303)
    return render_template("buying/lot.html", lot=lot, form=form), form.code
