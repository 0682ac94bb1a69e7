"""Amended: the rounds as a wish would leave them, beside the rounds as they are."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from sqlalchemy.orm import Session

import routing
from routing import timed

from ..core.refusal import N_, Invalid
from ..dispatch.lock import locked_delivery
from ..dispatch.publication import driven, keys_of
from ..places.travel_time import Point
from ..promise.problem import Delivery, exactly
from ..rounds.release import RoundReleased, RoundsChanged
from ..rounds.round import Round, rounds_of
from ..service.fleet import shifts_of
from ..service.service import Service
from .wish import Draft, Drafted, Leave, Move, Wish, drafts


class TricycleStays(Invalid):
    message = N_("Choose a tricycle that rides in this service.")


@dataclass(frozen=True)
class Amended:
    """Two plans of one problem, before and after; `held` are the departures that somebody set, by
    the trip's stops, and `tricycles` vehicle ids and names."""

    delivery: Delivery
    before: routing.Plan
    plan: routing.Plan
    held: Mapping[tuple[str, ...], int]
    tricycles: Mapping[str, str]

    @property
    def stamp(self) -> str:
        """What a page shows along with the effect: it is done only while it is the same."""
        facts = [
            [(vehicle, trip) for vehicle, trip in plan.trips()] for plan in (self.before, self.plan)
        ]
        return sha256(repr((facts, sorted(self.held.items()))).encode()).hexdigest()[:16]


def amended(session: Session, service: Service, wish: Wish, *, seen: str, depot: Point) -> Amended:
    """What the wish would make of the rounds; nothing is written.

    `seen` is the stamp of its round on the page: numbers are given again by the next plan. Of
    several answers it is the one that breaks least, then rides least. Raises RoundReleased,
    RoundsChanged, TricycleStays, PlaceOfSplitInvalid.
    """
    rounds = rounds_of(session, service)
    _check_rounds(rounds, wish, seen)
    delivery = locked_delivery(session, service, depot)
    wanted = "" if isinstance(wish, Leave) else wish.vehicle
    if wanted not in {"", *(vehicle.id for vehicle in delivery.problem.vehicles)}:
        raise TricycleStays(field="to_round" if isinstance(wish, Move) else "tricycle")
    open_rounds = [round_ for round_ in rounds if not round_.is_released]
    keys = keys_of(delivery, open_rounds)
    draft = draft_of(open_rounds, keys, delivery.midnight)
    answers = [planned(delivery, one) for one in drafts(draft, wish, keys)]
    rules = exactly(delivery.problem)
    plan, held = min(answers, key=lambda one: (len(routing.violations(rules, one[0])), one[0].cost))
    names = {str(s.tricycle_id): s.tricycle.name for s in shifts_of(session, service)}
    return Amended(delivery, driven(delivery, open_rounds, keys), plan, held, names)


def _check_rounds(rounds: list[Round], wish: Wish, seen: str) -> None:
    """Raises RoundsChanged, RoundReleased."""
    numbered = {round_.number: round_ for round_ in rounds}
    touched = [wish.number, *([wish.to_round] if isinstance(wish, Move) and wish.to_round else [])]
    if not numbered.keys() >= set(touched) or numbered[wish.number].stamp != seen:
        raise RoundsChanged
    for number in touched:
        if numbered[number].is_released:
            raise RoundReleased(number=number)


def draft_of(rounds: list[Round], keys: Mapping[int, str], midnight: datetime) -> Draft:
    """The rounds' trips in the order of the day; `keys` name their stops by id."""
    found = []
    for round_ in sorted(rounds, key=lambda one: one.loading_at):
        stops = tuple(keys[stop.id] for stop in round_.stops if stop.id in keys)
        departs = int((round_.departs_at - midnight).total_seconds())
        held = departs if round_.is_held else None
        found.append(Drafted(round_.number, str(round_.tricycle_id), stops, held))
    return tuple(found)


def planned(delivery: Delivery, draft: Draft) -> tuple[routing.Plan, dict[tuple[str, ...], int]]:
    """The draft with its times, and the departures held; who is in no trip is named left out."""
    sequences: dict[str, list[tuple[str, ...]]] = {}
    for one in draft:
        if one.stops:
            sequences.setdefault(one.vehicle, []).append(one.stops)
    held = {one.stops: one.held for one in draft if one.held is not None and one.stops}
    plan = timed(delivery.problem, sequences, held=held)
    left_out = [stop.id for stop in delivery.problem.stops if stop.id not in plan.served()]
    reasons = [routing.Unassigned(key, "fleet_full", "Not planned.") for key in left_out]
    return replace(plan, unassigned=tuple(reasons)), held
