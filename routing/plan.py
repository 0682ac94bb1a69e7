"""What the planner answers: routes of trips of visits, and the stops left out with the reason.

All times are integer seconds after midnight of the service's day (past midnight: above 86,400).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from routing.reading import at, decimal, each, integer, mapping, member, text

Status = Literal["optimal", "feasible"]

Reason = Literal[
    "no_vehicle",  # the fleet is empty
    "unreachable",  # no road leads there, or none leads back
    "too_heavy",  # no vehicle allowed to carry it can carry its load
    "too_far_in_time",  # its window closes before any vehicle can be there
    "too_far_for_freshness",  # the drive is longer than the meal stays fresh
    "shift_over",  # its vehicle would come back after the end of the shift or of the depot
    "too_far_in_distance",  # the way there and back is longer than `max_distance`
    "no_trips",  # every vehicle that could serve it may make no further trip
    "locked_out",  # a lock keeps it off every vehicle that could serve it
    "frozen",  # the trips that have already left take the vehicles it would need
    "not_sure",  # it could be served, but not as surely as asked
    "several",  # more than one of the above: lifting a single one would not help
    "no_load",  # it would ride along on a trip that leaves, were its load smaller
    "no_time",  # no vehicle is free for its window; at another time one is
    "fleet_full",  # the other stops take all the time there is
]


class InvalidPlan(ValueError):
    """The plan cannot be read; the message is one sentence naming the field."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A stop with the moments of arriving, of starting to hand over, and of leaving."""

    stop: str
    arrival: int
    start: int
    departure: int


