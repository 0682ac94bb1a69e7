"""Question: can this basket be handed over there, in which slots, and why not in the others?

Portions and the kitchen answer at once. For a delivery a plan is sought in which every promise
already given and the new one hold together. Nothing is written, nothing is locked.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from math import inf
from time import monotonic

from sqlalchemy.orm import Session

import routing
from routing import timed

from ..core.clock import minutes_after
from ..ordering.order import orders_of
from ..places.address import Address
from ..places.travel_time import Point
from ..service.service import Service
from ..service.slot import Slot
from .answer import (
    AfterCutoff,
    Evidence,
    KitchenFull,
    NoRoad,
    NoSlot,
    NotInZone,
    NoTricycle,
    NotSure,
    NotSureYet,
    PortionsGone,
    SlotAnswer,
    SlotClosed,
    TooFarInTime,
    TricycleFull,
    Wish,
)
from .inquiry import Subject, known_answer
from .problem import (
    LEVELS,
    Delivery,
    alone,
    as_sure_as,
    exactly,
    latest_ready,
    new_stop,
    stop_id,
    weakens,
)
from .tentative_plan import NOTHING, CurrentPlan, current_plan, delivery_of

log = logging.getLogger(__name__)
# Iterations of a repair where the stop cannot simply be inserted: the answer depends on nothing
# else. A page asks of many slots at once; whoever orders asks of one, with all the work.
QUICK, FULL = 2_000, 60_000
GUARD = 10.0  # seconds after which nobody is kept waiting, whatever the machine does
DECIDING = 10.0  # seconds of the worker for one slot
REPAIR = 0.04  # seconds for each stop that a plan has lost


def ask_slots(
    session: Session,
    slots: Sequence[Slot],
    wish: Wish,
    *,
    depot: Point,
    now: datetime,
    iterations: int = FULL,
) -> list[SlotAnswer]:
    """Answer for each slot whether the wish can be promised in it, in the order of `slots`.

    The slots are those of the wish's service and way. Nothing is written. A slot for which no
    plan was found is full when that is proven, or when the worker looked in vain; until then it is
    not sure yet. What could not be answered within GUARD is not sure.
    """
    reasons = {slot.id: _kitchen_says(slot, wish, now) for slot in slots}
    answers = {slot.id: SlotAnswer(slot, reasons[slot.id]) for slot in slots}
    open_slots = [slot for slot in slots if reasons[slot.id] is None]
    if wish.kind == "delivery" and wish.address is not None and open_slots:
        question = _Question(session, wish.service, subject_of(session, wish), depot, now)
        for answer in question.answers(open_slots, iterations):
            answers[answer.slot.id] = answer
    return [answers[slot.id] for slot in slots]


def _kitchen_says(slot: Slot, wish: Wish, now: datetime) -> NoSlot | None:
    closes = slot.ends_at if wish.is_late_call else wish.service.cutoff(slot.kind)
    if now >= closes or not wish.service.is_open:
        return AfterCutoff()
    if wish.is_outside:
        return NotInZone()
    own = wish.own_quantities
    wanted = wish.basket.quantities
    for line in wish.basket.lines:
        if wanted[line.portion.id] - own.get(line.portion.id, 0) > line.portion.remaining:
            return PortionsGone(dish=line.portion.dish.name)
    if wish.instead_of is not None and wish.instead_of.slot_id == slot.id:
        more, had = wish.basket.count - wish.instead_of.boxes, wish.instead_of.work
        work = {s: n - had.get(s, 0) for s, n in wish.basket.work.items()}
        return None if slot.takes(more, orders=0, work=work) else KitchenFull()
    if slot.is_closed:
        return SlotClosed()
    fits = slot.takes(wish.boxes, orders=wish.places, work=wish.basket.work)
    return None if fits else KitchenFull()


def subject_of(session: Session, wish: Wish) -> Subject:
    """What a delivery's question is about, for as long as the tentative plan stands."""
    assert wish.address is not None
    left_out = wish.instead_of.id if wish.instead_of else None
    seen = current_plan(session, wish.service).version
    return Subject(wish.address, wish.boxes, left_out, seen)


def decide_slot(
    session: Session, service: Service, slot: Slot, subject: Subject, *, depot: Point, now: datetime
) -> routing.Answer | None:
    """Answer for one slot with all the work there is; None when the question is out of date."""
    question = _Question(session, service, subject, depot, now)
    return question.decided(slot) if question.current.version == subject.seen else None


