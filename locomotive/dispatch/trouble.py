"""Trouble: a day that goes wrong, and the smallest change of the rounds that answers it.

What has left stays as it left. Everything else may move, and moves as little as it can; who would
be served at another time is shown before anything is changed, and told once when it is.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

import routing
from routing import timed

from ..core.actor import Actor
from ..core.refusal import N_, Invalid, Refusal
from ..core.status import IN_HOUSE, TO_COOK
from ..disruption.disruption import Disruption, Upset, apply_disruption, what_breaks
from ..menu.dish import Dish
from ..menu.menu import Portion
from ..ordering.order import Order, orders_of, touch
from ..ordering.step import cancel
from ..places.roads import passages
from ..places.travel_time import Point
from ..promise.problem import READY_BEFORE, Decided, stop_id
from ..promise.question import served_too
from ..promise.tentative_plan import current_plan, delivery_of
from ..rounds.act import acts_of
from ..rounds.release import decided_rounds, take_back
from ..rounds.round import Round, RoundStop, rounds_of
from ..service.fleet import Shift, shifts_as, shifts_of
from ..service.service import Service
from .lock import whole_delivery
from .planning import last_planning
from .publication import stamp_of, write_rounds

# The kinds of trouble, as the page offers them.
KINDS: dict[str, str] = {
    "tricycle": N_("A tricycle is out"),
    "rider": N_("A rider starts late"),
    "batch": N_("A batch is late"),
    "place": N_("A workplace cancels"),
    "passage": N_("A passage is closed, or the roads changed"),
    "late": N_("An order came late"),
}
LATEST = timedelta(hours=3)


class TroubleInvalid(Invalid):
    message = N_("Say what went wrong: choose, and fill in the fields beside it.")


class TimeMissing(Invalid):
    message = N_("Write a time of this lunch, such as 12:05.")


class LatenessInvalid(Invalid):
    message = N_("Write how many minutes late it is: a whole number from 1 to %(most)s.")


class NoPassageMarked(Refusal):
    message = N_(
        "No passage is marked, and the roads are those of the rounds: nothing would change. Mark "
        "the passage on the map first."
    )


class NobodyThere(Invalid):
    message = N_("No order that is still to come goes there.")


@dataclass(frozen=True)
class Trouble:
    """What went wrong: of each kind only its own fields count; `shown` is what a page has proposed
    already (order id → slot id, or None)."""

    kind: str
    tricycle_id: int | None = None
    at: datetime | None = None
    dish_id: int | None = None
    minutes: int = 0
    place: str = ""
    reason: str = ""  # what the customers read
    shown: Mapping[int, int | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What would be done about a trouble: who is touched, who is cancelled, what changes."""

    found: Disruption
    cancelled: tuple[Order, ...] = ()
    freed: tuple[int, ...] = ()  # rounds that were released and have not left
    ready: dict[int, datetime] = field(default_factory=dict)
    shifts: Sequence[Shift] = ()
    reason: str = ""

    @property
    def stamp(self) -> str:
        """What the page shows along with the answer."""
        return f"{self.found.stamp}{self.and_then}"

    @property
    def and_then(self) -> str:
        """What is done besides, whoever gets another time."""
        return f"-{len(self.cancelled)}-{len(self.freed)}"


def answer_to(
    session: Session, service: Service, trouble: Trouble, *, depot: Point, now: datetime
) -> Answer:
    """Find the smallest change; nothing is written.

    Raises TroubleInvalid, TimeMissing, LatenessInvalid, NobodyThere, NoPassageMarked.
    """
    if trouble.kind not in KINDS:
        raise TroubleInvalid(field="kind")
    if trouble.kind == "passage" and not _roads_changed(session, service):
        raise NoPassageMarked
    shifts = _shifts(session, service, trouble)
    ready = _ready(session, service, trouble)
    cancelled = _cancelled(session, service, trouble)
    freed = _freed(session, service, trouble, ready)
    kept, start = _taken_back(session, service, freed, depot)
    gone = {order.id for order in cancelled}
    upset = Upset(shifts=shifts, decided=kept, start=start, ready=ready, shown=trouble.shown)
    found = what_breaks(session, service, upset, depot=depot, now=now)
    return Answer(
        _without(found, gone),
        tuple(cancelled),
        tuple(r.id for r in freed),
        ready,
        shifts,
        trouble.reason,
    )


