"""Partner: a farm, a school, a kitchen that has goods carried, its prices, its link and its key."""

from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base, Cents, Key, TokenHash, Words
from ..core.refusal import N_, Invalid, Refusal
from ..core.tokens import derived_token, new_token, token_hash

# What lets a partner in, and how long: a page for people, a key for programs.
LASTS = {"page": timedelta(days=180), "key": timedelta(days=365)}
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


class PartnerAccess(Base):
    """A link to the partner's page or a key for its programs; it ends by itself or is ended."""

    __tablename__ = "partner_access"

    id: Mapped[Key]
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))  # a name of LASTS
    # The token is derived from this under the application's secret.
    seed: Mapped[str] = mapped_column(String(64))
    token_hash: Mapped[TokenHash]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class PartnerNameTaken(Invalid):
    message = N_("Another partner has this name already.")


class PartnerUnknown(Refusal):
    message = N_("This link no longer works. Ask the restaurant for a new one.")
    status = 404


class KeyUnknown(Refusal):
    message = N_("This key is unknown or ended. Ask the restaurant for a new one.")
    status = 401


def partners(session: Session) -> list[Partner]:
    """All partners, by name."""
    return list(session.scalars(select(Partner).order_by(Partner.name)))


def save_partner(session: Session, partner: Partner) -> Partner:
    """Write a partner. Raises PartnerNameTaken."""
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
    end_access(session, partner, kind, now=now)
    seed = new_token()
    access = PartnerAccess(
        partner_id=partner.id,
        kind=kind,
        seed=seed,
        token_hash=token_hash(derived_token(secret, f"partner {kind}", seed)),
        made_at=now,
        expires_at=now + LASTS[kind],
    )
    session.add(access)
    session.flush()
    return access


def end_access(session: Session, partner: Partner, kind: str, *, now: datetime) -> None:
    """End the partner's links or keys at once."""
    open_ones = PartnerAccess.partner_id == partner.id, PartnerAccess.revoked_at.is_(None)
    session.execute(
        update(PartnerAccess)
        .where(*open_ones, PartnerAccess.kind == kind)
        .values(revoked_at=now)
        .execution_options(synchronize_session=False)
    )


def access_in_force(
    session: Session, partner: Partner, kind: str, *, now: datetime
) -> PartnerAccess | None:
    """The link or key that lets the partner in now."""
    query = select(PartnerAccess).where(
        PartnerAccess.partner_id == partner.id,
        PartnerAccess.kind == kind,
        PartnerAccess.revoked_at.is_(None),
        PartnerAccess.expires_at > now,
    )
    return session.scalar(query.order_by(PartnerAccess.id.desc()).limit(1))


def token_of(access: PartnerAccess, *, secret: str) -> str:
    """The token of a link, as it stands in the page's address, or the key itself."""
    return derived_token(secret, f"partner {access.kind}", access.seed)


def partner_of(session: Session, token: str, kind: str, *, now: datetime) -> Partner:
    """The partner whose link or key this is. Raises PartnerUnknown, or KeyUnknown for a key."""
    partner = session.scalar(
        select(Partner)
        .join(PartnerAccess, PartnerAccess.partner_id == Partner.id)
        .where(
            PartnerAccess.token_hash == token_hash(token),
            PartnerAccess.kind == kind,
            PartnerAccess.revoked_at.is_(None),
            PartnerAccess.expires_at > now,
            Partner.is_active,
        )
    )
    if partner is None:
        raise KeyUnknown if kind == "key" else PartnerUnknown
    return partner
