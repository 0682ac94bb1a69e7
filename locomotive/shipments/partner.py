"""Partner: a farm, a school, a kitchen that has goods carried, its prices, its link and its key; a
restaurant with tricycles of its own is asked by us, too."""

import re
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, String, false, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base, Cents, Key, Words
from ..core.refusal import N_, Invalid, Refusal
from ..core.tokens import (
    Access,
    access_in_force,
    decrypt,
    derived_token,
    encrypt,
    end_access,
    give_token,
    opens,
    token_hash,
)
from .signature import Signed, is_signed, key_hash

# What lets a partner in, and how long: a page for people, a key for programs, a key with which
# another restaurant signs what it asks.
LASTS = {
    "page": timedelta(days=180),
    "key": timedelta(days=365),
    "ride": timedelta(days=365),
}
# Where another restaurant is asked; on this machine alone without encryption, to try it out.
ADDRESS = re.compile(r"https://[A-Za-z0-9.-]+(:\d{1,5})?|http://(127\.0\.0\.1|localhost):\d{1,5}")
MOST_CENTS = 100_000


class Partner(Base):
    """Who has goods carried; prices are those of the next shipment, in cents without VAT."""

    __tablename__ = "partner"
    __table_args__ = (
        CheckConstraint(f"stop_cents BETWEEN 0 AND {MOST_CENTS}", name="stop_cents"),
        CheckConstraint(f"kilo_cents BETWEEN 0 AND {MOST_CENTS}", name="kilo_cents"),
    )

    id: Mapped[Key]
    name: Mapped[Words] = mapped_column(unique=True)
    contact: Mapped[Words] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    email: Mapped[Words] = mapped_column(default="")
    # Where it is, as its page proposes it.
    place: Mapped[Words] = mapped_column(default="")
    stop_cents: Mapped[Cents]
    kilo_cents: Mapped[Cents]
    is_active: Mapped[bool] = mapped_column(default=True)
    # Whether it is told by mail how its shipments stand.
    wants_mail: Mapped[bool] = mapped_column(default=False, server_default=false())
    # A restaurant that shares its tricycles: where it is asked, and the key that it gave us.
    ride_url: Mapped[Words] = mapped_column(default="", server_default="")
    ride_key: Mapped[str] = mapped_column(String(300), default="", server_default="")

    @property
    def shares_tricycles(self) -> bool:
        """Whether it can be asked to bring what is ours."""
        return bool(self.is_active and self.ride_url and self.ride_key)


class PartnerAccess(Access, Base):
    """A link to the partner's page or a key for its programs."""

    __tablename__ = "partner_access"

    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))  # a name of LASTS


class PartnerNameTaken(Invalid):
    message = N_("Another partner has this name already.")


class AddressInvalid(Invalid):
    message = N_("Write the address of its service, such as https://example.org, without a path.")


class PartnerUnknown(Refusal):
    message = N_("This link no longer works. Ask the restaurant for a new one.")
    status = 404


class KeyUnknown(Refusal):
    message = N_("This key is unknown or ended. Ask the restaurant for a new one.")
    status = 401


def partners(session: Session) -> list[Partner]:
    """All partners, by name."""
    return list(session.scalars(select(Partner).order_by(Partner.name)))


def is_address(url: str) -> bool:
    """Whether a restaurant may be asked there: over HTTPS, or on this machine."""
    return ADDRESS.fullmatch(url) is not None


def save_partner(session: Session, partner: Partner) -> Partner:
    """Write a partner. Raises PartnerNameTaken, AddressInvalid."""
    if partner.ride_url and not is_address(partner.ride_url):
        raise AddressInvalid(field="ride_url")
    with session.no_autoflush:
        other = session.scalar(select(Partner.id).where(Partner.name == partner.name))
        if other is not None and other != partner.id:
            raise PartnerNameTaken(field="name")
    session.add(partner)
    session.flush()
    return partner


def renew_access(
    session: Session, partner: Partner, kind: str, *, secret: str, now: datetime
) -> PartnerAccess:
    """Give the partner a new link or key; the old ones of this kind end."""
    end_partner_access(session, partner, kind, now=now)
    access = PartnerAccess(partner_id=partner.id, kind=kind)
    give_token(access, secret=secret, purpose=_purpose(kind), lasts=LASTS[kind], now=now)
    session.add(access)
    session.flush()
    return access


def end_partner_access(session: Session, partner: Partner, kind: str, *, now: datetime) -> None:
    """End the partner's links or keys at once."""
    end_access(session, PartnerAccess, *_theirs(partner, kind), now=now)


def partner_access(
    session: Session, partner: Partner, kind: str, *, now: datetime
) -> PartnerAccess | None:
    """The link or key that lets the partner in now."""
    return access_in_force(session, PartnerAccess, *_theirs(partner, kind), now=now)


def token_of(access: PartnerAccess, *, secret: str) -> str:
    """The token of a link, as it stands in the page's address, or the key itself."""
    return derived_token(secret, _purpose(access.kind), access.seed)


def _purpose(kind: str) -> str:
    return f"partner {kind}"


def _theirs(partner: Partner, kind: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return PartnerAccess.partner_id == partner.id, PartnerAccess.kind == kind


def partner_of(session: Session, token: str, kind: str, *, now: datetime) -> Partner:
    """The partner whose link or key this is. Raises PartnerUnknown, or KeyUnknown for a key."""
    partner = session.scalar(
        select(Partner)
        .join(PartnerAccess, PartnerAccess.partner_id == Partner.id)
        .where(
            PartnerAccess.token_hash == token_hash(token),
            PartnerAccess.kind == kind,
            opens(PartnerAccess, now=now),
            Partner.is_active,
        )
    )
    if partner is None:
        raise KeyUnknown if kind == "key" else PartnerUnknown
    return partner


def keep_ride_key(partner: Partner, key: str, *, secret: str) -> None:
    """Keep the key that another restaurant gave us, readable by this application alone."""
    partner.ride_key = encrypt(secret, "ride key", key)


def ride_key_of(partner: Partner, *, secret: str) -> str:
    """The key with which we sign what we ask a restaurant; "" where there is none."""
    return (partner.ride_key and decrypt(secret, "ride key", partner.ride_key)) or ""


def asker_of(
    session: Session, request: Signed, header: str, *, secret: str, now: datetime
) -> Partner:
    """The restaurant that signed a request to us. Raises KeyUnknown."""
    access = session.scalar(
        select(PartnerAccess).where(
            PartnerAccess.token_hash == key_hash(header),
            PartnerAccess.kind == "ride",
            opens(PartnerAccess, now=now),
        )
    )
    if access is None or not is_signed(request, header, token_of(access, secret=secret), now=now):
        raise KeyUnknown
    partner = session.get_one(Partner, access.partner_id)
    if not partner.is_active:
        raise KeyUnknown
    return partner
