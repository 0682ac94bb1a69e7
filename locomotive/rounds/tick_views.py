"""What came back on paper, entered with keys."""

from collections.abc import Iterator
from datetime import datetime

from flask import (
    Blueprint,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from flask_login import current_user

from ..core.clock import clock, instant, local
from ..core.db import db, write_tx
from ..core.refusal import Refusal
from ..core.tokens import new_token
from ..ordering.lunch import lunch_on
from ..service.service import Service
from ..web.audience import audience
from ..web.fields import wall_of
from ..web.language import sentence
from ..web.view import Page
from .act import ACT_WORDS, Done, acts_at, acts_of, note_act, read_done
from .round import ROUND_PATH, Round, round_of

room = Blueprint("ticks", __name__)


@room.get(f"{ROUND_PATH}/ticks")
@audience("rider")
def ticks(day: str, number: int) -> Page:
    """Enter the ticks of a sheet that came back, with keys only."""
    return _ticks_page(_round(day, number))


def _round(day: str, number: int) -> Round:
    return round_of(db.session(), lunch_on(db.session(), day).date, number)


def _ticks_page(round_: Round, refused: str = "") -> str:
    return render_template(
        "rounds/ticks.html",
        round=round_,
        service=db.session.get_one(Service, round_.service_id),
        stops=[stop for stop in round_.stops if stop.is_live],
        acts=acts_of(db.session(), round_),
        ACT_WORDS=ACT_WORDS,
        acts_at=acts_at,
        key=new_token(),
        refused=refused,
    )


@room.post(f"{ROUND_PATH}/ticks")
@audience("rider")
def enter_ticks(day: str, number: int) -> Page:
    """Note what the paper says of every stop, all or nothing."""
    try:
        with write_tx() as session:
            round_ = round_of(session, lunch_on(session, day).date, number)
            for done in _ticked(round_):
                note_act(session, round_, done, device=current_user.label, now=clock.now())
    except Refusal as refusal:
        return _ticks_page(_round(day, number), sentence(refusal)), refusal.status
    flash(_("The sheet of round %(number)s is entered.", number=number))
    return redirect(url_for("dispatch.plan", day=day), 303)


def _ticked(round_: Round) -> Iterator[Done]:
    """What the paper says of each stop at which something was ticked."""
    typed = request.form
    key = typed.get("key", "")[:40]
    for stop in round_.stops:
        act = typed.get(f"act-{stop.id}", "")
        if stop.is_live and act:
            sent = {
                "key": f"{key}-{stop.id}",
                "stop": stop.id,
                "act": act,
                "boxes_back": typed.get(f"back-{stop.id}", ""),
                "note": typed.get(f"note-{stop.id}", ""),
                "at": _at(round_, typed.get(f"at-{stop.id}", ""), stop.serves_at),
            }
            yield read_done(sent, now=clock.now())


def _at(round_: Round, typed: str, planned: datetime) -> str:
    """The instant that a time of the paper means; without one, the planned time."""
    wall = wall_of(typed)
    return (instant(local(round_.departs_at).date(), wall) if wall else planned).isoformat()
