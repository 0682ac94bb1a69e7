"""Reader: who asked for the week's menus by mail, confirmed it, and may stop with one press."""

from datetime import date, datetime, time, timedelta

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    String,
    UniqueConstraint,
    func,
    select,
)
from sqlalchemy import delete as deleted
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..core.base import (
    MAIL_CLAIMED,
    MAIL_TRIES,
    Base,
    Day,
    Key,
    TokenHash,
    Words,
    claim_due,
    count_changed,
    insert_once,
    mail_waits,
)
from ..core.clock import PARIS, local
from ..core.personal import READER, personal
from ..core.refusal import N_, Refusal
from ..core.tokens import derived_token, new_token, token_hash

# Whoever does not confirm was perhaps entered by somebody else.
UNCONFIRMED_IS_KEPT = timedelta(days=2)
SENT_FROM = time(8)  # on the day of the setting
LATEST = 2  # days later, when the menus were not published before
AT_ONCE = 200  # mails written in one transaction


class Reader(Base):
    """One mail address; `key` is what its link is made of."""

    __tablename__ = "reader"

    id: Mapped[Key]
    email: Mapped[Words] = mapped_column(info=personal(READER))
    email_key: Mapped[Words] = mapped_column(unique=True, info=personal(READER))
    key: Mapped[str] = mapped_column(String(64))
    token_hash: Mapped[TokenHash]
    language: Mapped[str] = mapped_column(String(2))
    asked_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]


class ReaderMail(Base):
    """A mail to a reader: the question whether it is she ("confirm"), or a week's menus ("week");
    queued → sending → sent, or failed for good."""

    __tablename__ = "reader_mail"
    __table_args__ = (
        CheckConstraint("kind IN ('confirm', 'week')", name="kind"),
        UniqueConstraint("reader_id", "kind", "day"),
    )

    id: Mapped[Key]
    reader_id: Mapped[int] = mapped_column(ForeignKey("reader.id"))
    kind: Mapped[str] = mapped_column(String(10))
    day: Mapped[Day]  # on which it was asked for, or on which the week's mail is due
    state: Mapped[str] = mapped_column(String(10), index=True)
    tries: Mapped[int]
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    reader: Mapped[Reader] = relationship(lazy="joined", innerjoin=True)


class ReaderUnknown(Refusal):
    message = N_("This address gets no weekly mail, or no longer.")
    status = 404


def reader_token(secret: str, reader: Reader) -> str:
    """The token of a reader's own page."""
    return derived_token(secret, "reader", reader.key)


def reader_of_token(session: Session, token: str) -> Reader:
    """Whose link it is. Raises ReaderUnknown."""
    found = session.scalar(select(Reader).where(Reader.token_hash == token_hash(token)))
    if found is None:
        raise ReaderUnknown
    return found


def ask_reader(session: Session, email: str, *, language: str, secret: str, now: datetime) -> None:
    """Mail whoever has this address the link by which she confirms, or stops; once a day at most.

    The page answers the same whether the address was known or not.
    """
    key = new_token()
    row = {
        "email": email,
        "email_key": email.lower(),
        "key": key,
        "token_hash": token_hash(derived_token(secret, "reader", key)),
        "language": language,
        "asked_at": now,
    }
    insert_once(session, Reader, row, unique=["email_key"])
    reader = session.scalars(select(Reader).where(Reader.email_key == email.lower())).one()
    reader.asked_at = now
    queue_mail(session, reader.id, "confirm", local(now).date(), now=now)


def confirm(session: Session, reader: Reader, *, now: datetime) -> None:
    """She says that it is she."""
    reader.confirmed_at = reader.confirmed_at or now
    session.flush()


def forget_reader(session: Session, reader: Reader) -> None:
    """She gets no more mails, and nothing of her is kept."""
    session.execute(deleted(ReaderMail).where(ReaderMail.reader_id == reader.id))
    session.execute(deleted(Reader).where(Reader.id == reader.id))


def forget_unconfirmed(session: Session, *, now: datetime) -> int:
    """Forget who never confirmed; return how many."""
    old = select(Reader.id).where(
        Reader.confirmed_at.is_(None), Reader.asked_at < now - UNCONFIRMED_IS_KEPT
    )
    session.execute(deleted(ReaderMail).where(ReaderMail.reader_id.in_(old)))
    return count_changed(session, deleted(Reader).where(Reader.id.in_(old)))


def count_readers(session: Session) -> int:
    """How many get the weekly mail."""
    wanted = select(func.count(Reader.id)).where(Reader.confirmed_at.is_not(None))
    return session.scalar(wanted) or 0


def mail_day(weekday: int, *, now: datetime) -> date | None:
    """The day whose weekly mail is due now; `weekday` is 1 on Monday, 0 for never."""
    here = local(now)
    if not weekday:
        return None
    day = here.date() - timedelta(days=(here.isoweekday() - weekday) % 7)
    begins = datetime.combine(day, SENT_FROM, PARIS)
    return day if begins <= now < begins + timedelta(days=LATEST + 1) else None


def queue_week(session: Session, day: date, *, now: datetime) -> int:
    """Write the week's mail for readers who have none for it, some at once; return how many."""
    told = select(ReaderMail.id).where(
        ReaderMail.reader_id == Reader.id, ReaderMail.kind == "week", ReaderMail.day == day
    )
    wanted = select(Reader.id).where(Reader.confirmed_at.is_not(None), ~told.exists())
    readers = session.scalars(wanted.order_by(Reader.id).limit(AT_ONCE)).all()
    for reader_id in readers:
        queue_mail(session, reader_id, "week", day, now=now)
    return len(readers)


def queue_mail(session: Session, reader_id: int, kind: str, day: date, *, now: datetime) -> None:
    """Write a mail into the outbox, once for its day."""
    key = {"reader_id": reader_id, "kind": kind, "day": day}
    row = {**key, "state": "queued", "tries": 0, "made_at": now, "due_at": now}
    insert_once(session, ReaderMail, row, unique=list(key))


def claim_reader_mail(session: Session, *, now: datetime) -> ReaderMail | None:
    """Take the next mail that is due."""
    return claim_due(session, ReaderMail, now=now, lasts=MAIL_CLAIMED)


def mark_reader_mailed(mail: ReaderMail, *, now: datetime) -> None:
    """The mail server took it."""
    mail.state, mail.sent_at = "sent", now


def mark_reader_not_mailed(
    mail: ReaderMail, *, now: datetime, error: str, is_final: bool = False
) -> None:
    """Try again later; an address that the mail server refuses for good gets nothing more."""
    mail.state = "failed" if is_final or mail.tries >= MAIL_TRIES else "queued"
    mail.due_at = now + mail_waits(mail.tries)
    if is_final:
        mail.reader.confirmed_at = None
        mail.reader.asked_at = mail.made_at
