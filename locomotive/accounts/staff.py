"""Staff: an account that may come in with a password."""

import threading

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base, Key, Words
from ..core.refusal import N_, Invalid

MINIMUM_PASSWORD = 12
# OWASP's password storage advice: argon2id with at least 19 MiB and two passes.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_two_at_once = threading.BoundedSemaphore(2)


class Staff(Base):
    """An account: a name to sign in with, a role, a password kept as an argon2id hash."""

    __tablename__ = "staff"

    id: Mapped[Key]
    name: Mapped[Words] = mapped_column(unique=True)
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[Words]
    is_active: Mapped[bool] = mapped_column(default=True)


class WeakPassword(Invalid):
    message = N_("This password is too short: use at least %(minimum)s characters.")


def hash_password(password: str) -> str:
    """The hash to keep; slow on purpose, so never inside write_tx(). Raises WeakPassword."""
    if len(password) < MINIMUM_PASSWORD:
        raise WeakPassword(field="password", minimum=MINIMUM_PASSWORD)
    return slow_hash(password)


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
    is_right = is_slow_hash_of(staff.password_hash if staff else _NOBODY, password)
    return staff if is_right and staff is not None and staff.is_active else None
