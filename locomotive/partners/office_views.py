"""Partners in the office: who they are, what they pay, their link, their key, their month."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core.clock import clock
from ..core.db import db, write_tx
from ..shipments.partner import (
    Partner,
    end_partner_access,
    partner_access,
    partners,
    renew_access,
    save_partner,
    token_of,
)
from ..shipments.shipment import STATE_WORDS
from ..web.audience import audience, proved
from ..web.view import Page, answered, found, is_first, settings
from .forms import PartnerForm
from .promising import cancel_shipment
from .shipment_page import (
    month_or_404,
    planned_times,
    shipments_shown,
    statement_csv,
    statement_html,
    statement_pdf,
)
from .statement import months_of, statement_of

room = Blueprint("partners_office", __name__)
ACCESS = "/office/partners/<key:partner_id>/<any(page, key, ride):way>"


@room.get("/office/partners")
@audience("manager", "accountant")
def overview() -> str:
    """All partners."""
    return render_template("partners/partners.html", partners=partners(db.session()))


@room.route("/office/partners/new", methods=["GET", "POST"])
@audience("manager")
def new() -> Page:
    """Add a partner."""
    return _edit(Partner())


@room.route("/office/partners/<key:partner_id>", methods=["GET", "POST"])
@audience("manager")
def edit(partner_id: int) -> Page:
    """One partner: prices, link and key, shipments, statements."""
    return _edit(found(Partner, partner_id))


def _edit(partner: Partner) -> Page:
    form = PartnerForm(obj=partner if partner.id else None)
    if form.validate_on_submit():
        with answered(form) as session:
            form.fill(partner, secret=settings().secret_key)
            save_partner(session, partner)
        if not form.errors:
            flash(_("%(name)s is saved.", name=partner.name))
            return _back_to(partner.id)
    return _page(partner, form), form.code


def _page(partner: Partner, form: PartnerForm) -> str:
    session, today, now = db.session(), clock.today(), clock.now()
    is_known = bool(partner.id)
    shipments = shipments_shown(session, partner, today=today) if is_known else []
    link = partner_access(session, partner, "page", now=now) if is_known else None
    key = partner_access(session, partner, "key", now=now) if is_known else None
    ride = partner_access(session, partner, "ride", now=now) if is_known else None
    secret = settings().secret_key
    return render_template(
        "partners/partner.html",
        partner=partner if is_known else None,
        form=form,
        link=link,
        address=f"{settings().public_url}/p/{token_of(link, secret=secret)}" if link else "",
        key=key,
        key_text=token_of(key, secret=secret) if key else "",
        ride=ride,
        ride_text=token_of(ride, secret=secret) if ride else "",
        shipments=shipments,
        planned=planned_times(session, shipments),
        months=months_of(session, partner) if is_known else [],
        STATE_WORDS=STATE_WORDS,
    )


def _back_to(partner_id: int, anchor: str | None = None) -> Response:
    where = url_for("partners_office.edit", partner_id=partner_id, _anchor=anchor)
    return redirect(where, 303)


@room.post(ACCESS)
@audience("manager")
@proved
def make_access(partner_id: int, way: str) -> Response:
    """Make a link or a key; the old one ends."""
    partner = found(Partner, partner_id)
    with write_tx() as session:
        if is_first(session):
            renew_access(session, partner, way, secret=settings().secret_key, now=clock.now())
    flash(_("It is new: the old one no longer works."))
    return _back_to(partner_id, "access")


@room.post(f"{ACCESS}/end")
@audience("manager")
def end(partner_id: int, way: str) -> Response:
    """End the partner's link or key at once."""
    partner = found(Partner, partner_id)
    with write_tx() as session:
        end_partner_access(session, partner, way, now=clock.now())
    flash(_("It no longer works."))
    return _back_to(partner_id, "access")


@room.post("/office/partners/<key:partner_id>/shipments/<code>/cancel")
@audience("manager")
def cancel(partner_id: int, code: str) -> Response:
    """Cancel a shipment for its partner."""
    partner = found(Partner, partner_id)
    with write_tx() as session:
        cancel_shipment(session, partner, code, now=clock.now(), by_us=True)
    flash(_("The shipment is cancelled."))
    return _back_to(partner_id, "shipments")


@room.get("/office/partners/<key:partner_id>/statements/<month>")
@audience("manager", "accountant")
def statement(partner_id: int, month: str) -> str:
    """The office reads what the partner reads."""
    shown = statement_of(db.session(), found(Partner, partner_id), month_or_404(month))
    links = url_for("partners_office.statement", partner_id=partner_id, month=month)
    return statement_html(shown, back=url_for("partners_office.overview"), links=links)


@room.get("/office/partners/<key:partner_id>/statements/<month>.pdf")
@audience("manager", "accountant")
def statement_paper(partner_id: int, month: str) -> Page:
    """A partner's month as paper."""
    shown = statement_of(db.session(), found(Partner, partner_id), month_or_404(month))
    page = url_for("partners_office.statement", partner_id=partner_id, month=month)
    return statement_pdf(shown, page=page)


@room.get("/office/partners/<key:partner_id>/statements/<month>.csv")
@audience("manager", "accountant")
def statement_table(partner_id: int, month: str) -> Page:
    """A partner's month as a table."""
    partner = found(Partner, partner_id)
    return statement_csv(statement_of(db.session(), partner, month_or_404(month)))
