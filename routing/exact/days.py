"""Parts of a plan, each improved to the best there is: the days of two or three vehicles at a time.

For the stops of a few days all trips can be listed, the relaxation says at once that nothing
cheaper is among them or which may be, and CP-SAT chooses. A plan in which no pair of days can be
bettered is far better than one in which no few stops can be moved, and three days get it out of
what a search takes for the best. (É. Taillard, S. Voss, "POPMUSIC: Partial Optimization
Metaheuristic under Special Intensification Conditions", Essays and Surveys in Metaheuristics,
Kluwer, 2002; the parts are solved exactly here.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations
from time import monotonic

import numpy as np

from routing.exact.bound import Pool, Relaxation
from routing.exact.select import Choice, Effort, Wanted, select
from routing.exact.trips import Array, Trips, list_trips
from routing.instance.assemble import cost_of
from routing.instance.best import Best
from routing.instance.lists import NEVER, Days, Instance, Nodes, read

MOST_DAYS = 3  # of which a part is made
MOST_STOPS = 48  # in a part
LONGEST = 8  # stops on a trip up to which all trips can be listed
POINTS = 150  # of the relaxation's grid
CHOSEN = {2: 200, 3: 300}  # trips handed to CP-SAT, for so many days
LESS = 0.9  # of the stops of a part whose trips were too many to list: as many may the next have
TRY = 0.5  # seconds that CP-SAT gets

Vehicles = tuple[int, ...]
_Key = tuple[Vehicles, frozenset[int], bool]


@dataclass(frozen=True, slots=True)
class _Part:
    """The days of some vehicles, and absent stops that may find room in them.

    `like` holds for each vehicle the first that may do all that it may.
    """

    days: Days
    vehicles: Vehicles
    like: Vehicles
    absent: list[int]
    serves_more: bool

    @property
    def nodes(self) -> list[int]:
        """Return the stops that are to be served, in order."""
        return sorted(
            {*self.absent, *(node for v in self.vehicles for trip in self.days[v] for node in trip)}
        )

    @property
    def key(self) -> _Key:
        """Return what tells the part from those that would be tried in vain after it."""
        return self.like, frozenset(self.nodes), self.serves_more


@dataclass(slots=True)
class Parts:
    """The parts of the best plan, those that promise most first, each tried once."""

    instance: Instance
    seed: int = 0
    _known: set[tuple[Nodes, int]] = field(default_factory=set)  # trips, when they are loaded
    _most: int = MOST_STOPS  # in a part whose trips are not too many to list
    _tried: set[_Key] = field(default_factory=set)
    _like: Vehicles = ()  # for each vehicle the first that may do all that it may
    _all: Trips | None = None  # of the whole, where they are few enough
    _sets: Array = None  # the stops of each of them, as bits
    _lists_all: bool = True

    def __post_init__(self) -> None:
        i = self.instance
        can = [(replace(one, id=""), i.frozen[v], i.allowed[v]) for v, one in enumerate(i.vehicles)]
        self._like = tuple(can.index(one) for one in can)

    def improve(self, best: Best, until: float) -> bool:
        """Try one part of the best plan, which may get better; return False if none is left."""
        for part in self._parts(best.days):
            if part.key not in self._tried:
                self._tried.add(part.key)
                self._try(best, part, until)
                return True
        return False

    def _parts(self, days: Days) -> Iterator[_Part]:
        """Yield the parts that are not too large, first those in which more may be served."""
        served = {node for trip in _trips(days) for node in trip}
        absent = [node for node in range(1, self.instance.size) if node not in served]
        for serves_more in (True, False) if absent else (False,):
            for vehicles in self._ranked(days):
                stops = sum(len(trip) for v in vehicles for trip in days[v])
                if stops <= self._most:
                    like = tuple(sorted(self._like[v] for v in vehicles))
                    yield _Part(days, vehicles, like, absent[: self._most - stops], serves_more)

    def are_any(self, days: Days) -> bool:
        """Return whether there are parts of these days whose trips may all be listed."""
        return len(_short(days)) >= 2

    def _ranked(self, days: Days) -> Iterator[Vehicles]:
        """Yield pairs of days, then three at a time: first those that are close and short."""
        used = _short(days)
        stops = [sum(map(len, day)) for day in days]
        close = self._closeness(days)
        for many in range(2, min(MOST_DAYS, len(used)) + 1):
            ranks = []
            for vehicles in combinations(used, many):
                links = sum(close[one, two] for one, two in combinations(vehicles, 2))
                ranks.append((-links / max(1, sum(stops[v] for v in vehicles)) ** 2, vehicles))
            for _, vehicles in sorted(ranks):
                yield vehicles

    def _closeness(self, days: Days) -> np.ndarray:
        """Return for each two vehicles how near their stops are, as a sum of inverse costs."""
        size = self.instance.size
        costs = np.array(self.instance.costs, dtype=float).reshape(size, size)
        near = 1 / (1 + costs + costs.T)
        rides = np.zeros((len(days), size))
        for vehicle, day in enumerate(days):
            rides[vehicle, [node for trip in day for node in trip]] = 1
        return np.asarray(rides @ near @ rides.T)

    def _try(self, best: Best, tried: _Part, until: float) -> None:
        """Seek better days for the part's vehicles, with its absent stops where they find room."""
        mine, vehicles = tried.nodes, tried.vehicles
        part = self._part(vehicles, mine)
        trips, complete = self._list(part, mine, until)
        if not complete:
            self._most = int(LESS * len(mine))
        if not complete or not len(trips):
            return
        level = sum(self.instance.priorities[node] for node in tried.absent)
        level -= tried.serves_more
        most = NEVER if tried.serves_more else self._cost([tried.days[v] for v in vehicles]) - 1
        relaxation = Relaxation(Pool.of(part, trips, _grid(part)), unserved=level)
        relaxation.begin_with(self._known_in(mine), spread=relaxation.pool.grid)
        if not relaxation.solve(until):
            return
        for nodes, moment in relaxation.basis():
            self._known.add((tuple(mine[node - 1] for node in nodes), moment))
        choice = self._choose(part, relaxation, level, most, until)
        if choice.days is not None:
            found = list(tried.days)
            for vehicle, day in zip(vehicles, choice.days, strict=True):
                found[vehicle] = [tuple(mine[node - 1] for node in trip) for trip in day]
            best.take(found, *self._figures(found))

    def _list(self, part: Instance, mine: list[int], until: float) -> tuple[Trips, bool]:
        """Return the trips among these nodes, as nodes of the part, and whether they are all."""
        if self._lists_all and self._all is None:
            trips, self._lists_all = list_trips(self.instance, until=until)
            if self._lists_all:
                self._all, self._sets = trips, _bits(trips.nodes)
        if self._all is None:
            return list_trips(part, until=until)
        others = sum(1 << node - 1 for node in range(1, self.instance.size) if node not in mine)
        trips = self._all.only(np.flatnonzero((self._sets & others) == 0))
        own = np.zeros(self.instance.size, dtype=np.int16)
        own[mine] = np.arange(1, len(mine) + 1)
        return replace(trips, nodes=own[trips.nodes]), True

    def _choose(
        self, part: Instance, relaxation: Relaxation, level: int, most: int, until: float
    ) -> Choice:
        if not relaxation.is_feasible():
            return Choice("impossible")
        rows = relaxation.near(most - relaxation.bound())
        many = CHOSEN[len(part.vehicles)]
        if len(rows) > many:
            rows = np.intersect1d(rows, relaxation.best(many))
        if not len(rows):
            return Choice("impossible")
        wanted = Wanted(unserved=level, cost=most, at_any_cost=most == NEVER)
        effort = Effort(min(until, monotonic() + TRY), self.seed)
        return select(part, relaxation.pool.trips.only(rows), wanted, effort)

    def _known_in(self, nodes: list[int]) -> list[tuple[Nodes, int]]:
        """Return what mattered in other parts and may in this one, as nodes of this one."""
        own = {node: index for index, node in enumerate(nodes, start=1)}
        return [
            (tuple(own[node] for node in trip), moment)
            for trip, moment in self._known
            if own.keys() >= set(trip)
        ]

    def _part(self, vehicles: Vehicles, nodes: list[int]) -> Instance:
        whole = self.instance
        part = read(whole.problem, only={whole.stops[node - 1].id for node in nodes})
        return replace(
            part,
            vehicles=tuple(whole.vehicles[vehicle] for vehicle in vehicles),
            frozen=tuple(whole.frozen[vehicle] for vehicle in vehicles),
            allowed=[part.allowed[vehicle] for vehicle in vehicles],
        )

    def _figures(self, days: Days) -> tuple[int, int]:
        """Return the priority that these days leave unserved, and their cost."""
        served = {node for trip in _trips(days) for node in trip}
        priorities = enumerate(self.instance.priorities)
        unserved = sum(priority for node, priority in priorities if node not in served)
        return unserved, self._cost(days)

    def _cost(self, days: Days) -> int:
        return sum(cost_of(self.instance, trip) for trip in _trips(days))


def _bits(nodes: Array) -> Array:
    bits = np.append(0, 1 << np.arange(nodes.max(initial=0), dtype=np.int64))
    return bits[nodes].sum(axis=1)


def _trips(days: Days) -> list[Nodes]:
    return [trip for day in days for trip in day]


def _short(days: Days) -> list[int]:
    return [v for v, day in enumerate(days) if max(map(len, day), default=0) <= LONGEST]


def _grid(part: Instance) -> int:
    shifts = [part.shift(vehicle) for vehicle in range(len(part.vehicles))]
    span = max(end for _, end in shifts) - min(begin for begin, _ in shifts)
    return max(1, span // POINTS)
