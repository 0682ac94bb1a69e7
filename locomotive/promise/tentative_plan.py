"""TentativePlan: the plan in which every promise of a service holds, with its version.

It is no round yet: it is the evidence that all that was promised can be kept together.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import ForeignKey, Text, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

import routing

from ..core.base import Base, guarded, insert_once
from ..core.clock import instant
from ..core.personal import ADDRESS, personal
from ..core.refusal import N_, Refusal
from ..ordering.order import Order, orders_of
from ..places.address import known_doors
from ..places.travel_time import Matrix, Point, legs_between, streets_in_force
from ..service.fleet import Shift, shifts_of
from ..service.service import Service
from ..shipments.shipment import TO_FETCH, shipments_of
from .problem import Decided, Delivery, build_problem, uncertain, with_shipments

NOTHING = routing.Plan("feasible", 0, 0, routing.Bound(0, 0), 0.0, (), ())
NO_PLAN = json.dumps(NOTHING.to_json())


class TentativePlan(Base):
    """One for each service; `version` grows with each change, so that rivals see each other."""

    __tablename__ = "tentative_plan"

    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), primary_key=True)
    version: Mapped[int] = mapped_column(default=0)
    # Its stops are named after the positions of doors.
    plan: Mapped[str] = mapped_column(Text, info=personal(ADDRESS, erased=NO_PLAN))
    decided: Mapped[str] = mapped_column(Text, default="[]", info=personal(ADDRESS, erased="[]"))


class PlanMoved(Refusal):
    """Another promise was given meanwhile: the question must be asked again."""

    message = N_("Another order came at the same moment. Send yours once more.")


@dataclass(frozen=True)
class CurrentPlan:
    """The tentative plan as it was read: a new one replaces it only while `version` stands."""

    version: int
    plan: routing.Plan
    decided: tuple[Decided, ...]


def current_plan(session: Session, service: Service) -> CurrentPlan:
    """The service's tentative plan; version 0 before the first promise."""
    row = session.execute(
        select(TentativePlan.version, TentativePlan.plan, TentativePlan.decided).where(
            TentativePlan.service_id == service.id
        )
    ).first()
    if row is None:
        return CurrentPlan(0, NOTHING, ())
    decided = tuple(_decided(raw) for raw in json.loads(row.decided))
    return CurrentPlan(row.version, routing.Plan.from_json(json.loads(row.plan)), decided)


def is_decided(session: Session, order: Order) -> bool:
    """Whether a released round carries the order, or another restaurant does."""
    if order.carried_by_id is not None:
        return True
    decided = current_plan(session, session.get_one(Service, order.service_id)).decided
    return any(order.id in ids for one in decided for ids in one.aboard.values())


def delivery_of(
    session: Session,
    service: Service,
    depot: Point,
    *,
    orders: Sequence[Order] | None = None,
    shifts: Sequence[Shift] | None = None,
    decided: Sequence[Decided] | None = None,
    more: Sequence[Point] = (),
    ready: Mapping[int, datetime] | None = None,
    pace: float | None = None,
    now: datetime | None = None,
) -> Delivery:
    """The service's problem as its orders stand now, or with others in their place, or at another
    pace; as sure as the service promises.

    See `build_problem` for `more`, `ready` and `now`.
    """
    streets, doors = streets_in_force(session), known_doors(session)
    riding = shifts_of(session, service) if shifts is None else shifts
    # The slowest tricycle sets the pace: a plan must hold whichever of them rides it.
    factor = max((s.tricycle.speed_factor for s in riding if not s.is_off), default=1.0)
    factor *= service.pace if pace is None else pace

    def legs(points: Sequence[Point]) -> tuple[Matrix, Matrix]:
        durations, distances = legs_between(session, points, streets)
        if factor == 1.0:
            return durations, distances
        slower = [[None if s is None else round(s * factor) for s in row] for row in durations]
        return slower, distances

    decided = current_plan(session, service).decided if decided is None else decided
    aboard = {id_ for one in decided for id_ in one.shipments}
    carried = [
        one
        for one in shipments_of(session, service)
        if one.state in TO_FETCH and one.id not in aboard and (not now or one.ends_at >= now)
    ]
    places = [end.point for one in carried for end in one.ends]
    delivery = build_problem(
        orders_of(session, service) if orders is None else orders,
        riding,
        decided,
        day_starts=instant(service.date, time()),
        depot=depot,
        legs=legs,
        doors=doors.times,
        more=[*more, *places],
        ready=ready,
        now=now,
    )
    delivery = with_shipments(delivery, carried)
    # The least sure of the tricycles counts, as the slowest does.
    noises = [s.tricycle.leg_noise or streets.leg_noise for s in riding if not s.is_off]
    return uncertain(
        delivery,
        reliability=service.reliability,
        leg_noise=max(noises, default=streets.leg_noise),
        door_noises=doors.noises,
    )


def replace_plan(session: Session, service_id: int, plan: routing.Plan, *, seen: int) -> int:
    """Put the plan in place of the one of version `seen`; return the new version.

    Raises PlanMoved when another plan was there first.
    """
    text = json.dumps(plan.to_json())
    if seen == 0:
        row = {"service_id": service_id, "version": 1, "plan": text, "decided": "[]"}
        if not insert_once(session, TentativePlan, row, unique=["service_id"]):
            raise PlanMoved
        return 1
    changed = guarded(
        session,
        update(TentativePlan)
        .where(TentativePlan.service_id == service_id, TentativePlan.version == seen)
        .values(version=seen + 1, plan=text),
    )
    if not changed:
        raise PlanMoved
    return seen + 1


def decide_plan(
    session: Session, service_id: int, *, plan: routing.Plan | None, decided: Sequence[Decided]
) -> None:
    """Take over what the dispatcher decided: the plan in force and the rounds released."""
    row = {"service_id": service_id, "version": 1, "plan": NO_PLAN}
    insert_once(session, TentativePlan, row | {"decided": "[]"}, unique=["service_id"])
    values = {"version": TentativePlan.version + 1, "decided": json.dumps(_to_json(decided))}
    if plan is not None:
        values["plan"] = json.dumps(plan.to_json())
    session.execute(
        update(TentativePlan)
        .where(TentativePlan.service_id == service_id)
        .values(values)
        .execution_options(synchronize_session=False)
    )


def _to_json(decided: Sequence[Decided]) -> list[dict[str, object]]:
    return [
        {
            "vehicle": d.vehicle,
            "trip": d.trip.to_json(),
            "aboard": d.aboard,
            "shipments": d.shipments,
        }
        for d in decided
    ]


def _decided(raw: dict[str, Any]) -> Decided:
    return Decided(
        str(raw["vehicle"]),
        routing.Trip.from_json(raw["trip"]),
        {stop: tuple(ids) for stop, ids in raw["aboard"].items()},
        tuple(raw.get("shipments", ())),
    )
