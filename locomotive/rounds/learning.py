"""Learned: what finished rounds teach, shown first and used only when the manager says so.

From one hand-over to the next a rider needs the ride and the time at the next door. Medians are
taken over at least 20 of them: one puncture or one chat changes nothing. How far times stray from
the median is learned from at least 40, as the median distance from it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from math import sqrt
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..core.refusal import N_, Refusal
from ..places.address import Place
from ..places.travel_time import streets_in_force
from ..promise.problem import AT_THE_DOOR, AT_THE_DOOR_NOISE, AT_THE_DOOR_PER_BOX
from ..service.fleet import Tricycle, tricycles
from .act import acts_of
from .round import Round

FEWEST = 20
FEWEST_FOR_NOISE = 40
# The standard deviation of a normal law is so many times its median distance from the median.
DEVIATIONS = 1.4826
NOISES = 0.03, 0.6  # of a ride, as a share of it
DOOR_NOISES = 5, 600  # seconds
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
    """What a tricycle or a place taught: the value in force, the value found, from how many; and
    the same of how far times stray from it (a share of a ride, seconds at a door)."""

    id: int
    name: str
    in_force: float
    found: float | None
    visits: int
    noise_in_force: float
    noise: float | None

    @property
    def is_new(self) -> bool:
        """Whether something was found that is not in force."""
        return self.found not in (None, self.in_force) or (
            self.found is not None and self.noise not in (None, self.noise_in_force)
        )


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


def leg_noise_of(found: Sequence[Passed], factor: float) -> float | None:
    """How far rides stray, as a share of them; None from fewer than 40.

    What doors stray is part of what was seen, and is taken away.
    """
    if len(found) < FEWEST_FOR_NOISE:
        return None
    ratios = [(one.took - _at_the_door(one.boxes)) / (factor * one.ride) for one in found]
    door = AT_THE_DOOR_NOISE.total_seconds() / median(factor * one.ride for one in found)
    return round(_within(_without(_deviation(ratios), door), NOISES), 2)


def door_noise_of(
    found: Sequence[Passed], factors: dict[int, float], leg_noise: float
) -> int | None:
    """How many seconds the time at a door strays; None from fewer than 40 visits."""
    if len(found) < FEWEST_FOR_NOISE:
        return None
    per_box = AT_THE_DOOR_PER_BOX.total_seconds()
    rides = [one.ride * factors.get(one.tricycle_id, 1.0) for one in found]
    doors = [one.took - ride - per_box * one.boxes for one, ride in zip(found, rides, strict=True)]
    return round(_within(_without(_deviation(doors), leg_noise * median(rides)), DOOR_NOISES))


def _deviation(values: Sequence[float]) -> float:
    middle = median(values)
    return DEVIATIONS * median(abs(value - middle) for value in values)


def _without(deviation: float, part: float) -> float:
    """What is left of a standard deviation when an independent part of it is taken away."""
    return sqrt(max(0.0, deviation**2 - part**2))


def _within(value: float, bounds: tuple[float, float]) -> float:
    return min(max(value, bounds[0]), bounds[1])


def lessons(session: Session) -> tuple[list[Lesson], list[Lesson]]:
    """What the tricycles taught, and what the places did."""
    every = passed(session, session.scalars(select(Round).where(Round.released_at.is_not(None))))
    usual = streets_in_force(session).leg_noise
    riding = []
    factors = {}
    for tricycle in tricycles(session):
        mine = [one for one in every if one.tricycle_id == tricycle.id]
        factor = factor_of(mine)
        factors[tricycle.id] = factor or tricycle.speed_factor
        riding.append(
            Lesson(
                tricycle.id,
                tricycle.name,
                tricycle.speed_factor,
                factor,
                len(mine),
                tricycle.leg_noise or usual,
                leg_noise_of(mine, factors[tricycle.id]),
            )
        )
    doors = []
    for place in session.scalars(select(Place).where(Place.is_active).order_by(Place.name)):
        mine = [one for one in every if one.place == place.name]
        doors.append(
            Lesson(
                place.id,
                place.name,
                place.door_seconds or AT_THE_DOOR.total_seconds(),
                door_of(mine, factors),
                len(mine),
                place.door_noise or AT_THE_DOOR_NOISE.total_seconds(),
                door_noise_of(mine, factors, usual),
            )
        )
    return riding, doors


def accept_lesson(session: Session, kind: str, subject_id: int) -> str:
    """Use from now on what a "tricycle" or a "place" taught; its name. Raises TooFewRounds."""
    riding, doors = lessons(session)
    taught = {one.id: one for one in (riding if kind == "tricycle" else doors)}
    lesson = taught.get(subject_id)
    if lesson is None or lesson.found is None:
        raise TooFewRounds
    if kind == "tricycle":
        tricycle = session.get_one(Tricycle, subject_id)
        tricycle.speed_factor = lesson.found
        tricycle.leg_noise = lesson.noise or tricycle.leg_noise
    else:
        place = session.get_one(Place, subject_id)
        place.door_seconds = round(lesson.found)
        place.door_noise = round(lesson.noise) if lesson.noise else place.door_noise
    return lesson.name


def _at_the_door(boxes: int) -> float:
    return (AT_THE_DOOR + AT_THE_DOOR_PER_BOX * boxes).total_seconds()
