"""What to buy: needs, orders to suppliers and their sheets."""

from datetime import timedelta
from functools import partial

from flask import (
    Blueprint,
    flash,
    redirect,
    render_template,
    url_for,
)
from flask_babel import gettext as _

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.tasks import MAKE_PURCHASE_SHEET, SEND_MAILS, ask_worker
from ..farm.supplier import Pack, packs_of
from ..menu.recipe import read_book
from ..web.audience import audience
from ..web.language import language
from ..web.paper import paper
from ..web.view import ONCE, Page, answered, found, is_first
from .forms import needs_form
from .note import notes_to_receive
from .proposal import propose
from .purchase import Purchase, cancel_purchase, order_of_each, purchases
from .purchase_page import purchase_path, sheet_html
from .shortage import Shortage, shortages_between

room = Blueprint("buying", __name__)
DAYS_AHEAD = 7


@room.route("/farm/needs", methods=["GET", "POST"])
@audience("manager")
def needs_page() -> Page:
    """What the coming menus need beyond the stock; the manager makes orders of it."""
    needs = _needs()
    proposed = _proposals(needs)
    form = needs_form(proposed, clock.today() + timedelta(days=1))
    if form.validate_on_submit():
        made: list[Purchase] = []
        with answered(form) as session:
            terms = form.terms(today=clock.today())
            if is_first(session):
                made = order_of_each(session, form.packs(), terms, now=clock.now())
        if not form.errors:
            ask_worker(SEND_MAILS)
            names = ", ".join(p.supplier.name for p in made)
            flash(_("Ordered from: %(names)s.", names=names) if made else ONCE)
            return redirect(url_for("buying.purchases_page"), 303)
    shown = {"shortages": needs, "proposed": proposed, "days": DAYS_AHEAD}
    return render_template("buying/needs.html", form=form, **shown), form.code


def _needs() -> list[Shortage]:
    """What the menus of the coming days need."""
    today = clock.today()
    last = today + timedelta(days=DAYS_AHEAD)
    return shortages_between(db.session(), read_book(db.session()), today, last)


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


@room.get("/farm/purchases/")
@audience("manager")
def purchases_page() -> str:
    """The orders to suppliers and the delivery notes that came back."""
    found = purchases(db.session())
    notes = notes_to_receive(db.session())
    return render_template("buying/purchases.html", purchases=found, notes=notes)


@room.post("/farm/purchases/<key:purchase_id>/cancel")
@audience("manager")
def cancel(purchase_id: int) -> Page:
    """Take an order back."""
    purchase = found(Purchase, purchase_id)
    with write_tx() as session:
        cancel_purchase(session, purchase, now=clock.now())
    flash(_("The order is cancelled. Tell the supplier."))
    return redirect(url_for("buying.purchases_page"), 303)


@room.get("/farm/purchases/<key:purchase_id>/sheet")
@audience("manager")
def sheet(purchase_id: int) -> str:
    """The order as paper, with its total weight in the supplier's units."""
    return sheet_html(found(Purchase, purchase_id), is_pdf=False)


@room.get("/farm/purchases/<key:purchase_id>/sheet.pdf")
@audience("manager")
def sheet_pdf(purchase_id: int) -> Page:
    """The order's PDF; the worker makes it, meanwhile a page says so."""
    purchase = found(Purchase, purchase_id)
    return paper(
        purchase_path(purchase, language()),
        _("order-%(number)s.pdf", number=purchase.id),
        meanwhile=lambda is_possible: render_template(
            "buying/paper.html", purchase=purchase, is_possible=is_possible
        ),
        ask=partial(ask_worker, MAKE_PURCHASE_SHEET, purchase.id, language()),
    )