class _Question:
    """The promises of a service as they stand, asked for one more in several slots."""

    def __init__(
        self, session: Session, service: Service, subject: Subject, depot: Point, now: datetime
    ) -> None:
        self.session, self.subject = session, subject
        self.address: Address = subject.address
        self.boxes = subject.boxes
        self.current: CurrentPlan = current_plan(session, service)
        orders = orders_of(session, service)
        self.replaced = [order for order in orders if order.id == subject.instead_of_id]
        self.delivery: Delivery = delivery_of(
            session,
            service,
            depot,
            orders=[order for order in orders if order not in self.replaced],
            decided=self.current.decided,
            more=(self.address.point,),
            now=now,
        )
        self.plan = completed(self.delivery.problem, self.current.plan)
        # Promises given that are weak already are no reason to refuse others.
        self.asked = as_sure_as(self.delivery.problem, self.plan)
        self.questions = routing.Questions(self.asked, self.plan)

    def answers(self, slots: Sequence[Slot], iterations: int) -> list[SlotAnswer]:
        """Answer for each slot."""
        if not self.delivery.problem.vehicles:
            return [SlotAnswer(slot, NoTricycle()) for slot in slots]
        if not self._is_on_a_street():
            return [SlotAnswer(slot, NoRoad()) for slot in slots]
        until, answers = monotonic() + GUARD, []
        for slot in slots:
            if monotonic() > until:
                log.warning("no time left to answer for the slot of %s", slot.starts_at)
                answers.append(SlotAnswer(slot, NotSure(), is_proven=False))
            else:
                answers.append(self._settled(slot, self._asked(slot, iterations)))
        return answers

    def decided(self, slot: Slot) -> routing.Answer:
        """Answer for one slot with the exact planner too."""
        stop = self._stop(slot)
        found = routing.decide(self.asked, self.plan, stop, time_limit=DECIDING)
        return self._checked(slot, found)

    def _settled(self, slot: Slot, answer: SlotAnswer) -> SlotAnswer:
        """The answer, or what the worker found that looked further."""
        if answer.is_possible or answer.is_proven:
            return answer
        inquiry = known_answer(self.session, self.subject, slot.id)
        if inquiry is None:
            return answer
        if inquiry.found is not None:
            return SlotAnswer(slot, evidence=self._evidence(slot, inquiry.found))
        return SlotAnswer(slot, TricycleFull(), is_proven=inquiry.is_proven)

    def _asked(self, slot: Slot, iterations: int) -> SlotAnswer:
        answer = self._checked(slot, self.questions.ask(self._stop(slot), iterations=iterations))
        if answer.plan is not None:
            return SlotAnswer(slot, evidence=self._evidence(slot, answer.plan))
        if self._is_too_far(slot):
            return SlotAnswer(slot, TooFarInTime())
        reason = TricycleFull() if answer.is_proven else NotSureYet()
        return SlotAnswer(slot, reason, is_proven=answer.is_proven)

    def _checked(self, slot: Slot, answer: routing.Answer) -> routing.Answer:
        """The answer, unless its plan weakens a promise that is weak already."""
        problem, stop = self.delivery.problem, self._stop(slot)
        if answer.plan is None or self.asked is problem:
            return answer
        others = [other for other in problem.stops if other.id != stop.id]
        with_it = replace(problem, stops=(*others, stop))
        if weakens(with_it, self.plan, answer.plan):
            return routing.Answer(None, is_proven=False)
        return answer

    def _stop(self, slot: Slot) -> routing.Stop:
        """The stop of this place and slot, with what is promised there already."""
        name = stop_id(self.address, slot.id)
        there = self.delivery.orders.get(name, ())
        return new_stop(
            name,
            self.delivery.points.index(self.address.point),
            slot,
            boxes=self.boxes + sum(order.boxes for order in there),
            orders=1 + len(there),
            day_starts=self.delivery.midnight,
            ready_at=latest_ready([*there, *self.replaced], {}),
            door=self.delivery.doors.get(self.address.name),
        )

    def _is_on_a_street(self) -> bool:
        """Whether a way leads there and back; none does to the middle of a lake."""
        here = self.delivery.points.index(self.address.point)
        ways: Sequence[Sequence[int | None]] = self.delivery.problem.durations
        return ways[0][here] is not None and ways[here][0] is not None

    def _is_too_far(self, slot: Slot) -> bool:
        # Empty, for it is about the way: too many boxes are another reason.
        stop = replace(self._stop(slot), delivery=(0,))
        problem = alone(self.delivery.problem, stop)
        return routing.fits(problem, NOTHING, stop.id, time_limit=0.0) is None

    def _evidence(self, slot: Slot, plan: routing.Plan) -> Evidence:
        name = stop_id(self.address, slot.id)
        start = next(v.start for _, trip in plan.trips() for v in trip.visits if v.stop == name)
        margin = -minutes_after(self.delivery.at(start), slot.ends_at)
        seen, points = self.current.version, self.delivery.points
        return Evidence(plan, seen, margin, self.address.point, points)


