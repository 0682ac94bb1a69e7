"""Signing in: revocable rows on the server, and dated links that let a device in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.actor import IN_OFFICE
from ..core.base import Base, Key, TokenHash, Words, count_changed, guarded
from ..core.personal import SIGN_IN, personal
from ..core.refusal import N_, Refusal
from ..core.tokens import new_token, token_hash
from .staff import Staff

SIGN_IN_LASTS = timedelta(days=30)
IDLE_LASTS = timedelta(hours=12)  # a sign-in to the office that nobody uses ends
SEEN_EVERY = timedelta(minutes=10)
ENTRY_LASTS = timedelta(days=7)
SINGLE_LASTS = timedelta(hours=1)
# What must not be done from a screen left open asks for the password or a code once more.
PROOF_LASTS = timedelta(minutes=10)
OVER_ARE_KEPT = timedelta(days=30)


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
    proved_at: Mapped[datetime | None]
    browser: Mapped[Words] = mapped_column(default="", info=personal(SIGN_IN))
    network: Mapped[str] = mapped_column(String(64), default="", info=personal(SIGN_IN))

    def is_proved(self, now: datetime) -> bool:
        """Whether password, code or link were shown only just now."""
        return self.proved_at is not None and now - self.proved_at < PROOF_LASTS


@dataclass(frozen=True)
class Owner:
    """Whose sign-in it is, from which browser and which network (shortened)."""

    device_id: int | None = None
    staff_id: int | None = None
    browser: str = ""
    network: str = ""


NOBODY = Owner()


class EntryLink(Base):
    """A dated link that lets whoever holds it come in with one role; a single one, once.

    With that of an account its owner chooses a new password first.
    """

    __tablename__ = "entry_link"

    id: Mapped[Key]
    token_hash: Mapped[TokenHash]
    role: Mapped[str] = mapped_column(String(20))
    label: Mapped[Words]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id"), index=True)
    is_single: Mapped[bool] = mapped_column(default=False)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    drops_factor: Mapped[bool] = mapped_column(default=False)


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
    owner: Owner = NOBODY,
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
            device_id=owner.device_id,
            staff_id=owner.staff_id,
            browser=owner.browser,
            network=owner.network,
            seen_at=now,
            proved_at=now,
        )
    )
    return token


# Built once: every request of staff asks it, and screens ask every 2 s.
_OF_TOKEN = select(SignIn).where(
    SignIn.token_hash == bindparam("token_hash"),
    SignIn.revoked_at.is_(None),
    SignIn.expires_at > bindparam("now"),
    or_(
        SignIn.role.not_in(IN_OFFICE), SignIn.seen_at.is_(None), SignIn.seen_at > bindparam("idle")
    ),
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


def last_seen(session: Session) -> dict[int, datetime]:
    """Account id → when it was used last."""
    rows = session.execute(
        select(SignIn.staff_id, func.max(SignIn.seen_at))
        .where(SignIn.staff_id.is_not(None))
        .group_by(SignIn.staff_id)
    )
    return {staff_id: seen for staff_id, seen in rows if staff_id is not None and seen}


def own_sign_ins(session: Session, staff_id: int, *, now: datetime) -> list[SignIn]:
    """The open sign-ins of one account, the latest first."""
    return [row for row in sign_ins(session, now=now) if row.staff_id == staff_id]


def note_proof(session: Session, sign_in_id: int, *, now: datetime) -> None:
    """Note that password or code were shown just now."""
    session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(proved_at=now))


def forget_sign_ins(session: Session, *, now: datetime) -> int:
    """Drop the sign-ins that are over for OVER_ARE_KEPT; return how many."""
    over_at = func.coalesce(SignIn.revoked_at, SignIn.expires_at)
    return count_changed(session, delete(SignIn).where(over_at < now - OVER_ARE_KEPT))


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


def use_entry_link(session: Session, link: EntryLink, *, owner: Owner, now: datetime) -> str:
    """Come in by a link; returns the sign-in's token. Raises LinkUnknown for a used single one."""
    if link.is_single:
        spend_link(session, link, now=now)
    return sign_in(session, role=link.role, label=link.label, now=now, owner=owner)


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