@dataclass(frozen=True, slots=True)
class Trip:
    """Depot, stops, depot; `return_time` is JSON's ``return``, a word Python keeps to itself."""

    loading: int
    departure: int
    return_time: int
    visits: tuple[Visit, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the trip in the words of the JSON format."""
        visits = [
            {"stop": v.stop, "arrival": v.arrival, "start": v.start, "departure": v.departure}
            for v in self.visits
        ]
        return {
            "loading": self.loading,
            "departure": self.departure,
            "return": self.return_time,
            "visits": visits,
        }

    @classmethod
    def from_json(cls, raw: object, field: str = "trip") -> Trip:
        """Read a trip; raise ValueError naming the field that is wrong."""
        data = mapping(raw, field)
        return cls(
            loading=integer(data, "loading", field),
            departure=integer(data, "departure", field),
            return_time=integer(data, "return", field),
            visits=tuple(_visit(v, path) for path, v in each(data, "visits", field)),
        )


@dataclass(frozen=True, slots=True)
class Route:
    """One vehicle's trips, in the order they are driven."""

    vehicle: str
    trips: tuple[Trip, ...]


@dataclass(frozen=True, slots=True)
class Unassigned:
    """A stop that found no place: a stable code for programs and a sentence for people."""

    stop: str
    reason: Reason
    explanation: str


@dataclass(frozen=True, slots=True)
class Bound:
    """No plan leaves less priority unserved; none leaving as much as this plan costs less."""

    unserved_priority: int
    cost: int

    def cost_of_level(self, unserved_priority: int) -> int | None:
        """The least that a plan may cost which leaves so much unserved: None when the bound is of
        another level, or nothing was proven, for then it says nothing of such plans."""
        return (self.cost or None) if unserved_priority == self.unserved_priority else None


@dataclass(frozen=True, slots=True)
class Reliability:
    """How often promises are kept: probabilities for the whole day and for each stop served.

    A stop is kept when it is served by the end of its window (`on_time`) and within its freshness
    (`fresh`); `weakest` is the stop that is kept least often, None where no stop is served.
    """

    day: float
    weakest: str | None
    stops: Mapping[str, float] = field(hash=False)
    on_time: Mapping[str, float] = field(hash=False)
    fresh: Mapping[str, float] = field(hash=False)

    @property
    def least(self) -> float:
        """Return the probability of the weakest stop, 1 where no stop is served."""
        return min(self.stops.values(), default=1.0)

    def to_json(self) -> dict[str, Any]:
        """Return the probabilities as JSON's plain objects."""
        return {
            "day": self.day,
            "weakest": self.weakest,
            "stops": dict(self.stops),
            "on_time": dict(self.on_time),
            "fresh": dict(self.fresh),
        }

    @classmethod
    def from_json(cls, raw: object) -> Reliability:
        """Read the probabilities; raise ValueError naming the field that is wrong."""
        data = mapping(raw, "reliability")
        weakest = data.get("weakest")
        return cls(
            day=decimal(data.get("day"), "reliability.day", 1.0),
            weakest=None if weakest is None else text(data, "weakest", "reliability"),
            stops=_probabilities(data, "stops"),
            on_time=_probabilities({"on_time": {}, **data}, "on_time"),
            fresh=_probabilities({"fresh": {}, **data}, "fresh"),
        )


def _probabilities(data: Mapping[str, Any], key: str) -> dict[str, float]:
    path = at("reliability", key)
    named = mapping(data.get(key), path).items()
    return {str(stop): decimal(value, at(path, str(stop)), 1.0) for stop, value in named}


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan; `cost` is the seconds or metres travelled, `seconds` the time spent planning.

    `reliability` is None where the problem knows of no uncertainty.
    """

    status: Status
    unserved_priority: int
    cost: int
    bound: Bound
    seconds: float
    routes: tuple[Route, ...]
    unassigned: tuple[Unassigned, ...]
    reliability: Reliability | None = None

    def trips(self) -> Iterator[tuple[str, Trip]]:
        """Yield every trip with the id of its vehicle."""
        for route in self.routes:
            for trip in route.trips:
                yield route.vehicle, trip

    def served(self) -> frozenset[str]:
        """Return the ids of the stops that are served."""
        return frozenset(visit.stop for _, trip in self.trips() for visit in trip.visits)

    def to_json(self) -> dict[str, Any]:
        """Return the plan as JSON's plain objects."""
        sure = {"reliability": self.reliability.to_json()} if self.reliability else {}
        return {
            "status": self.status,
            "unserved_priority": self.unserved_priority,
            "cost": self.cost,
            "bound": {
                "unserved_priority": self.bound.unserved_priority,
                "cost": self.bound.cost,
            },
            "seconds": self.seconds,
            "routes": [
                {"vehicle": r.vehicle, "trips": [t.to_json() for t in r.trips]} for r in self.routes
            ],
            "unassigned": [
                {"stop": u.stop, "reason": u.reason, "explanation": u.explanation}
                for u in self.unassigned
            ],
            **sure,
        }

    @classmethod
    def from_json(cls, raw: object) -> Plan:
        """Read a plan; raise InvalidPlan with one sentence naming the field that is wrong."""
        try:
            return _plan(mapping(raw, "plan"))
        except ValueError as wrong:
            raise InvalidPlan(str(wrong)) from None


def _plan(data: Mapping[str, Any]) -> Plan:
    bound = mapping(data.get("bound"), "bound")
    seconds, sure = data.get("seconds", 0.0), data.get("reliability")
    if not isinstance(seconds, int | float):
        raise ValueError("seconds must be a number")
    return Plan(
        status=member(data, "status", get_args(Status), ""),
        unserved_priority=integer(data, "unserved_priority", ""),
        cost=integer(data, "cost", ""),
        bound=Bound(
            unserved_priority=integer(bound, "unserved_priority", "bound"),
            cost=integer(bound, "cost", "bound"),
        ),
        seconds=float(seconds),
        routes=tuple(_route(r, path) for path, r in each(data, "routes", "")),
        unassigned=tuple(_unassigned(u, path) for path, u in each(data, "unassigned", "")),
        reliability=None if sure is None else Reliability.from_json(sure),
    )


def _visit(raw: object, field: str) -> Visit:
    data = mapping(raw, field)
    return Visit(
        stop=text(data, "stop", field),
        arrival=integer(data, "arrival", field),
        start=integer(data, "start", field),
        departure=integer(data, "departure", field),
    )


def _route(raw: object, field: str) -> Route:
    data = mapping(raw, field)
    trips = tuple(Trip.from_json(t, path) for path, t in each(data, "trips", field))
    return Route(vehicle=text(data, "vehicle", field), trips=trips)


def _unassigned(raw: object, field: str) -> Unassigned:
    data = mapping(raw, field)
    return Unassigned(
        stop=text(data, "stop", field),
        reason=member(data, "reason", get_args(Reason), field),
        explanation=text(data, "explanation", field),
    )
