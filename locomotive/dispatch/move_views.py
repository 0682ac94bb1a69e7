"""Stops moved and locked by hand."""

from flask import (
    Blueprint,
    render_template,
    request,
)
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from ..core.clock import clock
from ..core.db import db
from ..core.refusal import Refusal
from ..ordering.lunch import lunch_on
from ..rounds.release import RoundsChanged
from ..rounds.round import rounds_of
from ..service.service import Service
from ..web.audience import audience
from ..web.fields import parse_id
from ..web.language import sentence
from ..web.view import Page, settings
from .forms import MoveForm
from .lock import open_lock, set_lock
from .move import Move, effect_of, move_stop
from .plan_page import change_rounds, plan_html

room = Blueprint("moves", __name__)


@room.post("/delivery/<day>/move")
@audience("manager")
def move(day: str) -> Page:
    """Move one stop by hand."""
    form = MoveForm()
    if not form.validate_on_submit():
        sentences = [f"{form[name].label.text}: {wrong[0]}" for name, wrong in form.errors.items()]
        return plan_html(lunch_on(db.session(), day), sentences), 422

    if "look" in request.form:
        return _move_preview(lunch_on(db.session(), day), form.move())

    def rule(session: Session, service: Service) -> str:
        move_stop(session, service, form.move(), depot=settings().depot, now=clock.now())
        return str(_("The stop was moved. The other times were worked out again."))

    return change_rounds(day, rule)


def _move_preview(service: Service, move: Move) -> Page:
    """What a move would do, before it is done."""
    try:
        effect = effect_of(db.session(), service, move, depot=settings().depot)
    except Refusal as refusal:
        return plan_html(service, [sentence(refusal)]), refusal.status
    return render_template(
        "dispatch/move.html",
        service=service,
        move=move,
        effect=effect,
        sentences=[sentence(one) for one in effect.breaks],
    )


@room.post("/delivery/<day>/locks")
@audience("manager")
def lock(day: str) -> Page:
    """Lock a stop for the next plan."""

    def rule(session: Session, service: Service) -> str:
        stops = {stop.id: stop for r in rounds_of(session, service) for stop in r.stops}
        stop = stops.get(parse_id(request.form.get("stop")) or 0)
        if stop is None:
            raise RoundsChanged
        set_lock(
            session,
            service,
            request.form.get("lock", ""),
            stop,
            other=stops.get(parse_id(request.form.get("other")) or 0),
            tricycle_id=parse_id(request.form.get("tricycle")),
        )
        return str(_("The lock is set. Plan the rounds again: what it costs is said then."))

    return change_rounds(day, rule)


@room.post("/delivery/<day>/locks/<key:lock_id>/open")
@audience("manager")
def unlock(day: str, lock_id: int) -> Page:
    """Open a lock."""

    def rule(session: Session, service: Service) -> str:
        open_lock(session, service, lock_id)
        return str(_("The lock is open."))

    return change_rounds(day, rule)
