"""Which of the listed trips to drive, and when: OR-Tools' CP-SAT chooses and lays them on vehicles.

CP-SAT releases Python's global lock while it searches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from routing.exact.cpsat import Model, Status
from routing.exact.trips import Trips
from routing.instance.lists import Days, Instance, Nodes
from routing.instance.timing import lay


@dataclass(frozen=True, slots=True)
class Choice:
    """What CP-SAT found: `days` is None where there is nothing, or nothing was found in time."""

    status: Status
    days: Days | None = None
    unserved: int = 0
    cost: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """A choice that leaves at most `unserved` priority and costs at most `cost`, the cheapest.

    With a `weight` each priority left unserved costs so much, and `cost` limits nothing. With
    `changed` the sum of what it says of each trip and its vehicle is least instead of the cost;
    `at_any_cost` the first choice found is as good as another.
    """

    unserved: int
    cost: int
    weight: int = 0
    at_any_cost: bool = False
    changed: Callable[[Nodes, int], int] | None = None


@dataclass(frozen=True, slots=True)
class Effort:
    """Until when (a moment in monotonic seconds), and with what, a choice is sought."""

    until: float
    seed: int = 0
    workers: int = 1


@dataclass(frozen=True, slots=True)
class _Use:
    """One trip on one vehicle (-1: on any).

    `driven` and `start` are the variables of whether it is driven and when its loading starts.
    """

    trip: int
    vehicle: int
    driven: int
    start: int
    size: int


def select(
    instance: Instance, trips: Trips, wanted: Wanted, effort: Effort, hint: Days | None = None
) -> Choice:
    """Return the best choice that is found; `hint` holds days to begin from, made of the trips."""
    model = Model()
    uses = _uses(model, instance, trips, wanted.changed is None and are_alike(instance))
    left = _cover(model, instance, trips, uses)
    _limits(model, instance, trips, uses)
    missed = [(one, instance.priorities[node]) for node, one in left.items()]
    price = [(use.driven, int(trips.cost[use.trip])) for use in uses]
    model.at_most(missed, wanted.unserved)
    if not wanted.weight:
        model.at_most(price, wanted.cost)
    if wanted.changed is not None:
        changed = wanted.changed
        model.minimize([(use.driven, changed(trips.stops(use.trip), use.vehicle)) for use in uses])
    elif not wanted.at_any_cost:
        weighed = [(one, wanted.weight * priority) for one, priority in missed]
        model.minimize([*price, *weighed] if wanted.weight else price)
    if hint is not None:
        _hint(model, instance, trips, (uses, left), hint)
    status, values = model.solve(
        seconds=effort.until - monotonic(), seed=effort.seed, workers=effort.workers
    )
    if status not in ("best", "found"):
        return Choice(status)
    return Choice(
        status=status,
        days=_days(values, instance, trips, uses),
        unserved=sum(priority for one, priority in missed if values[one]),
        cost=sum(one for driven, one in price if values[driven]),
    )


def _hint(
    model: Model,
    instance: Instance,
    trips: Trips,
    variables: tuple[list[_Use], dict[int, int]],
    days: Days,
) -> None:
    """Let CP-SAT begin from days of which it knows the trips."""
    uses, left = variables
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
        model.hint(use.driven, begin is not None)
        if begin is not None:
            model.hint(use.start, begin)
    for node, one in left.items():
        model.hint(one, node not in served)


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


def _uses(model: Model, instance: Instance, trips: Trips, alike: bool) -> list[_Use]:
    uses: list[_Use] = []
    stops = [trips.stops(row) for row in range(len(trips))]
    for vehicle in range(1 if alike else len(instance.vehicles)):
        intervals = [
            model.fixed_interval(gone.loading, gone.return_time - gone.loading)
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
            driven, start = model.boolean(), model.integer(first, last)
            intervals.append(model.interval(start, size, driven))
            uses.append(_Use(row, -1 if alike else vehicle, driven, start, size))
        model.side_by_side(intervals, len(instance.vehicles) if alike else 1)
    return uses


def _may(instance: Instance, trips: Trips, row: int, nodes: Nodes, vehicle: int) -> bool:
    capacity = instance.vehicles[vehicle].capacity
    fits = all(int(peak) <= room for peak, room in zip(trips.peak[row], capacity, strict=True))
    return fits and all(instance.allowed[vehicle][node] for node in nodes)


def _cover(model: Model, instance: Instance, trips: Trips, uses: list[_Use]) -> dict[int, int]:
    serving: dict[int, list[int]] = {node: [] for node in range(1, instance.size)}
    for use in uses:
        for node in trips.stops(use.trip):
            serving[node].append(use.driven)
    left = {node: model.boolean() for node in serving}
    for node, driven in serving.items():
        model.exactly_one([*driven, left[node]])
    for group in instance.groups:
        model.at_most_one(
            use.driven for use in uses if not set(group).isdisjoint(trips.stops(use.trip))
        )
    return left


def _limits(model: Model, instance: Instance, trips: Trips, uses: list[_Use]) -> None:
    for vehicle, limits in enumerate(instance.vehicles):
        mine = [use for use in uses if use.vehicle == vehicle]
        if limits.max_trips is not None or instance.is_overridden(vehicle):
            model.at_most([(use.driven, 1) for use in mine], instance.trips_left(vehicle))
        if limits.max_distance is not None:
            metres = [(use.driven, int(trips.way[use.trip])) for use in mine]
            model.at_most(metres, instance.distance_left(vehicle))


def _days(values: list[int], instance: Instance, trips: Trips, uses: list[_Use]) -> Days:
    driven = [use for use in uses if values[use.driven]]
    driven.sort(key=lambda use: values[use.start])
    days: Days = [[] for _ in instance.vehicles]
    free = [0] * len(days)
    for use in driven:
        # Trips of vehicles that are alike go, in time order, to whichever is back first.
        vehicle = use.vehicle if use.vehicle >= 0 else free.index(min(free))
        days[vehicle].append(trips.stops(use.trip))
        free[vehicle] = values[use.start] + use.size
    return days
