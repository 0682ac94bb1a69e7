"""Device: a screen that the manager enrolled. It keeps one right, and can be shut out."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base, Key, Words
from ..core.refusal import N_, Invalid, Refusal
from ..core.tokens import new_token, token_hash
from .signin import EntryLink, LinkUnknown, Owner, SignIn, sign_in, spend_link
from .staff import is_slow_hash_of, slow_hash

ENROLMENT_LASTS = timedelta(minutes=15)
DEVICE_LASTS = timedelta(days=400)
PIN = re.compile(r"[0-9]{4,8}")
# A screen asks every 2 s; one that was silent for longer than this is not alive.
ALIVE = timedelta(seconds=10)


class Device(Base):
    """A tablet or another screen with its role; its PIN is kept as an argon2id hash."""

    __tablename__ = "device"

    id: Mapped[Key]
    name: Mapped[Words]
    role: Mapped[str] = mapped_column(String(20))
    pin_hash: Mapped[Words]
    made_at: Mapped[datetime]
    enrolled_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class PinInvalid(Invalid):
    message = N_("The PIN has 4 to 8 digits.")


class PinWrong(Invalid):
    message = N_("This PIN is not right. Try again.")


class NoPin(Refusal):
    """The visitor came in by a link that belongs to no enrolled device."""

    message = N_("Only an enrolled screen may do this. Ask the manager.")
    status = 403


class DeviceUnknown(Refusal):
    message = N_("This screen is unknown.")
    status = 404


def pin_hash(pin: str) -> str:
    """The hash to keep of a PIN; slow on purpose, so never inside write_tx(). Raises PinInvalid."""
    if not PIN.fullmatch(pin):
        raise PinInvalid(field="pin")
    return slow_hash(pin)


def check_pin(device: Device | None, pin: str) -> None:
    """Slow, so never inside write_tx(). Raises PinWrong, and NoPin without a device."""
    if device is None:
        raise NoPin
    if not is_slow_hash_of(device.pin_hash, pin):
        raise PinWrong(field="pin")


def new_device(
    session: Session, *, name: str, role: str, pin_hash: str, now: datetime
) -> tuple[Device, str]:
    """Prepare a device; the token of its link lets it in once, within ENROLMENT_LASTS."""
    device = Device(name=name, role=role, pin_hash=pin_hash, made_at=now)
    session.add(device)
    session.flush()
    return device, new_enrolment(session, device, now=now)


def new_enrolment(session: Session, device: Device, *, now: datetime) -> str:
    """A link that lets the device in once; those given before are dead."""
    _revoke(session, EntryLink, device.id, now)
    token = new_token()
    session.add(
        EntryLink(
            token_hash=token_hash(token),
            role=device.role,
            label=device.name,
            expires_at=now + ENROLMENT_LASTS,
            device_id=device.id,
        )
    )
    return token


def enrol(session: Session, link: EntryLink, *, now: datetime) -> str:
    """Let the device of a link in, once; whatever came in as it before is out.

    Returns the sign-in's token. A guarded update. Raises LinkUnknown for a used link.
    """
    spend_link(session, link, now=now)
    if link.device_id is None:
        raise LinkUnknown
    device = session.get_one(Device, link.device_id)
    _revoke(session, SignIn, device.id, now)
    device.enrolled_at, device.revoked_at = now, None
    return sign_in(
        session,
        role=device.role,
        label=device.name,
        now=now,
        lasts=DEVICE_LASTS,
        owner=Owner(device_id=device.id),
    )


def revoke(session: Session, device: Device, *, now: datetime) -> None:
    """Shut a device out at once."""
    device.revoked_at = device.revoked_at or now
    _revoke(session, SignIn, device.id, now)
    _revoke(session, EntryLink, device.id, now)


def _revoke(
    session: Session, table: type[SignIn] | type[EntryLink], device_id: int, now: datetime
) -> None:
    session.execute(
        update(table)
        .where(table.device_id == device_id, table.revoked_at.is_(None))
        .values(revoked_at=now)
        .execution_options(synchronize_session=False)
    )


def devices(session: Session) -> list[Device]:
    """All devices, those in use first."""
    found = session.scalars(select(Device).order_by(Device.name))
    return sorted(found, key=lambda device: device.revoked_at is not None)


# That a screen is alive is written to a file's time, not to the database: thirty screens that ask
# every 2 s would take the writer's turn from the orders, and nobody misses it after a crash.
def alive_folder(instance: Path) -> Path:
    """Where the instance keeps these files."""
    return instance / "alive"


def note_alive(folder: Path, sign_in_id: int, *, page: str, now: datetime) -> None:
    """Note that a screen showed a page just now."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / str(sign_in_id)).write_text(f"{now.timestamp():.3f} {page}")


def alive(folder: Path, session: Session) -> Mapping[int, tuple[datetime, str]]:
    """Device id → when its screen asked last, and which page it showed."""
    rows = session.execute(
        select(SignIn.id, SignIn.device_id).where(
            SignIn.device_id.is_not(None), SignIn.revoked_at.is_(None)
        )
    )
    found: dict[int, tuple[datetime, str]] = {}
    for sign_in_id, device_id in rows:
        path = folder / str(sign_in_id)
        stamp, _, page = path.read_text().partition(" ") if path.exists() else ("", "", "")
        if stamp and device_id is not None:
            found[device_id] = (datetime.fromtimestamp(float(stamp), UTC), page)
    return found