def completed(problem: routing.Problem, plan: routing.Plan, *, until: float = inf) -> routing.Plan:
    """The plan brought to the problem as it stands: every stop that can be served beside the
    others is served; `until` (seconds of `monotonic`) ends the repairs, not the insertions.

    What does not fit is at risk already, and no reason to refuse others: it is left out. What
    cannot be kept as surely as asked is served all the same.
    """
    whole = _completed(problem, plan, until)
    ends = {name for one in problem.shipments for name in (one.pickup, one.delivery)}
    if not ends or whole.served() >= {stop.id for stop in problem.stops} - ends:
        return whole
    # No shipment costs a meal its promise: the meals first, then what finds room beside them.
    meals = tuple(stop for stop in problem.stops if stop.id not in ends)
    first = _completed(replace(problem, stops=meals, shipments=()), plan, until)
    then = _completed(problem, first, until)
    return max((whole, then), key=lambda one: (len(one.served() - ends), len(one.served())))


def _completed(problem: routing.Problem, plan: routing.Plan, until: float) -> routing.Plan:
    sure = _with_all(problem, plan, until)
    if problem.uncertainty is None or sure.served() == {stop.id for stop in problem.stops}:
        return sure
    exact = _with_all(exactly(problem), plan, until)
    return max((sure, exact), key=lambda one: len(one.served()))


def _with_all(problem: routing.Problem, plan: routing.Plan, until: float) -> routing.Plan:
    plan = retimed(problem, plan) or _built_up(problem, plan)
    for stop in problem.stops:
        if stop.id not in plan.served():
            left = min(REPAIR, max(0.0, until - monotonic()))
            plan = served_too(problem, plan, stop.id, time_limit=left) or plan
    return plan


def served_too(
    problem: routing.Problem, plan: routing.Plan, stop: str, *, time_limit: float
) -> routing.Plan | None:
    """The plan with one more stop that is promised already: as surely as asked, else as surely
    as can be."""
    asked = as_sure_as(problem, plan)
    lower = [level for level in LEVELS if asked.uncertainty and level < asked.reliability]
    for one in (asked, *(replace(asked, reliability=level) for level in lower)):
        found = routing.fits(one, plan, stop, time_limit=time_limit / (1 + len(lower)))
        if found is not None or asked.uncertainty is None:
            return found
    return routing.fits(exactly(problem), plan, stop, time_limit=time_limit)


def _movable(problem: routing.Problem) -> set[str]:
    """The stops that no released round carries."""
    locks = [lock for lock in problem.locks if isinstance(lock, routing.Frozen)]
    left = {visit.stop for lock in locks for visit in lock.trip.visits}
    return {stop.id for stop in problem.stops} - left


def retimed(problem: routing.Problem, plan: routing.Plan) -> routing.Plan | None:
    """The plan's trips without the stops that are gone; None when they break a rule now."""
    movable, vehicles = _movable(problem), {vehicle.id for vehicle in problem.vehicles}
    sequences: dict[str, list[list[str]]] = {}
    for vehicle, trip in plan.trips():
        names = [visit.stop for visit in trip.visits if visit.stop in movable]
        if names and vehicle in vehicles:
            sequences.setdefault(vehicle, []).append(names)
    try:
        same = timed(problem, sequences)
    except KeyError:  # a leg of it can no longer be ridden
        return None
    left_out = [stop.id for stop in problem.stops if stop.id not in same.served()]
    same = replace(
        same,
        unassigned=tuple(routing.Unassigned(s, "fleet_full", "Not planned.") for s in left_out),
    )
    return None if routing.violations(exactly(problem), same) else same


def _built_up(problem: routing.Problem, plan: routing.Plan) -> routing.Plan:
    """As many of the plan's stops as still fit together, the earliest first."""
    starts = {visit.stop: visit.start for _, trip in plan.trips() for visit in trip.visits}
    movable = _movable(problem)
    built = timed(problem, {})
    for name in sorted(movable & starts.keys(), key=lambda stop: starts[stop]):
        built = routing.fits(problem, built, name, time_limit=0.0) or built
    return built
