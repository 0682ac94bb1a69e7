"""Rounds changed by hand: the effect first, then the change, then the way back."""

from datetime import datetime, timedelta

from flask import Blueprint, render_template, request
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session

from ..core.clock import clock, local
from ..core.db import db
from ..dispatch.plan_page import change_rounds
from ..ordering.lunch import lunch_on
from ..ordering.order import touch
from ..rounds.release import RoundsChanged
from ..rounds.round import rounds_of
from ..service.fleet import shifts_of
from ..service.service import Service
from ..web.audience import audience
from ..web.language import sentence
from ..web.view import Page, refused_at, settings
from .amended import amended
from .amendment import KIND_WORDS, Amendment, amend, undo, undoable
from .effect import Effect, effect_of
from .forms import FORMS, WishForm

room = Blueprint("amendments", __name__)
NEVER_SENT_ANEW = ("csrf_token", "shown")


@room.app_template_global()
def last_amendment(service: Service) -> tuple[Amendment, str] | None:
    """The change by hand that can be undone, and what it was; None when there is none."""
    last = undoable(db.session(), service)
    return (last, _(KIND_WORDS[last.kind], number=last.number)) if last else None


@room.app_template_filter("wall")
def wall(moment: datetime, minutes: int = 0) -> str:
    """A time, or so many minutes later, as a field for times takes it: "11:30"."""
    return f"{local(moment + timedelta(minutes=minutes)):%H:%M}"


@room.post("/delivery/<day>/amend/<any(move, swap, leave, split):wish>")
@audience("manager")
def ask(day: str, wish: str) -> Page:
    """Show what a change by hand would do; do it once it was seen and would still do the same."""
    service = lunch_on(db.session(), day)
    form = FORMS[wish]()
    form.offer(rounds_of(db.session(), service), shifts_of(db.session(), service))
    if not form.validate_on_submit():
        return _page(service, form), 422
    if not request.form.get("shown"):
        return _preview(service, form)

    def rule(session: Session, service: Service) -> str:
        _do(session, service, form)
        return str(_("The rounds are changed. The other times were worked out again."))

    return change_rounds(day, rule)


def _do(session: Session, service: Service, form: WishForm) -> None:
    """Do what was shown. Raises RoundsChanged when it would do something else by now."""
    touch(session, service.id)  # first, so that two changes wait for each other
    wish, seen = form.wish(service), form.seen.data or ""
    found = amended(session, service, wish, seen=seen, depot=settings().depot)
    if found.stamp != request.form.get("shown"):
        raise RoundsChanged
    device = current_user.label
    amend(session, service, wish, found, device=device, now=clock.now())


def _preview(service: Service, form: WishForm) -> Page:
    effect, stamp = None, ""
    with refused_at(form):
        wish, seen = form.wish(service), form.seen.data or ""
        found = amended(db.session(), service, wish, seen=seen, depot=settings().depot)
        effect, stamp = effect_of(db.session(), service, found), found.stamp
    return _page(service, form, effect, stamp), form.code


def _page(service: Service, form: WishForm, effect: Effect | None = None, stamp: str = "") -> str:
    return render_template(
        "amendments/amend.html",
        service=service,
        form=form,
        effect=effect,
        stamp=stamp,
        sentences=[sentence(one) for one in effect.breaks] if effect else [],
        sent=[(k, v) for k, v in request.form.items(multi=True) if k not in NEVER_SENT_ANEW],
    )


@room.post("/delivery/<day>/amendments/<key:amendment_id>/undo")
@audience("manager")
def take_back(day: str, amendment_id: int) -> Page:
    """Bring the rounds back as they were before the last change by hand."""

    def rule(session: Session, service: Service) -> str:
        undo(session, service, amendment_id, depot=settings().depot, now=clock.now())
        return str(_("The rounds are as they were before."))

    return change_rounds(day, rule)
