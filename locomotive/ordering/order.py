"""Order: what one customer asked for, and everything that happened to it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, select, update
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..choices.choice import item_of, line_key
from ..core.base import Base, Cents, Key, TokenHash, Words
from ..core.personal import ADDRESS, CONTACT, HEALTH, NAME, REMARK, personal
from ..core.refusal import N_, Refusal
from ..core.status import OVER, TO_COOK, Status
from ..core.tokens import derived_token, token_hash
from ..menu.dish import station_of
from ..menu.recipe import Contents
from ..places.address import Address
from ..service.service import Service
from ..service.slot import Slot
from .cart import name_with, portions_of_lines, sum_work

STATUS_WORDS: dict[Status, str] = {
    Status.HELD: N_("waiting for payment"),
    Status.PLACED: N_("ordered"),
    Status.STARTED: N_("being cooked"),
    Status.READY: N_("ready"),
    Status.LEFT: N_("on its way"),
    Status.HANDED_OVER: N_("handed over"),
    Status.NOT_DELIVERED: N_("not delivered"),
    Status.CANCELLED: N_("cancelled"),
    Status.EXPIRED: N_("expired"),
}
# Shapes that a child can name, drawn in static/drawings/bag-*.svg.
BAG_WORDS: dict[str, str] = {
    "star": N_("star"),
    "apple": N_("apple"),
    "house": N_("house"),
    "bicycle": N_("bicycle"),
    "flower": N_("flower"),
    "key": N_("key"),
    "boat": N_("boat"),
    "sun": N_("sun"),
    "tree": N_("tree"),
    "fish": N_("fish"),
    "bell": N_("bell"),
    "heart": N_("heart"),
}
BAG_SYMBOLS = tuple(BAG_WORDS)
# PostgreSQL, too, compares it letter by letter, so that an index finds what begins so.
SEARCHED = String(200).with_variant(String(200, collation="C"), "postgresql")
WEB = "web"  # the label of what comes from a customer's browser


class Order(Base):
    """An order with what it was when it was placed: address, prices, slot, never looked up
    again. `status` copies the last event."""

    # Not "order": that is a word of SQL.
    __tablename__ = "customer_order"
    __table_args__ = (
        CheckConstraint("kind IN ('take-away', 'delivery')", name="kind"),
        Index("ix_customer_order_service_status", "service_id", "status"),
        # With the id, so that the newest of many are found without reading all of them.
        Index("ix_customer_order_number", "number", "id"),
        Index("ix_customer_order_status", "status", "id"),
        Index("ix_customer_order_name_key", "name_key", "id"),
        Index("ix_customer_order_phone_key", "phone_key", "id"),
        Index("ix_customer_order_place_key", "place_key", "id"),
        Index("ix_customer_order_email_key", "email_key", "id"),
    )

    id: Mapped[Key]
    number: Mapped[int]
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    status: Mapped[Status]
    idempotency_key: Mapped[str] = mapped_column(String(64), unique=True)
    # A fingerprint of what was sent, what the bag must not contain included.
    content_hash: Mapped[str] = mapped_column(String(64), info=personal(HEALTH))
    token_hash: Mapped[TokenHash]
    language: Mapped[str] = mapped_column(String(2))
    first_name: Mapped[Words] = mapped_column(info=personal(NAME))
    phone: Mapped[str] = mapped_column(String(40), default="", info=personal(CONTACT))
    email: Mapped[Words] = mapped_column(default="", info=personal(CONTACT))
    place_name: Mapped[Words] = mapped_column(default="")
    street: Mapped[Words] = mapped_column(default="", info=personal(ADDRESS))
    town: Mapped[Words] = mapped_column(default="")
    access_note: Mapped[str] = mapped_column(String(300), default="", info=personal(ADDRESS))
    latitude: Mapped[float | None] = mapped_column(info=personal(ADDRESS, erased=None))
    longitude: Mapped[float | None] = mapped_column(info=personal(ADDRESS, erased=None))
    # The house number at whose door the pin stands, when the typed one is not on file.
    nearest: Mapped[str] = mapped_column(
        String(20), default="", server_default="", info=personal(ADDRESS)
    )
    # What the office searches by: name and place in plain letters, the digits of the phone, the
    # mail address without capitals.
    name_key: Mapped[str] = mapped_column(SEARCHED, server_default="", info=personal(NAME))
    phone_key: Mapped[str] = mapped_column(SEARCHED, server_default="", info=personal(CONTACT))
    place_key: Mapped[str] = mapped_column(SEARCHED, server_default="", info=personal(ADDRESS))
    email_key: Mapped[str] = mapped_column(SEARCHED, server_default="", info=personal(CONTACT))
    total_cents: Mapped[Cents]
    # When the kitchen has it ready, if a batch is late.
    ready_at: Mapped[datetime | None]
    placed_at: Mapped[datetime]
    # What delivery decided, copied here so that the kitchen need not look to its right.
    round_number: Mapped[int | None]
    departs_at: Mapped[datetime | None]
    held_until: Mapped[datetime | None]
    loading_position: Mapped[int | None]  # the first to go aboard is 1
    # The restaurant whose tricycle brings it instead of ours.
    carried_by_id: Mapped[int | None] = mapped_column(ForeignKey("partner.id"))
    # What the bag must not contain, as the customer wrote it.
    must_not_contain: Mapped[Words] = mapped_column(default="", info=personal(HEALTH))
    bagged_at: Mapped[datetime | None]  # by the first hand, while a second one must verify
    # Colleagues who order by one link; the group's hold has boxes reserved and no dish.
    group_id: Mapped[int | None] = mapped_column(ForeignKey("customer_group.id"), index=True)
    reserved: Mapped[int | None]
    # A recalled lot may be in it: it stays in the house until that is decided.
    blocked_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]  # when the kitchen saw that it was cancelled
    slot: Mapped[Slot] = relationship(lazy="joined", innerjoin=True)
    service: Mapped[Service] = relationship()
    lines: Mapped[list["OrderLine"]] = relationship(
        back_populates="order", order_by="OrderLine.id", lazy="selectin"
    )
    events: Mapped[list["OrderEvent"]] = relationship(
        back_populates="order", order_by="OrderEvent.id"
    )

    @property
    def is_delivery(self) -> bool:
        return self.kind == "delivery"

    @property
    def is_cancelled(self) -> bool:
        return self.status is Status.CANCELLED

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it, as its customer sees it."""
        return self.status in OVER

    @property
    def bag(self) -> str:
        """The symbol of the order's bag, the same on screen, sheet and the customer's page."""
        return BAG_SYMBOLS[self.number % len(BAG_SYMBOLS)]

    @property
    def address(self) -> Address | None:
        """Where a delivery goes."""
        return self.known_address if self.is_delivery else None

    @property
    def known_address(self) -> Address | None:
        """Where it goes, or was to go before it became a meal to fetch."""
        if self.latitude is None or self.longitude is None:
            return None
        return Address(
            self.place_name,
            self.street,
            self.town,
            self.latitude,
            self.longitude,
            self.access_note,
        )

    @property
    def boxes(self) -> int:
        """Portions to carry, one box each, and those reserved."""
        return sum(line.portions for line in self.lines) + (self.reserved or 0)

    @property
    def to_collect_cents(self) -> int:
        """What its customer pays when it is handed over; all of it, for nothing is paid before."""
        return self.total_cents

    @property
    def places(self) -> int:
        """How many orders of its slot it counts as: whoever reserves keeps a place for each box."""
        return 1 if self.reserved is None else self.reserved

    @property
    def work(self) -> dict[str, int]:
        """Station → seconds of work."""
        return sum_work((line.station, line.work_seconds, line.portions) for line in self.lines)

    @property
    def is_exception(self) -> bool:
        """Whether its dishes are cooked apart and its bag is verified by a second hand."""
        return bool(self.must_not_contain) or any(line.avoids for line in self.lines)

    @property
    def wishes(self) -> tuple[tuple[str, str, str], ...]:
        """(codes, eater, dish) of what single portions must not contain."""
        return tuple((line.avoids, line.eater, line.name) for line in self.lines if line.avoids)

    @property
    def has_conflict(self) -> bool:
        """Whether a wish meets what is in its dish, and nobody has decided."""
        return any(line.conflicts for line in self.lines)

    @property
    def must_stay(self) -> bool:
        """Whether its bag may not be closed or leave the house for now."""
        return self.blocked_at is not None or self.has_conflict

    @property
    def quantities(self) -> dict[int, int]:
        """Portion id → portions of it, whatever they were chosen for."""
        return portions_of_lines((line.portion_id, line.portions) for line in self.lines)

    @property
    def numbers(self) -> dict[str, int]:
        """Line → number."""
        return {line.key: line.quantity for line in self.lines}

    @property
    def items(self) -> dict[str, int]:
        """Item → number."""
        return {line.item: line.quantity for line in self.lines}

    @property
    def is_bagged(self) -> bool:
        """Whether its bag is closed, in the house or on its way."""
        return self.bagged_at is not None or self.status not in (Status.HELD, *TO_COOK)

    def can_be_cancelled(self, now: datetime) -> bool:
        """Whether the customer may still cancel: before the cut-off and before it is cooked."""
        return self.status is Status.PLACED and now < self.service.cutoff(self.kind)


