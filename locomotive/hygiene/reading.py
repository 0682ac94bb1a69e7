"""Reading and CorrectiveAct: what was seen at a control point or during a cooling, and what was
done about it. Both are only ever added; a reading that was mistyped stays, and counts no more."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, String, and_, exists, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..core.base import Base, Day, Key, Words
from ..core.clock import local
from ..core.refusal import N_, Invalid, Refusal, Word
from .limit import limits
from .point import KINDS, ControlPoint, is_out
from .thermal_step import ThermalStep

MISTYPED, OTHER = "mistyped", "other"
ACTS: dict[str, str] = {
    "adjusted": N_("adjusted"),
    "moved": N_("moved to another one"),
    "thrown": N_("thrown away"),
    "called": N_("repairer called"),
    "reheated": N_("heated again"),
    "replaced": N_("replaced"),
    "changed": N_("oil changed"),
    MISTYPED: N_("mistyped"),
    OTHER: N_("something else"),
}
STEP_ACTS = ("thrown", "reheated")
SIGNS = str.maketrans(".-", ",−")
# No press waits longer than this for the network; older ones have a wrong clock.
LONGEST_WAY = timedelta(days=1)


@dataclass(frozen=True)
class Touch:
    """When and where a screen was pressed: `at` by the server's clock, `pressed_at` by its own."""

    device: str
    at: datetime
    received_at: datetime
    pressed_at: datetime | None = None

    @property
    def day(self) -> date:
        """The day on the restaurant's calendar."""
        return local(self.at).date()


def touch_of(
    device: str, pressed_at: datetime | None, sent_at: datetime | None, *, now: datetime
) -> Touch:
    """A press that arrives now. Both its times are read from the screen's clock, which may be
    wrong by days: what has passed between them is taken from ours."""
    way = sent_at - pressed_at if pressed_at and sent_at else timedelta()
    at = now - way if timedelta() <= way <= LONGEST_WAY else now
    return Touch(device, at, now, pressed_at)


