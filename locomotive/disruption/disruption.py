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
from ..core.status import IN_HOUSE, TO_COOK, Status
from ..ordering.order import Order, orders_of
from ..ordering.step import give_up
from ..places.travel_time import Point
from ..promise.problem import Decided, Delivery, is_to_carry
from ..promise.proposal import repropose
from ..promise.question import completed
from ..promise.tentative_plan import current_plan, delivery_of, replace_plan
from ..service.fleet import Shift, shifts_of
from ..service.service import Service
from ..service.slot import Capacity, Slot, slots_of
from ..shipments.shipment import Shipment, bring_to
from .settling import Affected, Room, Settled, Settling, total

# What an answer is the best for, the first one first.
WAYS: dict[str, str] = {
    "minutes": N_("The fewest minutes for the fewest people"),
    "people": N_("As many people as possible keep their time"),
    "fetched": N_("Nobody's time changes: these come for their meal"),
}
LOOK = 4.0  # seconds of repairs in one look, for it keeps a page waiting


class LookUnfinished(Refusal):
    message = N_("Not every other time was tried yet. Look further, then decide.")


@dataclass(frozen=True)
class Disruption:
    """What would break, and the plan in which all the rest and the proposals hold together."""

    affected: tuple[Affected, ...]
    problem: routing.Problem
    plan: routing.Plan
    seen: int
    day: float | None = None  # how surely all promises are kept then; None where all is exact
    way: str = "minutes"  # a name of WAYS: what it is the best answer for
    others: tuple["Disruption", ...] = ()  # answers that are best for something else
    shipments: tuple[Shipment, ...] = ()  # partners' shipments that could not be kept

    @property
    def people(self) -> int:
        """How many people get another time, one for each meal."""
        return sum(one.order.boxes for one in self.affected)

    @property
    def cost(self) -> int:
        """Minutes × people, an earlier meal counted double."""
        return total(self.affected)

    @property
    def slots(self) -> list[Slot | None]:
        """The slots proposed, order by order."""
        return [one.slot for one in self.affected]

    @property
    def is_sure(self) -> bool:
        """Whether every order was looked at to the end; else nothing may be applied."""
        return all(one.is_sure for one in self.affected)

    @property
    def stamp(self) -> str:
        """What a page shows along with the list: it is applied only while it is the same."""
        pairs = [(a.order.id, a.order.slot_id, a.slot.id if a.slot else 0) for a in self.affected]
        facts = (self.seen, sorted(pairs), [one.code for one in self.shipments])
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Upset:
    """What happens: shifts as they would be, slots that take nobody any more, orders that must
    move whatever the plan says; rounds that stay decided, if not all do, and the plan to change as
    little as can be; orders (by id) whose meal is ready later; another pace of every ride than the
    service's; what a page has shown already (order id → proposed slot id, or None), so that a
    second look finds the same where it still can."""

    shifts: Sequence[Shift] | None = None
    closed: frozenset[int] = frozenset()
    moved: frozenset[int] = frozenset()
    decided: Sequence[Decided] | None = None
    start: routing.Plan | None = None
    ready: Mapping[int, datetime] = field(default_factory=dict)
    pace: float | None = None
    shown: Mapping[int, int | None] = field(default_factory=dict)


def what_breaks(
    session: Session, service: Service, upset: Upset, *, depot: Point, now: datetime
) -> Disruption:
    """Find which orders could not be kept, and the kindest other times for all of them together,
    with the answers that are best for something else.

    A look ends after about LOOK seconds: what was not tried by then is not sure, and another look
    that is told what was `shown` goes on with it.
    """
    began = monotonic()
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
        pace=upset.pace,
        more=[(o.latitude or 0.0, o.longitude or 0.0) for o in moved if o.is_delivery],
        now=now,
    )
    # Half of the look is left for the other times, so that each look gets further.
    plan = completed(delivery.problem, upset.start or current.plan, until=began + LOOK / 2)
    lost = [
        order
        for stop, group in delivery.orders.items()
        if stop not in plan.served()
        for order in group
        if is_to_carry(order)
    ]
    ends, served = delivery.ends.values(), plan.served()
    torn = tuple(e.shipment for e in ends if e.is_pickup and e.planner_id not in served)
    if torn:
        delivery = _without(delivery, torn)
    others = [s for s in slots_of(session, service) if s.id not in upset.closed and s.ends_at > now]
    until = max(began + LOOK, monotonic() + LOOK / 2)
    search = Settling(delivery, plan, Room(others, upset.ready, upset.shown, until))
    # What was shown comes first, so that no other order takes its place.
    first = [o for o in moved if o.id in upset.shown]
    rest = [*lost, *(o for o in moved if o.id not in upset.shown)]
    if first or not rest:
        return _disruption(search.settled([*first, *rest]), current.version, torn)
    answers = _answers(search, lost, rest).items()
    kindest, *more = (_disruption(one, current.version, torn, way) for way, one in answers)
    whole = (one for one in reversed(more) if None not in one.slots)  # and looked at to the end
    different = {one.stamp: one for one in whole}
    different.pop(kindest.stamp, None)
    return replace(kindest, others=tuple(different.values())[::-1])


def _without(delivery: Delivery, torn: Sequence[Shipment]) -> Delivery:
    """The delivery without these shipments: nothing else is put off for them."""
    names = {end.planner_id for one in torn for end in one.ends}
    problem = delivery.problem
    stops = tuple(stop for stop in problem.stops if stop.id not in names)
    shipments = tuple(one for one in problem.shipments if one.pickup not in names)
    return replace(delivery, problem=replace(problem, stops=stops, shipments=shipments))


def _answers(search: Settling, lost: Sequence[Order], rest: Sequence[Order]) -> dict[str, Settled]:
    """The best answer for each of WAYS; who was taken out for others is among those moved."""
    plain = search.kindest(rest)
    if search.is_over:
        return {"minutes": plain}
    swapped, out = search.with_more_people(lost)
    moved = [*out, *(o for o in rest if o not in lost)]
    people = swapped.kindest(moved)
    return {
        "minutes": min((plain, people), key=lambda one: total(one.affected)),
        "people": people,
        "fetched": swapped.copied().settled(moved, frozenset({"take-away"})),
    }


def _disruption(
    settled: Settled, seen: int, torn: tuple[Shipment, ...], way: str = "minutes"
) -> Disruption:
    problem, plan = settled.problem, settled.plan
    day = None if problem.uncertainty is None else routing.reliability(problem, plan).day
    return Disruption(settled.affected, problem, plan, seen, day, way, shipments=torn)


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


def apply_disruption(
    session: Session, service: Service, disruption: Disruption, *, reason: str, now: datetime
) -> None:
    """Propose to each order its other slot and put the plan in force, all at once.

    Raises LookUnfinished, PlanMoved, SlotFull, StepImpossible; then nothing changes.
    """
    if not disruption.is_sure:
        raise LookUnfinished
    replace_plan(session, service.id, disruption.plan, seen=disruption.seen)
    for shipment in disruption.shipments:
        found = session.get_one(Shipment, shipment.id)
        bring_to(session, found, "withdrawn", now=now, reason=reason)
    for affected in disruption.affected:
        order = session.get_one(Order, affected.order.id)
        if order.reserved is not None:  # nobody's meal yet: the colleagues ask anew
            give_up(session, order, to=Status.EXPIRED, device="office", now=now)
            continue
        repropose(session, order, affected.slot, reason=reason, now=now)
