"""Staff: an account that may come in with a password."""

import threading
from datetime import datetime
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base, Key, Words, guarded
from ..core.refusal import N_, Invalid, Refusal

MINIMUM_PASSWORD = 12
BREACHED = Path(__file__).with_name("breached.txt")
TAIL = "0123456789!?.,;:-_ "
# OWASP's password storage advice: argon2id with at least 19 MiB and two passes.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_two_at_once = threading.BoundedSemaphore(2)


class Staff(Base):
    """An account: a name to sign in with, a role, a password kept as an argon2id hash.

    Whoever was only invited has no password yet. With a second factor there is the secret of its
    codes, encrypted by `factor.py`, and the number of the last one that was taken. Passkeys that
    were made before `keys_from`, when a phone was lost, are good no more.
    """

    __tablename__ = "staff"

    id: Mapped[Key]
    name: Mapped[Words] = mapped_column(unique=True)
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[Words]
    is_active: Mapped[bool] = mapped_column(default=True)
    factor_secret: Mapped[str | None] = mapped_column(String(255))
    factor_step: Mapped[int | None]
    keys_from: Mapped[datetime | None]

    @property
    def is_invited(self) -> bool:
        """Whether it still waits for its owner to choose a password."""
        return not self.password_hash


class StaffUnknown(Refusal):
    message = N_("There is no account of this name: %(name)s.")
    status = 404


class WeakPassword(Invalid):
    message = N_("This password is too short: use at least %(minimum)s characters.")


class BreachedPassword(Invalid):
    message = N_("This password is known to those who guess: choose another one.")


def hash_password(password: str) -> str:
    """The hash to keep; slow on purpose, so never inside write_tx().

    Raises WeakPassword and BreachedPassword.
    """
    if len(password) < MINIMUM_PASSWORD:
        raise WeakPassword(field="password", minimum=MINIMUM_PASSWORD)
    if is_breached(password):
        raise BreachedPassword(field="password")
    return slow_hash(password)


def is_breached(password: str) -> bool:
    """Whether it is one of the common passwords, as it is or with a tail of digits and signs, or
    digits alone, or few characters again and again."""
    plain = password.casefold()
    # Without the tail it may be shorter than any password that is allowed.
    is_simple = plain.isdigit() or len(set(plain)) < 5
    return is_simple or plain in _breached() or plain.rstrip(TAIL) in _breached()


@cache
def _breached() -> frozenset[str]:
    lines = BREACHED.read_text().splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


def set_active(session: Session, name: str, is_active: bool) -> None:
    """Let an account sign in, or no more: its sign-ins end at once. Raises StaffUnknown."""
    account = update(Staff).where(Staff.name == name).values(is_active=is_active)
    if not guarded(session, account):
        raise StaffUnknown(name=name)


def slow_hash(secret: str) -> str:
    """The argon2id hash of a secret, at most two being made at once."""
    with _two_at_once:
        return _hasher.hash(secret)


def is_slow_hash_of(hashed: str, secret: str) -> bool:
    """Whether the hash is that of the secret."""
    with _two_at_once:
        try:
            return _hasher.verify(hashed, secret)
        except VerificationError:
            return False


_NOBODY = _hasher.hash("a password that nobody has")


def staff_of_password(session: Session, name: str, password: str) -> Staff | None:
    """The account in use with this name and password; an unknown name takes as long to refuse."""
    staff = session.scalar(select(Staff).where(Staff.name == name))
    hashed = staff.password_hash if staff else ""
    is_right = is_slow_hash_of(hashed or _NOBODY, password) and bool(hashed)
    return staff if is_right and staff is not None and staff.is_active else None
