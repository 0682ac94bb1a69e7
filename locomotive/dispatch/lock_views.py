"""Stops locked by hand."""

from flask import Blueprint, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from ..rounds.release import RoundsChanged
from ..rounds.round import rounds_of
from ..service.service import Service
from ..web.audience import audience
from ..web.fields import parse_id
from ..web.view import Page
from .lock import open_lock, set_lock
from .plan_page import change_rounds

room = Blueprint("locks", __name__)


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
