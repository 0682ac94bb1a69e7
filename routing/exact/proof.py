"""The best choice among all trips, with its proof: the relaxation guesses, CP-SAT decides.

For the least priority that can be left unserved, trips within a small gap of the relaxation's
bound are handed to CP-SAT. If it finds a choice, that is the best; if there is none, the bound has
risen by the gap, and the gap doubles; where trips become too many, the grid of time gets finer.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from time import monotonic
from typing import Literal

from routing.exact.bound import Pool, Relaxation
from routing.exact.cpsat import cores
from routing.exact.select import Effort, Wanted, select
from routing.exact.trips import Trips
from routing.instance.best import Best
from routing.instance.lists import NEVER, Instance

GRIDS = (20, 10, 5)  # seconds
COARSE = 60  # where there are more than
FEW = 40_000  # trips
MOST_COLUMNS, MOST_POINTS = 4_000_000, 10_000  # of a grid: a long horizon gets a coarser one
COLUMNS_EACH = 1_000  # of a trip on average, at most
FIRST_GAP = 0.005  # of the bound
WIDE = 0.06  # of the bound: what a plan may cost at most that a finer grid looks for
EASY = 200  # trips among which CP-SAT decides at once
LUCKY = 1000  # trips among which CP-SAT may find a choice, though hardly the best
# Trips among which CP-SAT looks for any choice that serves enough; among the last, for a cheap one.
GUESSED = (200, 400)
GUESS = 0.3  # seconds for each of these
TRY = 0.4  # seconds for CP-SAT before the grid gets finer

Answer = Literal["best", "impossible", "unknown"]


@dataclass(slots=True)
class Proof:
    """The work of proving; `best` gets better as it goes."""

    instance: Instance
    trips: Trips
    best: Best
    until: float
    seed: int

    def run(self) -> None:
        """Work until the best is proven or the time is over."""
        if not len(self.trips):
            self.best.unserved_bound, self.best.cost_bound = self.best.unserved, self.best.cost
            return
        while not self.best.is_proven and monotonic() < self.until:
            level = self.best.unserved_bound
            if self._solve_level(level):
                continue
            if level < self.best.unserved and monotonic() < self.until:
                self._solve_level(self.best.unserved)
            return

    def _raise_unserved(self, grid: int) -> None:
        """Raise the bound on the priority unserved as far as the relaxation proves."""
        relaxation = Relaxation(Pool.of(self.instance, self.trips, grid))
        if relaxation.solve(self.until):
            bound = ceil(relaxation.bound() - 1e-4)
            self.best.raise_unserved(min(bound, self.best.unserved))

    def _solve_level(self, level: int) -> bool:
        """Seek the cheapest choice leaving `level`; return whether the question is settled."""
        trips, cap, coarser = self.trips, NEVER, None
        wanted = grids(self.instance, trips)
        for grid in wanted:
            relaxation = Relaxation(Pool.of(self.instance, trips, grid), unserved=level)
            if coarser is not None:
                relaxation.warm(coarser)
            if self._lacks_much(level) and relaxation.solve(self.until):
                self._guess(relaxation, level)
            if not relaxation.tighten(self.until):
                return False
            if not relaxation.is_feasible():
                self._raise_unserved(grid)
                if self.best.unserved_bound > level:
                    return True
            if self._widen(relaxation, level, cap, finest=grid == wanted[-1]):
                return True
            # The finer grid is spared the trips that are of no use, or of use in dear plans only.
            bound = relaxation.bound()
            cap = min(cap, self._known(level), int(bound * (1 + WIDE)))
            rows = relaxation.near(cap - bound)
            trips, coarser = trips.only(rows), relaxation
            if not len(rows):
                return False
        return False

    def _lacks_much(self, level: int) -> bool:
        """Return whether serving all of the level is still to be found, among many trips."""
        return level < self.best.unserved and len(self.trips) > 4 * GUESSED[-1]

    def _guess(self, relaxation: Relaxation, level: int) -> None:
        """Let CP-SAT try the trips that the relaxation likes best, before it gets any closer."""
        for many in GUESSED:
            rows = relaxation.best(many)
            until = monotonic() + GUESS
            if level < self.best.unserved and len(rows):
                trips = relaxation.pool.trips.only(rows)
                self._choose(trips, level, NEVER, until, at_any_cost=many < GUESSED[-1])

    def _known(self, level: int) -> int:
        """Return the greatest cost that would still be better than the best plan."""
        return self.best.cost - 1 if self.best.unserved == level else NEVER

    def _widen(self, relaxation: Relaxation, level: int, cap: int, *, finest: bool) -> bool:
        """Let CP-SAT choose among ever more trips; return whether the level is settled.

        The relaxation holds every trip that a plan costing up to `cap` may use.
        """
        bound, trips = relaxation.bound(), relaxation.pool.trips
        self._raise_cost(level, min(ceil(bound), cap + 1))
        gap = max(1.0, bound * FIRST_GAP)
        while monotonic() < self.until:
            limit = min(cap, self._known(level))
            most = min(limit, int(bound + gap))
            rows = relaxation.near(most - bound)
            if len(rows) == len(trips):
                most = limit
            if len(rows) > EASY and not finest:
                if len(rows) <= LUCKY and self.best.unserved == level:
                    self._choose(trips.only(rows), level, most, monotonic() + TRY)
                return False
            if len(rows):
                until = self.until if finest else monotonic() + TRY
                answer = self._choose(trips.only(rows), level, most, until)
                if answer == "best":
                    return self._settle(level)
                if answer == "unknown":
                    return False
            if most == self._known(level) or (most == limit == NEVER):
                return self._settle(level)
            self._raise_cost(level, most + 1)
            if most == cap:
                return False
            gap *= 2
        return False

    def _choose(
        self, trips: Trips, level: int, most: int, until: float, *, at_any_cost: bool = False
    ) -> Answer:
        wanted = Wanted(unserved=level, cost=most, at_any_cost=at_any_cost)
        effort = Effort(min(until, self.until), self.seed, cores())
        choice = select(self.instance, trips, wanted, effort)
        if choice.days is not None:
            self.best.take(choice.days, choice.unserved, choice.cost)
        if choice.status == "found":
            return "unknown"
        return choice.status

    def _settle(self, level: int) -> bool:
        """Note that nothing better than the best leaves `level` unserved."""
        if self.best.unserved == level:
            self._raise_cost(level, self.best.cost)
        else:
            self.best.raise_unserved(level + 1)
        return True

    def _raise_cost(self, level: int, bound: int) -> None:
        if level == self.best.unserved_bound:
            self.best.cost_bound = max(self.best.cost_bound, bound)


def grids(instance: Instance, trips: Trips) -> list[int]:
    """Return the seconds between the grid's points, finer and finer."""
    most = min(MOST_COLUMNS, COLUMNS_EACH * len(trips))
    columns = int((trips.last - trips.first).sum()) // most
    horizon = int((trips.last + trips.length).max() - trips.first.min())
    least = max(columns, (horizon + instance.loading(instance.size)) // MOST_POINTS)
    usual = GRIDS if len(trips) <= FEW else (COARSE, *GRIDS)
    return sorted({max(grid, least) for grid in usual}, reverse=True)
