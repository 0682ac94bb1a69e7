"""Effect: what rounds changed by hand would do: who is served when, what breaks, how surely."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

import routing
from routing import travelled

from ..core.clock import minutes_after
from ..dispatch.comparison import Comparison, Names, compare, place_of
from ..dispatch.publication import keys_of, straying
from ..promise.problem import exactly
from ..rounds.round import Round, rounds_of
from ..service.service import Service
from .amended import Amended
from .breaks import Break, breaks


@dataclass(frozen=True)
class Shifted:
    """A stop that would be served at another time."""

    place: str
    before: datetime
    after: datetime
    margin_minutes: int  # from then to the end of what was promised


@dataclass(frozen=True)
class Effect:
    """What the change would do: riding time more or less (seconds), who is served when, what
    breaks, how surely the day is kept before and after, the rounds before and after."""

    cost_seconds: int
    shifted: tuple[Shifted, ...]
    breaks: tuple[Break, ...]
    day_before: float
    day: float
    rounds: Comparison


def effect_of(session: Session, service: Service, found: Amended) -> Effect:
    """Read the effect of what would be changed; nothing is written."""
    rounds = rounds_of(session, service)
    broken = breaks(found.delivery, found.plan, found.tricycles, found.held)
    is_broken = bool(routing.violations(exactly(found.delivery.problem), found.plan))
    problem = straying(session, found.delivery).problem
    return Effect(
        cost_seconds=_riding(found, found.plan) - _riding(found, found.before),
        shifted=_shifted(found, rounds),
        breaks=tuple(broken) or ((Break(),) if is_broken else ()),
        day_before=routing.reliability(problem, found.before).day,
        day=routing.reliability(problem, found.plan).day,
        rounds=compare(rounds, problem, found.plan, _names(found, rounds)),
    )


def _names(found: Amended, rounds: Sequence[Round]) -> Names:
    places = {stop.planner_id: place_of(stop) for round_ in rounds for stop in round_.stops}
    known = {*found.delivery.orders, *found.delivery.collections, *found.delivery.ends}
    places |= {name: found.delivery.place(name) for name in known}
    return Names(found.delivery.at, places, found.tricycles)


def _shifted(found: Amended, rounds: Sequence[Round]) -> tuple[Shifted, ...]:
    stops = {stop.id: stop for round_ in rounds for stop in round_.stops}
    open_rounds = [round_ for round_ in rounds if not round_.is_released]
    current = {key: stops[id_] for id_, key in keys_of(found.delivery, open_rounds).items()}
    shifted = []
    for _vehicle, trip in found.plan.trips():
        for visit in trip.visits:
            stop, after = current.get(visit.stop), found.delivery.at(visit.start)
            if stop is not None and abs(after - stop.serves_at) >= timedelta(minutes=1):
                margin = -minutes_after(after, stop.window_ends_at)
                shifted.append(Shifted(place_of(stop), stop.serves_at, after, margin))
    return tuple(sorted(shifted, key=lambda one: one.after))


def _riding(found: Amended, plan: routing.Plan) -> int:
    """Seconds ridden in all trips of a plan."""
    trips = [trip for _vehicle, trip in plan.trips()]
    return sum(travelled(found.delivery.problem, trip, "duration") for trip in trips)
