"""Signing in: revocable rows on the server, and dated links that let a device in."""

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, bindparam, exists, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base, Key, TokenHash, Words, guarded
from ..core.refusal import N_, Refusal
from ..core.tokens import new_token, token_hash
from .staff import Staff

SIGN_IN_LASTS = timedelta(days=30)
IDLE_LASTS = timedelta(hours=12)  # a manager's sign-in that nobody uses ends
SEEN_EVERY = timedelta(minutes=10)
ENTRY_LASTS = timedelta(days=7)
SINGLE_LASTS = timedelta(hours=1)


class SignIn(Base):
    """One device that came in; its cookie holds a token, this row only the token's hash."""

    __tablename__ = "sign_in"

    id: Mapped[Key]
    token_hash: Mapped[TokenHash]
    role: Mapped[str] = mapped_column(String(20))
    label: Mapped[Words]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    seen_at: Mapped[datetime | None]


class EntryLink(Base):
    """A dated link that lets whoever holds it come in with one role; a single one, once."""

    __tablename__ = "entry_link"

    id: Mapped[Key]
    token_hash: Mapped[TokenHash]
    role: Mapped[str] = mapped_column(String(20))
    label: Mapped[Words]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id"), index=True)
    is_single: Mapped[bool] = mapped_column(default=False)


class LinkUnknown(Refusal):
    message = N_("This link is unknown or too old. Ask for a new one.")
    status = 404


def sign_in(
    session: Session,
    *,
    role: str,
    label: str,
    now: datetime,
    lasts: timedelta = SIGN_IN_LASTS,
    device_id: int | None = None,
    staff_id: int | None = None,
) -> str:
    """Open a new sign-in and return its token, for the cookie only."""
    token = new_token()
    session.add(
        SignIn(
            token_hash=token_hash(token),
            role=role,
            label=label,
            created_at=now,
            expires_at=now + lasts,
            device_id=device_id,
            staff_id=staff_id,
            seen_at=now,
        )
    )
    return token


# Built once: every request of staff asks it, and screens ask every 2 s.
_OF_TOKEN = select(SignIn).where(
    SignIn.token_hash == bindparam("token_hash"),
    SignIn.revoked_at.is_(None),
    SignIn.expires_at > bindparam("now"),
    or_(SignIn.role != "manager", SignIn.seen_at.is_(None), SignIn.seen_at > bindparam("idle")),
    ~exists().where(Staff.id == SignIn.staff_id, Staff.is_active.is_(False)),
)


def signed_in(session: Session, token: str, *, now: datetime) -> SignIn | None:
    """The live sign-in of a token."""
    values = {"token_hash": token_hash(token), "now": now, "idle": now - IDLE_LASTS}
    return session.scalar(_OF_TOKEN, values)


def note_seen(session: Session, sign_in_id: int, *, now: datetime) -> None:
    """Note that a sign-in is used."""
    session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(seen_at=now))


def sign_ins(session: Session, *, now: datetime) -> list[SignIn]:
    """The sign-ins that are open, enrolled screens' aside; the latest first."""
    open_ones = select(SignIn).where(
        SignIn.device_id.is_(None), SignIn.revoked_at.is_(None), SignIn.expires_at > now
    )
    return list(session.scalars(open_ones.order_by(SignIn.id.desc()).limit(100)))


def sign_out(session: Session, sign_in_id: int, *, now: datetime) -> None:
    """Revoke one sign-in."""
    session.execute(
        update(SignIn)
        .where(SignIn.id == sign_in_id, SignIn.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def new_entry_link(
    session: Session, *, role: str, label: str, now: datetime, is_single: bool = False
) -> str:
    """Make a link for a role and return its token; it stands nowhere else.

    A single one lets in once, within an hour; another for seven days.
    """
    token = new_token()
    session.add(
        EntryLink(
            token_hash=token_hash(token),
            role=role,
            label=label,
            expires_at=now + (SINGLE_LASTS if is_single else ENTRY_LASTS),
            is_single=is_single,
        )
    )
    return token


def use_entry_link(session: Session, link: EntryLink, *, now: datetime) -> str:
    """Come in by a link; returns the sign-in's token. Raises LinkUnknown for a used single one."""
    if link.is_single:
        spend_link(session, link, now=now)
    return sign_in(session, role=link.role, label=link.label, now=now)


def spend_link(session: Session, link: EntryLink, *, now: datetime) -> None:
    """Let a link be good no more, by a guarded update. Raises LinkUnknown when it was used."""
    unused = update(EntryLink).where(EntryLink.id == link.id, EntryLink.revoked_at.is_(None))
    if not guarded(session, unused.values(revoked_at=now)):
        raise LinkUnknown


def entry_link(session: Session, token: str, *, now: datetime) -> EntryLink:
    """The live link of a token. Raises LinkUnknown."""
    link = session.scalar(
        select(EntryLink).where(
            EntryLink.token_hash == token_hash(token),
            EntryLink.revoked_at.is_(None),
            EntryLink.expires_at > now,
        )
    )
    if link is None:
        raise LinkUnknown
    return link
