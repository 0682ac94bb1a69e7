"""From the order of stops to a plan with its moments: every trip leaves as early as is useful."""

from __future__ import annotations

from dataclasses import dataclass

from routing.instance.lists import NEVER, Instance, Nodes
from routing.plan import Trip, Visit


def lay(instance: Instance, vehicle: int, day: list[Nodes]) -> list[Trip] | None:
    """Return the vehicle's trips, frozen ones included, or None if they cannot all be driven.

    `day` holds the new trips in order; each is laid into the first gap it fits.
    """
    free, end = instance.shift(vehicle)
    frozen = list(instance.frozen[vehicle])
    laid: list[Trip] = []
    for nodes in day:
        while True:
            trip = leave(instance, nodes, free)
            if trip and frozen and trip.return_time > frozen[0].loading:
                laid.append(frozen.pop(0))
                free = max(free, laid[-1].return_time)
                continue
            break
        if trip is None or trip.return_time > end:
            return None
        laid.append(trip)
        free = trip.return_time
    return laid + frozen


def leave(instance: Instance, nodes: Nodes, free: int) -> Trip | None:
    """Return the trip loaded no earlier than `free` that waits least, or None if it is too late."""
    shape = _shape(instance, nodes)
    loading = instance.loading(len(nodes))
    earliest = max(shape.earliest, free + loading)
    if earliest > shape.latest:
        return None
    departure = max(earliest, min(shape.start - shape.time, shape.latest))
    now, here = departure, 0
    visits: list[Visit] = []
    for node in nodes:
        arrival = now + instance.durations[here * instance.size + node]
        start = max(arrival, instance.opens[node])
        now = start + instance.services[node]
        here = node
        visits.append(Visit(instance.stops[node - 1].id, arrival, start, now))
    back = now + instance.durations[here * instance.size]
    if back >= NEVER:
        return None
    return Trip(departure - loading, departure, back, tuple(visits))


@dataclass(frozen=True, slots=True)
class _Shape:
    time: int
    start: int
    latest: int
    earliest: int


def _shape(instance: Instance, nodes: Nodes) -> _Shape:
    time, start, latest, earliest = 0, 0, NEVER, 0
    here = 0
    for node in nodes:
        step = instance.services[here] + instance.durations[here * instance.size + node]
        time += step
        start = max(start + step, instance.opens[node])
        latest = min(latest, instance.closes[node] - time)
        earliest = max(earliest, instance.releases[node], start - instance.fresh[node])
        if start > instance.closes[node] or time > instance.fresh[node]:
            latest = -1
        here = node
    return _Shape(time, start, latest, earliest)
