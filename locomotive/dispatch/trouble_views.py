"""The page of a day that goes wrong: what happened, what it would change, and doing it."""

from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from ..core.clock import clock, instant, local
from ..core.db import db, write_tx
from ..core.refusal import Refusal
from ..core.status import IN_HOUSE
from ..core.tasks import MAKE_SHEET, SEND_MAILS, ask_worker
from ..disruption.disruption import Disruption
from ..disruption.preview_page import answers_of, render_preview, shown_before
from ..menu.menu import menu_of
from ..ordering.lunch import lunch_on
from ..ordering.order import orders_of
from ..rounds.round import rounds_of
from ..service.fleet import shifts_of
from ..service.service import Service
from ..web.audience import audience
from ..web.fields import parse_id, wall_of
from ..web.language import language, sentence
from ..web.view import Page, settings
from .comparison import compared
from .trouble import KINDS, Answer, Trouble, answer_to, apply_answer

room = Blueprint("trouble", __name__)


@room.get("/delivery/<day>/trouble")
@audience("manager")
def trouble(day: str) -> Page:
    """Say what went wrong."""
    return _form(lunch_on(db.session(), day))


def _form(service: Service, refused: Refusal | None = None) -> str:
    session = db.session()
    menu = menu_of(session, service.date)
    coming = [o for o in orders_of(session, service) if o.is_delivery and o.status in IN_HOUSE]
    return render_template(
        "dispatch/trouble.html",
        service=service,
        kinds=KINDS,
        tricycles=[shift.tricycle for shift in shifts_of(session, service)],
        dishes=[portion.dish for portion in menu.portions] if menu else [],
        places=sorted({order.place_name or order.street for order in coming}),
        refused=sentence(refused) if refused else "",
        wrong=refused.values.get("field", "") if refused else "",
        typed=request.form,
        now=f"{local(clock.now()):%H:%M}" if service.date == clock.today() else "",
    )


@room.post("/delivery/<day>/trouble")
@audience("manager")
def face_trouble(day: str) -> Page:
    """Show what would change; do it once it was seen and nothing else has happened."""
    service = lunch_on(db.session(), day)
    house = settings()
    try:
        happened = _trouble(service)
        answer = answer_to(db.session(), service, happened, depot=house.depot, now=clock.now())
    except Refusal as refusal:
        return _form(service, refusal), refusal.status
    if not answer.found.is_sure or request.form.get("stamp") != answer.stamp:
        return _preview(service, answer)
    try:
        with write_tx() as session:
            apply_answer(
                session,
                session.get_one(Service, service.id),
                answer,
                device=current_user.label,
                depot=house.depot,
                now=clock.now(),
            )
    except Refusal as refusal:
        return _form(lunch_on(db.session(), day), refusal), refusal.status
    ask_worker(SEND_MAILS)
    for round_ in rounds_of(db.session(), lunch_on(db.session(), day)):
        if round_.is_released:
            ask_worker(MAKE_SHEET, round_.id, language())
    flash(_("The rounds are changed. Look at them, then release them."))
    return redirect(url_for("dispatch.plan", day=day), 303)


def _preview(service: Service, answer: Answer) -> str:
    answers = answers_of(answer.found, answer.and_then)
    rounds = rounds_of(db.session(), service)
    found = [one for one, _stamp in answers if isinstance(one, Disruption)]
    return render_preview(
        answers,
        comparisons=[compared(db.session(), service, rounds, one) for one in found if rounds],
        reason=answer.reason,
        back=url_for("dispatch.plan", day=service.date),
        cancelled_orders=answer.cancelled,
        freed=[r for r in rounds if r.id in answer.freed],
    )


def _trouble(service: Service) -> Trouble:
    form = request.form
    wall = wall_of(form.get("at", ""))
    at: datetime | None = instant(service.date, wall) if wall else None
    return Trouble(
        kind=form.get("kind", ""),
        tricycle_id=parse_id(form.get("tricycle")),
        at=at,
        dish_id=parse_id(form.get("dish")),
        minutes=parse_id(form.get("minutes")) or 0,
        place=form.get("place", ""),
        reason=_reason(form.get("kind", "")),
        shown=shown_before(),
    )


def _reason(kind: str) -> str:
    """What the customers read as the reason."""
    reasons = {
        "tricycle": _("A tricycle broke down."),
        "rider": _("A rider starts later than planned."),
        "batch": _("A dish takes longer to cook."),
        "place": _("The meals for this place were cancelled."),
        "passage": _("A road is closed."),
        "late": _("The rounds had to be planned again."),
    }
    return str(reasons.get(kind, ""))
