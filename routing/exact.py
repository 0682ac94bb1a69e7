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
from typing import Literal

from routing.assemble import Best
from routing.bound import Pool, Relaxation
from routing.instance import NEVER, Instance
from routing.select import select
from routing.trips import Trips

GRIDS = (60, 20, 10, 5)  # seconds
FIRST_GAP = 0.005  # of the bound
EASY = 200  # trips among which CP-SAT decides at once
LUCKY = 1000  # trips among which CP-SAT may find a choice, though hardly the best
TRY = 0.4  # seconds for CP-SAT before the grid gets finer

Answer = Literal["best", "impossible", "unknown"]


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
    seen: float = 0.0

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
            self.best.unserved_bound = max(self.best.unserved_bound, min(bound, self.best.unserved))
            self.report()

    def _solve_level(self, level: int) -> bool:
        """Seek the cheapest choice leaving `level`; return whether the question is settled."""
        relaxation = Relaxation(Pool.of(self.instance, self.trips, GRIDS[0]), unserved=level)
        if not relaxation.tighten(self.until):
            return False
        if not relaxation.is_feasible():
            self._raise_unserved(GRIDS[0])
            if self.best.unserved_bound > level:
                return True
        bound = relaxation.bound()
        self._raise_cost(level, ceil(bound))
        gap = max(1.0, bound * FIRST_GAP)
        self.seen = bound
        while monotonic() < self.until:
            known = self.best.cost - 1 if self.best.unserved == level else NEVER
            most = min(known, int(bound + gap))
            rows = relaxation.near(most - bound)
            whole = len(rows) == len(self.trips)
            most = NEVER if whole and known == NEVER else known if whole else most
            answer = self._decide(relaxation, self.trips.only(rows), level, most)
            if answer == "unknown":
                return False
            if answer == "best" or most == known or whole:
                return self._settle(level)
            self._raise_cost(level, most + 1)
            # A finer grid may have shown that the truth lies further up.
            gap = max(2 * gap, self.seen - bound + FIRST_GAP * bound)
        return False

    def _decide(self, coarser: Relaxation, trips: Trips, level: int, most: int) -> Answer:
        """Find the cheapest choice among `trips` that costs at most `most`, grid by finer grid."""
        for grid in GRIDS[1:]:
            if len(trips) <= EASY:
                answer = self._choose(trips, level, most, min(self.until, monotonic() + TRY))
                if answer != "unknown":
                    return answer
            elif len(trips) <= LUCKY and self.best.unserved > level:
                self._choose(trips, level, most, min(self.until, monotonic() + TRY))
                if self.best.unserved == level:
                    most = min(most, self.best.cost - 1)
            if not len(trips):
                break
            finer = Relaxation(Pool.of(self.instance, trips, grid), unserved=level)
            finer.warm(coarser)
            if not finer.tighten(self.until):
                return "unknown"
            self.seen = max(self.seen, finer.bound())
            if finer.bound() > most:
                trips = trips.only([])
                break
            trips = trips.only(finer.near(most - finer.bound()))
            coarser = finer
        answer = self._choose(trips, level, most, self.until)
        if answer == "impossible" and self.best.unserved == level and self.best.cost == most + 1:
            return "best"
        return answer

    def _choose(self, trips: Trips, level: int, most: int, until: float) -> Answer:
        choice = select(
            self.instance,
            trips,
            unserved=level,
            cost=most,
            until=until,
            seed=self.seed,
            workers=self.workers,
        )
        if choice.days is not None and self.best.take(choice.days, choice.unserved, choice.cost):
            self.report()
        if choice.status == "found":
            return "unknown"
        return choice.status

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