def _without(found: Disruption, gone: Set[int]) -> Disruption:
    """The answers without the orders that are cancelled."""
    touched = tuple(one for one in found.affected if one.order.id not in gone)
    others = tuple(_without(other, gone) for other in found.others)
    return replace(found, affected=touched, others=others)


def apply_answer(
    session: Session,
    service: Service,
    answer: Answer,
    *,
    device: str,
    depot: Point,
    now: datetime,
) -> None:
    """Do what was shown: rounds taken back, orders proposed anew or cancelled, rounds rewritten.

    Raises PlanMoved, SlotFull, StepImpossible; then nothing changes.
    """
    touch(session, service.id)
    for round_id in answer.freed:
        take_back(session, session.get_one(Round, round_id))
    _change_shifts(shifts_of(session, service), answer.shifts)
    for order_id, ready_at in answer.ready.items():
        session.get_one(Order, order_id).ready_at = ready_at
    session.flush()
    apply_disruption(session, service, answer.found, reason=answer.reason, now=now)
    for order in answer.cancelled:
        found = session.get_one(Order, order.id)
        reason = answer.reason[:200]
        cancel(session, found, actor=Actor.OFFICE, device=device, now=now, reason=reason)
    _write(session, service, depot=depot, now=now)


def _change_shifts(shifts: Sequence[Shift], wanted: Sequence[Shift]) -> None:
    changed = {shift.id: shift for shift in wanted}
    for shift in shifts:
        if shift.id in changed:
            one = changed[shift.id]
            shift.starts_at, shift.ends_at, shift.is_off = one.starts_at, one.ends_at, one.is_off


def _write(session: Session, service: Service, *, depot: Point, now: datetime) -> None:
    """Make the plan in force the rounds, as far as rounds were made before."""
    if not rounds_of(session, service):
        return
    session.expire_all()
    decided = decided_rounds(session, service)
    delivery = whole_delivery(session, service, depot, decided=decided)
    plan = current_plan(session, service).plan
    known = {*delivery.orders, *delivery.ends}
    sequences: dict[str, list[list[str]]] = {}
    for vehicle, trip in plan.trips():
        names = [v.stop for v in trip.visits if v.stop in known and not v.stop.startswith("out-")]
        if names:
            sequences.setdefault(vehicle, []).append(names)
    same = timed(delivery.problem, sequences)
    for name in delivery.collections:  # they join where they push nobody
        same = served_too(delivery.problem, same, name, time_limit=0.0) or same
    write_rounds(session, service, delivery, same, now=now)


def _shifts(session: Session, service: Service, trouble: Trouble) -> Sequence[Shift]:
    shifts = shifts_of(session, service)
    if trouble.kind not in ("tricycle", "rider"):
        return shifts
    mine = next((s for s in shifts if s.tricycle_id == trouble.tricycle_id), None)
    if mine is None:
        raise TroubleInvalid(field="tricycle")
    if trouble.at is None:
        raise TimeMissing(field="at")
    copies = shifts_as(service, shifts, {})
    copy = next(s for s in copies if s.id == mine.id)
    if trouble.kind == "tricycle":
        if trouble.at <= mine.starts_at:
            copy.is_off = True
        else:
            copy.ends_at = min(mine.ends_at, trouble.at)
    elif trouble.at >= mine.ends_at:
        copy.is_off = True
    else:
        copy.starts_at = max(mine.starts_at, trouble.at)
    return copies


def _roads_changed(session: Session, service: Service) -> bool:
    """Whether a passage is marked for that day, or something is not as when it was planned."""
    if passages(session, day=service.date):
        return True
    planning = last_planning(session, service)
    return planning is not None and planning.stamp != stamp_of(session, service)


