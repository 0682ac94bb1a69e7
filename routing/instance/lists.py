"""A problem as flat lists of integers, the form in which the solver's loops read it.

Node 0 is the depot, node k is the k-th stop that is still to be planned (stops of frozen trips
are facts and stay outside). The leg from node i to node j is element ``i * size + j``.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from operator import itemgetter

from routing.plan import Trip
from routing.problem import First, Frozen, NotOn, Problem, Stop, Together, Vehicle

Nodes = tuple[int, ...]  # the stops of a trip in their order
Days = list[list[Nodes]]  # for each vehicle its trips in order

NEVER = 2**40  # later than any time, longer than any way; sums of a thousand still fit 64 bits


@dataclass(frozen=True, slots=True)
class Instance:
    """What the solver plans; times in seconds, ways in metres, `costs` in the objective's unit."""

    problem: Problem
    stops: tuple[Stop, ...]
    vehicles: tuple[Vehicle, ...]
    frozen: tuple[tuple[Trip, ...], ...]
    size: int
    durations: list[int]
    distances: list[int]
    costs: list[int]
    opens: list[int]
    closes: list[int]
    services: list[int]
    releases: list[int]
    fresh: list[int]
    priorities: list[int]
    deliveries: list[list[int]]
    pickups: list[list[int]]
    is_first: list[bool]
    allowed: list[list[bool]]
    groups: tuple[tuple[int, ...], ...]
    pairs: tuple[tuple[int, int], ...]  # of shipments: where one is fetched, where it is brought

    def loading(self, count: int) -> int:
        """Return the seconds it takes to load a trip of `count` stops."""
        depot = self.problem.depot
        return depot.loading_time + depot.loading_time_per_stop * count

    def shift(self, vehicle: int) -> tuple[int, int]:
        """Return when the vehicle may start loading and must be back at the latest."""
        first, last = self.vehicles[vehicle].shift
        opening, closing = self.problem.depot.time_window
        return max(first, opening), min(last, closing)

    def trips_left(self, vehicle: int) -> int:
        """Return how many trips the vehicle may still make."""
        return 0 if self.is_overridden(vehicle) else self.trips_allowed(vehicle)

    def trips_allowed(self, vehicle: int) -> int:
        """Return how many trips `max_trips` leaves to the vehicle, whatever it has ridden."""
        most = self.vehicles[vehicle].max_trips
        return NEVER if most is None else max(0, most - len(self.frozen[vehicle]))

    def distance_left(self, vehicle: int) -> int:
        """Return the metres that the vehicle may still ride."""
        most = self.vehicles[vehicle].max_distance
        return NEVER if most is None else max(0, most - self._ridden(vehicle))

    def is_overridden(self, vehicle: int) -> bool:
        """Return whether the trips that have left are longer than `max_distance` allows."""
        most = self.vehicles[vehicle].max_distance
        return most is not None and self._ridden(vehicle) > most

    def _ridden(self, vehicle: int) -> int:
        return sum(self.frozen_way(trip, "distance") for trip in self.frozen[vehicle])

    def frozen_way(self, trip: Trip, objective: str) -> int:
        """Return the seconds or metres of a trip that has left."""
        places = {stop.id: stop.location for stop in self.problem.stops}
        ways = getattr(self.problem, f"{objective}s")
        way, here = 0, 0
        for there in [*(places[visit.stop] for visit in trip.visits), 0]:
            way += ways[here][there] or 0
            here = there
        return way


