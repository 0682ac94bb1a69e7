"""The same for a partner's programs: JSON, a key in the Authorization header, RFC 9457 errors."""

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from sqlalchemy.orm import Session

from ..core.clock import clock
from ..core.db import db, write_tx
from ..promise.keeping import House
from ..shipments.partner import Partner, partner_of
from ..shipments.shipment import MOST_CRATES, MOST_KILOS, ShipmentUnknown, shipment_by_code
from ..web.audience import PUBLIC, audience
from ..web.view import Page, settings
from .problem_page import answer_programs
from .promising import ASKS_PER_HOUR, cancel_shipment, promise_shipment
from .request import DAYS_AHEAD, read_asked
from .shipment_page import facts_of, planned_times, shipments_shown

room = Blueprint("partner_api", __name__)


@room.record_once
def trust_keys(state: BlueprintSetupState) -> None:
    """A key is sent on purpose, by no browser: no form of another site can use it."""
    for view in (ask, cancel):
        state.app.extensions["csrf"].exempt(view)


def _partner(session: Session) -> Partner:
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    key = token.strip() if kind.lower() == "bearer" else ""
    return partner_of(session, key, "key", now=clock.now())


answer_programs(room)


@room.get("/api/partner")
@audience(PUBLIC)
def manual() -> Page:
    """How a program asks, on one page."""
    return render_template(
        "partners/api.html",
        asks=ASKS_PER_HOUR,
        days=DAYS_AHEAD,
        crates=MOST_CRATES,
        kilos=MOST_KILOS,
    )


@room.get("/api/partner/shipments")
@audience(PUBLIC)
def shipments() -> Response:
    """The shipments of the last days and those to come."""
    session = db.session()
    found = shipments_shown(session, _partner(session), today=clock.today())
    planned = planned_times(session, found)
    return jsonify(shipments=[facts_of(one, planned) for one in found])


@room.post("/api/partner/shipments")
@audience(PUBLIC)
def ask() -> tuple[Response, int, dict[str, str]]:
    """Ask for a shipment: a promise, or a problem with the nearest times."""
    session = db.session()
    partner, asked = _partner(session), read_asked(request.get_json(silent=True))
    found = promise_shipment(session, House(settings(), clock), partner, asked)
    where = url_for("partner_api.shipment", code=found.code)
    return _facts(found.code), 201, {"Location": where}


@room.get("/api/partner/shipments/<code>")
@audience(PUBLIC)
def shipment(code: str) -> Response:
    """One shipment: promised, fetched, delivered."""
    return _facts(code)


@room.post("/api/partner/shipments/<code>/cancel")
@audience(PUBLIC)
def cancel(code: str) -> Response:
    """Cancel a shipment."""
    with write_tx() as session:
        cancel_shipment(session, _partner(session), code, now=clock.now())
    return _facts(code)


def _facts(code: str) -> Response:
    session = db.session()
    found = shipment_by_code(session, _partner(session), code)
    if found is None:
        raise ShipmentUnknown
    return jsonify(facts_of(found, planned_times(session, [found])))
