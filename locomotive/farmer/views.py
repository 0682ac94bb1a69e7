"""The farmer's page: what he has, what the kitchen wants, what he brings, what was received."""

from datetime import date, timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ..accounts.rate import count_try
from ..buying.forms import BringForm, OfferForm, bring_form, pack_words
from ..buying.note import notes_declined, send_note
from ..buying.offer import SupplyOffer, current_offers, offer, withdraw_offer
from ..buying.proposal import packs_for
from ..buying.purchase import Purchase, answer, purchases
from ..buying.shortage import shortages_between
from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import Refusal
from ..farm.lot import Lot
from ..farm.supplier import Pack, Supplier, supplier_of_token
from ..farm.unit import ONE
from ..menu.recipe import read_book
from ..web.audience import audience
from ..web.fields import parse_id, show_refusal
from ..web.language import short_day
from ..web.view import ONCE, Page, answered, is_first, settings
from .forms import ProductForm
from .product import add_product
from .statement import months_of, statement_of

room = Blueprint("farmer", __name__)
DAYS_AHEAD = 7
DECLINED_SHOWN = timedelta(days=14)


def _farmer(token: str) -> Supplier:
    """The supplier of the link; its 192 random bits are not to be guessed."""
    return supplier_of_token(db.session(), token, now=clock.now())


def _today() -> date:
    return clock.today()


def _days() -> list[tuple[date, str]]:
    days = [_today() + timedelta(days=i) for i in range(DAYS_AHEAD)]
    return [(day, short_day(day)) for day in days]


@room.get("/f/<token>")
@audience("public")
def page(token: str) -> Page:
    """Everything on one page for a phone."""
    return _page(token, _farmer(token))


def _page(
    token: str,
    supplier: Supplier,
    form: OfferForm | None = None,
    bring: dict[int, BringForm] | None = None,
    *,
    product: ProductForm | None = None,
    status: int = 200,
) -> Page:
    session, today = db.session(), _today()
    open_orders = [p for p in purchases(session, supplier=supplier, limit=20) if p.is_open]
    forms = {p.id: (bring or {}).get(p.id) or bring_form(p) for p in open_orders}
    return render_template(
        "farmer/page.html",
        token=token,
        supplier=supplier,
        form=form or OfferForm(supplier.packs, _days(), formdata=None),
        offers=current_offers(session, today=today, supplier=supplier),
        wanted=_wanted(supplier),
        orders=open_orders,
        bring=forms,
        lots=_received(supplier),
        declined=notes_declined(session, supplier, since=today - DECLINED_SHOWN),
        product=product or ProductForm(formdata=None),
        statements=[statement_of(session, supplier, m) for m in months_of(session, supplier)],
        today=today,
    ), status


def _wanted(supplier: Supplier) -> list[tuple[Pack, int, date]]:
    """(pack, how many, for which day) of what the kitchen lacks and this supplier sells."""
    today = _today()
    last = today + timedelta(days=DAYS_AHEAD)
    found = []
    for short in shortages_between(db.session(), read_book(db.session()), today, last):
        packs = [p for p in supplier.packs if p.produce_id == short.ingredient.id]
        # What he has offered already is not asked for again.
        missing = short.missing - sum(o.sure for o in short.offers if o.supplier_id == supplier.id)
        chosen = packs_for(missing, packs) if missing > 0 else None
        if chosen is not None:
            found.append((*chosen, short.by_day[0][0]))
    return found


def _received(supplier: Supplier) -> list[Lot]:
    """The supplier's lots of the last weeks, the newest first."""
    query = select(Lot).where(Lot.supplier_id == supplier.id)
    return list(db.session.scalars(query.order_by(Lot.id.desc()).limit(12)))


def _back(token: str, anchor: str) -> Response:
    return redirect(url_for("farmer.page", token=token, _anchor=anchor), 303)


@room.post("/f/<token>/offers")
@audience("public")
def make_offer(token: str) -> Page:
    """The supplier says what he has."""
    supplier = _farmer(token)
    form = OfferForm(supplier.packs, _days())
    if not form.validate():
        return _page(token, supplier, form, status=422)
    _count(supplier)
    try:
        with write_tx() as session:
            made = form.offer()
            made.at = clock.now()
            if not is_first(session):
                flash(ONCE)
                return _back(token, "offers")
            offer(session, supplier, made, is_sure=form.sure.data, today=_today())
    except Refusal as refusal:
        return _page(token, supplier, form, status=show_refusal(form, refusal))
    flash(_("Noted: %(what)s. Thank you.", what=pack_words(made.pack)))
    return _back(token, "offers")


