"""Inquiry: a slot of which a page is not sure yet; the worker looks for a plan with more work.

What it finds counts for the same question only: the same slot, place, boxes and tentative plan.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, Text, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

import routing

from ..core.base import Base, Key, count_changed, guarded, insert_once
from ..core.personal import ASKED, personal
from ..places.address import Address
from ..places.travel_time import point_key

WORTH = timedelta(minutes=2)  # after which nobody waits any more


class Inquiry(Base):
    """One open or answered question; `plan` is the plan found, None where there is none."""

    __tablename__ = "inquiry"

    id: Mapped[Key]
    # It and the plan found name stops after the positions of doors.
    key: Mapped[str] = mapped_column(String(120), unique=True, info=personal(ASKED))
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"), index=True)
    instead_of_id: Mapped[int | None] = mapped_column(ForeignKey("customer_order.id"))
    boxes: Mapped[int]
    place_name: Mapped[str] = mapped_column(Text, info=personal(ASKED))
    latitude: Mapped[float] = mapped_column(info=personal(ASKED))
    longitude: Mapped[float] = mapped_column(info=personal(ASKED))
    asked_at: Mapped[datetime] = mapped_column(index=True)
    looked_at: Mapped[datetime | None]
    plan: Mapped[str | None] = mapped_column(Text, info=personal(ASKED, erased=None))
    is_proven: Mapped[bool] = mapped_column(default=False)

    @property
    def address(self) -> Address:
        """The place, as far as the planner asks for it."""
        return Address(self.place_name, "", "", self.latitude, self.longitude)

    @property
    def found(self) -> routing.Plan | None:
        """The plan that was found."""
        return routing.Plan.from_json(json.loads(self.plan)) if self.plan else None


@dataclass(frozen=True)
class Subject:
    """What a question is about, beside the slot; `seen` is the tentative plan's version."""

    address: Address
    boxes: int
    instead_of_id: int | None
    seen: int

    def key(self, slot_id: int) -> str:
        """What makes two questions the same."""
        where, instead = point_key(self.address.point), self.instead_of_id or 0
        return f"{slot_id}|{where}|{self.boxes}|{instead}|{self.seen}"


def known_answer(session: Session, subject: Subject, slot_id: int) -> Inquiry | None:
    """What the worker has answered already."""
    same = Inquiry.key == subject.key(slot_id)
    return session.scalar(select(Inquiry).where(same, Inquiry.looked_at.is_not(None)))


def inquire(
    session: Session, subject: Subject, slot_ids: Sequence[int], *, now: datetime
) -> tuple[int, ...]:
    """Let the worker look for these slots; return the inquiries, none of them asked twice."""
    for slot_id in slot_ids:
        values = {
            "key": subject.key(slot_id),
            "slot_id": slot_id,
            "instead_of_id": subject.instead_of_id,
            "boxes": subject.boxes,
            "place_name": subject.address.name,
            "latitude": subject.address.latitude,
            "longitude": subject.address.longitude,
            "asked_at": now,
            "is_proven": False,
        }
        insert_once(session, Inquiry, values, unique=["key"])
    keys = [subject.key(slot_id) for slot_id in slot_ids]
    return tuple(session.scalars(select(Inquiry.id).where(Inquiry.key.in_(keys))))


def are_answered(session: Session, ids: Sequence[int], *, now: datetime) -> bool:
    """Whether the worker has looked for all of these, or nobody may wait for them any more."""
    waiting = select(Inquiry.id).where(
        Inquiry.id.in_(ids), Inquiry.looked_at.is_(None), Inquiry.asked_at > now - WORTH
    )
    return session.scalar(waiting.limit(1)) is None


def open_inquiries(session: Session, *, now: datetime) -> list[Inquiry]:
    """The questions that somebody may still wait for, the oldest first."""
    waiting = select(Inquiry).where(Inquiry.looked_at.is_(None), Inquiry.asked_at > now - WORTH)
    return list(session.scalars(waiting.order_by(Inquiry.id)))


def note_answer(
    session: Session, inquiry_id: int, answer: routing.Answer, *, now: datetime
) -> bool:
    """Write what was found, once; whether it was the first answer."""
    found = json.dumps(answer.plan.to_json()) if answer.plan else None
    row = update(Inquiry).where(Inquiry.id == inquiry_id, Inquiry.looked_at.is_(None))
    return guarded(session, row.values(looked_at=now, plan=found, is_proven=answer.is_proven))


def forget_inquiries(session: Session, *, before: datetime) -> int:
    """Forget the questions that were asked before a moment; return how many."""
    return count_changed(session, delete(Inquiry).where(Inquiry.asked_at < before))
