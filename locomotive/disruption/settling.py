"""Settling: which other times the touched orders get, all of them decided together.

What a moved promise costs is said by `cost_of`: minutes times people. Nobody is moved by more than
MOST unasked: beyond it the meal is to be fetched at about the promised time, or somebody calls.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic

import routing

from ..ordering.order import Order
from ..promise.problem import Delivery, as_sure_as, is_to_carry, latest_ready, new_stop, stop_id
from ..promise.proposal import cost_of
from ..promise.question import retimed
from ..service.slot import Slot
from .together import Group, seek

MOST = timedelta(minutes=30)
# How far from their time the orders are first sought all at once.
REACHES = (timedelta(minutes=15), MOST)
REPAIR = 0.1  # seconds for each other slot that is tried
TURNS = 3  # in which the orders come, those that cost most before come first
SWAPS = 24  # stops tried for keeping more people's time
SURE = 0.8  # how surely a moved order is served at least: rather than that it must be fetched


@dataclass(frozen=True)
class Affected:
    """An order whose promise would break, and the slot proposed instead, if there is one; not
    sure when time ran out before every slot was tried."""

    order: Order
    slot: Slot | None
    is_sure: bool = True

    @property
    def cost(self) -> int:
        """Minutes times people."""
        return cost_of(self.order, self.order.slot, self.slot)

    @property
    def is_fetched(self) -> bool:
        """Whether nobody would bring the meal any more."""
        return self.slot is None or self.slot.kind != self.order.kind


def total(affected: Iterable[Affected]) -> int:
    """Minutes × people of an answer."""
    return sum(one.cost for one in affected)


@dataclass(frozen=True)
class Room:
    """What the orders may have: the slots that take somebody, the ready times of meals that are
    late, what a page has shown already, and until when (`monotonic` seconds) to look."""

    slots: Sequence[Slot]
    ready: Mapping[int, datetime]
    shown: Mapping[int, int | None]
    until: float


@dataclass(frozen=True)
class Settled:
    """Who gets which other time, and the plan in which all of it holds."""

    affected: tuple[Affected, ...]
    problem: routing.Problem
    plan: routing.Plan


class Settling:
    """A plan, and the orders placed anew beside it; each finds what the last one left."""

    def __init__(self, delivery: Delivery, plan: routing.Plan, room: Room) -> None:
        self.delivery, self.plan, self.room = delivery, plan, room
        self.problem = delivery.problem
        self.asked = _asked(self.problem, plan)
        # By the orders placed anew: what they take of each slot, and their boxes at each stop.
        self.orders: dict[int, int] = {}
        self.portions: dict[int, int] = {}
        self.work: dict[int, dict[str, int]] = {}
        self.boxes: dict[str, tuple[int, ...]] = {}
        # Whether a slot was refused by a look that was too short to tell.
        self.is_short = False

    @property
    def is_over(self) -> bool:
        """Whether the time to look is over."""
        return monotonic() >= self.room.until

    def place(self, order: Order, kinds: Set[str] = frozenset()) -> Affected:
        """The kindest slot in which the order can still be had, of these kinds if any are named."""
        shown = self.room.shown.get(order.id, 0)
        if shown is None:
            return Affected(order, None)
        if order.is_delivery and self.is_over:
            return Affected(order, None, is_sure=False)
        self.is_short = False
        for slot in self._near(order, shown):
            if kinds and slot.kind not in kinds:
                continue
            if self.is_short and slot.kind != order.kind:
                break
            if slot.kind == "take-away" or self._carries(order, slot):
                self._take(order, slot)
                return Affected(order, slot)
        return Affected(order, None, is_sure=not self.is_short)

    def settled(self, orders: Sequence[Order], kinds: Set[str] = frozenset()) -> Settled:
        """All of them placed, in this order; the plan without the places that were left."""
        return self._done([self.place(order, kinds) for order in orders])

    def _done(self, affected: Sequence[Affected]) -> Settled:
        served = self.plan.served()
        stops = tuple(stop for stop in self.problem.stops if stop.id in served)
        whole = replace(self.problem, stops=stops)
        return Settled(tuple(affected), self.problem, retimed(whole, self.plan) or self.plan)

    def kindest(self, orders: Sequence[Order]) -> Settled:
        """The answer of least cost that is found when those whom it cost most come first, and who
        is left to fetch the meal gets room where that costs others less."""
        best, placed = self, [Affected(order, None) for order in orders]
        turn = sorted(orders, key=lambda o: (-o.boxes, o.slot.starts_at, o.id))
        for round_ in range(TURNS):
            twin = self.copied()
            found = [twin.place(order) for order in turn]
            if not round_ or total(found) < total(placed):
                best, placed = twin, found
            costly = sorted(found, key=lambda one: -one.cost)
            if [one.order for one in costly] == turn or self.is_over:
                break
            turn = [one.order for one in costly]
        for reach in () if self.is_over else REACHES:
            twin = self.copied()
            found = twin.together(orders, reach)
            if total(found) < total(placed):
                best, placed = twin, found
        for one in [p for p in placed if p.order.is_delivery and p.is_fetched]:
            roomy = best.with_room(one)
            if roomy:
                best, changed = roomy
                placed = [p for p in placed if p is not one] + changed
        return best._done(placed)

    def together(self, orders: Sequence[Order], reach: timedelta) -> list[Affected]:
        """Times for the orders sought all at once, so far from their own; who is left out then, or
        is taken out for others, is placed after them."""
        groups = self._groups(orders, reach)
        served = self.plan.served()
        people = {k: sum(o.boxes for o in self.delivery.orders.get(k, ())) for k in served}
        fixed = {k for k in served if k not in self.delivery.orders or not self._is_movable(k)}
        plan, chosen = seek(self.asked, self.plan, groups, people, fixed)
        out = served - plan.served()
        if not fixed.isdisjoint(out):
            return [self.place(order) for order in orders]
        placed = [one for g in groups if g.name in chosen for one in self._join(g, chosen[g.name])]
        stops = tuple(stop for stop in self.problem.stops if stop.id not in out)
        self.problem, self.plan = replace(self.problem, stops=stops), plan
        self.asked = replace(self.asked, stops=stops)
        settled = {one.order.id for one in placed}
        rest = [o for o in orders if o.id not in settled]
        rest += [order for name in sorted(out) for order in self.delivery.orders[name]]
        return placed + [self.place(order) for order in sorted(rest, key=lambda o: -o.boxes)]

    def _join(self, group: Group, slot: Slot) -> list[Affected]:
        """The orders of a group, in the slot in which the plan serves them."""
        stop = group.stops[slot]
        self.problem = replace(self.problem, stops=(*self.problem.stops, stop))
        self.boxes[stop.id] = tuple(order.boxes for order in group.orders)
        for order in group.orders:
            self._take(order, slot)
        return [Affected(order, slot) for order in group.orders]

    def _groups(self, orders: Sequence[Order], reach: timedelta) -> list[Group]:
        """The orders of each place and slot that may be delivered at another time."""
        by_name: dict[str, list[Order]] = {}
        for order in orders:
            if order.is_delivery and order.id not in self.room.shown:
                by_name.setdefault(stop_id(order, order.slot_id), []).append(order)
        served, groups = self.plan.served(), []
        for name, group in by_name.items():
            near = set.intersection(*({*self._near(order, 0)} for order in group))
            stops = {
                slot: self._stop(group, slot)
                for slot in sorted(near, key=lambda s: s.starts_at)
                if slot.kind == "delivery"
                and abs(slot.starts_at - group[0].slot.starts_at) <= reach
                and stop_id(group[0], slot.id) not in served
            }
            if stops:
                groups.append(Group(name, tuple(group), stops))
        return groups

    def with_room(self, one: Affected) -> tuple["Settling", list[Affected]] | None:
        """Deliver to an order all the same: somebody who is served near that time goes elsewhere
        for it, and it costs less in all; None where nobody is found."""
        people = {k: sum(o.boxes for o in group) for k, group in self.delivery.orders.items()}
        kept = [k for k in self.plan.served() & people.keys() if self._is_movable(k)]
        tries = SWAPS
        for slot in (s for s in self._near(one.order, 0) if s.kind == one.order.kind):
            for stop in sorted(kept, key=lambda k: (people[k], k)):
                moved = self.delivery.orders[stop]
                if abs(moved[0].slot.starts_at - slot.starts_at) > MOST or stop in self.boxes:
                    continue
                if not tries or self.is_over:
                    return None
                tries, twin = tries - 1, self.copied()
                if twin._take_out(stop) and twin._carries(one.order, slot, seconds=0.0):
                    twin._take(one.order, slot)
                    changed = [Affected(one.order, slot), *map(twin.place, moved)]
                    if total(changed) < one.cost:
                        return twin, changed
        return None

    def with_more_people(self, lost: Sequence[Order]) -> tuple["Settling", list[Order]]:
        """The same with stops of few people taken out, where more people keep their time for it;
        and who is left out then."""
        here, out = self.copied(), self._stops_of(lost)
        people = {k: sum(o.boxes for o in orders) for k, orders in self.delivery.orders.items()}
        tries = SWAPS
        for name in sorted(out, key=lambda stop: -people[stop]):
            served = here.plan.served() & self.delivery.orders.keys()
            small = (k for k in served if people[k] < people[name] and self._is_movable(k))
            for other in sorted(small, key=lambda stop: (people[stop], stop)):
                if not tries or self.is_over:
                    break
                tries -= 1
                if here.swap(other, name):
                    out = [k for k in out if k != name] + [other]
                    break
        return here, [o for stop in out for o in self.delivery.orders[stop]]

    def swap(self, out: str, into: str) -> bool:
        """Serve one stop instead of another, if that can be; tell whether."""
        twin = self.copied()
        if not twin._take_out(out):
            return False
        found = routing.fits(twin.asked, twin.plan, into, time_limit=0.0)
        if found is not None:
            self.problem, self.plan, self.asked = twin.problem, found, _asked(twin.problem, found)
        return found is not None

    def _take_out(self, stop: str) -> bool:
        rest = replace(self.problem, stops=tuple(s for s in self.problem.stops if s.id != stop))
        plan = retimed(rest, self.plan)
        if plan is not None:
            self.problem, self.plan, self.asked = rest, plan, _asked(rest, plan)
        return plan is not None

    def copied(self) -> "Settling":
        """The same, to try something on."""
        twin = copy(self)
        twin.orders, twin.portions = dict(self.orders), dict(self.portions)
        twin.work = {slot: dict(work) for slot, work in self.work.items()}
        twin.boxes = dict(self.boxes)
        return twin

    def _is_movable(self, stop: str) -> bool:
        orders = self.delivery.orders[stop]
        return not stop.startswith("out-") and all(map(is_to_carry, orders))

    def _stops_of(self, orders: Sequence[Order]) -> list[str]:
        ids = {order.id for order in orders}
        return [k for k, group in self.delivery.orders.items() if ids & {o.id for o in group}]

    def _near(self, order: Order, shown: int) -> list[Slot]:
        """The slots that have room, the kindest first; what was shown before all others."""
        near = [
            slot
            for slot in self.room.slots
            if slot.id == shown or abs(slot.starts_at - order.slot.starts_at) <= MOST
            if slot.id != order.slot_id and self._is_ready(slot, order)
            if self._has_room(slot, order)
        ]
        return sorted(
            near, key=lambda s: (s.id != shown, cost_of(order, order.slot, s), s.starts_at, s.id)
        )

    def _is_ready(self, slot: Slot, order: Order) -> bool:
        """Whether a meal that is late is there when it would be fetched; for a ride, the planner
        sees to it."""
        ready = latest_ready([order], self.room.ready)
        return slot.kind == "delivery" or ready is None or ready <= slot.starts_at

    def _has_room(self, slot: Slot, order: Order) -> bool:
        work = dict(self.work.get(slot.id, {}))
        for station, seconds in order.work.items():
            work[station] = work.get(station, 0) + seconds
        more = self.portions.get(slot.id, 0) + order.boxes
        orders = self.orders.get(slot.id, 0) + 1
        return not slot.is_closed and slot.takes(more, orders=orders, work=work)

    def _take(self, order: Order, slot: Slot) -> None:
        self.orders[slot.id] = self.orders.get(slot.id, 0) + 1
        self.portions[slot.id] = self.portions.get(slot.id, 0) + order.boxes
        here = self.work.setdefault(slot.id, {})
        for station, seconds in order.work.items():
            here[station] = here.get(station, 0) + seconds

    def _stop(self, orders: Sequence[Order], slot: Slot) -> routing.Stop:
        """The stop of a place in a slot with these orders, beside those that are there."""
        first = orders[0]
        name = stop_id(first, slot.id)
        there = self.delivery.orders.get(name, ())
        aboard = [*(o.boxes for o in (*there, *orders)), *self.boxes.get(name, ())]
        return new_stop(
            name,
            self.delivery.points.index((first.latitude or 0.0, first.longitude or 0.0)),
            slot,
            boxes=sum(aboard),
            orders=len(aboard),
            day_starts=self.delivery.midnight,
            ready_at=latest_ready([*orders, *there], self.room.ready),
            door=self.delivery.doors.get(first.place_name),
        )

    def _carries(self, order: Order, slot: Slot, *, seconds: float = REPAIR) -> bool:
        stop = self._stop([order], slot)
        name = stop.id
        left = min(seconds, max(0.0, self.room.until - monotonic()))
        found = routing.fits(self.asked, self.plan, stop, time_limit=left)
        if found is None:
            self.is_short = self.is_short or left < seconds
            return False
        others = tuple(s for s in self.problem.stops if s.id != name)
        self.problem = replace(self.problem, stops=(*others, stop))
        self.asked = replace(self.asked, stops=self.problem.stops)
        self.boxes[name] = (*self.boxes.get(name, ()), order.boxes)
        self.plan = found
        return True


def _asked(problem: routing.Problem, plan: routing.Plan) -> routing.Problem:
    """What a day that went wrong asks of its plan: SURE, or what the promises left reach."""
    return as_sure_as(replace(problem, reliability=min(SURE, problem.reliability)), plan)
