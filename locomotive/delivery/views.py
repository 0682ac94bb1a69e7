"""The rounds: planned, adjusted, released; and the rider's sheet."""

import json
from collections.abc import Callable
from functools import partial

from flask import (
    Blueprint,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ..clock import local, now
from ..db import db, write_tx
from ..door import audience
from ..kitchen.production import lunch_on, next_lunch
from ..language import language, sentence
from ..ordering.forms import parse_id
from ..ordering.order import orders_of
from ..places.drawing import drawing_at
from ..places.map_views import map_facts
from ..places.roads import map_folder, network_of
from ..queue import ask_worker
from ..refusal import Refusal
from ..service.fleet import shifts_of
from ..service.service import Service
from ..settings import Settings
from .box import boxes_there
from .collection import collections_of
from .forms import MoveForm
from .lock import LOCK_WORDS, locks_of, open_lock, set_lock
from .move import Move, MoveBreaks, effect_of, move_stop
from .paper import qr_code, sheet_path
from .planning import REASONS, ask_planning, changes_since, last_planning, unassigned_of
from .rider import ACT_WORDS, acts_of, round_token
from .round import Round, RoundsChanged, release, round_of, rounds_of, set_out
from .roundmap import DayMap, Line, day_map
from .sheet import TURN_WORDS, Sheet, places_of, sheet_of
from .timeline import timeline

room = Blueprint("delivery", __name__)

Page = Response | str | tuple[str, int]
# A round's number, small enough for every database.
ROUND = "/delivery/<day>/rounds/<int(max=99999):number>"


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _kilometres(metres: int) -> str:
    return str(format_decimal(metres / 1000, format="0.0"))


@room.get("/delivery/")
@audience("rider")
def today() -> Page:
    """Go to the rounds of today's or the next lunch."""
    service = next_lunch(db.session(), now=now())
    if service is None:
        return render_template("delivery/none.html")
    return redirect(url_for("delivery.plan", day=service.date), 303)


@room.get("/delivery/<day>/")
@audience("rider")
def plan(day: str) -> str:
    """The rounds of a day, and what was left out."""
    return _plan_page(lunch_on(db.session(), day))


def _plan_page(service: Service, sentences: list[str] | None = None) -> str:
    session = db.session()
    planning = last_planning(session, service)
    left_out = unassigned_of(session, planning) if planning else []
    rounds, orders = rounds_of(session, service), orders_of(session, service)
    return render_template(
        "delivery/plan.html",
        service=service,
        planning=planning,
        is_under_way=planning is not None and planning.is_under_way(now()),
        limit=_settings().planner_seconds,
        now=now(),
        is_today=service.date == local(now()).date(),
        rounds=rounds,
        orders=[o for o in orders if o.is_delivery and o.status != "cancelled"],
        left_out=[(order, REASONS.get(reason, reason)) for order, reason in left_out],
        collections=collections_of(session, service),
        REASONS=REASONS,
        changes=changes_since(orders, rounds, [order for order, _reason in left_out]),
        timeline=timeline(rounds, shifts_of(session, service)),
        kilometres=_kilometres,
        may_plan=current_user.role == "manager",
        sentences=sentences or [],
        acts={stop: act for round_ in rounds for stop, act in acts_of(session, round_).items()},
        ACT_WORDS=ACT_WORDS,
        phone_link=phone_link,
        locks=locks_of(session, service),
        LOCK_WORDS=LOCK_WORDS,
        tricycles=[shift.tricycle for shift in shifts_of(session, service)],
        map=drawn_day(rounds),
        is_estimated=network_of(session).is_estimated,
        facts=json.dumps(map_facts() | {"rounds": round_facts(rounds)}),
    )


def drawn_day(rounds: list[Round]) -> DayMap | None:
    """All rounds of a day on one map; None when there is nothing to draw."""
    network, folder = network_of(db.session()), map_folder(db.session())
    depot = _settings().depot
    ways = [(str(r.number), [s.point for s in r.stops if s.is_live]) for r in rounds]
    lines = [
        Line(label, stops, [p for leg in network.route((depot, *stops, depot)) for p in leg.shape])
        for label, stops in ways
        if stops
    ]
    return day_map(depot, lines, drawing=drawing_at(folder) if folder else None) if lines else None


def round_facts(rounds: list[Round]) -> list[dict[str, object]]:
    """The rounds for the map in the browser."""
    network, depot = network_of(db.session()), _settings().depot
    facts: list[dict[str, object]] = []
    for round_ in rounds:
        stops = [stop for stop in round_.stops if stop.is_live]
        legs = network.route((depot, *(stop.point for stop in stops), depot)) if stops else ()
        facts.append(
            {
                "number": round_.number,
                "line": [[round(lon, 5), round(lat, 5)] for leg in legs for lat, lon in leg.shape],
                "stops": [[s.longitude, s.latitude, s.place_name or s.street] for s in stops],
            }
        )
    return [one for one in facts if one["line"]]


def phone_link(round_: Round) -> str:
    """Where the rider finds a released round on a phone."""
    return url_for("delivery.phone", token=round_token(_settings().secret_key, round_))


def _do(day: str, rule: Callable[[Session, Service], str]) -> Page:
    """Do one act on a day's rounds and show them again; a refusal stands on top of them."""
    try:
        with write_tx() as session:
            said = rule(session, lunch_on(session, day))
    except MoveBreaks as refusal:
        sentences = [sentence(refusal), *(sentence(one) for one in refusal.breaks)]
        return _plan_page(lunch_on(db.session(), day), sentences), refusal.status
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return _plan_page(lunch_on(db.session(), day), [sentence(refusal)]), refusal.status
    if said:
        flash(said)
    return redirect(url_for("delivery.plan", day=day), 303)


@room.post("/delivery/<day>/plan")
@audience("manager")
def ask(day: str) -> Page:
    """Ask the worker to plan the rounds."""
    asked: list[int] = []

    def rule(session: Session, service: Service) -> str:
        asked.append(ask_planning(session, service, now=now()).id)
        return ""

    answer = _do(day, rule)
    for planning_id in asked:
        ask_worker("plan_rounds", planning_id)
    return answer


@room.get("/delivery/<day>/progress")
@audience("rider")
def progress(day: str) -> str:
    """How far the planning is; without its root element once it has ended."""
    planning = last_planning(db.session(), lunch_on(db.session(), day))
    return render_template(
        "delivery/_progress.html",
        planning=planning,
        day=day,
        is_under_way=planning is not None and planning.is_under_way(now()),
        limit=_settings().planner_seconds,
    )


@room.post("/delivery/<day>/move")
@audience("manager")
def move(day: str) -> Page:
    """Move one stop by hand."""
    form = MoveForm()
    if not form.validate_on_submit():
        sentences = [f"{form[name].label.text}: {wrong[0]}" for name, wrong in form.errors.items()]
        return _plan_page(lunch_on(db.session(), day), sentences), 422

    if "look" in request.form:
        return _move_preview(lunch_on(db.session(), day), form.move())

    def rule(session: Session, service: Service) -> str:
        move_stop(session, service, form.move(), depot=_settings().depot, now=now())
        return str(_("The stop was moved. The other times were worked out again."))

    return _do(day, rule)


def _move_preview(service: Service, move: Move) -> Page:
    """What a move would do, before it is done."""
    try:
        effect = effect_of(db.session(), service, move, depot=_settings().depot)
    except Refusal as refusal:
        return _plan_page(service, [sentence(refusal)]), refusal.status
    return render_template(
        "delivery/move.html",
        service=service,
        move=move,
        effect=effect,
        sentences=[sentence(one) for one in effect.breaks],
    )


@room.post(f"{ROUND}/release")
@audience("manager")
def release_round(day: str, number: int) -> Page:
    """Release a round: from now on it stays as it is."""
    released: list[int] = []

    def rule(session: Session, _service: Service) -> str:
        round_ = round_of(session, lunch_on(session, day).date, number)
        release(session, round_, seen=request.form.get("seen", ""), now=now())
        released.append(round_.id)
        return str(_("Round %(number)s is released.", number=number))

    answer = _do(day, rule)
    for round_id in released:
        ask_worker("make_sheet", round_id, language())
        ask_worker("make_papers", lunch_on(db.session(), day).id, language())
    return answer


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

    return _do(day, rule)


@room.post("/delivery/<day>/locks/<int(max=2147483647):lock_id>/open")
@audience("manager")
def unlock(day: str, lock_id: int) -> Page:
    """Open a lock."""

    def rule(session: Session, service: Service) -> str:
        open_lock(session, service, lock_id)
        return str(_("The lock is open."))

    return _do(day, rule)


@room.post(f"{ROUND}/left")
@audience("rider")
def left(day: str, number: int) -> Page:
    """The tricycle has left with what is ready."""

    def rule(session: Session, service: Service) -> str:
        round_ = round_of(session, service.date, number)
        behind = set_out(session, round_, device=current_user.label, now=now())
        said = str(_("Round %(number)s is on its way.", number=number))
        stays = ngettext("%(num)s bag was not ready.", "%(num)s bags were not ready.", behind)
        return f"{said} {stays}" if behind else said

    return _do(day, rule)


@room.get(f"{ROUND}/sheet")
@audience("rider")
def sheet(day: str, number: int) -> str:
    """The rider's sheet, to print."""
    service = lunch_on(db.session(), day)
    return sheet_html(round_of(db.session(), service.date, number), is_pdf=False)


def sheet_html(round_: Round, *, is_pdf: bool) -> str:
    """The sheet's page; its PDF is made of the same page without the bar above the paper."""
    service = db.session.get_one(Service, round_.service_id)
    # The phone's page once the round is released, else the sheet's own.
    address = url_for("delivery.sheet", day=service.date, number=round_.number)
    if round_.is_released:
        address = phone_link(round_)
    return render_template(
        "delivery/sheet.html",
        service=service,
        sheet=drawn_sheet(round_),
        TURN_WORDS=TURN_WORDS,
        code=Markup(qr_code(f"{_settings().public_url}{address}")),
        kilometres=_kilometres,
        is_pdf=is_pdf,
    )


def drawn_sheet(round_: Round) -> Sheet:
    """The round's sheet with its turns and its map, as far as streets are known."""
    session = db.session()
    folder = map_folder(session)
    return sheet_of(
        round_,
        depot=_settings().depot,
        network=network_of(session),
        drawing=drawing_at(folder) if folder else None,
        places=places_of(session, round_),
        there=boxes_there(session),
    )


@room.get(f"{ROUND}/sheet.pdf")
@audience("rider")
def sheet_pdf(day: str, number: int) -> Page:
    """The sheet's PDF; the worker makes it, meanwhile a page says so."""
    service = lunch_on(db.session(), day)
    round_ = round_of(db.session(), service.date, number)
    path = sheet_path(_settings().instance, round_, language())
    if path.exists():
        name = _("round-%(number)s-%(date)s.pdf", number=number, date=service.date)
        return send_file(path, mimetype="application/pdf", download_name=name)
    page = partial(render_template, "delivery/paper.html", day=day, number=number)
    if path.with_suffix(".missing").exists():
        return page(is_possible=False)
    ask_worker("make_sheet", round_.id, language())
    response = make_response(page(is_possible=True), 202)
    response.headers["Refresh"] = "1"
    return response
