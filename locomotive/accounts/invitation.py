"""Invitation: an account for somebody else, and the link by which they choose a password."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..core.base import insert_once
from ..core.refusal import N_, Invalid, Refusal
from ..core.tokens import new_token, token_hash
from .factor import drop_factor
from .signin import SINGLE_LASTS, EntryLink, LinkUnknown, Owner, SignIn, sign_in, spend_link
from .staff import Staff


class NameTaken(Invalid):
    message = N_("There is an account of this name already: choose another one.")


class OwnAccount(Refusal):
    message = N_("Nobody ends their own account: ask another manager.")


def accounts(session: Session) -> list[Staff]:
    """All accounts, those in use first."""
    return list(session.scalars(select(Staff).order_by(Staff.is_active.desc(), Staff.name)))


def invite(session: Session, *, name: str, role: str, now: datetime) -> str:
    """Make an account without a password; returns the token of the link to choose one.

    Raises NameTaken.
    """
    values = {"name": name, "role": role, "password_hash": "", "is_active": True}
    if not insert_once(session, Staff, values, unique=["name"]):
        raise NameTaken(field="name")
    staff = session.scalars(select(Staff).where(Staff.name == name)).one()
    return new_account_link(session, staff, now=now)


def new_account_link(
    session: Session, staff: Staff, *, now: datetime, drops_factor: bool = False
) -> str:
    """A link to choose a new password, good once within an hour; those given before are dead."""
    _end_links(session, staff, now)
    token = new_token()
    session.add(
        EntryLink(
            token_hash=token_hash(token),
            role=staff.role,
            label=staff.name,
            expires_at=now + SINGLE_LASTS,
            is_single=True,
            staff_id=staff.id,
            drops_factor=drops_factor,
        )
    )
    return token


def accept(
    session: Session, link: EntryLink, *, password_hash: str, owner: Owner, now: datetime
) -> str | None:
    """Set the new password; whoever is signed in to the account is out.

    Returns the token of a new sign-in, and None when a code of the second factor is due first.
    Raises LinkUnknown for a used link, and for an account that ended meanwhile.
    """
    spend_link(session, link, now=now)
    staff = session.get(Staff, link.staff_id)
    if staff is None or not staff.is_active:
        raise LinkUnknown
    set_password(session, staff.id, password_hash, keeps=None, now=now)
    if link.drops_factor:
        drop_factor(session, staff.id)
        session.execute(update(Staff).where(Staff.id == staff.id).values(keys_from=now))
    elif staff.factor_secret is not None:
        return None
    return sign_in(session, role=staff.role, label=staff.name, now=now, owner=owner)


def set_password(
    session: Session, staff_id: int, password_hash: str, *, keeps: int | None, now: datetime
) -> None:
    """Change a password; every sign-in of the account ends, but the one that `keeps` names."""
    session.execute(update(Staff).where(Staff.id == staff_id).values(password_hash=password_hash))
    end_sign_ins(session, staff_id, keeps=keeps, now=now)


def end_sign_ins(session: Session, staff_id: int, *, keeps: int | None, now: datetime) -> None:
    """End every sign-in of an account, but the one that `keeps` names."""
    session.execute(
        update(SignIn)
        .where(SignIn.staff_id == staff_id, SignIn.revoked_at.is_(None), SignIn.id != (keeps or 0))
        .values(revoked_at=now)
    )


def end_account(session: Session, staff: Staff, *, by: int | None, now: datetime) -> None:
    """Let an account come in no more, from this moment. Raises OwnAccount."""
    if staff.id == by:
        raise OwnAccount
    staff.is_active = False
    end_sign_ins(session, staff.id, keeps=None, now=now)
    _end_links(session, staff, now)


def _end_links(session: Session, staff: Staff, now: datetime) -> None:
    session.execute(
        update(EntryLink)
        .where(EntryLink.staff_id == staff.id, EntryLink.revoked_at.is_(None))
        .values(revoked_at=now)
        .execution_options(synchronize_session=False)
    )