def _count(supplier: Supplier) -> None:
    """Count an offer in a transaction of its own: what is refused afterwards counts, too."""
    most, hour = settings().orders_per_hour, timedelta(hours=1)
    with write_tx() as session:
        count_try(session, f"farmer:{supplier.id}", limit=most, period=hour, now=clock.now())


@room.post("/f/<token>/offers/tap")
@audience("public")
def tap(token: str) -> Page:
    """One tap: yes, I have what you want."""
    supplier = _farmer(token)
    chosen = {pack.id: (number, day) for pack, number, day in _wanted(supplier)}
    pack_id = parse_id(request.form.get("pack"))
    if pack_id not in chosen:
        flash(_("The kitchen's wish has changed meanwhile. Look at it again."), "warning")
        return _back(token, "wanted")
    number, _day = chosen[pack_id]
    with write_tx() as session:
        if not is_first(session):
            flash(ONCE)
            return _back(token, "offers")
        made = SupplyOffer(
            pack_id=pack_id, low=number * ONE, high=number * ONE, from_day=_today(), at=clock.now()
        )
        offer(session, supplier, made, is_sure=True, today=_today())
    flash(_("Noted: %(what)s. Thank you.", what=pack_words(made.pack)))
    return _back(token, "offers")


@room.post("/f/<token>/products")
@audience("public")
def new_product(token: str) -> Page:
    """The supplier adds something that he sells."""
    supplier, form = _farmer(token), ProductForm()
    if form.validate():
        _count(supplier)
        with answered(form) as session:
            if is_first(session):
                add_product(session, supplier, form.product())
        if not form.errors:
            flash(_("It is on your list. Thank you."))
            return _back(token, "offers")
    return _page(token, supplier, product=form, status=form.code)


@room.post("/f/<token>/offers/<key:offer_id>/withdraw")
@audience("public")
def withdraw(token: str, offer_id: int) -> Page:
    """The supplier takes an offer back."""
    supplier = _farmer(token)
    with write_tx() as session:
        is_done = withdraw_offer(session, supplier, offer_id, now=clock.now())
    if not is_done:
        abort(404)
    flash(_("Your offer is taken back."))
    return _back(token, "offers")


def _order(supplier: Supplier, purchase_id: int) -> Purchase:
    """One of the supplier's own orders; any other is a page that does not exist."""
    purchase = db.session.get(Purchase, purchase_id)
    if purchase is None or purchase.supplier_id != supplier.id:
        abort(404)
    return purchase


@room.post("/f/<token>/orders/<key:purchase_id>", defaults={"brings": False})
@room.post("/f/<token>/orders/<key:purchase_id>/note", defaults={"brings": True})
@audience("public")
def answer_order(token: str, purchase_id: int, brings: bool) -> Page:
    """The supplier answers an order, all of it or how much of each line, or brings it."""
    supplier = _farmer(token)
    purchase = _order(supplier, purchase_id)
    form = bring_form(purchase)
    if form.validate():
        said = ONCE
        with answered(form) as session:
            if is_first(session):
                said = (_note if brings else _answer)(session, purchase, form)
        if not form.errors:
            flash(said)
            return _back(token, "orders")
    return _page(token, supplier, bring={purchase.id: form}, status=form.code)


def _answer(session: Session, purchase: Purchase, form: BringForm) -> str:
    numbers = {} if "all" in request.form else form.numbers(purchase)
    if "none" in request.form:
        numbers = dict.fromkeys(numbers, 0)
    answer(session, purchase, numbers, now=clock.now())
    return str(_("Your answer is noted. Thank you."))


def _note(session: Session, purchase: Purchase, form: BringForm) -> str:
    number, lines = form.number.data or f"{purchase.id}", form.note_lines(purchase)
    now = clock.now()
    send_note(session, purchase.supplier, lines, number=number, purchase=purchase, now=now)
    return str(_("The kitchen has your delivery note. Thank you."))
