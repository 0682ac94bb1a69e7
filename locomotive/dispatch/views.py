"""The rounds of a day: plan, release, departure."""

from flask import (
    Blueprint,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from sqlalchemy.orm import Session

from ..core.clock import clock
from ..core.db import db
from ..core.tasks import MAKE_PAPERS, MAKE_SHEET, PLAN_ROUNDS, ask_worker
from ..ordering.lunch import lunch_on, next_lunch
from ..rounds.release import release, set_out
from ..rounds.round import ROUND_PATH, round_of
from ..service.service import Service
from ..web.audience import audience
from ..web.language import language
from ..web.view import Page, settings
from .plan_page import change_rounds, plan_html
from .planning import ask_planning, last_planning

room = Blueprint("dispatch", __name__)


@room.get("/delivery/")
@audience("rider")
def today() -> Page:
    """Go to the rounds of today's or the next lunch."""
    service = next_lunch(db.session(), now=clock.now())
    if service is None:
        return render_template("dispatch/none.html")
    return redirect(url_for("dispatch.plan", day=service.date), 303)


@room.get("/delivery/<day>/")
@audience("rider")
def plan(day: str) -> str:
    """The rounds of a day, and what was left out."""
    return plan_html(lunch_on(db.session(), day))


@room.post("/delivery/<day>/plan")
@audience("manager")
def ask(day: str) -> Page:
    """Ask the worker to plan the rounds."""
    asked: list[int] = []

    def rule(session: Session, service: Service) -> str:
        asked.append(ask_planning(session, service, now=clock.now()).id)
        return ""

    answer = change_rounds(day, rule)
    for planning_id in asked:
        ask_worker(PLAN_ROUNDS, planning_id)
    return answer


@room.get("/delivery/<day>/progress")
@audience("rider")
def progress(day: str) -> str:
    """How far the planning is; without its root element once it has ended."""
    planning = last_planning(db.session(), lunch_on(db.session(), day))
    return render_template(
        "dispatch/_progress.html",
        planning=planning,
        day=day,
        is_under_way=planning is not None and planning.is_under_way(clock.now()),
        limit=settings().planner_seconds,
    )


@room.post(f"{ROUND_PATH}/release")
@audience("manager")
def release_round(day: str, number: int) -> Page:
    """Release a round: from now on it stays as it is."""
    released: list[int] = []

    def rule(session: Session, _service: Service) -> str:
        round_ = round_of(session, lunch_on(session, day).date, number)
        release(session, round_, seen=request.form.get("seen", ""), now=clock.now())
        released.append(round_.id)
        return str(_("Round %(number)s is released.", number=number))

    answer = change_rounds(day, rule)
    for round_id in released:
        ask_worker(MAKE_SHEET, round_id, language())
        ask_worker(MAKE_PAPERS, lunch_on(db.session(), day).id, language())
    return answer


@room.post(f"{ROUND_PATH}/left")
@audience("rider")
def left(day: str, number: int) -> Page:
    """The tricycle has left with what is ready."""

    def rule(session: Session, service: Service) -> str:
        round_ = round_of(session, service.date, number)
        behind = set_out(session, round_, device=current_user.label, now=clock.now())
        said = str(_("Round %(number)s is on its way.", number=number))
        stays = ngettext("%(num)s bag was not ready.", "%(num)s bags were not ready.", behind)
        return f"{said} {stays}" if behind else said

    return change_rounds(day, rule)
