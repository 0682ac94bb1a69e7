"""Arrival: when each stop of a round is served, timed anew by the rider's acts.

It follows from acts and plan alone: no position of a person is asked, kept or sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..core.clock import minutes_after, next_minute
from ..core.status import Status
from ..ordering.order import Order, OrderEvent
from ..rounds.act import RoundAct
from ..rounds.round import Carried, Round, RoundStop

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Arrival:
    """When a stop that is still to be served is expected to be."""

    stop: RoundStop
    at: datetime
    is_moved: bool  # whether it is another minute than the plan's

    @property
    def minutes_late(self) -> int:
        """How many minutes after the promised window, as two clocks show them; 0 in time."""
        return max(0, minutes_after(self.at, self.stop.window_ends_at))

    def minutes_ahead(self, now: datetime) -> int:
        """In how many minutes it is, never below 0."""
        return max(0, minutes_after(self.at, now))


@dataclass(frozen=True)
class Known:
    """What is known of a round: when the work at a stop ended, by the stop's id, when the bags
    left, and before when the tricycle cannot leave, since it is still out."""

    ended: Mapping[int, datetime]
    left_at: datetime | None
    not_before: datetime | None = None


def arrivals(stops: Sequence[RoundStop], known: Known, *, now: datetime) -> list[Arrival]:
    """When the stops that are still to be served are expected, in their order.

    The ride before a stop, its opening and the time at its door are those of the plan; they begin
    where the last act ended, at the true departure, or now: nothing is expected in the past.
    """
    live = [stop for stop in stops if stop.is_live]
    # The latest act is where the tricycle is, whatever the order of the sheet.
    free_at = max(known.ended.values(), default=None)
    found = []
    for place, stop in enumerate(live):
        if stop.id in known.ended:
            continue
        before = live[place - 1].leaves_at if place else stop.round.departs_at
        if free_at is None:
            free_at = known.left_at or max(
                stop.round.departs_at, now, known.not_before or stop.round.departs_at
            )
        reached = max(free_at + (stop.arrives_at - before), now)
        at = max(reached, min(stop.serves_at, stop.window_starts_at))
        found.append(Arrival(stop, at, next_minute(at) != next_minute(stop.serves_at)))
        free_at = at + (stop.leaves_at - stop.serves_at)
    return found


def known_of(session: Session, round_: Round, *, now: datetime) -> Known:
    """The acts of a round, its true departure and its tricycle's, as the database has them."""
    query = (
        select(func.min(OrderEvent.at))
        .join(Carried, Carried.order_id == OrderEvent.order_id)
        .join(RoundStop, RoundStop.id == Carried.stop_id)
        .where(RoundStop.round_id == round_.id, OrderEvent.status == Status.LEFT)
    )
    acts = select(RoundAct.stop_id, func.max(RoundAct.at)).join(
        RoundStop, RoundStop.id == RoundAct.stop_id
    )
    # A problem ends nothing.
    ended = acts.where(RoundStop.round_id == round_.id, RoundAct.act != "problem")
    rows = session.execute(ended.group_by(RoundAct.stop_id)).all()
    left_at = session.scalar(query)
    ready_at = None if left_at else _ready_at(session, round_, now=now)
    return Known({row[0]: row[1] for row in rows}, left_at, ready_at)


@dataclass(frozen=True)
class LateStart:
    """A round that cannot leave as planned: when its tricycle is home, and when it can leave."""

    home_at: datetime
    leaves_at: datetime
    minutes: int  # after the planned departure


def late_start(session: Session, round_: Round, *, now: datetime) -> LateStart | None:
    """Whether a round that has not left will leave late, since its tricycle comes home late."""
    if round_.has_left or round_.is_empty:
        return None
    home_at = _home_at(session, round_, now=now)
    if home_at is None:
        return None
    leaves_at = home_at + (round_.departs_at - round_.loading_at)
    minutes = minutes_after(leaves_at, round_.departs_at)
    return LateStart(home_at, leaves_at, minutes) if minutes > 0 else None


def _ready_at(session: Session, round_: Round, *, now: datetime) -> datetime | None:
    """When the tricycle can leave again after its round before; None when that does not hold it.

    The loading is that of the plan.
    """
    home_at = _home_at(session, round_, now=now)
    return home_at + (round_.departs_at - round_.loading_at) if home_at else None


def _home_at(session: Session, round_: Round, *, now: datetime) -> datetime | None:
    """When the tricycle is home from its round before; the ride home is that of the plan."""
    query = select(Round).where(
        Round.service_id == round_.service_id,
        Round.tricycle_id == round_.tricycle_id,
        Round.departs_at < round_.departs_at,
        Round.released_at.is_not(None),
    )
    before = session.scalar(query.order_by(Round.departs_at.desc()).limit(1))
    if before is None or before.is_empty:
        return None
    known = known_of(session, before, now=now)
    last = [stop for stop in before.stops if stop.is_live][-1]
    coming = arrivals(before.stops, known, now=now)
    if coming:
        done_at = coming[-1].at + (last.leaves_at - last.serves_at)
    else:
        done_at = max(known.ended.values())
    return done_at + (before.returns_at - last.leaves_at)


def arrivals_of(session: Session, round_: Round, *, now: datetime) -> list[Arrival]:
    """The arrivals of a released round; none of one that is still a proposal."""
    if not round_.is_released:
        return []
    return arrivals(round_.stops, known_of(session, round_, now=now), now=now)


def arrival_of(session: Session, order: Order, *, now: datetime) -> Arrival | None:
    """When an order is expected at its door; None before its round is released, and once it is
    over."""
    if order.is_over or not order.is_delivery:
        return None
    stop = session.scalar(select(RoundStop).join(Carried).where(Carried.order_id == order.id))
    if stop is None:
        return None
    found = arrivals_of(session, stop.round, now=now)
    return next((one for one in found if one.stop.id == stop.id), None)
