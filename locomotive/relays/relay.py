"""Relay: an order of ours that another restaurant is asked to bring.

Until its confirmation is stored here, the order stays promised by our own plan; what it takes back,
or knows nothing of, is ours again.
"""

from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..core.base import Base, Key, Words, guarded
from ..core.refusal import N_, Refusal
from ..core.status import TO_DEPART
from ..core.tokens import new_token
from ..ordering.order import Order, orders_of, touch
from ..promise.problem import is_to_carry
from ..promise.tentative_plan import is_decided
from ..service.service import Service
from ..shipments.partner import Partner, partners

# How far it is between the two → what may follow.
NEXT: dict[str, tuple[str, ...]] = {
    "asked": ("offered", "refused", "ending"),
    "offered": ("accepted", "refused", "ending"),
    "accepted": ("carried", "refused", "ending"),
    "carried": ("done", "returned", "ending"),
    "ending": ("ended",),
    "refused": (),  # by them, or nobody answered in time
    "done": (),
    "returned": (),  # they cannot keep it: ours again
    "ended": (),  # by us
}
# The worker speaks to the other restaurant; what stands in the others waits for nobody there.
SPOKEN = ("asked", "accepted", "carried", "ending")
OPEN = ("asked", "offered", "accepted", "carried")
STEP_WORDS: dict[str, str] = {
    "asked": N_("is being asked"),
    "offered": N_("offers to bring it"),
    "accepted": N_("is being told that we accept"),
    "carried": N_("brings it"),
    "ending": N_("is being told that it need not"),
    "refused": N_("does not bring it"),
    "done": N_("has brought it"),
    "returned": N_("can no longer bring it"),
    "ended": N_("was told that it need not"),
}
LOOK = timedelta(seconds=60)  # between two questions how far an order is


class Relay(Base):
    """One order and one restaurant, from the question to the end; `key` names it to the other."""

    __tablename__ = "relay"

    id: Mapped[Key]
    key: Mapped[str] = mapped_column(String(64), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("customer_order.id"), index=True)
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"), index=True)
    content_hash: Mapped[str] = mapped_column(String(64))  # of what was asked for
    step: Mapped[str] = mapped_column(String(20), index=True)  # a name of NEXT
    # Of the outbox: what is to be said next, when, and after how many tries.
    state: Mapped[str] = mapped_column(String(20))  # queued, sending, or idle
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    made_at: Mapped[datetime]
    heard_at: Mapped[datetime | None]  # the last answer
    code: Mapped[str] = mapped_column(String(40), default="")  # the other's name of it
    price_cents: Mapped[int | None]
    offer_ends_at: Mapped[datetime | None]
    brought_at: Mapped[datetime | None]  # about when, as the other plans it
    why: Mapped[Words] = mapped_column(default="")  # what the other said, or why nothing was heard
    order: Mapped[Order] = relationship(lazy="joined", innerjoin=True)
    partner: Mapped[Partner] = relationship(lazy="joined", innerjoin=True)

    @property
    def is_open(self) -> bool:
        return self.step in OPEN

    @property
    def is_asked_about(self) -> bool:
        """Whether the order is still what was asked for."""
        return self.content_hash == content_of(self.order)


class OrderNotFree(Refusal):
    message = N_("Order %(number)s cannot be handed over: a round has it, or another restaurant.")


class OfferGone(Refusal):
    message = N_("This offer no longer stands. Ask again.")


def neighbours(session: Session) -> list[Partner]:
    """The restaurants that can be asked."""
    return [one for one in partners(session) if one.shares_tricycles]


def content_of(order: Order) -> str:
    """A fingerprint of what another restaurant has to know of an order."""
    facts = (order.slot_id, order.boxes, order.latitude, order.longitude, order.total_cents)
    return sha256(repr(facts).encode()).hexdigest()


def relays_of(session: Session, service: Service) -> list[Relay]:
    """The relays of a lunch, the newest first."""
    query = select(Relay).join(Order).where(Order.service_id == service.id)
    return list(session.scalars(query.order_by(Relay.id.desc())))


