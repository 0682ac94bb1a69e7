"""Together: the planner itself seeks times for all touched orders at once.

A stop whose orders may have several slots is planned with one window over all of them; the slot is
then the one in which it is served. Whether the answer is kinder than others is not judged here.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

import routing

from ..ordering.order import Order
from ..service.slot import Slot

ITERATIONS = 4_000  # of search, in each of two looks
# What it counts when a stop is left out, for each of its people: somebody who has a time keeps it
# unless that lets more people be served than it takes out.
KEPT, MOVED = 40, 25


@dataclass(frozen=True, eq=False)
class Group:
    """The orders of a place that are placed anew, and the stop they would be in each slot."""

    name: str
    orders: tuple[Order, ...]
    stops: Mapping[Slot, routing.Stop]

    @property
    def people(self) -> int:
        """One for each meal."""
        return sum(order.boxes for order in self.orders)

    def wide(self) -> routing.Stop:
        """One stop for all its slots."""
        stops = list(self.stops.values())
        return replace(
            stops[0],
            id=self.name,
            time_window=(
                min(stop.time_window[0] for stop in stops),
                max(stop.time_window[1] for stop in stops),
            ),
            release_time=min(stop.release_time for stop in stops),
            priority=MOVED * self.people,
        )

    def slot_at(self, seconds: int) -> Slot | None:
        """The slot in which a moment of the problem's clock lies."""
        for slot, stop in self.stops.items():
            if stop.time_window[0] <= seconds <= stop.time_window[1]:
                return slot
        return None


def seek(
    problem: routing.Problem,
    plan: routing.Plan,
    groups: Sequence[Group],
    people: Mapping[str, int],
    fixed: Set[str],
) -> tuple[routing.Plan, dict[str, Slot]]:
    """Return a plan of the stops that the plan serves and of the groups, and the groups' slots.

    `people` says how many are served at each stop of the plan; those `fixed` must not be left out,
    others may be, and so may groups. A group's stop bears the name of its slot's.
    """
    served = plan.served()
    most = KEPT * (sum(people.values()) + sum(group.people for group in groups))
    kept = [
        replace(stop, priority=most if stop.id in fixed else KEPT * people[stop.id])
        for stop in problem.stops
        if stop.id in served
    ]
    first = replace(problem, stops=(*kept, *(group.wide() for group in groups)))
    found = routing.solve(first, iterations=ITERATIONS, start=plan)
    starts = {visit.stop: visit.start for _, trip in found.trips() for visit in trip.visits}
    narrow: dict[str, routing.Stop] = {}
    chosen: dict[str, Slot] = {}
    names: dict[str, str] = {}
    for group in groups:
        slot = group.slot_at(starts.get(group.name, -1))
        # Another group of the place may have taken the slot: then this one is placed later.
        if slot is not None and group.stops[slot].id not in narrow:
            stop = replace(group.stops[slot], priority=MOVED * group.people)
            narrow[stop.id], chosen[group.name], names[group.name] = stop, slot, stop.id
    second = replace(problem, stops=(*kept, *narrow.values()))
    plan = routing.solve(second, iterations=ITERATIONS, start=_renamed(found, names))
    served = plan.served()
    return plan, {name: slot for name, slot in chosen.items() if names[name] in served}


def _renamed(plan: routing.Plan, names: Mapping[str, str]) -> routing.Plan:
    """The plan with some of its stops under other names."""

    def renamed(trip: routing.Trip) -> routing.Trip:
        visits = (replace(visit, stop=names.get(visit.stop, visit.stop)) for visit in trip.visits)
        return replace(trip, visits=tuple(visits))

    routes = (replace(route, trips=tuple(map(renamed, route.trips))) for route in plan.routes)
    return replace(plan, routes=tuple(routes))