def read(problem: Problem, only: Set[str] | None = None) -> Instance:
    """Return the problem in the solver's form, with all its stops or only some."""
    frozen = {vehicle.id: [] for vehicle in problem.vehicles}  # type: dict[str, list[Trip]]
    left: set[str] = set()
    for lock in problem.locks:
        if isinstance(lock, Frozen):
            frozen[lock.vehicle].append(lock.trip)
            left.update(visit.stop for visit in lock.trip.visits)
    wanted = (stop for stop in problem.stops if only is None or stop.id in only)
    stops = tuple(stop for stop in wanted if stop.id not in left)
    node = {stop.id: index for index, stop in enumerate(stops, start=1)}
    durations, distances = _ways(problem, stops)
    pickups = [[], *(list(stop.pickup) for stop in stops)]
    closes = [NEVER, *(stop.time_window[1] for stop in stops)]
    pairs = tuple(_pairs(problem, node, pickups, closes))
    return Instance(
        problem=problem,
        stops=stops,
        vehicles=problem.vehicles,
        frozen=tuple(
            tuple(sorted(frozen[v.id], key=lambda trip: trip.loading)) for v in problem.vehicles
        ),
        size=len(stops) + 1,
        durations=durations,
        distances=distances,
        costs=durations if problem.objective == "duration" else distances,
        opens=[0, *(stop.time_window[0] for stop in stops)],
        closes=closes,
        services=[0, *(stop.service_time for stop in stops)],
        releases=[0, *(stop.release_time for stop in stops)],
        fresh=[NEVER, *(NEVER if s.freshness is None else s.freshness for s in stops)],
        priorities=[0, *(stop.priority for stop in stops)],
        deliveries=[[], *(list(stop.delivery) for stop in stops)],
        pickups=pickups,
        is_first=_firsts(problem, node),
        allowed=_allowed(problem, node),
        groups=_groups(problem, node),
        pairs=pairs,
    )


def _ways(problem: Problem, stops: tuple[Stop, ...]) -> tuple[list[int], list[int]]:
    places = [0, *(stop.location for stop in stops)]
    chosen = itemgetter(*places, 0)  # of two places at least, so that it returns a tuple
    durations: list[int] = []
    distances: list[int] = []
    for here in places:
        seconds = chosen(problem.durations[here])[:-1]
        metres = chosen(problem.distances[here])[:-1]
        if None in seconds or None in metres:
            closed = [None in leg for leg in zip(seconds, metres, strict=True)]
            seconds, metres = (
                [NEVER if shut else way for shut, way in zip(closed, ways, strict=True)]
                for ways in (seconds, metres)
            )
        durations += seconds
        distances += metres
    return durations, distances


def _firsts(problem: Problem, node: dict[str, int]) -> list[bool]:
    firsts = {lock.stop for lock in problem.locks if isinstance(lock, First)}
    return [False, *(stop in firsts for stop in node)]


def _allowed(problem: Problem, node: dict[str, int]) -> list[list[bool]]:
    off = {(k.vehicle, k.stop) for k in problem.locks if isinstance(k, NotOn)}
    # A stop locked together with one that has left can only ride on that trip, so not at all.
    left = {v.stop for k in problem.locks if isinstance(k, Frozen) for v in k.trip.visits}
    gone: set[str] = set()
    for lock in problem.locks:
        if isinstance(lock, Together) and not left.isdisjoint(lock.stops):
            gone.update(lock.stops)
    return [
        [True, *((vehicle.id, stop) not in off and stop not in gone for stop in node)]
        for vehicle in problem.vehicles
    ]


def _groups(problem: Problem, node: dict[str, int]) -> tuple[tuple[int, ...], ...]:
    groups = (lock.stops for lock in problem.locks if isinstance(lock, Together))
    inside = (tuple(sorted({node[stop] for stop in group if stop in node})) for group in groups)
    return tuple(group for group in inside if len(group) > 1)


def _pairs(
    problem: Problem, node: dict[str, int], pickups: list[list[int]], closes: list[int]
) -> Iterator[tuple[int, int]]:
    """Yield the shipments' nodes; what is aboard between them counts as taken in and given out.

    Of a shipment that lost its other half nothing can be served: its window closes before all.
    """
    for shipment in problem.shipments:
        ends = (node.get(shipment.pickup), node.get(shipment.delivery))
        inside = [end for end in ends if end is not None]
        if ends[0] is None or ends[1] is None:
            for end in inside:
                closes[end] = -1
            continue
        for dimension, load in enumerate(shipment.load):
            pickups[ends[0]][dimension] += load
            pickups[ends[1]][dimension] -= load
        yield ends[0], ends[1]