def free_orders(session: Session, service: Service, *, now: datetime) -> list[Order]:
    """The orders of a lunch that may be handed over: no released round has them, and nobody else
    is asked."""
    asked = {one.order_id for one in relays_of(session, service) if one.is_open}
    orders = (o for o in orders_of(session, service) if o.id not in asked)
    return [order for order in orders if is_free(session, order, now=now)]


def is_free(session: Session, order: Order, *, now: datetime) -> bool:
    """Whether another restaurant could bring it: it has an address, a time to come, no rider."""
    is_whole = order.address is not None and order.reserved is None and order.slot.ends_at > now
    return is_whole and is_to_carry(order) and not is_decided(session, order)


def ask_relay(session: Session, order: Order, partner: Partner, *, now: datetime) -> Relay:
    """Write down that a restaurant is asked for an order. Raises OrderNotFree."""
    touch(session, order.service_id)  # first, so that two who ask come one after the other
    session.refresh(order)
    open_ones = select(Relay.id).where(Relay.order_id == order.id, Relay.step.in_(OPEN))
    is_asked = session.scalar(open_ones.limit(1)) is not None
    if is_asked or not partner.shares_tricycles or not is_free(session, order, now=now):
        raise OrderNotFree(number=order.number)
    relay = Relay(
        key=new_token(),
        order_id=order.id,
        partner_id=partner.id,
        content_hash=content_of(order),
        step="asked",
        state="queued",
        due_at=now,
        made_at=now,
    )
    session.add(relay)
    session.flush()
    return relay


def accept_offer(session: Session, relay: Relay, *, now: datetime) -> None:
    """Take an offer; from its confirmation on the other restaurant brings the order. Accepted
    twice it is accepted once. Raises OfferGone."""
    if relay.step in ("accepted", "carried"):
        return
    is_good = relay.offer_ends_at is not None and relay.offer_ends_at > now
    if not is_good or not relay.is_asked_about or not go(session, relay, "accepted", now=now):
        raise OfferGone


def lapse_offers(session: Session, *, now: datetime) -> None:
    """Let go of the offers that nobody took in time: their orders may be asked for again."""
    over = select(Relay).where(Relay.step == "offered", Relay.offer_ends_at <= now)
    for relay in session.scalars(over).all():
        go(session, relay, "refused", now=now)


def end_relay(session: Session, relay: Relay, *, now: datetime) -> None:
    """Let the other restaurant not bring it: the order is ours again at once, whether the other
    answers or not."""
    if relay.is_open and go(session, relay, "ending", now=now):
        give_back(session, relay)


def give_back(session: Session, relay: Relay) -> None:
    """The order is ours to bring again."""
    ours = update(Order).where(Order.id == relay.order_id, Order.carried_by_id == relay.partner_id)
    if guarded(session, ours.values(carried_by_id=None)):
        touch(session, relay.order.service_id)
        session.refresh(relay.order)


def hand_over(session: Session, relay: Relay) -> bool:
    """The other restaurant has confirmed: it brings the order, if we have not decided otherwise
    meanwhile; tell whether it does."""
    order = relay.order
    touch(session, order.service_id)  # first, so that a release waits for us or we for it
    session.refresh(order)
    if not relay.is_asked_about or not is_to_carry(order) or is_decided(session, order):
        return False
    free = update(Order).where(
        Order.id == order.id, Order.carried_by_id.is_(None), Order.status.in_(TO_DEPART)
    )
    theirs = free.values(
        carried_by_id=relay.partner_id, round_number=None, departs_at=None, loading_position=None
    )
    is_done = guarded(session, theirs)
    session.refresh(order)
    return is_done


def go(
    session: Session,
    relay: Relay,
    step: str,
    *,
    now: datetime,
    wait: timedelta = timedelta(0),
    why: str = "",
) -> bool:
    """Bring a relay to a step that may follow, and let the worker speak after `wait` if it must;
    tell whether it did."""
    before = [one for one, following in NEXT.items() if step in following]
    row = update(Relay).where(Relay.id == relay.id, Relay.step.in_(before))
    state = "queued" if step in SPOKEN else "idle"
    said = row.values(step=step, state=state, tries=0, due_at=now + wait, why=why[:200])
    is_done = guarded(session, said)
    session.refresh(relay)
    return is_done
