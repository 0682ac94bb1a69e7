"""Planning rounds in the worker."""

import logging

from flask import current_app

import routing
from routing import SolverDied, solve_in_process

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import Refusal
from ..core.settings import Settings
from ..dispatch.lock import (
    PlanLock,
    locked_delivery,
    locks_of,
    note_cost,
    whole_delivery,
    with_locks,
)
from ..dispatch.planning import OrdersChanged, Planning, claim_planning, fail_planning, publish
from ..promise.problem import Delivery
from ..promise.question import retimed
from ..promise.tentative_plan import standing_plan
from ..rounds.collection import order_weight
from ..service.service import Service

log = logging.getLogger(__name__)


def plan_rounds(planning_id: int) -> None:
    """Plan a service's rounds in a process of its own and publish them, or say why not."""
    settings: Settings = current_app.extensions["settings"]
    with write_tx() as session:
        if not claim_planning(session, planning_id, now=clock.now()):
            return
    try:
        _plan_and_publish(planning_id, settings)
    except Refusal as refusal:
        _fail(planning_id, refusal.message)
    except (SolverDied, routing.InvalidProblem, routing.InvalidPlan) as error:
        log.exception("planning %s failed", planning_id)
        _fail(planning_id, str(error))
    except Exception as error:
        _fail(planning_id, type(error).__name__)
        raise


def _plan_and_publish(planning_id: int, settings: Settings) -> None:
    planning = db.session.get_one(Planning, planning_id)
    service = db.session.get_one(Service, planning.service_id)
    for attempts_left in (2, 1, 0):
        delivery = locked_delivery(db.session(), service, settings.depot)

        def progressed(
            progress: routing.Progress, stops: int = len(delivery.problem.stops)
        ) -> None:
            with write_tx() as session:
                row = session.get_one(Planning, planning_id)
                row.alive_at, row.elapsed = clock.now(), progress.elapsed
                row.stops, row.served = stops, progress.served
                row.cost = progress.cost
                row.bound = progress.bound.cost_of_level(progress.unserved_priority)

        plan = solve_in_process(
            delivery.problem,
            time_limit=settings.planner_seconds,
            # A plan that a new lock forbids is no place to start from.
            start=retimed(delivery.problem, standing_plan(db.session(), service).plan),
            on_progress=progressed,
        )
        try:
            with write_tx() as session:
                row = session.get_one(Planning, planning_id)
                publish(session, row, plan, depot=settings.depot, now=clock.now())
            price_locks(service, delivery, plan, settings)
            return
        except OrdersChanged:
            if not attempts_left:
                raise


def price_locks(
    service: Service, delivery: Delivery, plan: routing.Plan, settings: Settings
) -> None:
    """Plan once more without each lock, to say what it costs."""
    locks = locks_of(db.session(), service)
    plain = whole_delivery(db.session(), service, settings.depot)
    seconds = max(0.5, settings.planner_seconds / (2 * max(1, len(locks))))
    for lock in locks:
        others = [one for one in locks if one is not lock]
        without = solve_in_process(
            with_locks(plain, others).problem,
            time_limit=seconds,
            start=retimed(plain.problem, plan),
        )
        with write_tx() as session:
            row = session.get(PlanLock, lock.id)
            if row is not None:
                note_cost(row, with_it=plan, without=without, weight=order_weight(plain))


def _fail(planning_id: int, failure: str) -> None:
    with write_tx() as session:
        fail_planning(session, planning_id, failure=failure, now=clock.now())
