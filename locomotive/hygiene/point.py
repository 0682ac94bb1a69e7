"""ControlPoint: what is looked at regularly, such as a fridge, a probe or a worktop to clean."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import CheckConstraint, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base, Day, Key, Words
from ..core.refusal import N_, Invalid

MOST_DAYS = 180


@dataclass(frozen=True)
class Kind:
    """One kind of control point; `believed` are the tenths that a reading can have, None where
    nothing is measured, and `acts` the codes of what is done when it is out of range."""

    words: str
    every_days: int
    believed: tuple[int, int] | None
    acts: tuple[str, ...]
    unit: str = "°C"
    is_least: bool = False


KINDS: dict[str, Kind] = {
    "fridge": Kind(N_("Fridge"), 1, (-150, 400), ("adjusted", "moved", "thrown", "called")),
    "freezer": Kind(N_("Freezer"), 1, (-450, 300), ("adjusted", "moved", "thrown", "called")),
    "holding": Kind(
        N_("Hot holding"), 1, (0, 1100), ("reheated", "adjusted", "thrown"), is_least=True
    ),
    "probe": Kind(N_("Probe"), 30, (-50, 1100), ("replaced", "adjusted")),
    "oil": Kind(N_("Frying oil"), 7, (0, 600), ("changed",), unit="%"),
    "cleaning": Kind(N_("Cleaning"), 1, None, ()),
}
# What is cleaned, as a picture.
SURFACES: dict[str, str] = {
    "worktop": N_("worktop"),
    "floor": N_("floor"),
    "sink": N_("sink"),
    "board": N_("chopping board"),
    "hood": N_("hood"),
    "fridge": N_("fridge"),
    "bin": N_("bin"),
    "machine": N_("machine"),
}


class ControlPoint(Base):
    """One thing that is looked at every so many days; it is ended, never deleted."""

    __tablename__ = "control_point"
    __table_args__ = (CheckConstraint("every_days > 0", name="every_days"),)

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[Words]
    surface: Mapped[str] = mapped_column(String(20), default="")  # of a cleaning
    every_days: Mapped[int]
    own_limit: Mapped[int | None]  # tenths, in place of the house's
    begins_on: Mapped[Day]
    ended_on: Mapped[Day | None]  # the first day on which it is no longer asked for

    @property
    def picture(self) -> str:
        """The name of its drawing."""
        return f"clean-{self.surface}" if self.kind == "cleaning" else self.kind

    def limit(self, limits: dict[str, int]) -> int | None:
        """The limit of its readings in tenths; None where nothing is measured."""
        return limits.get(self.kind) if self.own_limit is None else self.own_limit

    def is_asked_on(self, day: date) -> bool:
        return self.begins_on <= day and (self.ended_on is None or day < self.ended_on)


class NameTaken(Invalid):
    message = N_("%(name)s is on the list already. Choose another name.")


class SurfaceMissing(Invalid):
    message = N_("Choose the picture of what is cleaned.")


def add_point(session: Session, point: ControlPoint) -> ControlPoint:
    """Put one more point on the list. Raises NameTaken, SurfaceMissing."""
    if point.kind == "cleaning" and point.surface not in SURFACES:
        raise SurfaceMissing(field="surface")
    if point.name in {other.name for other in points_of(session) if other.ended_on is None}:
        raise NameTaken(field="name", name=point.name)
    session.add(point)
    session.flush()
    return point


def end_point(point: ControlPoint, *, today: date) -> None:
    """Ask for it no more; its readings stay."""
    if point.ended_on is None:
        point.ended_on = max(today, point.begins_on)


def points_of(session: Session) -> list[ControlPoint]:
    """All points, also ended ones, by kind and name."""
    order = list(KINDS)
    found = session.scalars(select(ControlPoint).order_by(ControlPoint.name, ControlPoint.id))
    return sorted(found, key=lambda point: order.index(point.kind))


def is_out(kind: str, tenths: int, limit: int) -> bool:
    """Whether a value is out of range; a probe is in ice (0 °C) or in boiling water (100 °C)."""
    if kind == "probe":
        return min(abs(tenths), abs(tenths - 1000)) > limit
    return tenths < limit if KINDS[kind].is_least else tenths > limit
