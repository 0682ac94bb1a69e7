"""Second factor: codes of an application on a phone (RFC 6238), and ten to write down."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime

import pyotp
from sqlalchemy import ForeignKey, delete, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base, Key, Words, guarded
from ..core.refusal import N_, Invalid
from ..core.tokens import decrypt, encrypt
from .staff import Staff, is_slow_hash_of, slow_hash

RECOVERY_CODES = 10
# Without letters and digits that look alike.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
CODE = re.compile(r"[0-9]{6}")
PURPOSE = "second factor"  # for which the secret of the codes is encrypted
WRITTEN = re.compile(r"([0-9])-?([a-z0-9]{5})-?([a-z0-9]{5})")


class RecoveryCode(Base):
    """One of the codes to write down, good once; kept as an argon2id hash."""

    __tablename__ = "recovery_code"

    id: Mapped[Key]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    number: Mapped[int]
    code_hash: Mapped[Words]
    used_at: Mapped[datetime | None]


class CodeWrong(Invalid):
    message = N_("This code is not right, or was used already. Write the next one.")


@dataclass(frozen=True)
class Proof:
    """A code that is right: the step of its time, or the row of the one written down."""

    step: int | None = None
    recovery_id: int | None = None


def new_secret() -> str:
    """The secret that phone and house share, in base 32."""
    return pyotp.random_base32()


def factor_address(secret: str, *, name: str, issuer: str) -> str:
    """What the QR code says to the phone's application."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)


def step_of(secret: str, code: str, *, now: datetime) -> int | None:
    """The step of 30 s whose code this is: the present one or a neighbour, for clocks stray."""
    totp, plain = pyotp.TOTP(secret), re.sub(r"\s", "", code)
    if not CODE.fullmatch(plain):
        return None
    near = (totp.timecode(now) + shift for shift in (0, -1, 1))
    return next((s for s in near if secrets.compare_digest(totp.generate_otp(s), plain)), None)


def proof_of(session: Session, staff: Staff, code: str, *, key: str, now: datetime) -> Proof:
    """What a code proves of an account; slow, so never inside write_tx(). Raises CodeWrong.

    `key` is the house's secret. Under another one than the code's secret was encrypted with, only
    the codes that were written down are good.
    """
    if staff.factor_secret is None:
        raise CodeWrong(field="digits")
    secret = decrypt(key, PURPOSE, staff.factor_secret)
    step = step_of(secret, code, now=now) if secret else None
    if step is not None:
        return Proof(step=step)
    written = WRITTEN.fullmatch(re.sub(r"\s", "", code).casefold())
    number = int(written[1]) if written else -1
    row = session.scalar(
        select(RecoveryCode).filter_by(staff_id=staff.id, number=number, used_at=None)
    )
    if (
        written is None
        or row is None
        or not is_slow_hash_of(row.code_hash, written[2] + written[3])
    ):
        raise CodeWrong(field="digits")
    return Proof(recovery_id=row.id)


def take_proof(session: Session, staff: Staff, proof: Proof, *, now: datetime) -> None:
    """Let a code be good no more, by a guarded update. Raises CodeWrong when it was taken."""
    unused = or_(Staff.factor_step.is_(None), Staff.factor_step < (proof.step or 0))
    taken = (
        update(Staff).where(Staff.id == staff.id, unused).values(factor_step=proof.step)
        if proof.step is not None
        else update(RecoveryCode)
        .where(RecoveryCode.id == proof.recovery_id, RecoveryCode.used_at.is_(None))
        .values(used_at=now)
    )
    if not guarded(session, taken):
        raise CodeWrong(field="digits")


def new_recovery_codes() -> list[tuple[str, str]]:
    """(code to write down, its hash) ten times; slow, so never inside write_tx()."""
    halves = ["".join(secrets.choice(LETTERS) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    return [(f"{n}-{both[:5]}-{both[5:]}", slow_hash(both)) for n, both in enumerate(halves)]


def start_factor(session: Session, staff_id: int, secret: str, *, step: int, key: str) -> None:
    """Ask this account for a code from now on; the one that confirmed it is used up."""
    chosen, hidden = update(Staff).where(Staff.id == staff_id), encrypt(key, PURPOSE, secret)
    session.execute(chosen.values(factor_secret=hidden, factor_step=step))


def lay_recovery_codes(session: Session, staff_id: int, codes: list[tuple[str, str]]) -> None:
    """Let these codes be the account's, and those given before no more."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
    session.add_all(
        RecoveryCode(staff_id=staff_id, number=number, code_hash=hashed)
        for number, (_code, hashed) in enumerate(codes)
    )


def drop_factor(session: Session, staff_id: int) -> None:
    """Ask this account for its password alone."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
    chosen = update(Staff).where(Staff.id == staff_id)
    session.execute(chosen.values(factor_secret=None, factor_step=None))
