"""The planner's problem: a day's deliveries as stops, the tricycles' shifts as vehicles."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

import routing
from routing.travel import matrices

from ..clock import instant
from ..ordering.order import Order, orders_of
from ..service.fleet import Shift, shifts_of
from ..service.service import Service
from .round import Round, RoundStop, rounds_of

LOADING = timedelta(minutes=2)
LOADING_PER_STOP = timedelta(seconds=30)
AT_THE_DOOR = timedelta(minutes=2)
AT_THE_DOOR_PER_BOX = timedelta(seconds=20)
FRESHNESS = timedelta(minutes=35)
# The kitchen has a slot's meals ready this long before the slot begins.
READY_BEFORE = timedelta(minutes=30)
SPEED_KMH = 15.0
DETOUR = 1.4


@dataclass(frozen=True)
class Delivery:
    """The problem of a service's deliveries, and which orders each of its stops stands for."""

    problem: routing.Problem
    orders: dict[str, tuple[Order, ...]]
    midnight: datetime

    def at(self, seconds: int) -> datetime:
        """The instant of the problem's clock."""
        return self.midnight + timedelta(seconds=seconds)


def build_problem(
    orders: Sequence[Order],
    shifts: Sequence[Shift],
    released: Sequence[Round],
    *,
    day_starts: datetime,
    depot: tuple[float, float],
) -> Delivery:
    """The planner's problem of these orders: one stop for each place and slot.

    Released rounds are frozen trips. Times are seconds after `day_starts` (an instant), the
    depot is latitude and longitude in degrees.
    """

    def seconds(moment: datetime) -> int:
        return int((moment - day_starts).total_seconds())

    frozen_by_order = {o.id: stop for r in released for stop in r.stops for o in stop.orders}
    groups: dict[str, list[Order]] = {}
    for order in orders:
        if is_to_carry(order) or order.id in frozen_by_order:
            groups.setdefault(_stop_id(order, frozen_by_order.get(order.id)), []).append(order)
    points: list[tuple[float, float]] = [depot]
    stops = []
    for stop_id, group in groups.items():
        first = group[0]
        boxes = sum(order.boxes for order in group)
        points.append((float(first.latitude or 0), float(first.longitude or 0)))
        stops.append(
            routing.Stop(
                id=stop_id,
                location=len(points) - 1,
                delivery=(boxes,),
                pickup=(0,),
                time_window=(seconds(first.slot.starts_at), seconds(first.slot.ends_at)),
                service_time=int((AT_THE_DOOR + AT_THE_DOOR_PER_BOX * boxes).total_seconds()),
                release_time=seconds(first.slot.starts_at - READY_BEFORE),
                freshness=int(FRESHNESS.total_seconds()),
                priority=len(group),
            )
        )
    durations, distances = matrices(points, speed_kmh=SPEED_KMH, detour=DETOUR)
    riding = {r.tricycle_id for r in released}
    vehicles = tuple(
        routing.Vehicle(
            id=str(shift.tricycle_id),
            capacity=(shift.tricycle.capacity_boxes,),
            # A tricycle that was taken off after a round left does nothing more.
            shift=(
                seconds(shift.starts_at),
                seconds(shift.starts_at if shift.is_off else shift.ends_at),
            ),
        )
        for shift in shifts
        if not shift.is_off or shift.tricycle_id in riding
    )
    problem = routing.Problem(
        name=day_starts.isoformat(),
        objective="duration",
        depot=routing.Depot(
            time_window=(0, 24 * 3600),
            loading_time=int(LOADING.total_seconds()),
            loading_time_per_stop=int(LOADING_PER_STOP.total_seconds()),
        ),
        vehicles=vehicles,
        stops=tuple(stops),
        durations=durations,  # type: ignore[arg-type]
        distances=distances,  # type: ignore[arg-type]
        locks=tuple(_frozen(r, seconds) for r in released if r.orders),
    )
    return Delivery(problem, {k: tuple(v) for k, v in groups.items()}, day_starts)


def delivery_of(session: Session, service: Service, depot: tuple[float, float]) -> Delivery:
    """The service's problem as its orders stand now."""
    return build_problem(
        orders_of(session, service),
        shifts_of(session, service),
        [r for r in rounds_of(session, service) if r.is_released],
        day_starts=instant(service.date, time()),
        depot=depot,
    )


def is_to_carry(order: Order) -> bool:
    """Whether the order is still to be planned: a delivery that has not left."""
    return order.is_delivery and order.status in ("placed", "started", "ready")


def _stop_id(order: Order, frozen: RoundStop | None) -> str:
    # A stop that has left keeps to itself: a later order for the same place is another stop.
    if frozen is not None:
        return f"out-{frozen.id}"
    return f"{order.slot_id}@{order.latitude:.5f},{order.longitude:.5f}"


def _frozen(round_: Round, seconds: Callable[[datetime], int]) -> routing.Frozen:
    visits = tuple(
        routing.Visit(
            stop=f"out-{stop.id}",
            arrival=seconds(stop.arrives_at),
            start=seconds(stop.serves_at),
            departure=seconds(stop.leaves_at),
        )
        for stop in round_.stops
        if stop.orders
    )
    return routing.Frozen(
        vehicle=str(round_.tricycle_id),
        trip=routing.Trip(
            loading=seconds(round_.loading_at),
            departure=seconds(round_.departs_at),
            return_time=seconds(round_.returns_at),
            visits=visits,
        ),
    )
