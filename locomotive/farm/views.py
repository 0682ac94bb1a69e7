"""The office's pages of suppliers, produce and lots."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import or_, select
from werkzeug.wrappers import Response

from ..clock import local, now
from ..db import db, write_tx
from ..door import audience
from ..fields import amount, show_refusal
from ..refusal import Refusal
from ..settings import Settings
from .allergen import ALLERGENS
from .forms import MovementForm, PackForm, PriceForm, ProduceForm, SupplierForm, produce_form
from .lot import COUNTRIES, MOVEMENTS, Lot, correct, lots_in_stock, waste
from .note import notes_to_receive
from .produce import KINDS, SPECIES, Produce, produce_list, save_produce
from .purchase import STATUS_OF_PURCHASE
from .receipt import receive_unannounced
from .supplier import (
    Pack,
    Supplier,
    add_pack,
    link_in_force,
    renew_link,
    revoke_links,
    save_supplier,
    suppliers,
    token_of,
)
from .supply_forms import ArrivalForm, pack_words
from .unit import PACK_WORDS, UNITS

room = Blueprint("farm", __name__)

Page = Response | str | tuple[str, int]
ID = "<int(max=2147483647):{}>"


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


@room.app_template_filter("typed")
def typed(cents: int) -> str:
    """A price as it is typed into a field."""
    return amount(cents)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


@room.get("/farm/")
@audience("manager")
def office() -> str:
    """What is in stock, what is about to arrive, and the suppliers."""
    stock: dict[str, list[Lot]] = {}
    for lot in lots_in_stock(db.session()):
        stock.setdefault(lot.produce.name, []).append(lot)
    return render_template(
        "farm/office.html",
        stock=dict(sorted(stock.items())),
        notes=notes_to_receive(db.session()),
        suppliers=suppliers(db.session()),
        today=local(now()).date(),
    )


@room.route("/farm/suppliers/new", methods=["GET", "POST"])
@audience("manager")
def new_supplier() -> Page:
    """Add a supplier."""
    return _save_supplier(Supplier())


@room.route(f"/farm/suppliers/{ID.format('supplier_id')}", methods=["GET", "POST"])
@audience("manager")
def edit_supplier(supplier_id: int) -> Page:
    """One supplier: his address, his packs and the link to his page."""
    return _save_supplier(_supplier(supplier_id))


def _supplier(supplier_id: int) -> Supplier:
    return db.session.get(Supplier, supplier_id) or abort(404)


def _save_supplier(supplier: Supplier) -> Page:
    form = SupplierForm(obj=supplier if supplier.id else None)
    if form.validate_on_submit():
        try:
            with write_tx() as session:
                form.fill(supplier)
                save_supplier(session, supplier)
        except Refusal as refusal:
            return _supplier_page(supplier, form, status=show_refusal(form, refusal))
        flash(_("%(name)s is saved.", name=supplier.name))
        return redirect(url_for("farm.edit_supplier", supplier_id=supplier.id), 303)
    return _supplier_page(supplier, form, status=422 if form.errors else 200)


def _supplier_page(
    supplier: Supplier,
    form: SupplierForm | None = None,
    pack_form: PackForm | None = None,
    *,
    status: int = 200,
) -> Page:
    link = link_in_force(db.session(), supplier, now=now()) if supplier.id else None
    token = token_of(link, secret=_settings().secret_key) if link else ""
    return render_template(
        "farm/supplier.html",
        supplier=supplier if supplier.id else None,
        form=form or SupplierForm(obj=supplier, formdata=None),
        pack_form=pack_form
        or PackForm(produce_list(db.session()), formdata=None, data={"amount": 1000}),
        link=link,
        address=f"{_settings().public_url}/f/{token}" if link else "",
    ), status


@room.post(f"/farm/suppliers/{ID.format('supplier_id')}/packs")
@audience("manager")
def new_pack(supplier_id: int) -> Page:
    """Say how a supplier sells one produce."""
    supplier, form = _supplier(supplier_id), PackForm(produce_list(db.session()))
    if not form.validate():
        return _supplier_page(supplier, pack_form=form, status=422)
    try:
        with write_tx() as session:
            add_pack(
                session,
                supplier,
                session.get_one(Produce, form.produce_id.data),
                unit=form.unit.data,
                amount=form.amount.data,
                price_cents=form.price_cents.data,
            )
    except Refusal as refusal:
        return _supplier_page(supplier, pack_form=form, status=show_refusal(form, refusal))
    flash(_("The pack is saved."))
    return redirect(url_for("farm.edit_supplier", supplier_id=supplier.id, _anchor="packs"), 303)


@room.post(f"/farm/packs/{ID.format('pack_id')}/price")
@audience("manager")
def change_price(pack_id: int) -> Page:
    """Change the price of a pack; what was ordered keeps its own."""
    pack = db.session.get(Pack, pack_id) or abort(404)
    form = PriceForm()
    if form.validate():
        with write_tx():
            pack.price_cents = form.price_cents.data
        flash(_("The price is saved."))
    else:
        flash(str(form.price_cents.errors[0]), "error")
    where = url_for("farm.edit_supplier", supplier_id=pack.supplier_id, _anchor="packs")
    return redirect(where, 303)


@room.post(f"/farm/suppliers/{ID.format('supplier_id')}/link")
@audience("manager")
def new_link(supplier_id: int) -> Response:
    """Give the supplier a new link to his page; the old one ends."""
    supplier = _supplier(supplier_id)
    with write_tx() as session:
        renew_link(session, supplier, secret=_settings().secret_key, now=now())
    flash(_("The link is new. Send it to the supplier: the old one no longer works."))
    return redirect(url_for("farm.edit_supplier", supplier_id=supplier.id, _anchor="link"), 303)


@room.post(f"/farm/suppliers/{ID.format('supplier_id')}/link/revoke")
@audience("manager")
def revoke_link(supplier_id: int) -> Response:
    """End the supplier's link at once."""
    supplier = _supplier(supplier_id)
    with write_tx() as session:
        revoke_links(session, supplier, now=now())
    flash(_("The link no longer works."))
    return redirect(url_for("farm.edit_supplier", supplier_id=supplier.id, _anchor="link"), 303)


