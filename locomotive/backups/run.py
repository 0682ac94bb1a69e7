"""Run: each backup and each drill, when it was done and what came of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ScalarSelect, String, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base, Key, Words, guarded, insert_once
from ..core.clock import local

BACKUP, DRILL = "backup", "drill"
# Before that hour the night is young; a machine that was off makes up for it when it is on.
HOURS = {BACKUP: 3, DRILL: 4}
# A run that is not over after that long belongs to a worker that died.
RETRY = timedelta(hours=1)
ALARM = timedelta(days=2)


class BackupRun(Base):
    """One backup or drill; `due` names the day or month that it is for."""

    __tablename__ = "backup_run"
    __table_args__ = (UniqueConstraint("kind", "due"),)

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(20))
    due: Mapped[str] = mapped_column(String(40))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    file: Mapped[Words] = mapped_column(default="")
    failure: Mapped[Words] = mapped_column(default="")


@dataclass(frozen=True)
class BackupState:
    """The last good backup and drill, and what went wrong since."""

    backup_at: datetime | None
    drill_at: datetime | None
    failure: str

    def is_old(self, *, now: datetime, since: datetime | None) -> bool:
        """Whether nothing good was made for two days; `since` is when there was first something
        to lose."""
        last = self.backup_at or since
        return last is not None and now - last > ALARM


def due_of(kind: str, *, now: datetime) -> str | None:
    """What a run now would be for: a day's backup, a month's drill; None before its hour."""
    at = local(now)
    if at.hour < HOURS[kind]:
        return None
    return at.strftime("%Y-%m-%d" if kind == BACKUP else "%Y-%m")


def claim_run(session: Session, kind: str, due: str, *, now: datetime) -> int | None:
    """Take a run that nobody has done and nobody is doing; of two workers one gets its number."""
    row = {"kind": kind, "due": due, "started_at": now, "file": "", "failure": ""}
    named = (BackupRun.kind == kind, BackupRun.due == due)
    is_ours = insert_once(session, BackupRun, row, unique=["kind", "due"]) or guarded(
        session,
        update(BackupRun)
        .where(*named, BackupRun.finished_at.is_(None), BackupRun.started_at <= now - RETRY)
        .values(started_at=now),
    )
    return session.scalar(select(BackupRun.id).where(*named)) if is_ours else None


def note_run(session: Session, run_id: int, *, file: str, now: datetime) -> None:
    """The run came to its end."""
    run = session.get_one(BackupRun, run_id)
    run.finished_at, run.file, run.failure = now, file, ""


def note_failure(session: Session, run_id: int, failure: str) -> None:
    """The run failed; it is tried again in an hour."""
    session.get_one(BackupRun, run_id).failure = failure[:200]


def backup_state(session: Session) -> BackupState:
    """What the office sees of the backups, in one question."""
    last = select(BackupRun.failure).order_by(BackupRun.started_at.desc()).limit(1)
    found = session.execute(
        select(_last_good(BACKUP), _last_good(DRILL), last.scalar_subquery())
    ).one()
    return BackupState(found[0], found[1], found[2] or "")


def _last_good(kind: str) -> ScalarSelect[datetime | None]:
    done = (BackupRun.kind == kind, BackupRun.finished_at.is_not(None))
    latest = select(BackupRun.finished_at).where(*done).order_by(BackupRun.finished_at.desc())
    return latest.limit(1).scalar_subquery()
