"""The best choice among all trips, with its proof: the relaxation guesses, CP-SAT decides.

For the least priority that can be left unserved, trips within a small gap of the relaxation's
bound are handed to CP-SAT. If it finds a choice, that is the best; if there is none, the bound has
risen by the gap, and the gap doubles; where trips become too many, the grid of time gets finer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from time import monotonic

from routing.bound import Pool, Relaxation
from routing.instance import NEVER, Instance
from routing.select import Choice, Days, select
from routing.trips import Trips

GRIDS = (60, 20, 10)  # seconds
EASY = 300  # trips among which CP-SAT decides at once
TRY = 2.0  # seconds for CP-SAT before the grid gets finer


@dataclass(slots=True)
class Best:
    """The best plan so far and what is proven: bounds on the priority unserved, on the cost."""

    days: Days
    unserved: int
    cost: int
    unserved_bound: int = 0
    cost_bound: int = 0

    @property
    def is_proven(self) -> bool:
        """Return whether nothing can be better."""
        return (self.unserved_bound, self.cost_bound) == (self.unserved, self.cost)

    def take(self, choice: Choice) -> bool:
        """Keep the choice if it is better; return whether it is."""
        if choice.days is None or (choice.unserved, choice.cost) >= (self.unserved, self.cost):
            return False
        self.days, self.unserved, self.cost = choice.days, choice.unserved, choice.cost
        return True


@dataclass(slots=True)
class Proof:
    """The work of proving; `best` gets better as it goes, `report` is told."""

    instance: Instance
    trips: Trips
    best: Best
    until: float
    seed: int
    workers: int
    report: Callable[[], None]

    def run(self) -> None:
        """Work until the best is proven or the time is over."""
        if not len(self.trips):
            self.best.unserved_bound, self.best.cost_bound = self.best.unserved, self.best.cost
            return
        self._raise_unserved(GRIDS[0])
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
            self.best.unserved_bound = max(self.best.unserved_bound, min(bound, self.best.unserved))
            self.report()

    def _solve_level(self, level: int) -> bool:
        """Seek the cheapest choice leaving `level`; return whether the question is settled."""
        for grid in GRIDS:
            finest = grid == GRIDS[-1]
            if grid != GRIDS[0] and self.best.unserved > level:
                self._raise_unserved(grid)
                if self.best.unserved_bound > level:
                    return True
            relaxation = Relaxation(Pool.of(self.instance, self.trips, grid), unserved=level)
            if not self._tighten(relaxation):
                return False
            if self._widen(relaxation, level, finest):
                return True
        return False

    def _tighten(self, relaxation: Relaxation) -> bool:
        if not relaxation.solve(self.until):
            return False
        for _ in range(10):
            if not relaxation.cut():
                return True
            if not relaxation.solve(self.until):
                return False
        return True

    def _widen(self, relaxation: Relaxation, level: int, finest: bool) -> bool:
        """Let CP-SAT choose among ever more trips; return whether the level is settled."""
        bound = relaxation.bound()
        self._raise_cost(level, ceil(bound))
        gap = max(1.0, bound * 0.005)
        while True:
            known = self.best.cost - 1 if self.best.unserved == level else NEVER
            most = min(known, int(bound + gap))
            if most < bound:
                return self._settle(level)
            rows = relaxation.near(most - bound)
            last = most == known or len(rows) == len(self.trips)
            if len(rows) > EASY and not finest:
                return False
            choice = select(
                self.instance,
                self.trips.only(rows),
                unserved=level,
                cost=NEVER if len(rows) == len(self.trips) else most,
                until=self.until if finest else min(self.until, monotonic() + TRY),
                seed=self.seed,
                workers=self.workers,
            )
            if self.best.take(choice):
                self.report()
            if choice.status == "best":
                self._raise_cost(level, choice.cost)
                return self._settle(level)
            if choice.status != "impossible":
                return False
            if last:
                return self._settle(level)
            self._raise_cost(level, most + 1)
            gap *= 2

    def _settle(self, level: int) -> bool:
        """Note that nothing better than the best leaves `level` unserved."""
        if self.best.unserved == level:
            self._raise_cost(level, self.best.cost)
        else:
            self.best.unserved_bound = level + 1
            self.best.cost_bound = 0
        self.report()
        return True

    def _raise_cost(self, level: int, bound: int) -> None:
        if level == self.best.unserved_bound:
            self.best.cost_bound = max(self.best.cost_bound, bound)
