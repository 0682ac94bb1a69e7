"""Amendment: one change of the rounds that was made by hand, and the rounds as they were before."""

import json
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import ForeignKey, String, Text, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

import routing

from ..core.base import Base, Key, Words, guarded
from ..core.refusal import N_, Refusal
from ..dispatch.lock import locked_delivery
from ..dispatch.publication import stamp_of, write_rounds
from ..ordering.order import touch
from ..places.travel_time import Point
from ..promise.problem import Delivery, exactly
from ..rounds.round import Round, collection_key, rounds_of
from ..service.service import Service
from .amended import Amended, planned
from .breaks import breaks
from .wish import Draft, Drafted, Leave, Move, Split, Swap, Wish

# What was done, as the desk says it.
KINDS: dict[type[Wish], str] = {Move: "move", Swap: "swap", Leave: "leave", Split: "split"}
KIND_WORDS: dict[str, str] = {
    "move": N_("a stop of round %(number)s was moved"),
    "swap": N_("round %(number)s has another tricycle"),
    "leave": N_("round %(number)s leaves at another time"),
    "split": N_("round %(number)s was split"),
}


class Amendment(Base):
    """What was done, and the rounds before it: orders and crates by their numbers, no address."""

    __tablename__ = "amendment"

    id: Mapped[Key]
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), index=True)
    made_at: Mapped[datetime]
    device: Mapped[Words]
    kind: Mapped[str] = mapped_column(String(20))
    number: Mapped[int]  # of the round, as it was
    before: Mapped[str] = mapped_column(Text)
    stamp: Mapped[str] = mapped_column(String(16))  # of the rounds after it
    undone_at: Mapped[datetime | None]


class AmendmentBreaks(Refusal):
    message = N_("This would break a promise or a rule. Nothing was changed.")


class NothingToUndo(Refusal):
    message = N_("The rounds have changed since: this can no longer be undone.")


def amend(
    session: Session,
    service: Service,
    wish: Wish,
    found: Amended,
    *,
    device: str,
    now: datetime,
) -> Amendment:
    """Write the changed rounds, and how they were. Raises AmendmentBreaks; then nothing changes.

    `found` was made in this transaction, after `touch`.
    """
    broken = breaks(found.delivery, found.plan, found.tricycles, found.held)
    if broken or routing.violations(exactly(found.delivery.problem), found.plan):
        raise AmendmentBreaks
    before = _written(rounds_of(session, service))
    write_rounds(session, service, found.delivery, found.plan, held=found.held, now=now)
    amendment = Amendment(
        service_id=service.id,
        made_at=now,
        device=device,
        kind=KINDS[type(wish)],
        number=wish.number,
        before=json.dumps(before),
        stamp=_stamp(session, service),
    )
    session.add(amendment)
    session.flush()
    return amendment


def undoable(session: Session, service: Service) -> Amendment | None:
    """The last amendment that can be undone: the rounds are still as it left them."""
    last = session.scalar(
        select(Amendment)
        .where(Amendment.service_id == service.id, Amendment.undone_at.is_(None))
        .order_by(Amendment.id.desc())
        .limit(1)
    )
    return last if last is not None and last.stamp == _stamp(session, service) else None


def undo(
    session: Session, service: Service, amendment_id: int, *, depot: Point, now: datetime
) -> Amendment:
    """Bring the rounds back as they were before. Raises NothingToUndo; then nothing changes."""
    touch(session, service.id)
    last = undoable(session, service)
    if last is None or last.id != amendment_id:
        raise NothingToUndo
    delivery = locked_delivery(session, service, depot)
    draft, held = _read(json.loads(last.before), delivery)
    plan, _all = planned(delivery, draft)
    if routing.violations(exactly(delivery.problem), plan):
        raise NothingToUndo
    rows = update(Amendment).where(Amendment.id == last.id, Amendment.undone_at.is_(None))
    if not guarded(session, rows.values(undone_at=now)):
        raise NothingToUndo
    write_rounds(session, service, delivery, plan, held=held, now=now)
    return last


def _stamp(session: Session, service: Service) -> str:
    """What the rounds are, and which of them are released: those stay whatever is undone."""
    released = [round_.id for round_ in rounds_of(session, service) if round_.is_released]
    return sha256(f"{stamp_of(session, service)} {released}".encode()).hexdigest()[:16]


def _written(rounds: list[Round]) -> list[dict[str, Any]]:
    """The rounds that are not released, without any address."""
    return [
        {
            "number": round_.number,
            "tricycle": round_.tricycle_id,
            "departs": round_.departs_at.isoformat(),
            "is_held": round_.is_held,
            "stops": [
                {
                    "orders": [c.order_id for c in stop.carried],
                    "collection": stop.collection_id,
                    "end": stop.end and stop.end.planner_id,
                }
                for stop in round_.stops
                if stop.is_live
            ],
        }
        for round_ in sorted(rounds, key=lambda one: one.loading_at)
        if not round_.is_released
    ]


def _read(
    rows: list[dict[str, Any]], delivery: Delivery
) -> tuple[Draft, dict[tuple[str, ...], int]]:
    """The draft of what `_written` wrote, each departure as it was; and those that were set."""
    key_of: dict[int | str, str] = {end: end for end in delivery.ends}
    key_of |= {order.id: key for key, orders in delivery.orders.items() for order in orders}
    draft, held = [], {}
    for row in rows:
        stops = tuple(dict.fromkeys(_keys(row["stops"], key_of)))
        left_at = datetime.fromisoformat(row["departs"])
        departs = int((left_at - delivery.midnight).total_seconds())
        draft.append(Drafted(row["number"], str(row["tricycle"]), stops, departs))
        if row["is_held"]:
            held[stops] = departs
    return tuple(draft), held


def _keys(stops: list[dict[str, Any]], key_of: dict[int | str, str]) -> Iterator[str]:
    """The planner's names of written stops; what is no longer to be delivered has none."""
    for stop in stops:
        if stop["collection"] is not None:
            yield collection_key(stop["collection"])
        named = [*stop["orders"], stop.get("end")]
        yield from (key_of[name] for name in named if name in key_of)
