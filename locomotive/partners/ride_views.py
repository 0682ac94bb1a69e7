"""What another restaurant asks our tricycles, by signed requests: an offer, its confirmation, what
became of it."""

from flask import Blueprint, Response, jsonify, request
from flask.blueprints import BlueprintSetupState
from sqlalchemy.orm import Session

from ..core.clock import clock
from ..core.db import db, write_tx
from ..promise.keeping import House
from ..shipments.partner import Partner, asker_of
from ..shipments.shipment import Shipment, ShipmentUnknown, shipment_by_code
from ..shipments.signature import Signed
from ..web.audience import PUBLIC, audience
from ..web.view import settings
from .offer import confirm_offer, read_ride
from .problem_page import answer_programs
from .promising import cancel_shipment, promise_shipment
from .shipment_page import facts_of, planned_times

room = Blueprint("rides", __name__)
answer_programs(room)


@room.record_once
def trust_signatures(state: BlueprintSetupState) -> None:
    """What is signed comes from no browser: no form of another site can use it."""
    for view in (ask, confirm, cancel):
        state.app.extensions["csrf"].exempt(view)


def _asker(session: Session) -> Partner:
    """Who signed this request. Raises KeyUnknown."""
    signed = Signed(request.method, request.path, request.get_data())
    header = request.headers.get("Authorization", "")
    return asker_of(session, signed, header, secret=settings().secret_key, now=clock.now())


@room.post("/api/rides")
@audience(PUBLIC)
def ask() -> tuple[Response, int]:
    """Offer to bring something, or say why not; asked twice it is the same offer."""
    session = db.session()
    partner, ride = _asker(session), read_ride(request.get_json(silent=True))
    return _facts(promise_shipment(session, House(settings(), clock), partner, ride)), 201


@room.get("/api/rides/<code>")
@audience(PUBLIC)
def ride(code: str) -> Response:
    """What became of it."""
    session = db.session()
    found = shipment_by_code(session, _asker(session), code)
    if found is None:
        raise ShipmentUnknown
    return _facts(found)


@room.post("/api/rides/<code>/confirm")
@audience(PUBLIC)
def confirm(code: str) -> Response:
    """The offer is taken."""
    with write_tx() as session:
        found = confirm_offer(session, _asker(session), code, now=clock.now())
    return _facts(found)


@room.post("/api/rides/<code>/cancel")
@audience(PUBLIC)
def cancel(code: str) -> Response:
    """It is needed no more."""
    with write_tx() as session:
        found = cancel_shipment(session, _asker(session), code, now=clock.now())
    return _facts(found)


def _facts(shipment: Shipment) -> Response:
    return jsonify(facts_of(shipment, planned_times(db.session(), [shipment])))
