"""Group: colleagues who order by one link for one place, slot and deadline.

Boxes are reserved for them by a held order without dishes; each colleague's order takes hers from
it. What is left is given back at the deadline as of any hold, or when the group is closed.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, and_, select, update
from sqlalchemy.orm import Mapped, Session, foreign, mapped_column, relationship

from ..core.actor import Actor
from ..core.base import Base, Key, TokenHash, Words, guarded
from ..core.personal import NAME, personal
from ..core.refusal import N_, Invalid, Refusal
from ..core.status import LIVE, Status
from ..core.tokens import derived_token, token_hash
from ..service.service import Service
from ..service.slot import Slot, give_back_slot
from .order import WEB, Order
from .step import cancel, give_up

MOST_BOXES = 80


class Group(Base):
    """One group of colleagues; `closed_at` ends it before its deadline, `cancelled_at` for all."""

    __tablename__ = "customer_group"
    __table_args__ = (CheckConstraint("most BETWEEN 1 AND 200", name="most"),)

    id: Mapped[Key]
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), index=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"))
    name: Mapped[Words] = mapped_column(info=personal(NAME))
    token_hash: Mapped[TokenHash]  # of the link for the colleagues
    organiser_hash: Mapped[TokenHash]  # of the link for who organises
    most: Mapped[int]  # boxes that were reserved
    deadline_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    slot: Mapped[Slot] = relationship(lazy="joined", innerjoin=True)
    service: Mapped[Service] = relationship(lazy="joined", innerjoin=True)
    # The held order that keeps what is still reserved; who organises is its customer.
    hold: Mapped[Order] = relationship(
        primaryjoin=lambda: and_(Group.id == foreign(Order.group_id), Order.reserved.is_not(None)),
        viewonly=True,
    )

    def is_open(self, now: datetime) -> bool:
        """Whether colleagues may still join."""
        return self.closed_at is None and now < self.deadline_at


class GroupUnknown(Refusal):
    message = N_("This group link is unknown. Ask your colleague for it, or order on your own.")
    status = 404


class GroupClosed(Refusal):
    message = N_("The group “%(name)s” is closed. Order on your own, or ask who organises it.")


class GroupCancelled(Refusal):
    message = N_("The group “%(name)s” is cancelled. Order on your own, or ask who organised it.")


class DeadlineOver(Refusal):
    message = N_("The group “%(name)s” took orders until %(time)s. You may order on your own.")


class GroupFull(Refusal):
    message = N_(
        "The boxes reserved for “%(name)s” are taken, and the tricycle has no room for more "
        "at %(time)s. Order on your own for another time, or take your meal away."
    )


class DeadlineInvalid(Invalid):
    message = N_("Choose a time between now and %(time)s, when orders close.")


@dataclass(frozen=True)
class Tokens:
    """The two links of a group."""

    colleagues: str
    organiser: str


def tokens_of(secret: str, key: str) -> Tokens:
    """The tokens that belong to an idempotency key."""
    return Tokens(derived_token(secret, "group", key), derived_token(secret, "organiser", key))


def group_of_token(session: Session, token: str) -> Group:
    """The group of a colleague's link. Raises GroupUnknown."""
    return _found(session.scalar(select(Group).where(Group.token_hash == token_hash(token))))


def group_of_organiser(session: Session, token: str) -> Group:
    """The group of its organiser's link. Raises GroupUnknown."""
    return _found(session.scalar(select(Group).where(Group.organiser_hash == token_hash(token))))


def _found(group: Group | None) -> Group:
    if group is None:
        raise GroupUnknown
    return group


def orders_of_group(session: Session, group: Group) -> list[Order]:
    """The colleagues' orders that stand, at the group's stop, in the order of their names."""
    query = select(Order).where(
        Order.group_id == group.id,
        Order.slot_id == group.slot_id,
        Order.reserved.is_(None),
        Order.status.in_(LIVE),
    )
    return list(session.scalars(query.order_by(Order.first_name, Order.number)))


def groups_of(session: Session, service: Service) -> list[Group]:
    """The groups of a service that somebody joined, by their slots."""
    joined = select(Order.group_id).where(Order.reserved.is_(None), Order.status.in_(LIVE))
    query = select(Group).join(Slot, Slot.id == Group.slot_id)
    wanted = query.where(Group.service_id == service.id, Group.id.in_(joined))
    return list(session.scalars(wanted.order_by(Slot.starts_at, Group.id)))


def check_open(group: Group, *, now: datetime) -> None:
    """Raises GroupCancelled, GroupClosed, DeadlineOver."""
    if group.cancelled_at is not None:
        raise GroupCancelled(name=group.name)
    if group.closed_at is not None:
        raise GroupClosed(name=group.name)
    if now >= group.deadline_at:
        raise DeadlineOver(name=group.name, time=group.deadline_at)


def left_in(group: Group) -> int:
    """How many reserved boxes nobody has taken yet."""
    return (group.hold.reserved or 0) if group.hold.status is Status.HELD else 0


def take_reserved(session: Session, group: Group, boxes: int) -> bool:
    """Give so many of the reserved boxes back to the slot, for an order that takes them at once;
    whether there were so many."""
    if not boxes:
        return True
    taken = guarded(
        session,
        update(Order)
        .where(Order.id == group.hold.id, Order.status == Status.HELD, Order.reserved >= boxes)
        .values(reserved=Order.reserved - boxes),
    )
    if taken:
        give_back_slot(session, group.slot_id, portions=boxes, orders=boxes)
    return taken


def close_group(session: Session, group: Group, *, now: datetime) -> None:
    """Nobody joins any more; what is reserved and not taken is given back. Twice changes nothing.

    The orders of the group stay.
    """
    session.refresh(group.hold, with_for_update={"of": Order})
    group.closed_at = group.closed_at or now
    if group.hold.status is Status.HELD:
        give_up(session, group.hold, to=Status.EXPIRED, device=WEB, now=now)
    session.flush()


def cancel_group(session: Session, group: Group, *, now: datetime) -> tuple[int, int]:
    """Close a group and cancel its orders for all.

    Returns how many were cancelled, and how many stay because it is too late for them.
    """
    # All at once, so that nobody who cancels on his own waits for us while we wait for him.
    ours = select(Order).where(Order.group_id == group.id).order_by(Order.id)
    session.scalars(ours.with_for_update(of=Order)).all()
    close_group(session, group, now=now)
    group.cancelled_at = group.cancelled_at or now
    orders = orders_of_group(session, group)
    early = [order for order in orders if order.can_be_cancelled(now)]
    for order in early:
        cancel(session, order, actor=Actor.CUSTOMER, now=now, reason="group cancelled")
    session.flush()
    return len(early), len(orders) - len(early)