@room.get("/farm/produce/")
@audience("manager")
def produce() -> str:
    """All produce."""
    return render_template(
        "farm/produce_list.html",
        produce=produce_list(db.session()),
        archived=produce_list(db.session(), archived=True),
        today=local(now()).date(),
    )


@room.route("/farm/produce/new", methods=["GET", "POST"])
@audience("manager")
def new_produce() -> Page:
    """Add a produce."""
    return _save_produce(None)


@room.route(f"/farm/produce/{ID.format('produce_id')}", methods=["GET", "POST"])
@audience("manager")
def edit_produce(produce_id: int) -> Page:
    """Change a produce; dishes made of it show its allergens at once."""
    return _save_produce(db.session.get(Produce, produce_id) or abort(404))


def _save_produce(produce: Produce | None) -> Page:
    form = produce_form(produce, ALLERGENS)
    if not form.validate_on_submit():
        return _produce_page(produce, form, status=422 if form.errors else 200)
    changed = produce or Produce()
    try:
        with write_tx() as session, session.no_autoflush:
            is_counted = produce is not None and _is_counted(produce)
            form.fill(changed)
            save_produce(session, changed, allergens=form.allergens, is_counted=is_counted)
    except Refusal as refusal:
        return _produce_page(produce, form, status=show_refusal(form, refusal))
    flash(_("%(name)s is saved.", name=changed.name))
    return redirect(url_for("farm.produce"), 303)


def _is_counted(produce: Produce) -> bool:
    """Whether lots or packs count the produce in its unit already."""
    has = select(Produce.id).where(
        Produce.id == produce.id,
        or_(
            select(Lot.id).where(Lot.produce_id == produce.id).exists(),
            select(Pack.id).where(Pack.produce_id == produce.id).exists(),
        ),
    )
    return db.session.scalar(has) is not None


def _produce_page(produce: Produce | None, form: ProduceForm, *, status: int) -> Page:
    return render_template("farm/produce.html", produce=produce, form=form), status


@room.route("/farm/lots/new", methods=["GET", "POST"])
@audience("manager")
def new_lot() -> Page:
    """Receive something that came without a delivery note."""
    form = ArrivalForm(suppliers(db.session(), active=True), produce_list(db.session()))
    if not form.validate_on_submit():
        return render_template("farm/new_lot.html", form=form), 422 if form.errors else 200
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
                day=local(now()).date(),
                is_sure=form.sure.data,
                now=now(),
            )
    except Refusal as refusal:
        status = show_refusal(form, refusal)
        return render_template("farm/new_lot.html", form=form), status
    flash(_("%(lot)s is in stock. Write this number on the crate.", lot=lot.name))
    return redirect(url_for("farm.lot", lot_id=lot.id), 303)


@room.route(f"/farm/lots/{ID.format('lot_id')}", methods=["GET", "POST"])
@audience("manager")
def lot(lot_id: int) -> Page:
    """One lot: what it carries, everything that was taken from it, and corrections."""
    found = db.session.get(Lot, lot_id) or abort(404)
    form = MovementForm()
    if not form.validate_on_submit():
        status = 422 if form.errors else 200
        return render_template("farm/lot.html", lot=found, form=form), status
    try:
        with write_tx() as session:
            if form.kind.data == "wasted":
                amount, why = abs(form.quantity.data), form.reason.data or ""
                waste(session, found, amount, reason=why, now=now())
            else:
                delta, why = form.quantity.data, form.reason.data or ""
                correct(session, found, delta, reason=why, now=now())
    except Refusal as refusal:
        status = show_refusal(form, refusal)
        return render_template("farm/lot.html", lot=found, form=form), status
    flash(_("The stock is changed."))
    return redirect(url_for("farm.lot", lot_id=found.id), 303)
