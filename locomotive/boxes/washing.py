"""WashingBatch: boxes that came back and were washed together."""

from datetime import datetime

from sqlalchemy import CheckConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base, Key, Words
from ..core.refusal import N_, Invalid
from ..rounds.box import came_back

MOST_SHOWN = 20


class WashingBatch(Base):
    """One run of the machine, or one sink."""

    __tablename__ = "washing_batch"
    __table_args__ = (CheckConstraint("boxes > 0", name="boxes"),)

    id: Mapped[Key]
    washed_at: Mapped[datetime]
    boxes: Mapped[int]
    device: Mapped[Words] = mapped_column(default="")


class NotSoManyDirty(Invalid):
    message = N_(
        "Boxes that wait to be washed: %(boxes)s. Note first those that came to the counter."
    )


def to_wash(session: Session) -> int:
    """How many boxes came back and are not washed yet."""
    washed = session.scalar(select(func.sum(WashingBatch.boxes)))
    return max(0, came_back(session) - int(washed or 0))


def wash(session: Session, boxes: int, *, device: str, now: datetime) -> WashingBatch:
    """Write that so many boxes were washed. Raises NotSoManyDirty."""
    waiting = to_wash(session)
    if boxes > waiting:
        raise NotSoManyDirty(field="boxes", boxes=waiting)
    batch = WashingBatch(washed_at=now, boxes=boxes, device=device)
    session.add(batch)
    session.flush()
    return batch


def last_batches(session: Session) -> list[WashingBatch]:
    """The last batches, the newest first."""
    query = select(WashingBatch).order_by(WashingBatch.id.desc()).limit(MOST_SHOWN)
    return list(session.scalars(query))
