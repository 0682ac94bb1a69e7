"""Planning with shipments: meals first, then each shipment where it finds room; a small day is
proven.

A shipment never costs a meal of the same priority its place unless the proof finds that more
priority is served in all. A day with uncertainty is planned in the first two steps alone.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from routing.check import violations
from routing.instance.assemble import assemble, days_of, frozen_figures
from routing.instance.best import Best
from routing.instance.lists import read
from routing.plan import Plan
from routing.problem import Problem, Shipment
from routing.reliable.judge import sequences_of
from routing.shipments.places import Places

MEALS = 0.3  # of the time limit, for planning the meals
MOST_PROVEN = 45  # stops up to which all trips are listed
SOLVING = 0.95  # of the time limit; the rest is for laying the plan out

# (problem, seconds, start plan) → plan of a problem without shipments
SolveMeals = Callable[[Problem, float, Plan | None], Plan]


class ShipmentPlanning:
    """One call of `solve` for a problem with shipments; without the clock nothing is proven."""

    def __init__(self, problem: Problem, time_limit: float, seed: int, has_clock: bool) -> None:
        self.began = monotonic()
        self.problem, self.seed, self.has_clock = problem, seed, has_clock
        self.time_limit = max(0.0, time_limit)
        self.places = Places(problem)

    def run(self, meals: Problem, start: Plan | None, solve_meals: SolveMeals) -> Plan:
        """Return the best plan found; `meals` is the problem without its shipments."""
        first = solve_meals(meals, MEALS * self.time_limit, start)
        plan = self._with_shipments(self._known(first))
        if start is not None:
            plan = min(plan, self._from(start), key=_value)
        until = self.began + SOLVING * self.time_limit
        is_small = len(self.problem.stops) <= MOST_PROVEN and self.has_clock
        if self.problem.uncertainty is None and is_small and monotonic() < until:
            plan = self._proven(plan, until)
        return plan

    def _known(self, plan: Plan) -> Plan:
        """Return the plan's trips as a plan of the whole problem."""
        return self.places.plan(sequences_of(self.problem, plan))

    def _from(self, start: Plan) -> Plan:
        """Return the start plan with all that finds room beside it, where it keeps the rules."""
        plan = self._known(start)
        if violations(self.problem, plan):
            return self.places.plan({})
        halves = {name for one in self.problem.shipments for name in (one.pickup, one.delivery)}
        for stop in sorted(self.problem.stops, key=lambda stop: -stop.priority):
            if stop.id not in halves | plan.served():
                plan = self.places.placed(plan, (stop.id,)) or plan
        return self._with_shipments(plan)

    def _with_shipments(self, plan: Plan) -> Plan:
        for one in sorted(self.problem.shipments, key=self._priority, reverse=True):
            if not plan.served() & {one.pickup, one.delivery}:
                plan = self.places.placed(plan, (one.pickup, one.delivery)) or plan
        return plan

    def _priority(self, shipment: Shipment) -> int:
        ends = {shipment.pickup, shipment.delivery}
        return sum(stop.priority for stop in self.problem.stops if stop.id in ends)

    def _proven(self, plan: Plan, until: float) -> Plan:
        """Return the best plan there is, if it is proven in time; else the best found."""
        from routing.exact.proof import Proof
        from routing.exact.trips import list_trips

        instance = read(self.problem)
        cost = plan.cost - frozen_figures(instance)[1]
        best = Best(days_of(instance, plan), plan.unserved_priority, cost)
        trips, is_complete = list_trips(instance, until=(monotonic() + until) / 2)
        if is_complete:
            Proof(instance, trips, best, until, self.seed).run()
        return assemble(self.problem, instance, best.snapshot(), monotonic() - self.began)


def _value(plan: Plan) -> tuple[int, int]:
    return plan.unserved_priority, plan.cost
