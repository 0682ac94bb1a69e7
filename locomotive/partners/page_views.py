"""The partner's page behind a link: ask, see the promise, cancel, see it done."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import Refusal
from ..core.tokens import new_token
from ..ordering.lunch import next_lunch
from ..promise.keeping import House
from ..shipments.partner import Partner, partner_of
from ..shipments.shipment import STATE_WORDS, Window
from ..web.audience import PUBLIC, audience
from ..web.fields import show_refusal
from ..web.view import Page, settings
from .forms import ShipmentForm
from .promising import ShipmentRefused, cancel_shipment, promise_shipment
from .request import DAYS_AHEAD
from .shipment_page import (
    month_or_404,
    planned_times,
    shipments_shown,
    statement_csv,
    statement_html,
    statement_pdf,
)
from .statement import months_of, statement_of

room = Blueprint("partner", __name__)


def _partner(session: Session, token: str) -> Partner:
    return partner_of(session, token, "page", now=clock.now())


@room.get("/p/<token>")
@audience(PUBLIC)
def page(token: str) -> Page:
    """What was asked for, and one more."""
    partner = _partner(db.session(), token)
    lunch = next_lunch(db.session(), now=clock.now())
    day = lunch.date if lunch else clock.today()
    data = {"key": new_token(), "day": day, "start": partner.place}
    form = ShipmentForm(formdata=None, data=data)
    return _page(token, partner, form)


def _page(
    token: str, partner: Partner, form: ShipmentForm, windows: tuple[Window, ...] = ()
) -> Page:
    session, today = db.session(), clock.today()
    shipments = shipments_shown(session, partner, today=today)
    return render_template(
        "partners/page.html",
        token=token,
        partner=partner,
        form=form,
        windows=windows,
        shipments=shipments,
        planned=planned_times(session, shipments),
        months=months_of(session, partner),
        last=today + timedelta(days=DAYS_AHEAD),
        today=today,
        STATE_WORDS=STATE_WORDS,
    ), form.code


@room.post("/p/<token>/shipments")
@audience(PUBLIC)
def ask(token: str) -> Page:
    """Ask for a shipment: a promise, or the nearest times."""
    partner, form = _partner(db.session(), token), ShipmentForm()
    windows: tuple[Window, ...] = ()
    if not form.validate():
        return _page(token, partner, form)
    try:
        promise_shipment(db.session(), House(settings(), clock), partner, form.asked())
    except Refusal as refusal:
        form.code = show_refusal(form, refusal)
        windows = refusal.windows if isinstance(refusal, ShipmentRefused) else ()
        return _page(token, _partner(db.session(), token), form, windows)
    flash(_("Promised. You see below when it is fetched and brought."))
    return _back(token)


def _back(token: str) -> Response:
    return redirect(url_for("partner.page", token=token, _anchor="shipments"), 303)


@room.post("/p/<token>/shipments/<code>/cancel")
@audience(PUBLIC)
def cancel(token: str, code: str) -> Page:
    """The partner needs it no more."""
    with write_tx() as session:
        cancel_shipment(session, _partner(session, token), code, now=clock.now())
    flash(_("The shipment is cancelled."))
    return _back(token)


@room.get("/p/<token>/statements/<month>")
@audience(PUBLIC)
def statement(token: str, month: str) -> str:
    """The partner reads and prints a month."""
    partner = _partner(db.session(), token)
    found = statement_of(db.session(), partner, month_or_404(month))
    links = url_for("partner.statement", token=token, month=month)
    return statement_html(found, back=url_for("partner.page", token=token), links=links)


@room.get("/p/<token>/statements/<month>.pdf")
@audience(PUBLIC)
def statement_paper(token: str, month: str) -> Page:
    """The partner's month as paper."""
    found = statement_of(db.session(), _partner(db.session(), token), month_or_404(month))
    return statement_pdf(found, page=url_for("partner.statement", token=token, month=month))


@room.get("/p/<token>/statements/<month>.csv")
@audience(PUBLIC)
def statement_table(token: str, month: str) -> Page:
    """The partner's month as a table."""
    partner = _partner(db.session(), token)
    return statement_csv(statement_of(db.session(), partner, month_or_404(month)))
