"""A lower bound that is nearly the truth: a linear relaxation over trips and the minutes they take.

Time is cut at grid points; at each no more trips are under way than vehicles on duty. A trip is
one column for each grid interval in which its loading may begin, with the fewest points that every
beginning in it must cover, so the relaxation is valid though departures are seconds. Columns are
priced from the list of all trips, so that what no solution better than a known one can use is
dropped for good (reduced-cost fixing). Subset-row cuts (M. Jepsen, B. Petersen, S. Spoorendonk,
D. Pisinger, "Subset-Row Inequalities Applied to the Vehicle-Routing Problem with Time Windows",
Operations Research 56 (2), 2008) bring the bound closer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from time import monotonic
from typing import Any

import numpy as np

from routing.exact.trips import Array, Trips
from routing.instance.lists import Instance, Nodes

ROUND = 1e-6
CUTS = 40  # subset rows added at a time
ROUNDS = 6  # of cutting
PRICED = 60  # columns added at a time
FIRST_POINTS = 300  # of time, at which trips are counted from the beginning


@dataclass(slots=True)
class Pool:
    """Trips and their columns: each column is (trip, first point covered, point after the last)."""

    trips: Trips
    uses: Array  # a row for each trip, a column for each node: 1 where the trip serves the node
    columns: Array  # of each trip
    owner: Array
    begin: Array
    end: Array
    free: Array  # vehicles on duty at each point
    priority: Array
    grid: int
    zero: int  # the moment of point 0

    @classmethod
    def of(cls, instance: Instance, trips: Trips, grid: int) -> Pool:
        """Cut the trips' loading and riding times at points `grid` seconds apart."""
        uses = np.zeros((len(trips), instance.size), dtype=np.int8)
        uses[np.arange(len(trips))[:, None], trips.nodes] = 1
        uses[:, 0] = 0
        depot = instance.problem.depot
        loading = depot.loading_time + depot.loading_time_per_stop * trips.counts()
        low, high, span = trips.first - loading, trips.last - loading, trips.length + loading
        zero = int(low.min()) // grid * grid
        low, high = low - zero, high - zero
        first, last = -(-low // grid), -(-high // grid)
        many = last - first + 1
        owner = np.repeat(np.arange(len(trips)), many)
        begin = first[owner] + np.arange(len(owner)) - np.repeat(np.cumsum(many) - many, many)
        start = np.maximum(low[owner], (begin - 1) * grid + 1)
        end = np.maximum(-(-(start + span[owner]) // grid), begin)
        points = zero + grid * np.arange(int(end.max()) + 1)
        return cls(
            trips=trips,
            uses=uses,
            columns=many,
            owner=owner,
            begin=begin,
            end=end,
            free=_on_duty(instance, points),
            priority=np.array(instance.priorities, dtype=float),
            grid=grid,
            zero=zero,
        )


def _on_duty(instance: Instance, points: Array) -> Array:
    free = np.zeros(len(points))
    for vehicle, trips in enumerate(instance.frozen):
        begin, end = instance.shift(vehicle)
        duty = (points >= begin) & (points < end)
        for trip in trips:
            duty &= (points < trip.loading) | (points >= trip.return_time)
        free += duty
    return free


@dataclass(slots=True)
class Relaxation:
    """The linear program; with `unserved` given, the cost is least for so much left unserved."""

    pool: Pool
    unserved: int | None = None
    value: float = 0.0
    reduced: Array = None
    _solver: Any = None
    _dear: Any = None
    _nodes: list[Any] = field(default_factory=list)
    _points: dict[int, Any] = field(default_factory=dict)
    _cuts: dict[tuple[int, ...], Any] = field(default_factory=dict)
    _cut_trips: dict[tuple[int, ...], Array] = field(default_factory=dict)  # those in each cut
    _columns: dict[int, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Set up the rows: every stop once or unserved, and the first points."""
        from ortools.linear_solver import pywraplp

        pool = self.pool
        self._solver = solver = pywraplp.Solver.CreateSolver("GLOP")
        # Preprocessing would throw away the basis at every new column.
        solver.SetSolverSpecificParametersAsString("use_preprocessing: false")
        wanted = solver.Constraint(0, self.unserved) if self.unserved is not None else None
        for node in range(pool.uses.shape[1]):
            row = solver.Constraint(1, 1) if node else None
            self._nodes.append(row)
            if row is None:
                continue
            left = solver.NumVar(0, solver.infinity(), "")
            row.SetCoefficient(left, 1)
            if wanted is None:
                solver.Objective().SetCoefficient(left, float(pool.priority[node]))
            else:
                wanted.SetCoefficient(left, float(pool.priority[node]))
        self._dear = None
        if wanted is not None:
            # Dear enough to vanish once the columns can do without.
            self._dear = solver.NumVar(0, solver.infinity(), "")
            wanted.SetCoefficient(self._dear, -1)
            solver.Objective().SetCoefficient(
                self._dear, 100 * float(pool.trips.cost.max(initial=1))
            )
        solver.Objective().SetMinimization()
        for point in range(0, len(pool.free), max(10, len(pool.free) // FIRST_POINTS)):
            self._add_point(point)

    def solve(self, until: float) -> bool:
        """Solve until nothing prices out and no point is overfull; return whether it got there."""
        while (now := monotonic()) < until:
            self._solver.SetTimeLimit(max(1, min(10**9, int(1000 * (until - now)))))
            # A basis that new rows and columns have spoiled: once more from none.
            if self._solver.Solve() != 0 and self._solver.Solve(_from_scratch()) != 0:
                return False
            self.value = self._solver.Objective().Value()
            reduced = self._price()
            wanted = self._promising(reduced)
            for column in wanted:
                self._add_column(int(column))
            if wanted:
                continue
            overfull = self._overfull()
            for point in overfull:
                self._add_point(point)
            if not overfull:
                self.reduced = reduced
                return True
        return False

    def tighten(self, until: float) -> bool:
        """Solve, and again with the subset rows that are broken; return whether it got there."""
        if not self.solve(until):
            return False
        for _ in range(ROUNDS):
            if not self.cut():
                break
            if not self.solve(until):
                return False
        return True

    def bound(self) -> float:
        """Return a bound that holds in spite of rounding."""
        slack = min(0.0, float(self.reduced.min())) if len(self.reduced) else 0.0
        return self.value + slack * len(self._nodes) - ROUND

    def near(self, gap: float) -> Array:
        """Return the trips that a solution costing up to `gap` above the bound may use."""
        return np.unique(self.pool.owner[self.reduced <= gap + 2 * ROUND])

    def best(self, many: int) -> Array:
        """Return so many trips of the least reduced cost."""
        return np.argsort(self.reduced_of_trips(), kind="stable")[:many]

    def reduced_of_trips(self) -> Array:
        """Return the reduced cost of each trip at the best of its moments."""
        reduced = np.full(len(self.pool.trips), np.inf)
        np.minimum.at(reduced, self.pool.owner, self.reduced)
        return reduced

    def cut(self) -> int:
        """Add the subset rows that the solution breaks most; return how many."""
        columns = list(self._columns)
        weights = np.array([self._columns[c].solution_value() for c in columns])
        live = weights > 1e-6
        owners = self.pool.owner[np.array(columns, dtype=np.int64)[live]]
        uses, weights = self.pool.uses[owners], weights[live]
        found = []
        pairs = (uses.T.astype(float) * weights) @ uses
        close = (pairs > 1e-6).astype(int)
        for one, two, three in combinations(range(1, uses.shape[1]), 3):
            if close[one, two] + close[one, three] + close[two, three] < 2:
                continue
            rows = (one, two, three)
            if rows in self._cuts:
                continue
            over = weights[uses[:, rows].sum(axis=1) >= 2].sum() - 1
            if over > 0.02:
                found.append((-over, rows))
        for _, rows in sorted(found)[:CUTS]:
            self._add_cut(rows)
        return min(len(found), CUTS)

    def _promising(self, reduced: Array) -> list[int]:
        """Return new columns of negative reduced cost, the best of each trip."""
        negative = np.flatnonzero(reduced < -ROUND)
        if len(negative) > 20 * PRICED:
            negative = negative[np.argpartition(reduced[negative], 20 * PRICED)[: 20 * PRICED]]
        order = negative[np.argsort(reduced[negative], kind="stable")]
        _, firsts = np.unique(self.pool.owner[order], return_index=True)
        best = order[np.sort(firsts)][:PRICED]
        return [int(column) for column in best if int(column) not in self._columns]

    def warm(self, other: Relaxation) -> None:
        """Begin with the trips, times and cuts that mattered in a coarser one solved before."""
        self.begin_with(other.basis(), spread=other.pool.grid)
        for point, row in other._points.items():
            moment = other.pool.zero + point * other.pool.grid
            mine = (moment - self.pool.zero) // self.pool.grid
            is_mine = 0 <= mine < len(self.pool.free) and mine not in self._points
            if is_mine and abs(row.dual_value()) > ROUND:
                self._add_point(mine)
        for stops, row in other._cuts.items():
            if row.dual_value() < -ROUND:
                self._add_cut(stops)

    def basis(self) -> list[tuple[Nodes, int]]:
        """Return the trips that cost nothing to use in the solution, and when each is loaded."""
        pool = self.pool
        return [
            (pool.trips.stops(int(pool.owner[c])), pool.zero + int(pool.begin[c]) * pool.grid)
            for c, variable in self._columns.items()
            if variable.solution_value() > ROUND or variable.reduced_cost() < ROUND
        ]

    def begin_with(self, columns: list[tuple[Nodes, int]], spread: int) -> None:
        """Add trips of the same stops, loaded at these moments or up to `spread` before."""
        pool = self.pool
        codes = np.random.default_rng(1).integers(1, 2**62, pool.uses.shape[1])
        codes[0] = 0
        moments: dict[int, list[int]] = {}
        for nodes, moment in columns:
            moments.setdefault(int(codes[list(nodes)].sum()), []).append(moment - pool.zero)
        keys = codes[pool.trips.nodes].sum(axis=1)
        starts = np.cumsum(pool.columns) - pool.columns
        for row in np.flatnonzero(np.isin(keys, list(moments))):
            start = int(starts[row])
            first = int(pool.begin[start])
            last = first + int(pool.columns[row]) - 1
            for moment in moments[int(keys[row])]:
                low, high = (moment - spread) // pool.grid + 1, moment // pool.grid
                for point in range(max(first, low), min(last, high) + 1):
                    if start + point - first not in self._columns:
                        self._add_column(start + point - first)

    def is_feasible(self) -> bool:
        """Return whether the solution keeps within the priority that may be left unserved."""
        return self._dear is None or bool(self._dear.solution_value() < 1e-6)

    def _price(self) -> Array:
        pool = self.pool
        dual = np.array([row.dual_value() if row else 0.0 for row in self._nodes])
        trip = -dual[pool.trips.nodes].sum(axis=1)
        if self.unserved is not None:
            trip = trip + pool.trips.cost
        for rows, row in self._cuts.items():
            price = row.dual_value()
            if abs(price) > 1e-12:
                trip[self._cut_trips[rows]] -= price
        at_point = np.zeros(len(pool.free) + 1)
        for point, row in self._points.items():
            at_point[point + 1] = -row.dual_value()
        until = np.cumsum(at_point)
        return np.repeat(trip, pool.columns) + until[pool.end] - until[pool.begin]

    def _overfull(self) -> list[int]:
        load = np.zeros(len(self.pool.free) + 1)
        for column, variable in self._columns.items():
            weight = variable.solution_value()
            if weight > 1e-9:
                load[self.pool.begin[column]] += weight
                load[self.pool.end[column]] -= weight
        over = np.cumsum(load)[:-1] - self.pool.free
        runs: list[int] = []
        for point in np.flatnonzero(over > 1e-6):
            if runs and point - runs[-1] <= 3:
                if over[point] > over[runs[-1]] + 1e-9:
                    runs[-1] = int(point)
            else:
                runs.append(int(point))
        return [point for point in runs if point not in self._points]

    def _add_column(self, column: int) -> None:
        pool, solver = self.pool, self._solver
        trip, begin, end = pool.owner[column], pool.begin[column], pool.end[column]
        variable = solver.NumVar(0, solver.infinity(), "")
        self._columns[column] = variable
        if self.unserved is not None:
            solver.Objective().SetCoefficient(variable, float(pool.trips.cost[trip]))
        nodes = np.flatnonzero(pool.uses[trip])
        for node in nodes:
            self._nodes[node].SetCoefficient(variable, 1)
        for point, row in self._points.items():
            if begin <= point < end:
                row.SetCoefficient(variable, 1)
        served = set(nodes.tolist())
        for rows, row in self._cuts.items():
            if len(served.intersection(rows)) >= 2:
                row.SetCoefficient(variable, 1)

    def _add_point(self, point: int) -> None:
        row = self._solver.Constraint(-self._solver.infinity(), float(self.pool.free[point]))
        self._points[point] = row
        for column, variable in self._columns.items():
            if self.pool.begin[column] <= point < self.pool.end[column]:
                row.SetCoefficient(variable, 1)

    def _add_cut(self, rows: tuple[int, ...]) -> None:
        row = self._solver.Constraint(-self._solver.infinity(), 1)
        self._cuts[rows] = row
        self._cut_trips[rows] = np.flatnonzero(self.pool.uses[:, rows].sum(axis=1) >= 2)
        for column, variable in self._columns.items():
            if self.pool.uses[self.pool.owner[column], rows].sum() >= 2:
                row.SetCoefficient(variable, 1)


def _from_scratch() -> Any:
    from ortools.linear_solver import pywraplp

    parameters = pywraplp.MPSolverParameters()
    parameters.SetIntegerParam(parameters.INCREMENTALITY, parameters.INCREMENTALITY_OFF)
    return parameters
