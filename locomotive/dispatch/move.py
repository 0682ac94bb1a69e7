"""Move: a stop that somebody puts elsewhere by hand, and what that would break."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy.orm import Session

import routing
from routing import timed, travelled

from ..core.refusal import N_, Refusal
from ..ordering.order import touch
from ..places.travel_time import Point
from ..promise.problem import Delivery, exactly
from ..rounds.release import RoundReleased, RoundsChanged
from ..rounds.round import Round, RoundStop, rounds_of
from ..service.fleet import shifts_of
from ..service.service import Service
from .lock import locked_delivery
from .publication import keys_of, write_rounds


class Break(Refusal):
    """One promise or rule that the moved plan would not keep."""

    message = N_("A rule of the rounds would be broken.")


class ServedLate(Break):
    message = N_("%(place)s: served at %(at)s, %(minutes)s min after the promised time.")


class MealTooOld(Break):
    message = N_(
        "%(place)s: served %(minutes)s min after leaving the kitchen; a meal stays good "
        "%(most)s min."
    )


class TooFull(Break):
    message = N_("%(tricycle)s: %(boxes)s boxes too many aboard (it takes %(capacity)s).")


class ShiftOver(Break):
    message = N_("%(tricycle)s: back at %(at)s, %(minutes)s min after the end of its shift.")


class MoveBreaks(Refusal):
    """Nothing was changed; `breaks` are the promises and rules, in the order of the day."""

    message = N_("This move would break a promise or a rule. Nothing was changed.")

    def __init__(self, breaks: Sequence[Break]) -> None:
        super().__init__()
        self.breaks = breaks or (Break(),)


@dataclass(frozen=True)
class Move:
    """What somebody asks: this stop to that place of that round, as the page showed them.

    `seen` is the stamp of the stop's round: ids and numbers are given again by the next plan.
    """

    stop_id: int
    to_round: int
    position: int
    seen: str


def move_stop(
    session: Session,
    service: Service,
    move: Move,
    *,
    depot: Point,
    now: datetime,
) -> None:
    """Move a stop to a position (from 1) of a round, if every rule and promise still holds.

    Raises RoundReleased, RoundsChanged, MoveBreaks; then nothing changes.
    """
    touch(session, service.id)  # first, so that two moves wait for each other
    delivery, plan = _moved(session, service, move, depot)
    if routing.violations(exactly(delivery.problem), plan):
        raise MoveBreaks(list(breaks(delivery, plan, _names(session, service))))
    write_rounds(session, service, delivery, plan, now=now)


@dataclass(frozen=True)
class Shifted:
    """A stop that would be served at another time."""

    place: str
    before: datetime
    after: datetime
    margin_minutes: int  # from then to the end of what was promised


@dataclass(frozen=True)
class Effect:
    """What a move would do: riding time more or less (seconds), who is served when, what breaks,
    how surely the day is kept."""

    cost_seconds: int
    shifted: tuple[Shifted, ...]
    breaks: tuple[Break, ...]
    day: float  # how surely all promises would be kept


def effect_of(session: Session, service: Service, move: Move, *, depot: Point) -> Effect:
    """What a move would do; nothing is written. Raises RoundReleased, RoundsChanged."""
    delivery, plan = _moved(session, service, move, depot)
    rounds = rounds_of(session, service)
    stops = {stop.id: stop for round_ in rounds for stop in round_.stops}
    current = {key: stops[id_] for id_, key in keys_of(delivery, rounds).items()}
    shifted = []
    for _vehicle, trip in plan.trips():
        for visit in trip.visits:
            stop, after = current.get(visit.stop), delivery.at(visit.start)
            if stop is not None and abs(after - stop.serves_at) >= timedelta(minutes=1):
                margin = int((stop.window_ends_at - after).total_seconds() // 60)
                place = stop.place_name or stop.street
                shifted.append(Shifted(place, stop.serves_at, after, margin))
    is_broken = bool(routing.violations(exactly(delivery.problem), plan))
    names = _names(session, service)
    return Effect(
        cost_seconds=_riding(delivery, plan) - _ridden(rounds),
        shifted=tuple(sorted(shifted, key=lambda one: one.after)),
        breaks=tuple(breaks(delivery, plan, names)) or ((Break(),) if is_broken else ()),
        day=routing.reliability(delivery.problem, plan).day,
    )


def _riding(delivery: Delivery, plan: routing.Plan) -> int:
    """Seconds ridden in all trips of a plan."""
    trips = [trip for _vehicle, trip in plan.trips()]
    return sum(travelled(delivery.problem, trip, "duration") for trip in trips)


def _ridden(rounds: Sequence[Round]) -> int:
    """Seconds ridden in the current rounds."""
    total = timedelta()
    for round_ in rounds:
        left_at = round_.departs_at
        for stop in round_.stops:
            total += stop.arrives_at - left_at
            left_at = stop.leaves_at
        total += round_.returns_at - left_at
    return int(total.total_seconds())


def _names(session: Session, service: Service) -> dict[str, str]:
    return {str(s.tricycle_id): s.tricycle.name for s in shifts_of(session, service)}


def _moved(
    session: Session, service: Service, move: Move, depot: Point
) -> tuple[Delivery, routing.Plan]:
    """The plan as the move would leave it. Raises RoundReleased, RoundsChanged."""
    rounds = rounds_of(session, service)
    stop = next((s for r in rounds for s in r.stops if s.id == move.stop_id), None)
    to_round = next((r for r in rounds if r.number == move.to_round), None)
    if stop is None or to_round is None or stop.round.stamp != move.seen:
        raise RoundsChanged
    for touched in (stop.round, to_round):
        if touched.is_released:
            raise RoundReleased(number=touched.number)
    delivery = locked_delivery(session, service, depot)
    return delivery, _replanned(delivery, rounds, stop, to_round, move.position)


def _replanned(
    delivery: Delivery,
    rounds: Sequence[Round],
    stop: RoundStop,
    to_round: Round,
    position: int,
) -> routing.Plan:
    keys = keys_of(delivery, rounds)
    moved = keys.get(stop.id)
    if moved is None:
        raise RoundsChanged
    sequences: dict[str, list[list[str]]] = {}
    for round_ in sorted(rounds, key=lambda r: r.loading_at):
        if round_.is_released:
            continue
        trip = [key for s in round_.stops if (key := keys.get(s.id)) and key != moved]
        if round_.id == to_round.id:
            trip.insert(min(max(position, 1) - 1, len(trip)), moved)
        if trip:
            sequences.setdefault(str(round_.tricycle_id), []).append(trip)
    return _complete(delivery, timed(delivery.problem, sequences))


def _complete(delivery: Delivery, plan: routing.Plan) -> routing.Plan:
    """The plan with every stop that it does not serve named as left out."""
    left_out = [stop.id for stop in delivery.problem.stops if stop.id not in plan.served()]
    return replace(
        plan,
        unassigned=tuple(routing.Unassigned(key, "fleet_full", "Not planned.") for key in left_out),
    )


def breaks(delivery: Delivery, plan: routing.Plan, tricycles: dict[str, str]) -> Iterator[Break]:
    """What the plan does not keep, in words; `tricycles` are vehicle ids and names."""
    for vehicle, trip in plan.trips():
        if any(isinstance(k, routing.Frozen) and k.trip == trip for k in delivery.problem.locks):
            continue
        yield from _late_or_old(delivery, trip)
        yield from _full_or_over(delivery, vehicle, trip, tricycles)


def _late_or_old(delivery: Delivery, trip: routing.Trip) -> Iterator[Break]:
    stops = {stop.id: stop for stop in delivery.problem.stops}
    for visit in trip.visits:
        stop, place = stops[visit.stop], delivery.place(visit.stop)
        late = visit.start - stop.time_window[1]
        age = visit.start - trip.departure
        if late > 0:
            at = delivery.at(_next_minute(visit.start))
            yield ServedLate(place=place, at=at, minutes=ceil(late / 60))
        if stop.freshness is not None and age > stop.freshness:
            yield MealTooOld(place=place, minutes=ceil(age / 60), most=stop.freshness // 60)


def _next_minute(seconds: int) -> int:
    """Rounded up as the minutes late are, so that a clock and a lateness beside it agree."""
    return -(-seconds // 60) * 60


def _full_or_over(
    delivery: Delivery, vehicle_id: str, trip: routing.Trip, tricycles: dict[str, str]
) -> Iterator[Break]:
    vehicle = next(v for v in delivery.problem.vehicles if v.id == vehicle_id)
    stops = {stop.id: stop for stop in delivery.problem.stops}
    aboard = sum(stops[visit.stop].delivery[0] for visit in trip.visits)
    loads = [aboard]
    for stop in (stops[visit.stop] for visit in trip.visits):
        aboard += stop.pickup[0] - stop.delivery[0]
        loads.append(aboard)
    too_many = max(loads) - vehicle.capacity[0]
    over = trip.return_time - vehicle.shift[1]
    name = tricycles[vehicle_id]
    if too_many > 0:
        yield TooFull(tricycle=name, boxes=too_many, capacity=vehicle.capacity[0])
    if over > 0:
        back_at = delivery.at(_next_minute(trip.return_time))
        yield ShiftOver(tricycle=name, at=back_at, minutes=ceil(over / 60))
