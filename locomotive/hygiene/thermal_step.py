"""ThermalStep: one cooling from 63 to 10 °C, or one reheating to 63 °C, against the clock."""

from datetime import datetime, timedelta

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base, Key, Words
from ..core.refusal import N_

STEPS: dict[str, str] = {"cooling": N_("Cooling"), "reheating": N_("Reheating")}


class ThermalStep(Base):
    """A dish or preparation on its way to a temperature; its readings tell how it went."""

    __tablename__ = "thermal_step"

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(20))
    what: Mapped[Words]
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    target_tenths: Mapped[int]
    ended_at: Mapped[datetime | None]

    @property
    def most_minutes(self) -> int:
        """How long it may last."""
        return (self.due_at - self.started_at) // timedelta(minutes=1)

    def is_reached(self, tenths: int) -> bool:
        """Whether a reading is at the target."""
        is_cooling = self.kind == "cooling"
        return tenths <= self.target_tenths if is_cooling else tenths >= self.target_tenths

    def is_late(self, now: datetime) -> bool:
        return self.ended_at is None and now > self.due_at


def running_steps(session: Session) -> list[ThermalStep]:
    """The steps that have not ended, the most urgent first."""
    query = select(ThermalStep).where(ThermalStep.ended_at.is_(None))
    return list(session.scalars(query.order_by(ThermalStep.due_at, ThermalStep.id)))