def _ready(session: Session, service: Service, trouble: Trouble) -> dict[int, datetime]:
    """Orders with the late dish, and when they are ready then."""
    if trouble.kind != "batch":
        return {}
    late = timedelta(minutes=trouble.minutes)
    if not timedelta() < late <= LATEST:
        raise LatenessInvalid(field="minutes", most=LATEST // timedelta(minutes=1))
    dish = session.get(Dish, trouble.dish_id) if trouble.dish_id else None
    if dish is None:
        raise TroubleInvalid(field="dish")
    portions = set(session.scalars(select(Portion.id).where(Portion.dish_id == dish.id)))
    return {
        order.id: (order.ready_at or order.slot.starts_at - READY_BEFORE) + late
        for order in orders_of(session, service)
        if order.is_delivery and order.status in TO_COOK and portions.intersection(order.quantities)
    }


def _cancelled(session: Session, service: Service, trouble: Trouble) -> list[Order]:
    if trouble.kind != "place":
        return []
    found = [
        order
        for order in orders_of(session, service)
        if order.is_delivery
        and order.status in IN_HOUSE
        and trouble.place
        and trouble.place in (order.place_name, order.street)
    ]
    if not found:
        raise NobodyThere(field="place")
    return found


def _freed(
    session: Session, service: Service, trouble: Trouble, ready: dict[int, datetime]
) -> list[Round]:
    """The released rounds that have not left and that the trouble touches: they are taken back."""
    touches: dict[str, Callable[[Round], bool]] = {
        "tricycle": lambda r: r.tricycle_id == trouble.tricycle_id,
        "rider": lambda r: r.tricycle_id == trouble.tricycle_id,
        "batch": lambda r: any(order.id in ready for order in r.orders),
        "passage": lambda r: True,
    }
    is_touched = touches.get(trouble.kind)
    if is_touched is None:
        return []
    return [
        round_
        for round_ in rounds_of(session, service)
        if round_.is_released
        and not round_.has_left
        and not acts_of(session, round_)
        and is_touched(round_)
    ]


def _taken_back(
    session: Session, service: Service, freed: Sequence[Round], depot: Point
) -> tuple[list[Decided], routing.Plan]:
    """The rounds that stay decided, and the plan in force with the others among its trips."""
    names = {stop.planner_id: stop for round_ in freed for stop in round_.stops}
    decided = decided_rounds(session, service)
    kept = [one for one in decided if not names.keys() & one.aboard.keys()]
    current = current_plan(session, service).plan
    delivery = delivery_of(session, service, depot, decided=kept)
    sequences: dict[str, list[list[str]]] = {}
    vehicles = {vehicle.id for vehicle in delivery.problem.vehicles}
    known = {*delivery.orders, *delivery.ends}
    for one in (d for d in decided if d not in kept):
        stops = [names[visit.stop] for visit in one.trip.visits if visit.stop in names]
        trip = [key for stop in stops if (key := _key_again(stop))]
        _add(sequences, one.vehicle, trip, known, vehicles)
    for vehicle, current_trip in current.trips():
        trip = [v.stop for v in current_trip.visits if not v.stop.startswith("out-")]
        _add(sequences, vehicle, trip, known, vehicles)
    for trips in sequences.values():
        trips.sort(key=lambda trip: min(_opens(delivery.problem, name) for name in trip))
    return kept, timed(delivery.problem, sequences)


def _key_again(stop: RoundStop) -> str:
    """The planner's name of a stop whose round is taken back; a collection finds its own place."""
    if stop.end is not None:
        return stop.end.planner_id
    return stop_id(stop.orders[0], stop.orders[0].slot_id) if stop.orders else ""


def _add(
    sequences: dict[str, list[list[str]]],
    vehicle: str,
    trip: Sequence[str],
    known: Set[str],
    vehicles: set[str],
) -> None:
    placed = {name for trips in sequences.values() for one in trips for name in one}
    names = [name for name in trip if name in known and name not in placed]
    if names and vehicle in vehicles:
        sequences.setdefault(vehicle, []).append(names)


def _opens(problem: routing.Problem, name: str) -> int:
    return next(stop.time_window[0] for stop in problem.stops if stop.id == name)
