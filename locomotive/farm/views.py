"""Suppliers, their packs and the links to their pages."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core.clock import clock
from ..core.db import db, write_tx
from ..web.audience import audience
from ..web.fields import amount, parse_id
from ..web.view import Page, answered, found, is_first, settings
from .forms import PackChangeForm, PackForm, SupplierForm
from .produce import produce_names
from .supplier import (
    Pack,
    Supplier,
    add_pack,
    change_pack,
    end_pack,
    label_pack,
    link_in_force,
    packs_page,
    renew_link,
    revoke_links,
    save_supplier,
    token_of,
)
from .unit import ONE

room = Blueprint("suppliers", __name__)


@room.app_template_filter("typed")
def typed(cents: int) -> str:
    """A price as it is typed into a field."""
    return amount(cents)


@room.route("/farm/suppliers/new", methods=["GET", "POST"])
@audience("manager")
def new_supplier() -> Page:
    """Add a supplier."""
    return _edit(Supplier())


@room.route("/farm/suppliers/<key:supplier_id>", methods=["GET", "POST"])
@audience("manager")
def edit_supplier(supplier_id: int) -> Page:
    """One supplier: his address, his packs and the link to his page."""
    return _edit(found(Supplier, supplier_id))


def _edit(supplier: Supplier) -> Page:
    form = SupplierForm(obj=supplier if supplier.id else None)
    if form.validate_on_submit():
        with answered(form) as session:
            form.fill(supplier)
            save_supplier(session, supplier)
        if not form.errors:
            flash(_("%(name)s is saved.", name=supplier.name))
            return _back_to(supplier.id)
    return _supplier_page(supplier, form), form.code


def _back_to(supplier_id: int, anchor: str | None = None) -> Response:
    where = url_for("suppliers.edit_supplier", supplier_id=supplier_id, _anchor=anchor)
    return redirect(where, 303)


def _supplier_page(
    supplier: Supplier, form: SupplierForm | None = None, pack_form: PackForm | None = None
) -> str:
    link = link_in_force(db.session(), supplier, now=clock.now()) if supplier.id else None
    token = token_of(link, secret=settings().secret_key) if link else ""
    pack_form = pack_form or PackForm(
        produce_names(db.session()), formdata=None, data={"amount": ONE}
    )
    today = clock.today()
    page = max(1, parse_id(request.args.get("page")) or 1)
    packs, pages = packs_page(db.session(), supplier, page) if supplier.id else ([], 1)
    return render_template(
        "farm/supplier.html",
        supplier=supplier if supplier.id else None,
        packs=packs,
        page=page,
        pages=pages,
        months=[(today.replace(day=15) - timedelta(days=30 * i)).replace(day=1) for i in range(3)],
        form=form or SupplierForm(obj=supplier, formdata=None),
        pack_form=pack_form,
        link=link,
        address=f"{settings().public_url}/f/{token}" if link else "",
    )


@room.post("/farm/suppliers/<key:supplier_id>/packs")
@audience("manager")
def new_pack(supplier_id: int) -> Page:
    """Say how a supplier sells one produce."""
    supplier, form = found(Supplier, supplier_id), PackForm(produce_names(db.session()))
    if form.validate():
        with answered(form) as session:
            add_pack(session, form.pack(supplier))
        if not form.errors:
            flash(_("The pack is saved."))
            return _back_to(supplier_id, "packs")
    return _supplier_page(supplier, pack_form=form), form.code


@room.post("/farm/packs/<key:pack_id>")
@audience("manager")
def edit_pack(pack_id: int) -> Page:
    """Change what a pack holds and costs; what was ordered keeps its own."""
    pack, form = found(Pack, pack_id), PackChangeForm()
    if form.validate():
        with answered(form) as session:
            ours = session.get_one(Pack, pack.id)
            change_pack(session, ours, amount=form.amount.data, price_cents=form.price_cents.data)
            if "labels" in request.form:
                label_pack(session, ours, form.labels.data or "")
    if form.errors or form.form_errors:
        flash(" ".join(str(words) for said in form.errors.values() for words in said), "error")
    else:
        flash(_("The pack is saved."))
    return _back_to(pack.supplier_id, "packs")


@room.post("/farm/packs/<key:pack_id>/end")
@audience("manager")
def end(pack_id: int) -> Page:
    """The supplier does not sell this any more; what was ordered stays."""
    pack = found(Pack, pack_id)
    with write_tx() as session:
        end_pack(session, session.get_one(Pack, pack_id), now=clock.now())
    flash(_("The pack is ended. Add it again when he sells it again."))
    return _back_to(pack.supplier_id, "packs")


@room.post("/farm/suppliers/<key:supplier_id>/link")
@audience("manager")
def new_link(supplier_id: int) -> Response:
    """Give the supplier a new link to his page; the old one ends."""
    supplier = found(Supplier, supplier_id)
    with write_tx() as session:
        if is_first(session):
            renew_link(session, supplier, secret=settings().secret_key, now=clock.now())
    flash(_("The link is new. Send it to the supplier: the old one no longer works."))
    return _back_to(supplier_id, "link")


@room.post("/farm/suppliers/<key:supplier_id>/link/revoke")
@audience("manager")
def revoke_link(supplier_id: int) -> Response:
    """End the supplier's link at once."""
    supplier = found(Supplier, supplier_id)
    with write_tx() as session:
        revoke_links(session, supplier, now=clock.now())
    flash(_("The link no longer works."))
    return _back_to(supplier_id, "link")
