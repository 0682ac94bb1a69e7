"""The round on the rider's phone: what to do next, and what was done."""

from collections.abc import Mapping
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import Refusal
from ..core.tokens import new_token
from ..ordering.order import Order
from ..places.roads import network_of
from ..service.service import Service
from ..web.audience import PUBLIC, audience
from ..web.language import sentence
from ..web.view import Page, settings
from .act import (
    ACT_WORDS,
    PROOF_WORDS,
    acts_at,
    acts_of,
    check_own_day,
    note_act,
    proof_code,
    read_done,
    round_of_late_acts,
    round_of_token,
)
from .gpx import gpx
from .round import Round

room = Blueprint("rider", __name__)
MOST_ACTS = 200
DEVICE = "phone"


@room.record_once
def trust_links(state: BlueprintSetupState) -> None:
    """A round's link is its own secret and no cookie counts: acts that were kept for hours must
    not fail for a form token of the morning."""
    state.app.extensions["csrf"].exempt(phone_act)


@room.app_template_global()
def code_for_rider(order: Order) -> str:
    """The code that the customer tells the rider; "" where none is asked for. The shop does not
    know rounds."""
    is_asked = settings().proof_codes and order.is_delivery and not order.is_over
    return proof_code(order, secret=settings().secret_key) if is_asked else ""


@room.get("/r/<token>")
@audience(PUBLIC)
def phone(token: str) -> Page:
    """The round on the rider's phone: the next stop large, what to press, the others below."""
    round_ = _round(db.session(), token)
    acts = acts_of(db.session(), round_)
    stops = [stop for stop in round_.stops if stop.is_live]
    following = next((s for s in stops if s.id not in acts or acts[s.id].act == "problem"), None)
    return render_template(
        "rounds/phone.html",
        round=round_,
        stops=stops,
        acts=acts,
        following=following,
        asks_for_codes=bool(settings().proof_codes),
        token=token,
        ACT_WORDS=ACT_WORDS,
        PROOF_WORDS=PROOF_WORDS,
        acts_at=acts_at,
        new_key=new_token,
        service=db.session.get_one(Service, round_.service_id),
    )


@room.post("/r/<token>/acts")
@audience(PUBLIC)
def phone_act(token: str) -> Page | tuple[dict[str, Any], int]:
    """Note one act of the page's form, or all that a phone kept (a JSON list); an empty list asks
    what is known."""
    if not request.is_json:
        _note(token, request.form)
        return redirect(url_for("rider.phone", token=token), 303)
    kept = request.get_json(silent=True)
    if not isinstance(kept, list) or len(kept) > MOST_ACTS:
        abort(400)
    noted: list[str] = []
    refused: dict[str, str] = {}
    for sent in kept:
        if not isinstance(sent, dict):
            abort(400)
        key = str(sent.get("key", ""))
        try:
            _note(token, sent)
            noted.append(key)
        except Refusal as refusal:
            refused[key] = sentence(refusal)
    if not kept:  # two phones on one round agree: each asks what the other has sent
        return {"acts": _acts(token)}, 200
    return {"noted": noted, "refused": refused}, 200


def _acts(token: str) -> dict[str, str]:
    """What was done last at each stop, by its id."""
    acts = acts_of(db.session(), _round(db.session(), token))
    return {str(stop_id): act.act for stop_id, act in acts.items()}


def _note(token: str, sent: Mapping[str, Any]) -> None:
    with write_tx() as session:
        now = clock.now()
        # First: whoever has no link learns nothing about what he sent.
        round_ = round_of_late_acts(session, token, secret=settings().secret_key, now=now)
        done = read_done(sent, now=now)
        check_own_day(session, round_, done, now=now)
        secret = settings().secret_key if settings().proof_codes else ""
        note_act(session, round_, done, device=DEVICE, now=now, secret=secret)


def _round(session: Session, token: str) -> Round:
    """The round of a link. Raises RoundLinkUnknown."""
    secret = settings().secret_key
    return round_of_token(session, token, secret=secret, today=clock.today())


@room.get("/r/<token>/round.gpx")
@audience(PUBLIC)
def phone_gpx(token: str) -> Response:
    """The round for the phone's own navigation."""
    round_ = _round(db.session(), token)
    depot = settings().depot
    points = (depot, *(s.point for s in round_.stops if s.is_live), depot)
    line = [point for leg in network_of(db.session()).route(points) for point in leg.shape]
    name = _("Round %(number)s", number=round_.number)
    response = Response(gpx(round_, name=name, line=line), mimetype="application/gpx+xml")
    response.headers["Content-Disposition"] = f'attachment; filename="round-{round_.number}.gpx"'
    return response


@room.get("/r/worker.js")
@audience(PUBLIC)
def phone_worker() -> Response:
    """The service worker that keeps the page; it stands here because its reach is its folder."""
    response = current_app.send_static_file("kept-pages-worker.js")
    response.headers["Cache-Control"] = "no-cache"
    return response
