"""For problems of any size: searches in parallel, and what they find is combined and improved.

Each search runs in a thread of its own, outside the global lock where it is compiled. Meanwhile
a small plan is improved part by part; and now and then a linear relaxation over all trips seen
picks those that a better plan may use, CP-SAT chooses among them, and the searches go on from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import attrgetter
from threading import Event, Thread
from time import monotonic, thread_time
from typing import Any

import numpy as np

from routing.exact.bound import Pool, Relaxation
from routing.exact.cpsat import cores
from routing.exact.days import Parts
from routing.exact.select import Effort, Wanted, select
from routing.exact.trips import time_trips
from routing.instance.best import Best
from routing.instance.lists import Instance, Nodes
from routing.search.arrays import Facts
from routing.search.search import REMOVED, STRIVING, Search

CHUNK = 0.02  # seconds of search between two looks at the clock
COLD = 0.002  # of the heat at the beginning, what is left at the end
KEPT = 8_000  # trips that a search keeps between two selections
POOL = 10_000  # trips that selections are made from
CHOSEN = 300  # trips handed to CP-SAT
SMALL, CYCLE = 64, 0.5  # nodes up to which the heat rises again, each time after so many seconds
PAUSE = 0.15  # of the time limit between two selections, or two looks at what others found
TRIES = 2  # times that the relaxation may take too long before it is given up
POINTS = 80  # of the relaxation's grid


@dataclass(slots=True)
class LargeSearch:
    """Searches in the background until `until`; `best` gets better as they go."""

    instance: Instance
    best: Best
    until: float
    seed: int
    facts: Facts
    compiled: bool
    began: float = field(default_factory=monotonic)
    searches: list[Search] = field(default_factory=list)
    _ended: Event = field(default_factory=Event)
    _threads: list[Thread] = field(default_factory=list)
    _parts: Parts = field(init=False)
    _ends: list[Best] = field(default_factory=list)
    _pool: Any = None
    _too_large: int = 0  # how often the relaxation took too long

    def __post_init__(self) -> None:
        self._parts = Parts(self.instance, self.seed)

    def __enter__(self) -> LargeSearch:
        """Begin to search."""
        for number in range(cores() if self.compiled else 1):
            thread = Thread(target=self._work, args=(number,), daemon=True)
            self._threads.append(thread)
            thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        """End the searches; `best` holds what they found."""
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def run(self) -> None:
        """Better the best plan part by part, and by the trips seen, until the time is over."""
        pause = max(0.3, PAUSE * (self.until - self.began))
        due = monotonic() + pause
        while (now := monotonic()) < self.until and not self.best.is_proven:
            if not self.searches:  # they are still being loaded
                # Searching meanwhile would keep the global lock from the loading: 5 s for 0.6.
                self._ended.wait(0.02)
                due = monotonic() + pause
            elif now < due or self.until - now < pause or self._too_large > TRIES:
                if not self._improve_part():
                    self._ended.wait(min(0.1, max(0.0, self.until - now)))
            else:
                self._select(min(self.until, now + pause))
                # What parts find is soon worth another look; a large plan has only the searches.
                due = monotonic() + (pause if self._has_parts() else 2 * pause)

    @property
    def _is_small(self) -> bool:
        return self.instance.size <= SMALL

    def _has_parts(self) -> bool:
        """Return whether the plan may be bettered part by part."""
        return self._is_small and self._parts.are_any(self.best.days)

    def _improve_part(self) -> bool:
        """Try a part of the best plan, or else of one in which a search ended; False if none."""
        if not self._has_parts():
            return False
        if self._parts.improve(self.best, self.until):
            return True
        while self._ends:
            ended = min(self._ends, key=attrgetter("unserved", "cost"))
            is_good = ended.unserved <= self.best.unserved
            if is_good and self._parts.improve(ended, self.until):
                self.best.take(ended.days, ended.unserved, ended.cost)
                return True
            self._ends.remove(ended)
        return False

    def _work(self, number: int) -> None:
        search = Search(
            self.instance,
            facts=self.facts,
            days=self.best.days,
            seed=self.seed * 31 + number,
            compiled=self.compiled,
        )
        search.keep_trips(KEPT)
        search.remove(REMOVED + 3 * number)
        if number % 2 and not self._is_small:
            search.strive(STRIVING // 4)
        self.searches.append(search)
        heat, chunk, began = search.heat, 1, monotonic()
        due = self.began + PAUSE * (self.until - self.began)
        while not self._ended.is_set() and (now := monotonic()) < self.until:
            if number and self._has_parts() and self.best.unserved == self.best.unserved_bound:
                return  # nobody is left out: the parts make more of the processor
            whole = CYCLE if self._is_small else max(1e-9, self.until - began)
            if now - began > whole:
                # A small search is soon stuck: it had better begin again, on its own.
                if search.unserved == 0 and self._has_parts():
                    self._ends.append(Best(*search.begin_anew()))
                began = now
            search.heat = heat * COLD ** ((now - began) / whole)
            if now > due and not self._is_small:
                due = now + PAUSE * (self.until - self.began)
                if (self.best.unserved, self.best.cost) < (search.unserved, search.cost):
                    search.adopt(self.best.days)
            # Its own time: the wait for the global lock is the longer the more often it is wanted.
            before, most = thread_time(), min(CHUNK, self.until - now)
            search.run(chunk)
            took = thread_time() - before
            chunk = max(1, min(2 * chunk, int(chunk * most / max(took, 1e-6))))
            self.best.take(search.days, search.unserved, search.cost)

    def _select(self, until: float) -> None:
        """Let CP-SAT choose among the trips of which the relaxation makes use."""
        rows = [search.take_seen() for search in list(self.searches)]
        if self._pool is not None:
            rows.append(self._pool)
        days, unserved, cost = self.best.days, self.best.unserved, self.best.cost
        width = rows[0].shape[1]
        own = [nodes for day in days for nodes in day]
        rows = [*rows, _padded(own, width)]
        nodes = np.unique(np.concatenate(rows).astype(np.int16), axis=0)
        trips = time_trips(self.instance, nodes)
        if not len(trips):  # nothing can be served yet: there is nothing to choose from
            return
        span = int((trips.last + trips.length).max() - trips.first.min())
        pool = Pool.of(self.instance, trips, max(1, span // POINTS))
        self._pool = trips.nodes[:POOL]
        # To serve more comes first, where these trips may do it.
        for level in sorted({max(unserved - 1, self.best.unserved_bound), unserved}):
            relaxation = Relaxation(pool, unserved=level)
            if not relaxation.solve(until):
                self._too_large += 1
                return
            if relaxation.is_feasible():
                break
        reduced = relaxation.reduced_of_trips()
        order = np.argsort(reduced, kind="stable")
        self._pool = trips.nodes[order[:POOL]]
        gap = cost - relaxation.bound() if level == unserved else np.inf
        chosen = order[: min(CHOSEN, int((reduced <= gap).sum()))]
        held = {trips.stops(int(row)): int(row) for row in range(len(trips))}
        mine = [held[nodes] for nodes in own if nodes in held]
        rows_ = np.unique(np.concatenate([chosen, np.array(mine, dtype=np.int64)]))
        wanted = Wanted(level, cost, weight=2 * max(1, int(trips.cost.max())))
        hint = days if level == unserved else None
        effort = Effort(until, self.seed)
        choice = select(self.instance, trips.only(rows_), wanted, effort, hint)
        if choice.days is not None:
            self.best.take(choice.days, choice.unserved, choice.cost)


def _padded(trips: list[Nodes], width: int) -> Any:
    rows = np.zeros((len(trips), width), dtype=np.int64)
    for row, nodes in enumerate(trips):
        if len(nodes) <= width:
            rows[row, : len(nodes)] = nodes
    return rows[rows[:, 0] > 0]
