"""Planning rounds in the worker."""

import logging
from dataclasses import astuple, replace
from functools import partial

import routing
from routing import SolverDied, solve_in_process

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import Refusal
from ..dispatch.lock import (
    PlanLock,
    locked_delivery,
    locks_of,
    note_cost,
    whole_delivery,
    with_locks,
)
from ..dispatch.planning import Planning, claim_planning, fail_planning
from ..dispatch.publication import OrdersChanged, publish
from ..promise.problem import exactly, weak_stops
from ..promise.question import retimed, served_too
from ..promise.tentative_plan import current_plan
from ..rounds.collection import order_weight
from ..service.service import Service
from ..web.view import settings

log = logging.getLogger(__name__)
FILLING = 0.2  # seconds for each stop that is promised, and not kept as surely as asked


def plan_rounds(planning_id: int) -> None:
    """Plan a service's rounds in a process of its own and publish them, or say why not."""
    with write_tx() as session:
        if not claim_planning(session, planning_id, now=clock.now()):
            return
    try:
        _plan_and_publish(planning_id)
    except Refusal as refusal:
        _fail(planning_id, refusal.message)
    except (SolverDied, routing.InvalidProblem, routing.InvalidPlan) as error:
        log.exception("planning %s failed", planning_id)
        _fail(planning_id, str(error))
    except Exception as error:
        _fail(planning_id, type(error).__name__)
        raise


def _plan_and_publish(planning_id: int) -> None:
    planning = db.session.get_one(Planning, planning_id)
    service = db.session.get_one(Service, planning.service_id)
    depot, seconds = settings().depot, settings().planner_seconds
    for attempts_left in (2, 1, 0):
        delivery = locked_delivery(db.session(), service, depot)
        plan = _whole_plan(
            delivery.problem,
            seconds,
            # A plan that a new lock forbids is no place to start from.
            start=retimed(delivery.problem, current_plan(db.session(), service).plan),
            on_progress=partial(_note_progress, planning_id, len(delivery.problem.stops)),
        )
        try:
            with write_tx() as session:
                row = session.get_one(Planning, planning_id)
                publish(session, row, plan, depot=depot, now=clock.now())
            price_locks(service, plan)
            return
        except OrdersChanged:
            if not attempts_left:
                raise


def _whole_plan(
    problem: routing.Problem,
    seconds: float,
    *,
    start: routing.Plan | None,
    on_progress: routing.OnProgress | None = None,
) -> routing.Plan:
    """The best plan as sure as is asked; what only such a plan leaves out was promised all the
    same, and is served as surely as can be."""
    sure = solve_in_process(problem, time_limit=seconds, start=start, on_progress=on_progress)
    if problem.uncertainty is None or not sure.unassigned:
        return sure
    exact = solve_in_process(
        exactly(problem), time_limit=seconds, start=start or sure, on_progress=on_progress
    )
    filled = sure
    for left_out in sure.unassigned:
        found = served_too(problem, filled, left_out.stop, time_limit=FILLING)
        filled = found or filled
    best = min((sure, filled, exact), key=partial(_lacks, problem))
    proven = (best.unserved_priority, best.cost) == astuple(exact.bound)
    return replace(best, bound=exact.bound, status="optimal" if proven else "feasible")


def _lacks(problem: routing.Problem, plan: routing.Plan) -> tuple[int, float]:
    """What a plan leaves out, then what its weak stops lack."""
    weak = weak_stops(problem, plan).values()
    return plan.unserved_priority, sum(problem.reliability - sure for sure in weak)


def _note_progress(planning_id: int, stops: int, progress: routing.Progress) -> None:
    with write_tx() as session:
        row = session.get_one(Planning, planning_id)
        row.alive_at, row.elapsed = clock.now(), progress.elapsed
        row.stops, row.served = stops, progress.served
        row.cost = progress.cost
        row.bound = progress.bound.cost_of_level(progress.unserved_priority)


def price_locks(service: Service, plan: routing.Plan) -> None:
    """Plan once more without each lock, to say what it costs."""
    locks = locks_of(db.session(), service)
    unlocked = whole_delivery(db.session(), service, settings().depot)
    seconds = max(0.5, settings().planner_seconds / (2 * max(1, len(locks))))
    for lock in locks:
        others = [one for one in locks if one is not lock]
        without = _whole_plan(
            with_locks(unlocked, others).problem, seconds, start=retimed(unlocked.problem, plan)
        )
        with write_tx() as session:
            row = session.get(PlanLock, lock.id)
            if row is not None:
                note_cost(row, with_it=plan, without=without, weight=order_weight(unlocked))


def _fail(planning_id: int, failure: str) -> None:
    with write_tx() as session:
        fail_planning(session, planning_id, failure=failure, now=clock.now())
