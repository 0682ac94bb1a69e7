"""The page of a day's rounds, drawn by every view that changes them."""

import json
from collections.abc import Callable, Sequence
from typing import Any

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
from ..maps.drawing import drawing_at
from ..ordering.lunch import lunch_on
from ..ordering.order import orders_of
from ..papers.map import DayMap, Line, day_map
from ..papers.sheet_page import kilometres, phone_link
from ..places.map_page import map_facts
from ..places.roads import map_folder, network_of
from ..rounds.act import ACT_WORDS, PROOF_WORDS, acts_of
from ..rounds.collection import collections_of
from ..rounds.round import Round, rounds_of
from ..rounds.timeline import timeline
from ..service.fleet import shifts_of
from ..service.service import WEATHERS, Service
from ..shipments.shipment import STATE_WORDS, shipments_of, withdrawn_of
from ..web.language import sentence
from ..web.view import Page, settings
from .lock import LOCK_WORDS, locks_of
from .planning import REASONS, changes_since, last_planning, unassigned_of
from .publication import stamp_of, sureness_of


def plan_html(service: Service, sentences: Sequence[str] = ()) -> str:
    """The page of a service's rounds; `sentences` say why something was not done."""
    session = db.session()
    rounds, shifts = rounds_of(session, service), shifts_of(session, service)
    return render_template(
        "dispatch/plan.html",
        service=service,
        sentences=list(sentences),
        may_plan=current_user.role == "manager",
        is_today=service.date == clock.today(),
        now=clock.now(),
        rounds=rounds,
        acts={stop: act for round_ in rounds for stop, act in acts_of(session, round_).items()},
        collections=collections_of(session, service),
        shipments=shipments_of(session, service),
        withdrawn=withdrawn_of(session, service),
        shipment_rounds={s.shipment_id: r.number for r in rounds for s in r.stops},
        STATE_WORDS=STATE_WORDS,
        locks=locks_of(session, service),
        tricycles=[shift.tricycle for shift in shifts],
        timeline=timeline(rounds, shifts),
        map=whole_day_map(rounds),
        is_estimated=network_of(session).is_estimated,
        facts=json.dumps(map_facts() | {"rounds": round_facts(rounds)}),
        kilometres=kilometres,
        phone_link=phone_link,
        ACT_WORDS=ACT_WORDS,
        PROOF_WORDS=PROOF_WORDS,
        LOCK_WORDS=LOCK_WORDS,
        REASONS=REASONS,
        WEATHERS=WEATHERS,
        sureness=sureness_of(session, service, depot=settings().depot),
        asked=service.reliability / 100,
        **_planned(service, rounds),
    )


def _planned(service: Service, rounds: Sequence[Round]) -> dict[str, Any]:
    """How the last planning went, and what has changed since."""
    session = db.session()
    planning = last_planning(session, service)
    left_out = unassigned_of(session, planning) if planning else []
    orders = orders_of(session, service)
    return {
        "planning": planning,
        # What a planning said and proved is about its own plan alone.
        "holds": planning is not None and planning.stamp == stamp_of(session, service),
        "is_under_way": planning is not None and planning.is_under_way(clock.now()),
        "limit": settings().planner_seconds,
        "orders": [o for o in orders if o.is_delivery and not o.is_cancelled],
        "left_out": [(order, REASONS.get(reason, reason)) for order, reason in left_out],
        "changes": changes_since(orders, rounds, [order for order, _reason in left_out]),
    }


def whole_day_map(rounds: list[Round]) -> DayMap | None:
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


def change_rounds(day: str, rule: Callable[[Session, Service], str]) -> Page:
    """Do one act on a day's rounds and show them again; a refusal stands on top of them."""
    try:
        with write_tx() as session:
            said = rule(session, lunch_on(session, day))
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return plan_html(lunch_on(db.session(), day), [sentence(refusal)]), refusal.status
    if said:
        flash(said)
    return redirect(url_for("dispatch.plan", day=day), 303)
