"""Move: a stop that somebody puts elsewhere by hand, and what that would break."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy.orm import Session

import routing
from routing.schedule import timed

from ..ordering.order import touch
from ..ordering.problem import Delivery
from ..ordering.tentative import delivery_of
from ..refusal import N_, Refusal
from ..service.fleet import shifts_of
from ..service.service import Service
from .planning import write_rounds
from .round import Round, RoundReleased, RoundsChanged, RoundStop, rounds_of


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
    depot: tuple[float, float],
    now: datetime,
) -> None:
    """Move a stop to a position (from 1) of a round, if every rule and promise still holds.

    Raises RoundReleased, RoundsChanged, MoveBreaks; then nothing changes.
    """
    touch(session, service.id)  # first, so that two moves wait for each other
    rounds = rounds_of(session, service)
    stop = next((s for r in rounds for s in r.stops if s.id == move.stop_id), None)
    to_round = next((r for r in rounds if r.number == move.to_round), None)
    if stop is None or to_round is None or stop.round.stamp != move.seen:
        raise RoundsChanged
    for touched in (stop.round, to_round):
        if touched.is_released:
            raise RoundReleased(number=touched.number)
    delivery = delivery_of(session, service, depot)
    plan = _moved(delivery, rounds, stop, to_round, move.position)
    if routing.violations(delivery.problem, plan):
        names = {str(s.tricycle_id): s.tricycle.name for s in shifts_of(session, service)}
        raise MoveBreaks(list(breaks(delivery, plan, names)))
    write_rounds(session, service, delivery, plan, now=now)


def _moved(
    delivery: Delivery,
    rounds: Sequence[Round],
    stop: RoundStop,
    to_round: Round,
    position: int,
) -> routing.Plan:
    key_of = {order.id: key for key, orders in delivery.orders.items() for order in orders}
    keys = {s.id: key_of.get(s.orders[0].id) for r in rounds for s in r.stops if s.orders}
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
    plan = timed(delivery.problem, sequences)
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
        stop, first = stops[visit.stop], delivery.orders[visit.stop][0]
        place = first.place_name or first.street
        late = visit.start - stop.time_window[1]
        age = visit.start - trip.departure
        if late > 0:
            yield ServedLate(place=place, at=delivery.at(visit.start), minutes=ceil(late / 60))
        if stop.freshness is not None and age > stop.freshness:
            yield MealTooOld(place=place, minutes=ceil(age / 60), most=stop.freshness // 60)


def _full_or_over(
    delivery: Delivery, vehicle_id: str, trip: routing.Trip, tricycles: dict[str, str]
) -> Iterator[Break]:
    vehicle = next(v for v in delivery.problem.vehicles if v.id == vehicle_id)
    loads = {stop.id: stop.delivery[0] for stop in delivery.problem.stops}
    too_many = sum(loads[visit.stop] for visit in trip.visits) - vehicle.capacity[0]
    over = trip.return_time - vehicle.shift[1]
    name = tricycles[vehicle_id]
    if too_many > 0:
        yield TooFull(tricycle=name, boxes=too_many, capacity=vehicle.capacity[0])
    if over > 0:
        back_at = delivery.midnight + timedelta(seconds=trip.return_time)
        yield ShiftOver(tricycle=name, at=back_at, minutes=ceil(over / 60))
