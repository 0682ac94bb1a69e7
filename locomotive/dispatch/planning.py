"""Planning: one attempt to plan a service's rounds, from its asking to its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base, Key, Words, guarded
from ..core.refusal import N_, Refusal
from ..core.status import OPEN
from ..ordering.order import Order, orders_of
from ..promise.problem import is_to_carry
from ..rounds.collection import collections_of
from ..rounds.round import Round
from ..service.service import Service
from ..shipments.shipment import shipments_of

# What a worker may say of its planner, besides the refusals below.
FAILURES = (N_("the planner gave no answer in time"), N_("the planner's process was ended"))
WORKER_DIED = N_("the worker stopped in the middle of it; plan again")
# A planning that waits so long in the queue, or shows no sign of life for so long while it is
# worked at, belongs to a worker that died.
SILENCE, SILENCE_AT_WORK = timedelta(minutes=2), timedelta(seconds=30)
# One that a dead worker leaves is taken up again, if it was asked for since; an older one may be
# what the worker dies of.
TAKEN_UP = timedelta(minutes=2)


class Planning(Base):
    """One attempt: asked for, running with its progress, then done or failed with a sentence."""

    __tablename__ = "planning"

    id: Mapped[Key]
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), index=True)
    state: Mapped[str] = mapped_column(String(20))  # queued, running, done, failed
    asked_at: Mapped[datetime]
    alive_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    elapsed: Mapped[float] = mapped_column(default=0.0)  # seconds
    stops: Mapped[int] = mapped_column(default=0)
    served: Mapped[int] = mapped_column(default=0)
    cost: Mapped[int | None]  # seconds ridden
    bound: Mapped[int | None]
    is_proven: Mapped[bool] = mapped_column(default=False)
    rounds_version: Mapped[int | None]  # of the rounds that it made
    # What the figures are about; they say nothing of rounds or orders that are others by now.
    stamp: Mapped[str] = mapped_column(String(16), default="", server_default="")
    failure: Mapped[Words] = mapped_column(default="")

    def is_under_way(self, now: datetime) -> bool:
        """Whether the worker is still at it."""
        patience = {"queued": SILENCE, "running": SILENCE_AT_WORK}
        return self.state in patience and now - self.alive_at < patience[self.state]

    def has_failed(self, now: datetime) -> bool:
        """Whether it came to nothing, or its worker has been silent for too long."""
        return self.state != "done" and not self.is_under_way(now)

    @property
    def gap(self) -> float | None:
        """By how much of its riding time the plan may still be longer than the best (0.12 is
        12 %); None before there is a plan."""
        if not self.cost or self.bound is None:
            return None
        return max(0.0, (self.cost - self.bound) / self.cost)


class Unassigned(Base):
    """A stop that the last planning could not serve, with the planner's reason."""

    __tablename__ = "unassigned"

    id: Mapped[Key]
    planning_id: Mapped[int] = mapped_column(ForeignKey("planning.id"), index=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("customer_order.id"))
    reason: Mapped[str] = mapped_column(String(40))


REASONS: dict[str, str] = {
    "no_vehicle": N_("No tricycle rides in this service."),
    "unreachable": N_("No road leads there."),
    "too_heavy": N_("No tricycle can carry so many boxes at once."),
    "too_far_in_time": N_("The time window closes before a tricycle can be there."),
    "too_far_for_freshness": N_("The ride is longer than the meal stays fresh."),
    "shift_over": N_("The tricycle would come back after the end of its shift."),
    "too_far_in_distance": N_("The way there and back is longer than the tricycle's range."),
    "no_trips": N_("The tricycles have made all the trips they may."),
    "locked_out": N_("A lock keeps it out: without the lock it would be served."),
    "frozen": N_("The rounds already released take the tricycles it would need."),
    "not_sure": N_("It could be served, but not as surely as is promised."),
    "several": N_("Several obstacles at once: window, load and shift do not fit together."),
    "no_load": N_("It would fit a round, but the boxes are too many for the room that is left."),
    "no_time": N_("Every tricycle is busy in this window; at another time one is free."),
    "fleet_full": N_("The other stops take all the time of the tricycles."),
}


