"""Passkey: a key pair of somebody's phone or computer (WebAuthn level 2); ours is the public half.

The device asks for a finger, a face or a PIN first, so that a passkey is two factors by itself.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import webauthn
from sqlalchemy import ForeignKey, LargeBinary, String, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from ..accounts.staff import Staff
from ..core.base import Base, Key, Words, guarded, insert_once
from ..core.refusal import N_, Invalid, Refusal

MOST = 10  # of one account
LONGEST_ID = 1400  # letters of a credential's id: 1,023 bytes in base64url
MUST = UserVerificationRequirement.REQUIRED


class Passkey(Base):
    """The public half of one key; `uses` is the device's own counter, 0 where it keeps none."""

    __tablename__ = "passkey"

    id: Mapped[Key]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    name: Mapped[Words]
    credential: Mapped[str] = mapped_column(String(LONGEST_ID), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    uses: Mapped[int]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class PasskeyWrong(Invalid):
    message = N_("This passkey does not fit: try again, or sign in with your password.")


class PasskeysFull(Refusal):
    message = N_("There are ten passkeys already: remove one first.")


@dataclass(frozen=True)
class Site:
    """For which site keys are good: the host that is asked, and where its pages come from."""

    host: str
    origin: str
    name: str


def enrolment_options(session: Session, site: Site, staff: Staff, challenge: bytes) -> str:
    """What the browser is told to make a key of, as JSON."""
    known = [base64url_to_bytes(key.credential) for key in passkeys_of(session, staff)]
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=site.name,
        user_id=f"staff-{staff.id}".encode(),
        user_name=staff.name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=MUST
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
    )
    return webauthn.options_to_json(options)


def entry_options(site: Site, challenge: bytes) -> str:
    """What the browser is told to sign, with whichever key of this site its owner chooses."""
    options = webauthn.generate_authentication_options(
        rp_id=site.host, challenge=challenge, user_verification=MUST
    )
    return webauthn.options_to_json(options)


def read_enrolment(site: Site, sent: str, challenge: bytes) -> dict[str, Any]:
    """The columns of a new key that a browser sent. Raises PasskeyWrong."""
    try:
        made = webauthn.verify_registration_response(
            credential=sent,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise PasskeyWrong(field="credential") from error
    return {
        "credential": bytes_to_base64url(made.credential_id),
        "public_key": made.credential_public_key,
        "uses": made.sign_count,
    }


def add_passkey(
    session: Session, staff: Staff, name: str, made: dict[str, Any], *, now: datetime
) -> None:
    """Let a new key open an account. Raises PasskeysFull, and PasskeyWrong for a known key."""
    count = select(func.count()).select_from(Passkey).where(Passkey.staff_id == staff.id)
    if (session.scalar(count) or 0) >= MOST:
        raise PasskeysFull
    row = {"staff_id": staff.id, "name": name, "created_at": now, **made}
    if not insert_once(session, Passkey, row, unique=["credential"]):
        raise PasskeyWrong(field="credential")


def find_passkey(session: Session, sent: str) -> Passkey:
    """The key that a browser says it has signed with; nothing is proven yet. Raises
    PasskeyWrong, also for an account that has ended, or whose phone was lost since."""
    try:
        credential = str(json.loads(sent)["id"])
    except (ValueError, TypeError, KeyError) as error:
        raise PasskeyWrong(field="credential") from error
    found = session.scalar(
        select(Passkey)
        .join(Staff, Staff.id == Passkey.staff_id)
        .where(Passkey.credential == credential, Staff.is_active, _is_good())
    )
    if found is None:
        raise PasskeyWrong(field="credential")
    return found


def check_entry(site: Site, key: Passkey, sent: str, challenge: bytes) -> int:
    """The device's counter, once it has signed our challenge. Raises PasskeyWrong."""
    try:
        return webauthn.verify_authentication_response(
            credential=sent,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.uses,
            require_user_verification=True,
        ).new_sign_count
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise PasskeyWrong(field="credential") from error


def note_use(session: Session, key: Passkey, uses: int, *, now: datetime) -> None:
    """Count a use, by a guarded update: of two entries with one count one is a copy's."""
    seen = update(Passkey).where(Passkey.id == key.id, Passkey.uses == key.uses)
    if not guarded(session, seen.values(uses=uses, used_at=now)):
        raise PasskeyWrong(field="credential")


def passkeys_of(session: Session, staff: Staff) -> list[Passkey]:
    """The keys that open an account, the latest first."""
    rows = (
        select(Passkey)
        .join(Staff, Staff.id == Passkey.staff_id)
        .where(Passkey.staff_id == staff.id, _is_good())
    )
    return list(session.scalars(rows.order_by(Passkey.id.desc())))


def _is_good() -> Any:
    """Whether no phone of the account was lost since the key was made."""
    return or_(Staff.keys_from.is_(None), Passkey.created_at >= Staff.keys_from)
