"""Suppliers, their packs and the links to their pages."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import Refusal
from ..web.audience import audience
from ..web.fields import amount, show_refusal
from ..web.view import Page, settings
from .forms import PackForm, PriceForm, SupplierForm
from .produce import Produce, produce_list
from .supplier import (
    Pack,
    Supplier,
    add_pack,
    link_in_force,
    renew_link,
    revoke_links,
    save_supplier,
    token_of,
)

room = Blueprint("suppliers", __name__)
ID = "<key:{}>"


@room.app_template_filter("typed")
def typed(cents: int) -> str:
    """A price as it is typed into a field."""
    return amount(cents)


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
        return redirect(url_for("suppliers.edit_supplier", supplier_id=supplier.id), 303)
    return _supplier_page(supplier, form, status=422 if form.errors else 200)


def _supplier_page(
    supplier: Supplier,
    form: SupplierForm | None = None,
    pack_form: PackForm | None = None,
    *,
    status: int = 200,
) -> Page:
    link = link_in_force(db.session(), supplier, now=clock.now()) if supplier.id else None
    token = token_of(link, secret=settings().secret_key) if link else ""
    return render_template(
        "farm/supplier.html",
        supplier=supplier if supplier.id else None,
        form=form or SupplierForm(obj=supplier, formdata=None),
        pack_form=pack_form
        or PackForm(produce_list(db.session()), formdata=None, data={"amount": 1000}),
        link=link,
        address=f"{settings().public_url}/f/{token}" if link else "",
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
    return redirect(
        url_for("suppliers.edit_supplier", supplier_id=supplier.id, _anchor="packs"), 303
    )


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
    where = url_for("suppliers.edit_supplier", supplier_id=pack.supplier_id, _anchor="packs")
    return redirect(where, 303)


@room.post(f"/farm/suppliers/{ID.format('supplier_id')}/link")
@audience("manager")
def new_link(supplier_id: int) -> Response:
    """Give the supplier a new link to his page; the old one ends."""
    supplier = _supplier(supplier_id)
    with write_tx() as session:
        renew_link(session, supplier, secret=settings().secret_key, now=clock.now())
    flash(_("The link is new. Send it to the supplier: the old one no longer works."))
    return redirect(
        url_for("suppliers.edit_supplier", supplier_id=supplier.id, _anchor="link"), 303
    )


@room.post(f"/farm/suppliers/{ID.format('supplier_id')}/link/revoke")
@audience("manager")
def revoke_link(supplier_id: int) -> Response:
    """End the supplier's link at once."""
    supplier = _supplier(supplier_id)
    with write_tx() as session:
        revoke_links(session, supplier, now=clock.now())
    flash(_("The link no longer works."))
    return redirect(
        url_for("suppliers.edit_supplier", supplier_id=supplier.id, _anchor="link"), 303
    )
