"""Break: a promise or a rule that rounds changed by hand would not keep, in words."""

from collections.abc import Iterator, Mapping

import routing

from ..core.clock import minutes_after, next_minute
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
    message = N_("%(tricycle)s: boxes too many aboard: %(boxes)s (it takes %(capacity)s).")


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
        at = next_minute(delivery.at(trip.departure))
        yield CannotLeaveThen(tricycle=tricycle, wanted=delivery.at(wanted), at=at)


def _late_or_old(delivery: Delivery, trip: routing.Trip) -> Iterator[Break]:
    stops = {stop.id: stop for stop in delivery.problem.stops}
    for visit in trip.visits:
        stop, place = stops[visit.stop], delivery.place(visit.stop)
        at = delivery.at(visit.start)
        if visit.start > stop.time_window[1]:
            late = minutes_after(at, delivery.at(stop.time_window[1]))
            yield ServedLate(place=place, at=next_minute(at), minutes=late)
        if stop.freshness is not None and visit.start - trip.departure > stop.freshness:
            age = minutes_after(at, delivery.at(trip.departure))
            yield MealTooOld(place=place, minutes=age, most=stop.freshness // 60)


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
    name = tricycles[vehicle_id]
    if too_many > 0:
        yield TooFull(tricycle=name, boxes=too_many, capacity=vehicle.capacity[0])
    if trip.return_time > vehicle.shift[1]:
        back_at = delivery.at(trip.return_time)
        over = minutes_after(back_at, delivery.at(vehicle.shift[1]))
        yield ShiftOver(tricycle=name, at=next_minute(back_at), minutes=over)
