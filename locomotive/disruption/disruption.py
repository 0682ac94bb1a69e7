"""Disruption: what an act of the office would break, order by order, and what it proposes instead.

Shown first, applied only when nothing has changed since: the plan that was shown is put in force
by its version.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic

from sqlalchemy.orm import Session

import routing

from ..core.refusal import N_, Refusal
from ..core.status import IN_HOUSE, TO_COOK
from ..ordering.order import Order, orders_of
from ..places.travel_time import Point
from ..promise.problem import Decided, Delivery, is_to_carry, latest_ready, new_stop, stop_id
from ..promise.proposal import repropose
from ..promise.question import completed, retimed
from ..promise.tentative_plan import current_plan, delivery_of, replace_plan
from ..service.fleet import Shift, shifts_of
from ..service.service import Service
from ..service.slot import Capacity, Slot, slots_of

REPAIR = 0.1  # seconds for each other slot that is tried
LOOK = 4.0  # seconds of repairs in one look, for it keeps a page waiting


class LookUnfinished(Refusal):
    message = N_("Not every other time was tried yet. Look further, then decide.")


@dataclass(frozen=True)
class Affected:
    """An order whose promise would break, and the slot proposed instead, if there is one; not
    sure when time ran out before every slot was tried."""

    order: Order
    slot: Slot | None
    is_sure: bool = True


@dataclass(frozen=True)
class Disruption:
    """What would break, and the plan in which all the rest and the proposals hold together."""

    affected: tuple[Affected, ...]
    plan: routing.Plan
    seen: int

    @property
    def is_sure(self) -> bool:
        """Whether every order was looked at to the end; else nothing may be applied."""
        return all(one.is_sure for one in self.affected)

    @property
    def stamp(self) -> str:
        """What a page shows along with the list: it is applied only while it is the same."""
        pairs = [(a.order.id, a.order.slot_id, a.slot.id if a.slot else 0) for a in self.affected]
        return hashlib.sha256(repr((self.seen, pairs)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Upset:
    """What happens: shifts as they would be, slots that take nobody any more, orders that must
    move whatever the plan says; rounds that stay decided, if not all do, and the plan to change as
    little as can be; orders (by id) whose meal is ready later; what a page has shown already (order
    id → proposed slot id, or None), so that a second look finds the same where it still can."""

    shifts: Sequence[Shift] | None = None
    closed: frozenset[int] = frozenset()
    moved: frozenset[int] = frozenset()
    decided: Sequence[Decided] | None = None
    start: routing.Plan | None = None
    ready: Mapping[int, datetime] = field(default_factory=dict)
    shown: Mapping[int, int | None] = field(default_factory=dict)


def what_breaks(
    session: Session, service: Service, upset: Upset, *, depot: Point, now: datetime
) -> Disruption:
    """Find which orders could not be kept, and the nearest slot in which each still could.

    A look ends after LOOK seconds: what was not tried by then is not sure, and another look that
    is told what was `shown` goes on with it.
    """
    until = monotonic() + LOOK
    current = current_plan(session, service)
    leaves = upset.moved | upset.shown.keys()
    orders = [o for o in orders_of(session, service) if o.id not in leaves]
    shifts = shifts_of(session, service) if upset.shifts is None else upset.shifts
    moved = [o for o in orders_of(session, service) if o.id in leaves and o.status in IN_HOUSE]
    delivery = delivery_of(
        session,
        service,
        depot,
        orders=orders,
        shifts=shifts,
        decided=current.decided if upset.decided is None else upset.decided,
        ready=upset.ready,
        more=[(o.latitude or 0.0, o.longitude or 0.0) for o in moved if o.is_delivery],
        now=now,
    )
    plan = completed(delivery.problem, upset.start or current.plan, until=until)
    lost = [
        order
        for stop, group in delivery.orders.items()
        if stop not in plan.served()
        for order in group
        if is_to_carry(order)
    ]
    search = _Search(delivery, plan, slots_of(session, service), upset, now, until)
    # What was shown comes first, so that no other order takes its place.
    first = [o for o in moved if o.id in upset.shown]
    others = [o for o in moved if o.id not in upset.shown]
    affected = tuple(search.place(order) for order in [*first, *lost, *others])
    return Disruption(affected, search.settled_plan(), current.version)


def newest_beyond(slot: Slot, orders: Sequence[Order], wanted: Capacity | None) -> list[Order]:
    """The newest orders of a slot beyond what it shall take; what is cooked already stays."""
    if wanted is None:
        return []
    movable = [o for o in orders if o.slot_id == slot.id and o.status in TO_COOK]
    over, portions = slot.used - wanted.orders, slot.used_portions - wanted.portions
    beyond = []
    for order in sorted(movable, key=lambda o: (o.placed_at, o.id), reverse=True):
        if over > 0 or portions > 0:
            beyond.append(order)
            over, portions = over - 1, portions - order.boxes
    return beyond


class _Search:
    """Looks for another slot for one order after the other; each finds what the last one left."""

    def __init__(
        self,
        delivery: Delivery,
        plan: routing.Plan,
        slots: Sequence[Slot],
        upset: Upset,
        now: datetime,
        until: float,
    ) -> None:
        self.until = until
        # Whether a slot was refused by a look that was too short to tell.
        self.is_short = False
        self.delivery, self.plan, self.upset = delivery, plan, upset
        self.problem = delivery.problem
        self.slots = [s for s in slots if s.id not in upset.closed and s.ends_at > now]
        self.taken = {s.id: s.used for s in slots}
        self.taken_portions = {s.id: s.used_portions for s in slots}
        self.taken_work: dict[int, dict[str, int]] = {}  # by the orders placed anew
        self.boxes: dict[str, list[int]] = {}

    def place(self, order: Order) -> Affected:
        """The nearest slot in which the order can still be had; of two, the later one."""
        shown = self.upset.shown.get(order.id, 0)
        if shown is None:
            return Affected(order, None)
        if order.is_delivery and monotonic() >= self.until:
            return Affected(order, None, is_sure=False)
        self.is_short = False
        near = sorted(
            (s for s in self.slots if s.id != order.slot_id and self._takes(s, order)),
            key=lambda s: (
                s.id != shown,
                s.kind != order.kind,
                abs(s.starts_at - order.slot.starts_at),
                s.id,
            ),
        )
        for slot in near:
            if self.is_short and slot.kind != order.kind:
                break
            if slot.kind == "take-away" or self._carries(order, slot):
                self.taken[slot.id] += 1
                self.taken_portions[slot.id] += order.boxes
                here = self.taken_work.setdefault(slot.id, {})
                for station, seconds in order.work.items():
                    here[station] = here.get(station, 0) + seconds
                return Affected(order, slot)
        return Affected(order, None, is_sure=not self.is_short)

    def settled_plan(self) -> routing.Plan:
        """The plan without the places that were left."""
        served = self.plan.served()
        stops = tuple(stop for stop in self.problem.stops if stop.id in served)
        return retimed(replace(self.problem, stops=stops), self.plan) or self.plan

    def _takes(self, slot: Slot, order: Order) -> bool:
        if slot.is_closed:
            return False
        more = self.taken_portions[slot.id] - slot.used_portions + order.boxes
        orders = self.taken[slot.id] - slot.used + 1
        work = dict(self.taken_work.get(slot.id, {}))
        for station, seconds in order.work.items():
            work[station] = work.get(station, 0) + seconds
        return slot.takes(more, orders=orders, work=work)

    def _carries(self, order: Order, slot: Slot) -> bool:
        point = (order.latitude or 0.0, order.longitude or 0.0)
        name = stop_id(order, slot.id)
        aboard = [o.boxes for o in self.delivery.orders.get(name, ())] + self.boxes.get(name, [])
        stop = new_stop(
            name,
            self.delivery.points.index(point),
            slot,
            boxes=sum(aboard) + order.boxes,
            orders=len(aboard) + 1,
            day_starts=self.delivery.midnight,
            ready_at=latest_ready([order, *self.delivery.orders.get(name, ())], self.upset.ready),
            door=self.delivery.doors.get(order.place_name),
        )
        left = min(REPAIR, max(0.0, self.until - monotonic()))
        found = routing.fits(self.problem, self.plan, stop, time_limit=left)
        if found is None:
            self.is_short = self.is_short or left < REPAIR
            return False
        others = tuple(s for s in self.problem.stops if s.id != name)
        self.problem = replace(self.problem, stops=(*others, stop))
        self.boxes.setdefault(name, []).append(order.boxes)
        self.plan = found
        return True


def apply_disruption(
    session: Session, service: Service, disruption: Disruption, *, reason: str, now: datetime
) -> None:
    """Propose to each order its other slot and put the plan in force, all at once.

    Raises LookUnfinished, PlanMoved, SlotFull, StepImpossible; then nothing changes.
    """
    if not disruption.is_sure:
        raise LookUnfinished
    replace_plan(session, service.id, disruption.plan, seen=disruption.seen)
    for affected in disruption.affected:
        order = session.get_one(Order, affected.order.id)
        repropose(session, order, affected.slot, reason=reason, now=now)
