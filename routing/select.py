"""Which of the listed trips to drive, and when: OR-Tools' CP-SAT chooses and lays them on vehicles.

CP-SAT releases Python's global lock while it searches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal

from routing.instance import Instance
from routing.timing import lay
from routing.trips import Nodes, Trips

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

Days = list[list[Nodes]]  # for each vehicle its trips in order, as nodes


@dataclass(frozen=True, slots=True)
class Choice:
    """What CP-SAT found: `days` is None where there is nothing, or nothing was found in time."""

    status: Literal["best", "found", "impossible", "unknown"]
    days: Days | None = None
    unserved: int = 0
    cost: int = 0


@dataclass(frozen=True, slots=True)
class _Use:
    """One trip on one vehicle (-1: on any): whether it is driven, and when its loading starts."""

    trip: int
    vehicle: int
    driven: Any
    start: Any
    size: int


def select(
    instance: Instance,
    trips: Trips,
    *,
    unserved: int,
    cost: int,
    until: float,
    seed: int = 0,
    workers: int = 1,
    weight: int = 0,
    hint: Days | None = None,
    changed: Callable[[Nodes, int], int] | None = None,
) -> Choice:
    """Return the cheapest choice that leaves at most `unserved` priority and costs at most `cost`.

    `until` is a moment in monotonic seconds. With a `weight` each priority left unserved costs so
    much, and `cost` limits nothing; `hint` holds days to begin from, made of these trips. With
    `changed` the sum of what it says of each trip and its vehicle is least instead of the cost.
    """
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    alike = changed is None and are_alike(instance)
    uses = _uses(model, instance, trips, alike)
    left = _cover(model, instance, trips, uses)
    _limits(model, instance, trips, uses)
    missed = sum(instance.priorities[node] * one for node, one in left.items())
    model.add(missed <= unserved)
    price = sum(int(trips.cost[use.trip]) * use.driven for use in uses)
    if changed is not None:
        model.add(price <= cost)
        model.minimize(
            sum(changed(trips.stops(use.trip), use.vehicle) * use.driven for use in uses)
        )
    elif weight:
        model.minimize(price + weight * missed)
    else:
        model.add(price <= cost)
        model.minimize(price)
    if hint is not None:
        _hint(model, instance, trips, uses, left, hint)
    solver = cp_model.CpSolver()
    solver.parameters.random_seed = seed
    solver.parameters.num_workers = workers
    solver.parameters.max_time_in_seconds = max(0.01, until - monotonic())
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        return Choice("impossible")
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Choice("unknown")
    return Choice(
        status="best" if status == cp_model.OPTIMAL else "found",
        days=_days(solver, instance, trips, uses),
        unserved=sum(
            instance.priorities[n] for n, one in left.items() if solver.boolean_value(one)
        ),
        cost=sum(int(trips.cost[use.trip]) for use in uses if solver.boolean_value(use.driven)),
    )


def _hint(
    model: cp_model.CpModel,
    instance: Instance,
    trips: Trips,
    uses: list[_Use],
    left: dict[int, Any],
    days: Days,
) -> None:
    """Let CP-SAT begin from days of which it knows the trips."""
    loading: dict[tuple[int, Nodes], int] = {}
    for vehicle, day in enumerate(days):
        laid = lay(instance, vehicle, day) or []
        own = [trip for trip in laid if trip not in instance.frozen[vehicle]]
        for nodes, trip in zip(day, own, strict=False):
            loading[vehicle, nodes] = trip.loading
            loading[-1, nodes] = trip.loading
    served = {node for _, nodes in loading for node in nodes}
    for use in uses:
        begin = loading.get((use.vehicle, trips.stops(use.trip)))
        model.add_hint(use.driven, begin is not None)
        if begin is not None:
            model.add_hint(use.start, begin)
    for node, one in left.items():
        model.add_hint(one, node not in served)


def are_alike(instance: Instance) -> bool:
    """Return whether it does not matter which vehicle drives a trip."""
    first = instance.vehicles[0]
    return (
        all(
            (vehicle.capacity, vehicle.shift) == (first.capacity, first.shift)
            and vehicle.max_trips is None
            and vehicle.max_distance is None
            for vehicle in instance.vehicles
        )
        and not any(instance.frozen)
        and all(row == instance.allowed[0] for row in instance.allowed)
    )


def _uses(model: cp_model.CpModel, instance: Instance, trips: Trips, alike: bool) -> list[_Use]:
    uses: list[_Use] = []
    stops = [trips.stops(row) for row in range(len(trips))]
    for vehicle in range(1 if alike else len(instance.vehicles)):
        intervals = [
            model.new_fixed_size_interval_var(gone.loading, gone.return_time - gone.loading, "")
            for gone in instance.frozen[vehicle]
        ]
        begin, end = instance.shift(vehicle)
        for row, nodes in enumerate(stops):
            loading = instance.loading(len(nodes))
            size = loading + int(trips.length[row])
            first = max(int(trips.first[row]) - loading, begin)
            last = min(int(trips.last[row]) - loading, end - size)
            if first > last or not _may(instance, trips, row, nodes, vehicle):
                continue
            driven = model.new_bool_var("")
            start = model.new_int_var(first, last, "")
            interval = model.new_optional_fixed_size_interval_var(start, size, driven, "")
            intervals.append(interval)
            uses.append(_Use(row, -1 if alike else vehicle, driven, start, size))
        if alike and len(instance.vehicles) > 1:
            model.add_cumulative(intervals, [1] * len(intervals), len(instance.vehicles))
        else:
            model.add_no_overlap(intervals)
    return uses


def _may(instance: Instance, trips: Trips, row: int, nodes: Nodes, vehicle: int) -> bool:
    capacity = instance.vehicles[vehicle].capacity
    fits = all(int(peak) <= room for peak, room in zip(trips.peak[row], capacity, strict=True))
    return fits and all(instance.allowed[vehicle][node] for node in nodes)


def _cover(
    model: cp_model.CpModel, instance: Instance, trips: Trips, uses: list[_Use]
) -> dict[int, Any]:
    serving: dict[int, list[Any]] = {node: [] for node in range(1, instance.size)}
    for use in uses:
        for node in trips.stops(use.trip):
            serving[node].append(use.driven)
    left = {node: model.new_bool_var("") for node in serving}
    for node, driven in serving.items():
        model.add_exactly_one(*driven, left[node])
    for group in instance.groups:
        touching = {
            id(use): use.driven for use in uses if not set(group).isdisjoint(trips.stops(use.trip))
        }
        model.add_at_most_one(touching.values())
    return left


def _limits(model: cp_model.CpModel, instance: Instance, trips: Trips, uses: list[_Use]) -> None:
    for vehicle, limits in enumerate(instance.vehicles):
        mine = [use for use in uses if use.vehicle == vehicle]
        if limits.max_trips is not None or instance.is_overridden(vehicle):
            model.add(sum(use.driven for use in mine) <= instance.trips_left(vehicle))
        if limits.max_distance is not None:
            metres = sum(int(trips.way[use.trip]) * use.driven for use in mine)
            model.add(metres <= instance.distance_left(vehicle))


def _days(solver: cp_model.CpSolver, instance: Instance, trips: Trips, uses: list[_Use]) -> Days:
    driven = [use for use in uses if solver.boolean_value(use.driven)]
    driven.sort(key=lambda use: solver.value(use.start))
    days: Days = [[] for _ in instance.vehicles]
    free = [0] * len(days)
    for use in driven:
        # Trips of vehicles that are alike go, in time order, to whichever is back first.
        vehicle = use.vehicle if use.vehicle >= 0 else free.index(min(free))
        days[vehicle].append(trips.stops(use.trip))
        free[vehicle] = solver.value(use.start) + use.size
    return days
