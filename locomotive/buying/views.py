"""What to buy: needs, orders to suppliers and their sheets."""

from datetime import timedelta
from functools import partial

from flask import (
    Blueprint,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    send_file,
    url_for,
)
from flask_babel import gettext as _

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import Refusal
from ..core.tasks import MAKE_PURCHASE_SHEET, SEND_MAILS, ask_worker
from ..farm.supplier import Pack, Supplier, packs_of
from ..menu.photo import MAXIMUM_BYTES
from ..menu.recipe import read_book
from ..web.audience import audience
from ..web.fields import show_refusal
from ..web.language import language
from ..web.view import Page
from .forms import NeedsForm, needs_form
from .note import notes_to_receive
from .purchase import Purchase, cancel_purchase, order_packs, propose, purchases
from .purchase_page import purchase_path, sheet_html
from .shortage import Shortage, shortages_between

room = Blueprint("buying", __name__)
DAYS_AHEAD = 7
PHOTO_BODY = MAXIMUM_BYTES + 20_000
NOTE = "/farm/notes/<key:note_id>"
PURCHASE = "/farm/purchases/<key:purchase_id>"


@room.route("/farm/needs", methods=["GET", "POST"])
@audience("manager")
def needs_page() -> Page:
    """What the coming menus need beyond the stock; the manager makes orders of it."""
    today = clock.today()
    book = read_book(db.session())
    found = shortages_between(db.session(), book, today, today + timedelta(days=DAYS_AHEAD))
    proposed = _proposals(found)
    form = needs_form(
        {pack.id: (pack, number) for rows in proposed.values() for pack, number in rows},
        today + timedelta(days=1),
    )
    if not form.validate_on_submit():
        return _needs_page(found, proposed, form, status=422 if form.errors else 200)
    try:
        made = _order(form)
    except Refusal as refusal:
        return _needs_page(found, proposed, form, status=show_refusal(form, refusal))
    ask_worker(SEND_MAILS)
    flash(_("Ordered from: %(names)s.", names=", ".join(p.supplier.name for p in made)))
    return redirect(url_for("buying.purchases_page"), 303)


def _proposals(found: list[Shortage]) -> dict[int, list[tuple[Pack, int]]]:
    """Produce id → every pack that could bring it, with the number that is proposed."""
    packs: dict[int, list[Pack]] = {}
    for pack in packs_of(db.session()):
        packs.setdefault(pack.produce_id, []).append(pack)
    rows = {}
    for short in found:
        here = packs.get(short.ingredient.id, [])
        numbers = {p.id: n for p, n in propose(short.missing, here, list(short.offers))}
        near_first = sorted(here, key=lambda p: (not p.supplier.is_neighbour, p.supplier.name))
        rows[short.ingredient.id] = [(pack, numbers.get(pack.id, 0)) for pack in near_first]
    return rows


def _order(form: NeedsForm) -> list[Purchase]:
    """One order for each supplier of whom packs are wanted."""
    by_supplier: dict[int, dict[int, int]] = {}
    for pack_id, number in form.packs().items():
        pack = db.session.get_one(Pack, pack_id)
        by_supplier.setdefault(pack.supplier_id, {})[pack_id] = number
    with write_tx() as session:
        return [
            order_packs(
                session,
                session.get_one(Supplier, supplier_id),
                packs,
                for_day=form.for_day.data,
                remark=form.remark.data or "",
                is_sure=form.sure.data,
                now=clock.now(),
            )
            for supplier_id, packs in sorted((by_supplier or _nobody(form)).items())
        ]


def _nobody(form: NeedsForm) -> dict[int, dict[int, int]]:
    form.form_errors.append(_("Write a number of packs for at least one produce."))
    raise Refusal


def _needs_page(
    found: list[Shortage],
    proposed: dict[int, list[tuple[Pack, int]]],
    form: NeedsForm,
    *,
    status: int,
) -> Page:
    return render_template(
        "buying/needs.html", shortages=found, proposed=proposed, form=form, days=DAYS_AHEAD
    ), status


@room.get("/farm/purchases/")
@audience("manager")
def purchases_page() -> str:
    """The orders to suppliers and the delivery notes that came back."""
    found = purchases(db.session())
    notes = notes_to_receive(db.session())
    return render_template("buying/purchases.html", purchases=found, notes=notes)


def _purchase(purchase_id: int) -> Purchase:
    return db.session.get(Purchase, purchase_id) or abort(404)


@room.post(f"{PURCHASE}/cancel")
@audience("manager")
def cancel(purchase_id: int) -> Page:
    """Take an order back."""
    purchase = _purchase(purchase_id)
    with write_tx() as session:
        cancel_purchase(session, purchase, now=clock.now())
    flash(_("The order is cancelled. Tell the supplier."))
    return redirect(url_for("buying.purchases_page"), 303)


@room.get(f"{PURCHASE}/sheet")
@audience("manager")
def sheet(purchase_id: int) -> str:
    """The order as paper, with its total weight in the supplier's units."""
    return sheet_html(_purchase(purchase_id), is_pdf=False)


@room.get(f"{PURCHASE}/sheet.pdf")
@audience("manager")
def sheet_pdf(purchase_id: int) -> Page:
    """The order's PDF; the worker makes it, meanwhile a page says so."""
    purchase = _purchase(purchase_id)
    path = purchase_path(purchase, language())
    if path.exists():
        name = _("order-%(number)s.pdf", number=purchase.id)
        return send_file(path, mimetype="application/pdf", download_name=name)
    page = partial(render_template, "buying/paper.html", purchase=purchase)
    if path.with_suffix(".missing").exists():
        return page(is_possible=False)
    ask_worker(MAKE_PURCHASE_SHEET, purchase.id, language())
    response = make_response(page(is_possible=True), 202)
    response.headers["Refresh"] = "1"
    return response
