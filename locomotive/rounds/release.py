"""Release: a round is decided and rides as it is, until it is taken back or has left."""

from datetime import datetime, time

from sqlalchemy import update
from sqlalchemy.orm import Session

import routing

from ..core.base import guarded
from ..core.clock import instant
from ..core.refusal import N_, Refusal
from ..core.status import TO_COOK, Status
from ..ordering.order import touch
from ..ordering.step import move_on
from ..promise.problem import Decided
from ..promise.tentative_plan import decide_plan
from ..service.service import Service
from .round import Round, rounds_of


class RoundsChanged(Refusal):
    message = N_("The rounds have changed meanwhile. Look at them again.")


class RoundReleased(Refusal):
    message = N_("Round %(number)s is released: its sheet is out, so it stays as it is.")


class RoundNotReleased(Refusal):
    message = N_("Round %(number)s is not released yet. Release it before it leaves.")


class NothingReady(Refusal):
    message = N_("Round %(number)s: no bag is ready to leave. Ask the kitchen.")


class RoundEmpty(Refusal):
    message = N_("Round %(number)s has nothing to carry. Plan the rounds again.")


def decided_rounds(session: Session, service: Service) -> list[Decided]:
    """The released rounds as the planner knows them: trips that stay as they are."""
    midnight = instant(service.date, time())
    released = [round_ for round_ in rounds_of(session, service) if round_.is_released]
    return [_decided(round_, midnight) for round_ in released]


def _decided(round_: Round, midnight: datetime) -> Decided:
    aboard = {s.planner_id: tuple(carried.order_id for carried in s.carried) for s in round_.stops}
    shipments = dict.fromkeys(s.shipment_id for s in round_.stops if s.shipment_id)
    return Decided(str(round_.tricycle_id), trip_of(round_, midnight), aboard, tuple(shipments))


def trip_of(round_: Round, midnight: datetime) -> routing.Trip:
    """The round's trip, its stops by the names of those that have left."""

    def seconds(moment: datetime) -> int:
        return int((moment - midnight).total_seconds())

    visits = [
        routing.Visit(
            stop=stop.planner_id,
            arrival=seconds(stop.arrives_at),
            start=seconds(stop.serves_at),
            departure=seconds(stop.leaves_at),
        )
        for stop in round_.stops
    ]
    return routing.Trip(
        loading=seconds(round_.loading_at),
        departure=seconds(round_.departs_at),
        return_time=seconds(round_.returns_at),
        visits=tuple(visits),
    )


def release(session: Session, round_: Round, *, seen: str, now: datetime) -> None:
    """Decide that the round rides as it is: no later plan changes it.

    `seen` is the round's stamp on the page. Raises RoundsChanged when it was planned anew,
    RoundReleased when it is out already, RoundEmpty when nothing is left to do on it.
    """
    touch(session, round_.service_id)
    if round_.stamp != seen:
        raise RoundsChanged
    if round_.is_empty:
        raise RoundEmpty(number=round_.number)
    changed = guarded(
        session,
        update(Round)
        .where(Round.id == round_.id, Round.released_at.is_(None))
        .values(released_at=now),
    )
    if not changed:
        raise RoundReleased(number=round_.number)
    session.refresh(round_)
    decided = decided_rounds(session, session.get_one(Service, round_.service_id))
    decide_plan(session, round_.service_id, plan=None, decided=decided)


def take_back(session: Session, round_: Round) -> None:
    """Let a released round be planned anew. Raises RoundNotReleased when it is not released."""
    changed = guarded(
        session,
        update(Round)
        .where(Round.id == round_.id, Round.released_at.is_not(None))
        .values(released_at=None),
    )
    if not changed:
        raise RoundNotReleased(number=round_.number)
    session.refresh(round_)


def set_out(session: Session, round_: Round, *, device: str, now: datetime) -> int:
    """The tricycle has left: every ready order of the round that is not blocked is on its way.

    Returns how many bags were left behind because they are not ready or blocked. Raises
    RoundNotReleased, NothingReady.
    """
    if not round_.is_released:
        raise RoundNotReleased(number=round_.number)
    closed = [order for order in round_.orders if order.status is Status.READY]
    ready = [order for order in closed if not order.must_stay]
    if not ready and round_.orders:
        raise NothingReady(number=round_.number)
    for order in ready:
        move_on(session, order, to=Status.LEFT, seen=Status.READY, device=device, now=now)
    left_behind = sum(order.status in TO_COOK for order in round_.orders)
    return left_behind + len(closed) - len(ready)