class OrderLine(Base):
    """One dish of one order, as it was chosen, with its price, VAT and allergens of that day; of a
    set menu one line for each dish, with its share of the price (see `choices.choice`)."""

    __tablename__ = "order_line"
    __table_args__ = (
        CheckConstraint("quantity BETWEEN 1 AND 50", name="quantity"),
        CheckConstraint("cooked BETWEEN 0 AND quantity * size", name="cooked"),
        CheckConstraint("size BETWEEN 1 AND 100", name="size"),
    )

    id: Mapped[Key]
    order_id: Mapped[int] = mapped_column(ForeignKey("customer_order.id"), index=True)
    portion_id: Mapped[int] = mapped_column(ForeignKey("portion.id"), index=True)
    quantity: Mapped[int]
    size: Mapped[int] = mapped_column(default=1, server_default="1")  # portions that one takes
    cooked: Mapped[int] = mapped_column(default=0)  # portions
    # What it was chosen as; "" is the portion alone.
    chosen: Mapped[Words] = mapped_column(default="", server_default="")
    part: Mapped[int] = mapped_column(default=0, server_default="0")
    options: Mapped[Words] = mapped_column(default="", server_default="")
    set_menu: Mapped[Words] = mapped_column(default="", server_default="")
    dish_name: Mapped[Words]
    dish_family: Mapped[str] = mapped_column(String(20))
    is_hot: Mapped[bool]
    allergens: Mapped[Words]  # codes that the dish contains, comma-separated
    # The rest of what is in it as it was last told; None: nobody has looked.
    may_contain: Mapped[str | None] = mapped_column(String(200))
    is_vegetarian: Mapped[bool | None]
    meats: Mapped[str | None] = mapped_column(String(300))
    # What its eater must not eat, as codes: health data, erased the night after with the name.
    avoids: Mapped[Words] = mapped_column(default="", server_default="", info=personal(HEALTH))
    eater: Mapped[str] = mapped_column(
        String(60), default="", server_default="", info=personal(HEALTH)
    )
    # The conflicts of the two that somebody decided, as `conflicts` writes them.
    accepted: Mapped[Words] = mapped_column(default="", server_default="", info=personal(HEALTH))
    # The words about the origin of its produce and meat that stood on the page.
    origin: Mapped[str] = mapped_column(String(500), default="")
    work_seconds: Mapped[int] = mapped_column(default=0)
    unit_price_cents: Mapped[Cents]
    vat_bp: Mapped[int]
    order: Mapped[Order] = relationship(back_populates="lines")

    @property
    def item(self) -> str:
        """What its customer counts it with."""
        return self.chosen or str(self.portion_id)

    @property
    def key(self) -> str:
        """What names it among the lines of its order."""
        return line_key(self.chosen, self.portion_id, self.part)

    @property
    def option_ids(self) -> tuple[int, ...]:
        """Its options, which may be offered no more."""
        item = item_of(self.chosen) if self.chosen else None
        return item.parts[self.part][1] if item else ()

    @property
    def name(self) -> str:
        """The dish with its options, as people read it."""
        return name_with(self.dish_name, self.options)

    @hybrid_property
    def portions(self) -> int:
        """How many portions of the dish it takes: stock, stove, boxes and work count them."""
        return self.quantity * self.size

    @property
    def station(self) -> str:
        """The kitchen station that makes it."""
        return station_of(self.dish_family, is_hot=self.is_hot)

    @property
    def total_cents(self) -> int:
        return self.unit_price_cents * self.quantity

    @property
    def conflicts(self) -> tuple[str, ...]:
        """What it must not contain and does contain, or ("milk?") may contain, undecided."""
        if not self.avoids:
            return ()
        avoided = set(codes_of(self.avoids))
        found = [code for code in codes_of(self.allergens) if code in avoided]
        found += [f"{code}?" for code in codes_of(self.may_contain) if code in avoided]
        return tuple(code for code in found if code not in codes_of(self.accepted))

    def describe(self, inside: Contents, meats: str | None) -> None:
        """Write what is in it; `meats` are the countries of its meat as its portion has them."""
        self.allergens = ",".join(inside.contains)
        self.may_contain = ",".join(inside.may_contain)
        self.is_vegetarian = inside.is_vegetarian
        self.meats = meats


