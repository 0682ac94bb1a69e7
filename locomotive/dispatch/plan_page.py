"""The page of a day's rounds, drawn by every view that changes them."""

import json
from collections.abc import Callable

from flask import (
    flash,
    redirect,
    render_template,
    url_for,
)
from flask_login import current_user
from sqlalchemy.orm import Session

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import Refusal
from ..ordering.lunch import lunch_on
from ..ordering.order import orders_of
from ..places.drawing import drawing_at
from ..places.map_page import map_facts
from ..places.roads import map_folder, network_of
from ..rounds.act import ACT_WORDS, acts_of
from ..rounds.collection import collections_of
from ..rounds.map import DayMap, Line, day_map
from ..rounds.round import Round, rounds_of
from ..rounds.sheet_page import _kilometres, phone_link
from ..rounds.timeline import timeline
from ..service.fleet import shifts_of
from ..service.service import Service
from ..web.language import sentence
from ..web.view import Page, settings
from .lock import LOCK_WORDS, locks_of
from .move import MoveBreaks
from .planning import REASONS, changes_since, last_planning, unassigned_of


def _plan_page(service: Service, sentences: list[str] | None = None) -> str:
    session = db.session()
    planning = last_planning(session, service)
    left_out = unassigned_of(session, planning) if planning else []
    rounds, orders = rounds_of(session, service), orders_of(session, service)
    return render_template(
        "dispatch/plan.html",
        service=service,
        planning=planning,
        is_under_way=planning is not None and planning.is_under_way(clock.now()),
        limit=settings().planner_seconds,
        now=clock.now(),
        is_today=service.date == clock.today(),
        rounds=rounds,
        orders=[o for o in orders if o.is_delivery and not o.is_cancelled],
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
    depot = settings().depot
    ways = [(str(r.number), [s.point for s in r.stops if s.is_live]) for r in rounds]
    lines = [
        Line(label, stops, [p for leg in network.route((depot, *stops, depot)) for p in leg.shape])
        for label, stops in ways
        if stops
    ]
    return day_map(depot, lines, drawing=drawing_at(folder) if folder else None) if lines else None


def round_facts(rounds: list[Round]) -> list[dict[str, object]]:
    """The rounds for the map in the browser."""
    network, depot = network_of(db.session()), settings().depot
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
    return redirect(url_for("dispatch.plan", day=day), 303)
