"""The rider's phone."""

from datetime import UTC, datetime
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
from ..places.roads import network_of
from ..service.service import Service
from ..web.audience import PUBLIC, audience
from ..web.fields import parse_id
from ..web.language import sentence
from ..web.view import Page, settings
from .act import ACT_WORDS, ActInvalid, Done, acts_at, acts_of, gpx, note_act, round_of_token
from .round import Round

room = Blueprint("rider", __name__)


MOST_ACTS = 200
DEVICE = "phone"


@room.record_once
def trust_links(state: BlueprintSetupState) -> None:
    """A round's link is its own secret and no cookie counts: acts that were kept for hours must
    not fail for a form token of the morning."""
    state.app.extensions["csrf"].exempt(phone_act)


def round_of_link(token: str) -> Round:
    """The round of a link, or a page that says that the link is over."""
    today = clock.today()
    return round_of_token(db.session(), token, secret=settings().secret_key, today=today)


@room.get("/r/<token>")
@audience(PUBLIC)
def phone(token: str) -> Page:
    """The round on the rider's phone: the next stop large, what to press, the others below."""
    round_ = round_of_link(token)
    acts = acts_of(db.session(), round_)
    stops = [stop for stop in round_.stops if stop.is_live]
    following = next((s for s in stops if s.id not in acts or acts[s.id].act == "problem"), None)
    return render_template(
        "rounds/phone.html",
        round=round_,
        stops=stops,
        acts=acts,
        following=following,
        token=token,
        ACT_WORDS=ACT_WORDS,
        acts_at=acts_at,
        new_key=new_token,
        service=db.session.get_one(Service, round_.service_id),
    )


@room.post("/r/<token>/acts")
@audience(PUBLIC)
def phone_act(token: str) -> Page | tuple[dict[str, Any], int]:
    """Note one act of the page's form, or all that a phone kept (a JSON list)."""
    if not request.is_json:
        with write_tx() as session:
            round_ = _again(session, token)
            note_act(session, round_, done_of(request.form), device=DEVICE, now=clock.now())
        return redirect(url_for("rider.phone", token=token), 303)
    kept = request.get_json(silent=True)
    if not isinstance(kept, list) or len(kept) > MOST_ACTS:
        abort(400)
    noted, refused = [], {}
    for raw in kept:
        if not isinstance(raw, dict):
            abort(400)
        key = str(raw.get("key", ""))
        try:
            with write_tx() as session:
                note_act(
                    session, _again(session, token), done_of(raw), device=DEVICE, now=clock.now()
                )
            noted.append(key)
        except Refusal as refusal:
            refused[key] = sentence(refusal)
    return {"noted": noted, "refused": refused}, 200


def _again(session: Session, token: str) -> Round:
    today = clock.today()
    return round_of_token(session, token, secret=settings().secret_key, today=today)


def done_of(raw: Any) -> Done:
    """An act as a form or a phone sends it. Raises ActInvalid when it is none."""
    stop, boxes = str(raw.get("stop", "")), str(raw.get("boxes_back") or "").strip()
    if not (stop.isascii() and stop.isdigit() and len(stop) < 10) or not raw.get("key"):
        raise ActInvalid(field="act")
    return Done(
        key=str(raw["key"])[:64],
        stop_id=int(stop),
        act=str(raw.get("act", "")),
        at=_moment(raw.get("at")) or clock.now(),
        boxes_back=(int(boxes) if boxes.isascii() and boxes.isdigit() and len(boxes) < 6 else -1)
        if boxes
        else None,
        note=" ".join(str(raw.get("note") or "").split()),
        orders=frozenset(_ids(str(raw.get("orders") or ""))),
        collection_id=next(iter(_ids(str(raw.get("collection") or ""))), None),
        sent_at=_moment(raw.get("sent_at")),
    )


def _ids(text: str) -> list[int]:
    """The numbers of rows as a page writes them: "12 14"; anything else names none."""
    return [found for word in text.split() if (found := parse_id(word)) is not None]


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@room.get("/r/<token>/round.gpx")
@audience(PUBLIC)
def phone_gpx(token: str) -> Response:
    """The round for the phone's own navigation."""
    round_ = round_of_link(token)
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