class PlanningUnderWay(Refusal):
    message = N_("The rounds are being planned already. Wait a moment.")


class NothingToDeliver(Refusal):
    message = N_("No order is to be delivered in this service.")


def ask_planning(session: Session, service: Service, *, now: datetime) -> Planning:
    """Write down that rounds are wanted. Raises PlanningUnderWay, NothingToDeliver."""
    last = last_planning(session, service)
    if last is not None and last.is_under_way(now):
        raise PlanningUnderWay
    to_fetch = [*collections_of(session, service), *shipments_of(session, service)]
    if not to_fetch and not any(is_to_carry(order) for order in orders_of(session, service)):
        raise NothingToDeliver
    planning = Planning(service_id=service.id, state="queued", asked_at=now, alive_at=now)
    session.add(planning)
    session.flush()
    return planning


def last_planning(session: Session, service: Service) -> Planning | None:
    """The latest attempt of a service."""
    return session.scalar(
        select(Planning)
        .where(Planning.service_id == service.id)
        .order_by(Planning.id.desc())
        .limit(1)
    )


def unassigned_of(session: Session, planning: Planning) -> list[tuple[Order, str]]:
    """The orders that the planning left out, each with the reason's code."""
    rows = session.execute(
        select(Order, Unassigned.reason)
        .join(Unassigned, Unassigned.order_id == Order.id)
        .where(Unassigned.planning_id == planning.id, Order.status.in_(OPEN))
        .where(Order.carried_by_id.is_(None))
        .order_by(Order.number)
    )
    return [(order, reason) for order, reason in rows]


@dataclass(frozen=True)
class Changes:
    """What happened to the orders since the rounds were planned."""

    without_round: tuple[Order, ...]
    cancelled: tuple[tuple[Order, Round], ...]

    def __bool__(self) -> bool:
        return bool(self.without_round or self.cancelled)


def changes_since(
    orders: Sequence[Order], rounds: Sequence[Round], left_out: Sequence[Order]
) -> Changes:
    """The deliveries that came after the plan, and those cancelled that rounds still hold."""
    known = {order.id for order in left_out}
    aboard = {c.order.id: r for r in rounds for stop in r.stops for c in stop.carried}
    return Changes(
        without_round=tuple(
            o for o in orders if is_to_carry(o) and o.id not in known and o.id not in aboard
        ),
        cancelled=tuple((o, aboard[o.id]) for o in orders if o.is_cancelled and o.id in aboard),
    )


def claim_planning(session: Session, planning_id: int, *, now: datetime) -> bool:
    """Start a queued planning; False when another worker has it."""
    return guarded(
        session,
        update(Planning)
        .where(Planning.id == planning_id, Planning.state == "queued")
        .values(state="running", alive_at=now),
    )


def take_up_plannings(session: Session, *, now: datetime) -> list[int]:
    """Queue again what a dead worker left in work, and mark what is too old as failed.

    Only for a worker that starts while no other is at work. Returns what is to be done.
    """
    left = session.scalars(select(Planning).where(Planning.state.in_(("queued", "running")))).all()
    taken = [planning for planning in left if now - planning.asked_at < TAKEN_UP]
    for planning in taken:
        planning.state, planning.alive_at = "queued", now
    for planning in left:
        if planning not in taken:
            fail_planning(session, planning.id, failure=WORKER_DIED, now=now)
    return [planning.id for planning in taken]


def fail_planning(session: Session, planning_id: int, *, failure: str, now: datetime) -> None:
    """Say why a planning came to nothing; the rounds in force stay."""
    planning = session.get_one(Planning, planning_id)
    planning.state, planning.failure, planning.finished_at = "failed", failure[:200], now
