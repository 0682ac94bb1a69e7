"""Break: a promise or a rule that rounds changed by hand would not keep, in words."""

from collections.abc import Iterator, Mapping
from math import ceil

import routing

from ..core.refusal import N_, Refusal
from ..promise.problem import Delivery


class Break(Refusal):
    """One promise or rule that the changed rounds would not keep."""

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


class CannotLeaveThen(Break):
    message = N_(
        "%(tricycle)s cannot leave at %(wanted)s: it is back and loaded, with its meals ready, at "
        "%(at)s at the earliest."
    )


def breaks(
    delivery: Delivery,
    plan: routing.Plan,
    tricycles: Mapping[str, str],
    held: Mapping[tuple[str, ...], int],
) -> list[Break]:
    """What the plan does not keep; `tricycles` are vehicle ids and names, `held` the departures
    that somebody set, by the trip's stops."""
    found: list[Break] = []
    for vehicle, trip in plan.trips():
        if any(isinstance(k, routing.Frozen) and k.trip == trip for k in delivery.problem.locks):
            continue
        found += _leaves_later(delivery, trip, tricycles[vehicle], held)
        found += _late_or_old(delivery, trip)
        found += _full_or_over(delivery, vehicle, trip, tricycles)
    return found


def _leaves_later(
    delivery: Delivery, trip: routing.Trip, tricycle: str, held: Mapping[tuple[str, ...], int]
) -> Iterator[Break]:
    wanted = held.get(tuple(visit.stop for visit in trip.visits), trip.departure)
    if trip.departure > wanted:
        at = delivery.at(_next_minute(trip.departure))
        yield CannotLeaveThen(tricycle=tricycle, wanted=delivery.at(wanted), at=at)


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
    delivery: Delivery, vehicle_id: str, trip: routing.Trip, tricycles: Mapping[str, str]
) -> Iterator[Break]:
    vehicle = next(v for v in delivery.problem.vehicles if v.id == vehicle_id)
    stops = {stop.id: stop for stop in delivery.problem.stops}
    carried = {one.pickup: one.load[0] for one in delivery.problem.shipments}
    carried |= {one.delivery: -one.load[0] for one in delivery.problem.shipments}
    aboard = sum(stops[visit.stop].delivery[0] for visit in trip.visits)
    loads = [aboard]
    for stop in (stops[visit.stop] for visit in trip.visits):
        aboard += stop.pickup[0] - stop.delivery[0] + carried.get(stop.id, 0)
        loads.append(aboard)
    too_many = max(loads) - vehicle.capacity[0]
    over = trip.return_time - vehicle.shift[1]
    name = tricycles[vehicle_id]
    if too_many > 0:
        yield TooFull(tricycle=name, boxes=too_many, capacity=vehicle.capacity[0])
    if over > 0:
        back_at = delivery.at(_next_minute(trip.return_time))
        yield ShiftOver(tricycle=name, at=back_at, minutes=ceil(over / 60))
