"""PrintJob: one paper that a printer has to print, in the order in which it was asked for.

A job is printed once. What was broken off midway may lie in the tray or not: nobody prints it
again before somebody has looked and asked for it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..core.base import Base, Key, guarded, insert_once
from ..core.refusal import N_, Refusal
from ..core.status import IN_HOUSE
from ..ordering.order import Order
from ..service.service import Service
from .printer import Condition, Printer, note_condition

# A job that has been with a printer for so long belongs to a worker that died.
CLAIM_LASTS = timedelta(minutes=2)
KEPT = timedelta(days=7)


class PrintState(StrEnum):
    """How far a job is; the values stand in the database."""

    WAITING = "waiting"
    PRINTING = "printing"
    PRINTED = "printed"
    UNSURE = "unsure"  # broken off midway: it may have been printed
    DROPPED = "dropped"  # the order was cancelled, or somebody said so
    FAILED = "failed"  # its picture could not be made


UNDER_WAY = (PrintState.WAITING, PrintState.PRINTING)
# Somebody must look at it.
OPEN_QUESTIONS = (PrintState.UNSURE, PrintState.FAILED)
STATES: dict[PrintState, str] = {
    PrintState.WAITING: N_("waits"),
    PrintState.PRINTING: N_("is being printed"),
    PrintState.PRINTED: N_("printed"),
    PrintState.UNSURE: N_("was it printed?"),
    PrintState.DROPPED: N_("not needed"),
    PrintState.FAILED: N_("could not be made"),
}


class PrintJob(Base):
    """One paper of one printer: the label or ticket of an order, the use-by label of something
    opened, or, without either, a trial page."""

    __tablename__ = "print_job"
    __table_args__ = (UniqueConstraint("printer_id", "order_id", "copy"),)

    id: Mapped[Key]
    printer_id: Mapped[int] = mapped_column(ForeignKey("printer.id"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("customer_order.id"))
    food_id: Mapped[int | None] = mapped_column(ForeignKey("opened_food.id"))
    copy: Mapped[int] = mapped_column(default=1)  # 2 is the first that was asked for again
    state: Mapped[str] = mapped_column(String(20), index=True)
    asked_at: Mapped[datetime]
    begun_at: Mapped[datetime | None]
    printer: Mapped[Printer] = relationship(lazy="joined", innerjoin=True)
    order: Mapped[Order | None] = relationship(viewonly=True)


class PrinterAway(Refusal):
    message = N_("This printer is not in use.")


def queue_prints(
    session: Session, printer: Printer, orders: Iterable[Order], *, now: datetime
) -> int:
    """Let a printer print the paper of each order that it was never asked for; tell how many."""
    made = 0
    for order in orders:
        row = {
            "printer_id": printer.id,
            "order_id": order.id,
            "copy": 1,
            "state": PrintState.WAITING.value,
            "asked_at": now,
        }
        made += insert_once(session, PrintJob, row, unique=["printer_id", "order_id", "copy"])
    return made


def print_again(
    session: Session,
    printer: Printer,
    order: Order | None,
    *,
    food_id: int | None = None,
    now: datetime,
) -> PrintJob:
    """Let a printer print an order's paper once more, a use-by label, or a trial page.

    Raises PrinterAway.
    """
    if not printer.is_active:
        raise PrinterAway
    latest = select(func.max(PrintJob.copy)).where(
        PrintJob.printer_id == printer.id,
        PrintJob.order_id == (order.id if order else None),
    )
    job = PrintJob(
        printer=printer,
        order_id=order.id if order else None,
        food_id=food_id,
        copy=(session.scalar(latest) or 0) + 1,
        state=PrintState.WAITING.value,
        asked_at=now,
    )
    session.add(job)
    session.flush()
    return job


def claim_job(session: Session, *, now: datetime) -> PrintJob | None:
    """Take the next job whose printer is not to be left alone just now; None when there is none.

    Of two workers exactly one gets it. The jobs of an order that is cancelled are dropped.
    """
    _settle_old(session, now=now)
    waiting = (
        select(PrintJob.id)
        .join(Printer)
        .where(
            PrintJob.state == PrintState.WAITING,
            Printer.is_active,
            or_(Printer.retry_at.is_(None), Printer.retry_at <= now),
        )
        .order_by(PrintJob.id)
        .limit(10)
    )
    for job_id in session.scalars(waiting):
        taken = guarded(
            session,
            update(PrintJob)
            .where(PrintJob.id == job_id, PrintJob.state == PrintState.WAITING)
            .values(state=PrintState.PRINTING.value, begun_at=now),
        )
        if taken:
            return session.get_one(PrintJob, job_id, populate_existing=True)
    return None


def _settle_old(session: Session, *, now: datetime) -> None:
    """What a dead worker had begun is unsure; what is not needed any more is dropped."""
    session.execute(
        update(PrintJob)
        .where(PrintJob.state == PrintState.PRINTING, PrintJob.begun_at < now - CLAIM_LASTS)
        .values(state=PrintState.UNSURE.value)
    )
    here = select(Order.id).where(Order.status.in_(IN_HOUSE))
    session.execute(
        update(PrintJob)
        .where(
            PrintJob.state == PrintState.WAITING,
            PrintJob.order_id.is_not(None),
            PrintJob.order_id.not_in(here),
        )
        .values(state=PrintState.DROPPED.value)
    )


def note_end(
    session: Session, job: PrintJob, state: PrintState, condition: Condition, *, now: datetime
) -> bool:
    """Keep what became of a claimed job, and how its printer was.

    One that was never begun goes back to the queue. Returns whether the screens show something
    else now.
    """
    guarded(
        session,
        update(PrintJob)
        .where(PrintJob.id == job.id, PrintJob.state == PrintState.PRINTING)
        .values(state=state.value),
    )
    is_new = note_condition(job.printer, condition, now=now)
    return is_new or state in OPEN_QUESTIONS


def answer(session: Session, job_id: int, *, again: bool, now: datetime) -> None:
    """Somebody has looked at a job that was broken off: it is printed again, or it need not be."""
    settled = PrintState.DROPPED if again else PrintState.PRINTED
    changed = guarded(
        session,
        update(PrintJob)
        .where(PrintJob.id == job_id, PrintJob.state.in_(OPEN_QUESTIONS))
        .values(state=settled.value),
    )
    if changed and again:
        job = session.get_one(PrintJob, job_id)
        print_again(session, job.printer, job.order, food_id=job.food_id, now=now)


def jobs_of(session: Session, service: Service) -> list[PrintJob]:
    """The jobs of a lunch in their order."""
    query = select(PrintJob).join(Order).where(Order.service_id == service.id)
    return list(session.scalars(query.order_by(PrintJob.id)))


def open_questions(session: Session) -> list[PrintJob]:
    """The jobs that somebody must look at, whatever they print."""
    query = select(PrintJob).where(PrintJob.state.in_(OPEN_QUESTIONS))
    return list(session.scalars(query.order_by(PrintJob.id)))


def forget_jobs(session: Session, *, now: datetime) -> None:
    """Drop what was asked for more than a week ago, printed or not."""
    session.execute(delete(PrintJob).where(PrintJob.asked_at < now - KEPT))
