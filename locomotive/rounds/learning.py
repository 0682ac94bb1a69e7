"""Learned: what finished rounds teach, shown first and used only when the manager says so.

From one hand-over to the next a rider needs the ride and the time at the next door. Medians are
taken over at least 20 of them: one puncture or one chat changes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..core.refusal import N_, Refusal
from ..ordering.order import Order
from ..places.address import Place
from ..promise.problem import AT_THE_DOOR, AT_THE_DOOR_PER_BOX
from ..promise.promise import Promise
from ..service.fleet import Tricycle, tricycles
from .act import acts_of
from .round import Round

FEWEST = 20
# Rides shorter than this say more about the door than about the ride.
SHORTEST = timedelta(seconds=60)
FACTORS = 0.6, 2.5
DOORS = 20, 1200  # seconds


class TooFewRounds(Refusal):
    message = N_("There are too few finished rounds to learn from: at least 20 visits are needed.")


@dataclass(frozen=True)
class Passed:
    """From one hand-over to the next: what was planned and what it took (seconds)."""

    tricycle_id: int
    place: str
    boxes: int
    ride: float  # as the map says, without the tricycle's factor in force
    took: float


@dataclass(frozen=True)
class Lesson:
    """What a tricycle or a place taught: the value in force, the value found, from how many."""

    id: int
    name: str
    in_force: float
    found: float | None
    visits: int


@dataclass(frozen=True)
class Kept:
    """How many promises were kept at one place."""

    place: str
    kept: int
    judged: int


def passed(session: Session, rounds: Iterable[Round]) -> list[Passed]:
    """What the rounds' acts tell, without those in which the rider had to wait for a window."""
    found = []
    for round_ in rounds:
        acts = acts_of(session, round_)
        done = [stop for stop in round_.stops if stop.id in acts and stop.orders]
        for before, stop in pairwise(done):
            if stop.position != before.position + 1:
                continue
            took = acts[stop.id].at - acts[before.id].at
            ride = stop.arrives_at - before.leaves_at
            waited = acts[stop.id].at - stop.window_starts_at < timedelta(minutes=4)
            if waited or took <= timedelta() or ride < SHORTEST or took > timedelta(hours=1):
                continue
            factor = round_.tricycle.speed_factor
            found.append(
                Passed(
                    round_.tricycle_id,
                    stop.place_name,
                    stop.boxes,
                    ride.total_seconds() / factor,
                    took.total_seconds(),
                )
            )
    return found


def factor_of(found: Sequence[Passed]) -> float | None:
    """How much longer rides take than the map says; None from fewer than 20."""
    if len(found) < FEWEST:
        return None
    ratios = [(one.took - _at_the_door(one.boxes)) / one.ride for one in found]
    return round(min(max(median(ratios), FACTORS[0]), FACTORS[1]), 2)


def door_of(found: Sequence[Passed], factors: dict[int, float]) -> int | None:
    """The seconds at a door before the first box; None from fewer than 20 visits."""
    if len(found) < FEWEST:
        return None
    per_box = AT_THE_DOOR_PER_BOX.total_seconds()
    doors = [
        one.took - one.ride * factors.get(one.tricycle_id, 1.0) - per_box * one.boxes
        for one in found
    ]
    return round(min(max(median(doors), DOORS[0]), DOORS[1]))


def lessons(session: Session) -> tuple[list[Lesson], list[Lesson]]:
    """What the tricycles taught, and what the places did."""
    every = passed(session, session.scalars(select(Round).where(Round.released_at.is_not(None))))
    riding = []
    factors = {}
    for tricycle in tricycles(session):
        mine = [one for one in every if one.tricycle_id == tricycle.id]
        factor = factor_of(mine)
        factors[tricycle.id] = factor or tricycle.speed_factor
        riding.append(Lesson(tricycle.id, tricycle.name, tricycle.speed_factor, factor, len(mine)))
    doors = []
    for place in session.scalars(select(Place).where(Place.is_active).order_by(Place.name)):
        mine = [one for one in every if one.place == place.name]
        in_force = place.door_seconds or AT_THE_DOOR.total_seconds()
        doors.append(Lesson(place.id, place.name, in_force, door_of(mine, factors), len(mine)))
    return riding, doors


def accept_lesson(session: Session, kind: str, subject_id: int) -> str:
    """Use from now on what a "tricycle" or a "place" taught; its name. Raises TooFewRounds."""
    riding, doors = lessons(session)
    taught = {one.id: one for one in (riding if kind == "tricycle" else doors)}
    lesson = taught.get(subject_id)
    if lesson is None or lesson.found is None:
        raise TooFewRounds
    if kind == "tricycle":
        session.get_one(Tricycle, subject_id).speed_factor = lesson.found
    else:
        session.get_one(Place, subject_id).door_seconds = round(lesson.found)
    return lesson.name


def kept_by_place(session: Session) -> list[Kept]:
    """Promises kept of those judged, for each place, the worst first; none is left out."""
    rows = session.execute(
        select(Order.place_name, Promise.is_kept, func.count())
        .join(Promise, Promise.order_id == Order.id)
        .where(Promise.is_kept.is_not(None), Order.kind == "delivery")
        .group_by(Order.place_name, Promise.is_kept)
    )
    counts: dict[str, list[int]] = {}
    for name, is_kept, count in rows:
        both = counts.setdefault(name, [0, 0])
        both[0] += count if is_kept else 0
        both[1] += count
    found = [Kept(name, kept, judged) for name, (kept, judged) in counts.items()]
    return sorted(found, key=lambda one: (one.kept / one.judged, one.place))


def _at_the_door(boxes: int) -> float:
    return (AT_THE_DOOR + AT_THE_DOOR_PER_BOX * boxes).total_seconds()