def codes_of(text: str | None) -> list[str]:
    """The codes of a comma-separated list."""
    return [code for code in (text or "").split(",") if code]


class OrderEvent(Base):
    """One step of an order: its instant and the device, never a worker."""

    __tablename__ = "order_event"

    id: Mapped[Key]
    order_id: Mapped[int] = mapped_column(ForeignKey("customer_order.id"), index=True)
    status: Mapped[Status]
    at: Mapped[datetime]
    device: Mapped[Words]
    reason: Mapped[Words] = mapped_column(default="", info=personal(REMARK))
    order: Mapped[Order] = relationship(back_populates="events")


class OrderUnknown(Refusal):
    message = N_("This order is unknown. Check the link in your message, or call us.")
    status = 404


def order_token(secret: str, key: str) -> str:
    """The token of the order page that belongs to an idempotency key."""
    return derived_token(secret, "order", key)


def note_event(
    session: Session, order: Order, status: Status, *, device: str, now: datetime, reason: str = ""
) -> None:
    """Write down that an order came to a status."""
    session.add(OrderEvent(order_id=order.id, status=status, at=now, device=device, reason=reason))


def order_of_token(session: Session, token: str) -> Order:
    """The order of a customer's link. Raises OrderUnknown."""
    order = session.scalar(select(Order).where(Order.token_hash == token_hash(token)))
    if order is None:
        raise OrderUnknown
    return order


def touch(session: Session, service_id: int) -> None:
    """Tell the screens that something of this service changed."""
    session.execute(
        update(Service)
        .where(Service.id == service_id)
        .values(version=Service.version + 1)
        .execution_options(synchronize_session=False)
    )


def orders_of(session: Session, service: Service) -> list[Order]:
    """All orders of a service in the order of their slots."""
    return list(
        session.scalars(
            select(Order)
            .join(Slot)
            .where(Order.service_id == service.id)
            .order_by(Slot.starts_at, Order.number)
        )
    )
