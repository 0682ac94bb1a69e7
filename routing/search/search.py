"""Ruin and recreate on a problem of any size: a plan at any moment, better as time goes by."""

from __future__ import annotations

from typing import Any

from routing.instance.lists import NEVER, Days, Instance
from routing.search.arrays import COST, UNSERVED, Facts, Manner, Plans
from routing.search.compiled.code import code_of, to_numbers
from routing.search.facts import facts_of, with_neighbours
from routing.search.state import copied, days_of_state, empty_seen, filled, new_memory

BLINK = 100
REGRETTED = 100  # nodes up to which the first plan is made by regret: it looks at all each time
REMOVED = 5  # stops that an iteration removes on average
STRIVING = 64  # what it costs more to leave a stop out, each time that it was left out
HEAT = 0.4  # at the beginning, of the cost of a mean leg
NO_HURRY = Manner(0.0, 1.0, weight=0, striving=0, blink=0, removed=0, frugal=1)


class Search:
    """One search; `cost` and `unserved` are the best plan's, `days` its trips.

    With `compiled` it runs outside the global lock; `facts` may be those of another search of the
    same instance.
    """

    def __init__(
        self,
        instance: Instance,
        *,
        facts: Facts | None = None,
        days: Days | None = None,
        seed: int = 0,
        compiled: bool = False,
    ) -> None:
        self.instance, self.compiled = instance, compiled
        self.facts = facts or with_neighbours(facts_of(instance))
        self._code = code_of(compiled=compiled)
        state = filled(instance, self.facts, days or [])
        self._facts = self._numbers(self.facts)
        self._plans = Plans(*(self._numbers(copied(state)) for _ in Plans._fields))
        self._memory = self._numbers(new_memory(self.facts, state, seed))
        self._seen = self._numbers(empty_seen(self.facts.size, 0))
        for _ in range(8):
            self._code.draw(self._memory.dice, 2)
        if instance.size <= REGRETTED:
            self._code.construct(self._facts, self._plans.now, self._memory)
        else:
            self._code.recreate(self._facts, self._plans.now, self._memory, NO_HURRY, 0, NEVER)
        self._code.copy(self._plans.now, self._plans.best)
        legs = max(1, self.facts.size - 1)
        dearest = max((cost for cost in instance.costs if cost < NEVER), default=1)
        self.heat = max(1.0, self.cost / legs * HEAT)
        self.manner = Manner(
            heat=self.heat,
            cooling=1.0,
            weight=max(1, 2 * dearest),
            striving=STRIVING,
            blink=BLINK,
            removed=0,
            frugal=1,
        )
        self.remove(REMOVED)

    @property
    def cost(self) -> int:
        """Return the best plan's cost, frozen trips not counted."""
        return int(self._plans.best.tally[COST])

    @property
    def unserved(self) -> int:
        """Return the priority that the best plan leaves unserved."""
        return int(self._plans.best.tally[UNSERVED])

    @property
    def days(self) -> Days:
        """Return the best plan's trips, for each vehicle in order, frozen ones left out."""
        return days_of_state(self._plans.best)

    def run(self, iterations: int, cooling: float = 1.0) -> None:
        """Run so many iterations, the heat falling by the factor `cooling` with each."""
        manner = self.manner._replace(heat=self.heat, cooling=cooling)
        self.heat = self._code.improve(
            self._facts, self._plans, self._memory, self._seen, manner, iterations
        )

    def adopt(self, days: Days) -> None:
        """Go on from these days, and take them as the best if they are."""
        state = self._numbers(filled(self.instance, self.facts, days))
        self._code.copy(state, self._plans.now)
        found = (int(state.tally[UNSERVED]), int(state.tally[COST]))
        if found < (self.unserved, self.cost):
            self._code.copy(state, self._plans.best)

    def begin_anew(self) -> tuple[Days, int, int]:
        """Go on from nothing, as if no stop had been missed yet; the best plan stays.

        Return the plan that is left behind: its days, the priority unserved and the cost.
        """
        now = self._plans.now
        left = days_of_state(now), int(now.tally[UNSERVED]), int(now.tally[COST])
        self.adopt([])
        _clear(self._memory.missed)
        return left

    def remove(self, stops: int) -> None:
        """From now on remove so many stops in an iteration on average, if there are as many."""
        self.manner = self.manner._replace(removed=max(2, min(stops, (self.facts.size - 1) // 3)))

    def strive(self, striving: int) -> None:
        """From now on let it cost so much more to leave a stop out, each time that it was.

        The greater it is, the sooner more is served, and the less the cost matters meanwhile.
        """
        self.manner = self.manner._replace(striving=striving)

    def keep_trips(self, most: int) -> None:
        """From now on keep up to so many of the trips seen."""
        self._seen = self._numbers(empty_seen(self.facts.size, most))

    def take_seen(self) -> Any:
        """Return the trips seen since the last call, as rows of nodes filled up with 0."""
        import numpy

        seen = self._seen
        used = int(seen.used[0])
        rows = numpy.array(seen.nodes[: used * seen.width]).reshape(used, seen.width)
        seen.used[0] = 0
        _clear(seen.keys)
        return rows

    def _numbers(self, parts: Any) -> Any:
        return to_numbers(parts) if self.compiled else parts


def _clear(column: Any) -> None:
    for index in range(len(column)):
        column[index] = 0
