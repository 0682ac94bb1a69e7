"""The best plan of a small problem by trying everything, written from the rules alone."""

from __future__ import annotations

from itertools import permutations

from routing import First, Frozen, NotOn, Problem, Stop, Together, Trip, Vehicle

Day = tuple[frozenset[str], int]  # stops served, cost
Value = tuple[int, int]  # priority unserved, cost


def best_value(problem: Problem) -> Value:
    """Return the least priority unserved and, for it, the least cost."""
    frozen = {v.id: [] for v in problem.vehicles}  # type: dict[str, list[Trip]]
    for lock in problem.locks:
        if isinstance(lock, Frozen):
            frozen[lock.vehicle].append(lock.trip)
    gone = {visit.stop for trips in frozen.values() for t in trips for visit in t.visits}
    groups = [set(lock.stops) for lock in problem.locks if isinstance(lock, Together)]
    open_stops = [stop for stop in problem.stops if stop.id not in gone]
    # What may ride no more since its group has left counts as unservable.
    barred = {s for group in groups if group & gone for s in group}
    choices = [stop for stop in open_stops if stop.id not in barred]
    start: dict[tuple[frozenset[str], frozenset[int]], int] = {(frozenset(), frozenset()): 0}
    for vehicle in problem.vehicles:
        days = _days(problem, vehicle, choices, frozen[vehicle.id], groups)
        base = sum(_way(problem, problem.objective, t) for t in frozen[vehicle.id])
        joined: dict[tuple[frozenset[str], frozenset[int]], int] = {}
        for (served, used), cost in start.items():
            for (more, touched), price in days.items():
                if served & more or used & touched:
                    continue
                key = (served | more, used | touched)
                joined[key] = min(joined.get(key, 10**12), cost + price + base)
        start = joined
    whole = sum(stop.priority for stop in open_stops)
    prize = {stop.id: stop.priority for stop in problem.stops}
    return min((whole - sum(prize[s] for s in served), cost) for (served, _), cost in start.items())


def _way(problem: Problem, objective: str, trip: Trip) -> int:
    places = {stop.id: stop.location for stop in problem.stops}
    ways = problem.durations if objective == "duration" else problem.distances
    way, here = 0, 0
    for there in [*(places[visit.stop] for visit in trip.visits), 0]:
        way += ways[here][there] or 0
        here = there
    return way


Key = tuple[frozenset[str], frozenset[int]]


def _days(
    problem: Problem,
    vehicle: Vehicle,
    stops: list[Stop],
    frozen: list[Trip],
    groups: list[set[str]],
) -> dict[Key, int]:
    """Return for each set of stops (and groups touched) the least cost of one vehicle's day."""
    off = {k.stop for k in problem.locks if isinstance(k, NotOn) and k.vehicle == vehicle.id}
    firsts = {k.stop for k in problem.locks if isinstance(k, First)}
    mine = [stop for stop in stops if stop.id not in off]
    opening = max(vehicle.shift[0], problem.depot.time_window[0])
    closing = min(vehicle.shift[1], problem.depot.time_window[1])
    most_trips = 99 if vehicle.max_trips is None else vehicle.max_trips - len(frozen)
    most_way = 10**12 if vehicle.max_distance is None else vehicle.max_distance
    most_way -= sum(_way(problem, "distance", trip) for trip in frozen)
    busy = [(trip.loading, trip.return_time) for trip in frozen]
    orders = [
        order
        for size in range(1, len(mine) + 1)
        for order in permutations(mine, size)
        if all(stop.id not in firsts for stop in order[1:])
        and _keeps_shipments(problem, [stop.id for stop in order])
    ]
    # The state of a day: stops, groups, trips, metres, when it is free; its cost.
    best: dict[Key, int] = {(frozenset(), frozenset()): 0}
    days = [(frozenset(), frozenset(), 0, 0, opening, 0)]
    while days:
        served, used, trips, metres, free, cost = days.pop()
        if trips >= max(0, most_trips):
            continue
        for order in orders:
            names = frozenset(stop.id for stop in order)
            touched = frozenset(i for i, group in enumerate(groups) if group & names)
            if names & served or touched & used:
                continue
            driven = _drive(problem, vehicle, order, free, busy)
            if driven is None or driven[0] > closing:
                continue
            back, way, price = driven
            if metres + way > most_way:
                continue
            key = (served | names, used | touched)
            best[key] = min(best.get(key, 10**12), cost + price)
            days.append((*key, trips + 1, metres + way, back, cost + price))
    return best


def _keeps_shipments(problem: Problem, names: list[str]) -> bool:
    """Whether each shipment is fetched before it is brought, or is not on this trip at all."""
    for shipment in problem.shipments:
        ends = [name for name in names if name in (shipment.pickup, shipment.delivery)]
        if ends not in ([], [shipment.pickup, shipment.delivery]):
            return False
    return True


def _drive(problem, vehicle, order, free, busy):
    """Return (return, metres, cost) of the trip loaded at the first moment that works."""
    for capacity, index in zip(vehicle.capacity, range(9), strict=False):
        aboard = sum(stop.delivery[index] for stop in order)
        if aboard > capacity:
            return None
        for stop in order:
            aboard += stop.pickup[index] - stop.delivery[index]
            for shipment in problem.shipments:
                aboard += shipment.load[index] * (stop.id == shipment.pickup)
                aboard -= shipment.load[index] * (stop.id == shipment.delivery)
            if aboard > capacity:
                return None
    depot = problem.depot
    loading = depot.loading_time + depot.loading_time_per_stop * len(order)
    release = max(stop.release_time for stop in order)
    windows = [stop.time_window for stop in order]
    # The moments at which anything can change: loaded, released, or just fresh enough.
    moments = {max(free + loading, release)}
    moments |= {max(end, free) + loading for _, end in busy}
    for stop, (opens, _) in zip(order, windows, strict=True):
        if stop.freshness is not None:
            moments.add(opens - stop.freshness)
    # Earlier stops may make a later one wait: its start decides when the trip may leave.
    for first in range(len(order)):
        for opens in (windows[first][0],):
            start = opens
            for one, two in zip(order[first:], order[first + 1 :], strict=False):
                leg = problem.durations[one.location][two.location]
                if leg is None or problem.distances[one.location][two.location] is None:
                    return None
                start = max(start + one.service_time + leg, two.time_window[0])
                if two.freshness is not None:
                    moments.add(start - two.freshness)
    for moment in sorted(moments):
        if moment < max(free + loading, release):
            continue
        driven = _leave(problem, order, moment)
        if driven is None:
            continue
        begin = moment - loading
        if all(driven[0] <= a or begin >= b for a, b in busy):
            return driven
    return None


def _leave(problem, order, moment):
    here, now, way, cost = 0, moment, 0, 0
    for stop in order:
        seconds = problem.durations[here][stop.location]
        metres = problem.distances[here][stop.location]
        if seconds is None or metres is None:
            return None
        start = max(now + seconds, stop.time_window[0])
        if start > stop.time_window[1]:
            return None
        if stop.freshness is not None and start > moment + stop.freshness:
            return None
        now, here = start + stop.service_time, stop.location
        way, cost = way + metres, cost + (seconds if problem.objective == "duration" else metres)
    seconds, metres = problem.durations[here][0], problem.distances[here][0]
    if seconds is None or metres is None:
        return None
    return (
        now + seconds,
        way + metres,
        cost + (seconds if problem.objective == "duration" else metres),
    )
