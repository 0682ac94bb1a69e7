"""Rate: how often something may be tried in a while, counted in one atomic statement."""

from datetime import datetime, timedelta

from sqlalchemy import String, case, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base, count_changed
from ..core.personal import NETWORK, personal
from ..core.refusal import N_, Refusal


class Rate(Base):
    """A counter of one thing (such as sign-ins from one address) since `began_at`."""

    __tablename__ = "rate"

    name: Mapped[str] = mapped_column(String(120), primary_key=True, info=personal(NETWORK))
    began_at: Mapped[datetime]
    tries: Mapped[int]


class TooOften(Refusal):
    message = N_("Too many tries. Wait %(minutes)s minutes, or call us.")
    status = 429


def count_try(session: Session, name: str, *, limit: int, period: timedelta, now: datetime) -> None:
    """Count one try; raises TooOften when more than `limit` fell into the last `period`."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    is_over = Rate.began_at < now - period
    tries = session.scalar(
        insert(Rate)
        .values(name=name, began_at=now, tries=1)
        .on_conflict_do_update(
            index_elements=["name"],
            set_={
                "tries": case((is_over, 1), else_=Rate.tries + 1),
                "began_at": case((is_over, now), else_=Rate.began_at),
            },
        )
        .returning(Rate.tries)
    )
    if tries is not None and tries > limit:
        raise TooOften(minutes=max(1, round(period.total_seconds() / 60)))


def forget_rates(session: Session, *, before: datetime) -> int:
    """Drop the counters that began before a moment; return how many."""
    return count_changed(session, delete(Rate).where(Rate.began_at < before))
