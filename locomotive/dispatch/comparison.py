"""The rounds before and after a change, side by side."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

import routing

from ..core.clock import instant, minutes_after
from ..disruption.disruption import Disruption
from ..ordering.order import orders_of
from ..promise.problem import place_in, stop_id
from ..rounds.round import Round, RoundStop
from ..service.fleet import shifts_of
from ..service.service import Service
from ..shipments.shipment import shipments_of


@dataclass(frozen=True)
class Call:
    """A stop of a round: where, when it is served, how many minutes after its window."""

    place: str
    at: datetime
    minutes_late: int


@dataclass(frozen=True)
class LaidRound:
    """A round as a line: who rides, from when to when, how full, where to."""

    tricycle: str
    departs_at: datetime
    returns_at: datetime
    boxes: int
    capacity: int
    calls: tuple[Call, ...]


@dataclass(frozen=True)
class Comparison:
    """All rounds before and after, by departure; `changed` are those that are in one alone."""

    before: tuple[LaidRound, ...]
    after: tuple[LaidRound, ...]

    @property
    def changed(self) -> frozenset[LaidRound]:
        return frozenset(self.before) ^ frozenset(self.after)


@dataclass(frozen=True)
class Names:
    """What a plan does not say: its clock, its stops' places, its tricycles' names."""

    at: Callable[[int], datetime]
    places: Mapping[str, str]
    tricycles: Mapping[str, str]


def compare(
    rounds: Sequence[Round], problem: routing.Problem, plan: routing.Plan, names: Names
) -> Comparison:
    """The rounds as they are beside those of a plan."""
    before = [_laid(round_) for round_ in rounds if not round_.is_empty]
    capacities = {vehicle.id: vehicle.capacity[0] for vehicle in problem.vehicles}
    stops = {stop.id: stop for stop in problem.stops}
    after = [
        LaidRound(
            tricycle=names.tricycles.get(vehicle, ""),
            departs_at=names.at(trip.departure),
            returns_at=names.at(trip.return_time),
            boxes=sum(stops[visit.stop].delivery[0] for visit in trip.visits),
            capacity=capacities[vehicle],
            calls=tuple(_call(visit, stops[visit.stop], names) for visit in trip.visits),
        )
        for vehicle, trip in plan.trips()
    ]
    return Comparison(_by_departure(before), _by_departure(after))


def compared(
    session: Session, service: Service, rounds: Sequence[Round], found: Disruption
) -> Comparison:
    """The rounds as they are, and as an answer to what happened would leave them."""
    there = {
        place_in(stop_id(order, order.slot_id)): order.place_name or order.street
        for order in orders_of(session, service)
        if order.is_delivery
    }
    places = {stop.planner_id: place_of(stop) for round_ in rounds for stop in round_.stops}
    for name in found.plan.served():
        places[name] = there.get(place_in(name), places.get(name, ""))
    for end in (end for one in shipments_of(session, service) for end in one.ends):
        places[end.planner_id] = end.name
    names = Names(
        lambda seconds: instant(service.date, time()) + timedelta(seconds=seconds),
        places,
        {str(s.tricycle_id): s.tricycle.name for s in shifts_of(session, service)},
    )
    return compare(rounds, found.problem, found.plan, names)


def _by_departure(rounds: list[LaidRound]) -> tuple[LaidRound, ...]:
    return tuple(sorted(rounds, key=lambda one: (one.departs_at, one.tricycle)))


def _laid(round_: Round) -> LaidRound:
    stops = [stop for stop in round_.stops if stop.is_live]
    return LaidRound(
        round_.tricycle.name,
        round_.departs_at,
        round_.returns_at,
        round_.boxes,
        round_.tricycle.capacity_boxes,
        tuple(Call(place_of(s), s.serves_at, _late(s.serves_at, s.window_ends_at)) for s in stops),
    )


def _call(visit: routing.Visit, stop: routing.Stop, names: Names) -> Call:
    at = names.at(visit.start)
    return Call(names.places.get(visit.stop, ""), at, _late(at, names.at(stop.time_window[1])))


def place_of(stop: RoundStop) -> str:
    """The name of a stop's place, as people say it."""
    return stop.place_name or stop.street


def _late(at: datetime, window_ends_at: datetime) -> int:
    """Minutes after the window; 0 in time."""
    return max(0, minutes_after(at, window_ends_at))
