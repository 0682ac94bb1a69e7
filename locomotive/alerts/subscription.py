"""Subscription: by which way the customer of one order asked to be told how far it is."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base, Key, insert_once
from ..core.personal import ALERT, personal
from ..core.refusal import N_, Invalid, Refusal
from ..core.tokens import token_hash
from .alert import Alert, Kind, queue_alert
from .endpoint import check_endpoint, check_keys

MAXIMUM_DEVICES = 5  # of one order
# What is told by which way; changes have mails of their own.
KINDS: dict[str, tuple[Kind, ...]] = {
    "push": tuple(Kind),
    "sms": tuple(kind for kind in Kind if kind is not Kind.SOON),
    "mail": (Kind.READY, Kind.LEFT),
}
# A French mobile number (ARCEP, décision 2018-0881): 06 and 07.
MOBILE = re.compile(r"(?:\+33|0033|0)\s*(?:\(0\))?\s*[67](?:[\s.-]*\d){8}")


class Subscription(Base):
    """One device, or the order's own mail address or phone, which stands on the order alone."""

    __tablename__ = "subscription"
    __table_args__ = (
        CheckConstraint("channel IN ('push', 'mail', 'sms')", name="channel"),
        UniqueConstraint("order_id", "channel", "endpoint_hash"),
    )

    id: Mapped[Key]
    order_id: Mapped[int] = mapped_column(ForeignKey("customer_order.id"))
    channel: Mapped[str] = mapped_column(String(10))
    # Of a device: where its maker takes what is told, and with which keys it is closed (RFC 8291).
    endpoint: Mapped[str] = mapped_column(String(1000), default="", info=personal(ALERT))
    endpoint_hash: Mapped[str] = mapped_column(String(64))
    p256dh: Mapped[str] = mapped_column(String(100), default="", info=personal(ALERT))
    auth: Mapped[str] = mapped_column(String(40), default="", info=personal(ALERT))
    made_at: Mapped[datetime]


@dataclass(frozen=True)
class Wanted:
    """What a customer sends to be told by one way; a device sends its endpoint and two keys."""

    channel: str
    endpoint: str = ""
    p256dh: str = ""
    auth: str = ""


class ChannelClosed(Invalid):
    message = N_("We cannot tell you anything by this way. Choose one that the order's page shows.")


class TooManyDevices(Refusal):
    message = N_("This order tells %(number)s devices already. Stop one of them first.")


def subscribe(session: Session, order_id: int, wanted: Wanted, *, now: datetime) -> None:
    """Tell this order's customer by one more way; asking twice changes nothing.

    The caller holds the order's row, so that rivals come one after the other. Raises
    EndpointRefused, TooManyDevices.
    """
    if wanted.channel == "push":
        check_endpoint(wanted.endpoint)
        check_keys(wanted.p256dh, wanted.auth)
    row = {
        "order_id": order_id,
        "channel": wanted.channel,
        "endpoint": wanted.endpoint,
        "endpoint_hash": token_hash(wanted.endpoint),
        "p256dh": wanted.p256dh,
        "auth": wanted.auth,
        "made_at": now,
    }
    unique = ["order_id", "channel", "endpoint_hash"]
    insert_once(session, Subscription, row, unique=unique)
    if channels_of(session, order_id).get(wanted.channel, 0) > MAXIMUM_DEVICES:
        raise TooManyDevices(number=MAXIMUM_DEVICES)


def unsubscribe(session: Session, order_id: int, channel: str) -> None:
    """Tell nothing more by this way."""
    ours = select(Subscription.id).where(
        Subscription.order_id == order_id, Subscription.channel == channel
    )
    forget(session, list(session.scalars(ours)))


def forget(session: Session, subscription_ids: list[int]) -> None:
    """Forget subscriptions and what was told by them: the device is gone, or nobody wants it."""
    session.execute(delete(Alert).where(Alert.subscription_id.in_(subscription_ids)))
    session.execute(delete(Subscription).where(Subscription.id.in_(subscription_ids)))


def channels_of(session: Session, order_id: int) -> dict[str, int]:
    """Channel → how many subscriptions an order has."""
    counted = select(Subscription.channel, func.count()).where(Subscription.order_id == order_id)
    return {row[0]: row[1] for row in session.execute(counted.group_by(Subscription.channel))}


def queue_alerts(session: Session, order_id: int, kind: Kind, *, now: datetime) -> None:
    """Tell whoever asked that the order is so far, in the transaction that brought it there."""
    wanted = [channel for channel, kinds in KINDS.items() if kind in kinds]
    ours = select(Subscription.id).where(
        Subscription.order_id == order_id, Subscription.channel.in_(wanted)
    )
    for subscription_id in session.scalars(ours).all():
        queue_alert(session, subscription_id, kind, now=now)


def is_mobile(phone: str) -> bool:
    """Whether an SMS can reach a phone: a French mobile number."""
    return bool(MOBILE.fullmatch(phone.strip()))
