"""Which trips to drive, and when: trips chosen and laid on the vehicles by OR-Tools' CP-SAT.

First the greatest priority is served, then the cost is made least. CP-SAT releases Python's
global lock while it searches.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

from routing.instance import Instance
from routing.trips import Candidate

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

Days = list[list[tuple[int, ...]]]  # for each vehicle its trips in order, as nodes


@dataclass(frozen=True, slots=True)
class Selection:
    """The chosen trips, and lower bounds: on the priority unserved, then on the cost."""

    days: Days
    unserved: int
    cost: int
    unserved_bound: int
    cost_bound: int


@dataclass(frozen=True, slots=True)
class _Use:
    """One trip on one vehicle: whether it is driven, and when its loading starts."""

    trip: int
    vehicle: int
    driven: Any
    loading: Any


def select(
    instance: Instance,
    trips: list[Candidate],
    *,
    until: float,
    seed: int = 0,
    workers: int = 1,
    hint: Days | None = None,
) -> Selection | None:
    """Return the best selection found before `until` (monotonic seconds), or None."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    uses = _uses(model, instance, trips)
    served = {node: model.new_bool_var("") for node in range(1, instance.size)}
    _cover(model, instance, trips, uses, served)
    _limits(model, instance, trips, uses)
    value = sum(instance.priorities[node] * is_served for node, is_served in served.items())
    cost = sum(trips[use.trip].cost * use.driven for use in uses)
    whole = sum(instance.priorities)
    _hint(model, trips, uses, hint)

    solver = cp_model.CpSolver()
    solver.parameters.random_seed = seed
    solver.parameters.num_workers = workers
    solver.parameters.max_time_in_seconds = max(0.01, until - monotonic())
    model.maximize(value)
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    unserved = whole - round(solver.objective_value)
    unserved_bound = whole - _floor(solver.best_objective_bound)
    days = _read(solver, trips, uses, len(instance.vehicles))
    best = sum(t.cost for u in uses for t in [trips[u.trip]] if solver.boolean_value(u.driven))
    selection = Selection(days, unserved, best, unserved_bound, 0)
    remaining = until - monotonic()
    if status != cp_model.OPTIMAL or remaining <= 0:
        return selection

    model.add(value == whole - unserved)
    model.clear_hints()  # type: ignore[no-untyped-call]
    _hint(model, trips, uses, days)
    model.minimize(cost)
    solver.parameters.max_time_in_seconds = max(0.01, remaining)
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return selection
    days = _read(solver, trips, uses, len(instance.vehicles))
    bound = -_floor(-solver.best_objective_bound)
    return Selection(days, unserved, round(solver.objective_value), unserved_bound, bound)


def _floor(value: float) -> int:
    return int((value + 1e-6) // 1)


def _uses(model: cp_model.CpModel, instance: Instance, trips: list[Candidate]) -> list[_Use]:
    uses: list[_Use] = []
    for vehicle in range(len(instance.vehicles)):
        begin, end = instance.shift(vehicle)
        capacity = instance.vehicles[vehicle].capacity
        intervals = [
            model.new_interval_var(
                trip.loading, trip.return_time - trip.loading, trip.return_time, ""
            )
            for trip in instance.frozen[vehicle]
        ]
        for index, trip in enumerate(trips):
            loading = instance.loading(len(trip.nodes))
            first = max(trip.first - loading, begin)
            last = min(trip.last - loading, end - trip.length - loading)
            fits = all(a <= b for a, b in zip(trip.peak, capacity, strict=True))
            allowed = all(instance.allowed[vehicle][node] for node in trip.nodes)
            if first > last or not fits or not allowed:
                continue
            driven = model.new_bool_var("")
            start = model.new_int_var(first, last, "")
            size = loading + trip.length
            intervals.append(model.new_optional_fixed_size_interval_var(start, size, driven, ""))
            uses.append(_Use(index, vehicle, driven, start))
        model.add_no_overlap(intervals)
    return uses


def _cover(
    model: cp_model.CpModel,
    instance: Instance,
    trips: list[Candidate],
    uses: list[_Use],
    served: dict[int, Any],
) -> None:
    serving: dict[int, list[Any]] = {node: [] for node in served}
    for use in uses:
        for node in trips[use.trip].nodes:
            serving[node].append(use.driven)
    for node, is_served in served.items():
        model.add_exactly_one(*serving[node], ~is_served)
    for group in instance.groups:
        inside = set(group)
        model.add_at_most_one(
            use.driven for use in uses if not inside.isdisjoint(trips[use.trip].nodes)
        )


def _limits(
    model: cp_model.CpModel, instance: Instance, trips: list[Candidate], uses: list[_Use]
) -> None:
    for vehicle, limits in enumerate(instance.vehicles):
        mine = [use for use in uses if use.vehicle == vehicle]
        if limits.max_trips is not None:
            model.add(sum(use.driven for use in mine) <= instance.trips_left(vehicle))
        if limits.max_distance is not None:
            metres = sum(trips[use.trip].distance * use.driven for use in mine)
            model.add(metres <= instance.distance_left(vehicle))


def _hint(
    model: cp_model.CpModel, trips: list[Candidate], uses: list[_Use], hint: Days | None
) -> None:
    if hint is None:
        return
    wanted = {(vehicle, nodes) for vehicle, day in enumerate(hint) for nodes in day}
    for use in uses:
        model.add_hint(use.driven, (use.vehicle, trips[use.trip].nodes) in wanted)


def _read(
    solver: cp_model.CpSolver, trips: list[Candidate], uses: list[_Use], vehicles: int
) -> Days:
    chosen: list[list[tuple[int, tuple[int, ...]]]] = [[] for _ in range(vehicles)]
    for use in uses:
        if solver.boolean_value(use.driven):
            chosen[use.vehicle].append((solver.value(use.loading), trips[use.trip].nodes))
    return [[nodes for _, nodes in sorted(day)] for day in chosen]
