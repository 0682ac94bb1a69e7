"""Signing in: revocable rows on the server, and dated links that let a device in."""

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, bindparam, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base, Key, TokenHash, Words
from ..core.refusal import N_, Refusal
from ..core.tokens import new_token, token_hash

SIGN_IN_LASTS = timedelta(days=30)
ENTRY_LASTS = timedelta(days=7)


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


class EntryLink(Base):
    """A dated link that lets whoever holds it come in with one role."""

    __tablename__ = "entry_link"

    id: Mapped[Key]
    token_hash: Mapped[TokenHash]
    role: Mapped[str] = mapped_column(String(20))
    label: Mapped[Words]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id"), index=True)


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
        )
    )
    return token


# Built once: every request of staff asks it, and screens ask every 2 s.
_OF_TOKEN = select(SignIn).where(
    SignIn.token_hash == bindparam("token_hash"),
    SignIn.revoked_at.is_(None),
    SignIn.expires_at > bindparam("now"),
)


def signed_in(session: Session, token: str, *, now: datetime) -> SignIn | None:
    """The live sign-in of a token."""
    return session.scalar(_OF_TOKEN, {"token_hash": token_hash(token), "now": now})


def sign_out(session: Session, sign_in_id: int, *, now: datetime) -> None:
    """Revoke one sign-in."""
    session.execute(
        update(SignIn)
        .where(SignIn.id == sign_in_id, SignIn.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def new_entry_link(session: Session, *, role: str, label: str, now: datetime) -> str:
    """Make a link for a role and return its token; it stands nowhere else."""
    token = new_token()
    session.add(
        EntryLink(
            token_hash=token_hash(token), role=role, label=label, expires_at=now + ENTRY_LASTS
        )
    )
    return token


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
