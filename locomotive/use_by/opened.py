"""OpenedFood: what was opened or prepared, its secondary use-by date, and how it ended."""

from datetime import date, datetime, timedelta

from sqlalchemy import CheckConstraint, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base, Day, Key, Words, guarded
from ..core.clock import local
from ..core.refusal import N_, Invalid, Refusal
from .rule import RULES, SAMPLE, Rule, days_by_kind

USED, THROWN = "used", "thrown"
ENDINGS: dict[str, str] = {USED: N_("used up"), THROWN: N_("thrown away")}
MOST_GRAMS = 100_000


class OpenedFood(Base):
    """One container with its label; it is open until somebody says how it ended."""

    __tablename__ = "opened_food"
    __table_args__ = (CheckConstraint("grams IS NULL OR grams > 0", name="grams"),)

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(20))
    what: Mapped[Words]
    opened_at: Mapped[datetime]
    use_by: Mapped[Day]
    ended_at: Mapped[datetime | None]
    ending: Mapped[str] = mapped_column(String(20), default="")
    grams: Mapped[int | None]  # thrown away

    @property
    def rule(self) -> Rule:
        return RULES[self.kind]

    def is_past(self, today: date) -> bool:
        """Whether it must go: past its date, or a sample that was kept long enough."""
        return self.ended_at is None and today > self.use_by


class KindMissing(Invalid):
    message = N_("Choose what kind of food it is.")


class NameMissing(Invalid):
    message = N_("Write what it is.")


class EndingMissing(Invalid):
    message = N_("Choose how it ended: used up, or thrown away.")


class KilosMissing(Invalid):
    message = N_("Weigh what is thrown away: write the kilos, such as 0,4.")


class AlreadyEnded(Refusal):
    message = N_("%(what)s: somebody has already ended this label.")


class SampleKept(Refusal):
    message = N_("This sample meal stays in the cold until %(day)s, that day included.")


def open_food(session: Session, kind: str, what: str, *, now: datetime) -> OpenedFood:
    """Note that something was opened or prepared. Raises KindMissing, NameMissing."""
    if kind not in RULES:
        raise KindMissing(field="kind")
    if not what:
        raise NameMissing(field="what")
    days = days_by_kind(session)[kind]
    use_by = local(now).date() + timedelta(days=days)
    food = OpenedFood(kind=kind, what=what, opened_at=now, use_by=use_by)
    session.add(food)
    session.flush()
    return food


def end_food(
    session: Session, food: OpenedFood, ending: str, grams: int | None, *, now: datetime
) -> None:
    """Say how it ended; what is thrown away is weighed, but for a sample that was kept.

    Raises EndingMissing, KilosMissing, SampleKept, and AlreadyEnded for the second of two hands.
    """
    is_sample = food.kind == SAMPLE
    if ending not in ENDINGS or (is_sample and ending == USED):
        raise EndingMissing(field="ending")
    if is_sample and local(now).date() <= food.use_by:
        raise SampleKept(day=food.use_by)
    if ending == THROWN and not is_sample and not (grams and grams <= MOST_GRAMS):
        raise KilosMissing(field="kilos")
    changed = guarded(
        session,
        update(OpenedFood)
        .where(OpenedFood.id == food.id, OpenedFood.ended_at.is_(None))
        .values(ended_at=now, ending=ending, grams=grams if ending == THROWN else None),
    )
    if not changed:
        raise AlreadyEnded(what=food.what)


def open_foods(session: Session) -> list[OpenedFood]:
    """What is open, the earliest date first."""
    query = select(OpenedFood).where(OpenedFood.ended_at.is_(None))
    return list(session.scalars(query.order_by(OpenedFood.use_by, OpenedFood.id)))


def foods_opened_between(session: Session, first: date, last: date) -> list[OpenedFood]:
    """What was opened on some days, in its order."""
    found = session.scalars(select(OpenedFood).order_by(OpenedFood.opened_at, OpenedFood.id))
    return [food for food in found if first <= local(food.opened_at).date() <= last]