class Reading(Base):
    """One look at a control point or at a thermal step; without a value it was cleaned."""

    __tablename__ = "reading"
    __table_args__ = (CheckConstraint("(point_id IS NULL) <> (step_id IS NULL)", name="of_one"),)

    id: Mapped[Key]
    point_id: Mapped[int | None] = mapped_column(ForeignKey("control_point.id"), index=True)
    step_id: Mapped[int | None] = mapped_column(ForeignKey("thermal_step.id"), index=True)
    day: Mapped[Day] = mapped_column(index=True)
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    pressed_at: Mapped[datetime | None]  # by the screen's own clock
    device: Mapped[Words]
    tenths: Mapped[int | None]
    limit_tenths: Mapped[int | None]
    is_out: Mapped[bool]
    point: Mapped[ControlPoint | None] = relationship(lazy="joined")
    step: Mapped[ThermalStep | None] = relationship(lazy="joined")
    acts: Mapped[list["CorrectiveAct"]] = relationship(
        back_populates="reading", order_by="CorrectiveAct.id", lazy="selectin"
    )

    @property
    def counts(self) -> bool:
        """Whether it was not taken back as mistyped."""
        return all(act.code != MISTYPED for act in self.acts)

    @property
    def is_open(self) -> bool:
        """Whether it is out of range and nobody has said what was done."""
        return self.is_out and not self.acts

    @property
    def minutes(self) -> int | None:
        """How long its thermal step had lasted, rounded up; None of a control point."""
        if self.step is None:
            return None
        return -((self.step.started_at - self.at) // timedelta(minutes=1))

    @property
    def possible_acts(self) -> tuple[str, ...]:
        """What may be done about it, as codes."""
        own = KINDS[self.point.kind].acts if self.point else STEP_ACTS
        return (*own, MISTYPED, OTHER)


class CorrectiveAct(Base):
    """What was done about a reading."""

    __tablename__ = "corrective_act"

    id: Mapped[Key]
    reading_id: Mapped[int] = mapped_column(ForeignKey("reading.id"), index=True)
    code: Mapped[str] = mapped_column(String(20))
    words: Mapped[Words] = mapped_column(default="")
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    pressed_at: Mapped[datetime | None]
    device: Mapped[Words]
    reading: Mapped[Reading] = relationship(back_populates="acts")


class ReadingAbsurd(Invalid):
    message = N_(
        "%(value)s %(unit)s is not possible for %(name)s (%(least)s to %(most)s). "
        "Type it again, with a comma: 4,5."
    )


class NotAsked(Refusal):
    message = N_("%(name)s is no longer on the list.")


class ActUnknown(Invalid):
    message = N_("Choose what was done.")


class ActWordsMissing(Invalid):
    message = N_("Write in a few words what was done.")


class NothingToUndo(Refusal):
    message = N_("Nothing was noted here today.")


IS_MISTYPED = exists().where(CorrectiveAct.reading_id == Reading.id, CorrectiveAct.code == MISTYPED)
COUNTS = ~IS_MISTYPED


def read_point(session: Session, point: ControlPoint, tenths: int | None, touch: Touch) -> Reading:
    """Note what was read at a point; None where it was cleaned.

    Raises NotAsked, ReadingAbsurd.
    """
    if not point.is_asked_on(touch.day):
        raise NotAsked(name=point.name)
    limit = point.limit(limits(session))
    believe(tenths, KINDS[point.kind].believed, name=point.name, unit=KINDS[point.kind].unit)
    out = tenths is not None and limit is not None and is_out(point.kind, tenths, limit)
    return add_reading(session, touch, tenths, limit, is_out=out, point_id=point.id)


def believe(tenths: int | None, believed: tuple[int, int] | None, *, name: str, unit: str) -> None:
    """Refuse a value that nothing in a kitchen has. Raises ReadingAbsurd."""
    if (tenths is None) != (believed is None):
        raise ReadingAbsurd(field="value", value="?", unit=unit, name=name, least="", most="")
    if tenths is None or believed is None or believed[0] <= tenths <= believed[1]:
        return
    value, least, most = (f"{n / 10:g}".translate(SIGNS) for n in (tenths, *believed))
    raise ReadingAbsurd(
        field="value", value=value, unit=unit, name=Word(name), least=least, most=most
    )


def add_reading(
    session: Session,
    touch: Touch,
    tenths: int | None,
    limit: int | None,
    *,
    is_out: bool,
    **of_one: int,
) -> Reading:
    """Write one reading, of a point or of a thermal step."""
    reading = Reading(
        day=touch.day,
        at=touch.at,
        received_at=touch.received_at,
        pressed_at=touch.pressed_at,
        device=touch.device,
        tenths=tenths,
        limit_tenths=limit,
        is_out=is_out,
        **of_one,
    )
    session.add(reading)
    session.flush()
    return reading


def correct(
    session: Session, reading: Reading, code: str, touch: Touch, *, words: str = ""
) -> CorrectiveAct:
    """Note what was done about a reading; a thermal step ends with it.

    Raises ActUnknown, ActWordsMissing.
    """
    if code not in reading.possible_acts:
        raise ActUnknown(field="code")
    if code == OTHER and not words:
        raise ActWordsMissing(field="words")
    act = CorrectiveAct(
        code=code,
        words=words,
        at=touch.at,
        received_at=touch.received_at,
        pressed_at=touch.pressed_at,
        device=touch.device,
    )
    reading.acts.append(act)
    if reading.step is not None:
        _follow(reading.step, reading, act)
    session.flush()
    return act


def _follow(step: ThermalStep, reading: Reading, act: CorrectiveAct) -> None:
    """What is done about a reading ends its step; a mistyped one on the way lets it go on."""
    if act.code == MISTYPED and reading.at > step.started_at:
        step.ended_at = None
    elif step.ended_at is None:
        step.ended_at = act.at


def take_back(session: Session, point: ControlPoint, touch: Touch) -> None:
    """Say that today's last reading of a point was mistyped. Raises NothingToUndo."""
    last = session.scalar(
        select(Reading)
        .where(and_(Reading.point_id == point.id, Reading.day == touch.day, COUNTS))
        .order_by(Reading.id.desc())
        .limit(1)
    )
    if last is None:
        raise NothingToUndo
    correct(session, last, MISTYPED, touch)


def open_alarms(session: Session) -> list[Reading]:
    """The readings out of range for which nobody has said what was done, the oldest first."""
    has_act = exists().where(CorrectiveAct.reading_id == Reading.id)
    query = select(Reading).where(Reading.is_out, ~has_act).order_by(Reading.id)
    return list(session.scalars(query))


def readings_between(session: Session, first: date, last: date) -> list[Reading]:
    """All readings of some days, also those taken back, in their order."""
    query = select(Reading).where(Reading.day.between(first, last))
    return list(session.scalars(query.order_by(Reading.at, Reading.id)))


def latest_readings(session: Session, *, day: date) -> dict[int, Reading]:
    """Point id → the last reading of a day that counts."""
    query = select(Reading).where(Reading.day == day, Reading.point_id.is_not(None), COUNTS)
    found = session.scalars(query.order_by(Reading.id))
    return {reading.point_id: reading for reading in found if reading.point_id is not None}
