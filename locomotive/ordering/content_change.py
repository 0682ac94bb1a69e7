"""Content change: what is in ordered dishes is another now, and everything that shows it follows.

One rule for every cause: each line of an open order is compared with what is in it now. A line
whose bag is not closed becomes what is true; a closed bag keeps what it holds and gains what is
found to be in it.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import ForeignKey, String, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..choices.choice import with_options
from ..choices.option import DishOption, options_by_id
from ..core.base import Base, Key, Words, guarded
from ..core.refusal import N_
from ..core.status import OPEN, Status
from ..farm.allergen import ALLERGENS
from ..menu.menu import Portion
from ..menu.recipe import Book, Contents, read_book, united
from ..origins.origin import DishContent, content_of
from ..origins.sale import follow_sale
from ..service.service import Service
from ..service.slot import Slot
from .message import queue_once
from .order import Order, OrderLine, touch

CAUSES: dict[str, str] = {
    "produce": N_("The allergens of an ingredient were corrected: %(what)s"),
    "recipe": N_("A recipe was changed: %(what)s"),
    "dish": N_("A dish was changed: %(what)s"),
    "menu": N_("A menu was changed"),
    "swap": N_("An ingredient was swapped: %(what)s"),
    "swap undone": N_("A swap was undone: %(what)s"),
    "lot": N_("Lots came in or were counted: %(what)s"),
    "batch": N_("A batch was recorded: %(what)s"),
    "batch undone": N_("A batch was taken back: %(what)s"),
    "recall": N_("A lot is recalled: %(what)s"),
    "recall lifted": N_("A recall was lifted: %(what)s"),
    "time": N_("A lot is past its date, or another one is used"),
}


class ContentChange(Base):
    """One event that changed what is in ordered dishes of a service; the kitchen's screens show
    it until somebody has seen it."""

    __tablename__ = "content_change"

    id: Mapped[Key]
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), index=True)
    cause: Mapped[str] = mapped_column(String(20))
    what: Mapped[Words] = mapped_column(default="")
    at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    service: Mapped[Service] = relationship(lazy="joined", innerjoin=True)
    notices: Mapped[list["ContentNotice"]] = relationship(
        back_populates="change", order_by="ContentNotice.order_line_id"
    )


class ContentNotice(Base):
    """One line of one order that a change touches: what is new, whom to tell, what to reprint."""

    __tablename__ = "content_notice"

    change_id: Mapped[int] = mapped_column(ForeignKey("content_change.id"), primary_key=True)
    order_line_id: Mapped[int] = mapped_column(
        ForeignKey("order_line.id"), primary_key=True, index=True
    )
    new_allergens: Mapped[str] = mapped_column(String(200), default="")
    gone_allergens: Mapped[str] = mapped_column(String(200), default="")
    meat_changed: Mapped[bool] = mapped_column(default=False)
    vegetarian_lost: Mapped[bool] = mapped_column(default=False)
    is_bagged: Mapped[bool] = mapped_column(default=False)
    told_at: Mapped[datetime | None]
    reprinted_at: Mapped[datetime | None]
    change: Mapped[ContentChange] = relationship(back_populates="notices")
    line: Mapped[OrderLine] = relationship(lazy="joined", innerjoin=True)

    @property
    def is_to_tell(self) -> bool:
        """Whether the customer gets something that he did not choose."""
        return bool(self.new_allergens) or self.meat_changed or self.vegetarian_lost


def follow_content(
    session: Session, cause: str, what: str, *, today: date, now: datetime
) -> list[ContentChange]:
    """Let sale, order lines, papers and screens follow what is in the dishes now.

    Returns a change for each service of which a line was touched; none when all was true already.
    Orders placed meanwhile wait for the service's row and see what was changed.
    """
    services = _services(session, today)
    book = read_book(session)
    stopped = follow_sale(session, today=today, book=book)
    changes = []
    for service in services:
        change = _follow_service(session, service, book, (cause, what), now)
        if change:
            changes.append(change)
        if change or service.date in stopped:
            touch(session, service.id)
    return changes


def _services(session: Session, today: date) -> Sequence[Service]:
    """The services whose orders may be touched, each locked."""
    query = select(Service).where(Service.date >= today, Service.last_number > 0)
    return session.scalars(query.order_by(Service.id).with_for_update()).all()


def _follow_service(
    session: Session, service: Service, book: Book, why: tuple[str, str], now: datetime
) -> ContentChange | None:
    rows = _open_lines(session, service)
    dishes = {portion.dish_id: portion.dish for _line, _order, portion, _slot in rows}
    contents = content_of(session, dishes.values(), service.date, book) if rows else {}
    options = _options(session, [line for line, *_rest in rows])
    notices = []
    for line, order, portion, slot in rows:
        content = contents[portion.dish_id]
        if order.is_bagged:
            inside, meats = _bagged(line, content, slot), line.meats
        else:
            inside, meats = content.at(slot.starts_at), portion.meats
        notice = _describe(line, with_options(inside, options[line.id]), meats)
        if notice:
            notice.is_bagged = order.is_bagged
            notices.append(notice)
    if not notices:
        session.flush()
        return None
    cause, what = why
    change = ContentChange(service_id=service.id, cause=cause, what=what[:200], at=now)
    change.notices = notices
    session.add(change)
    session.flush()
    return change


def _open_lines(session: Session, service: Service) -> list[tuple[OrderLine, Order, Portion, Slot]]:
    rows = session.execute(
        select(OrderLine, Order, Portion, Slot)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Portion, Portion.id == OrderLine.portion_id)
        .join(Slot, Slot.id == Order.slot_id)
        .where(Order.service_id == service.id, Order.status.in_((Status.HELD, *OPEN)))
        .order_by(OrderLine.id)
        .execution_options(populate_existing=True)
    )
    return [(line, order, portion, slot) for line, order, portion, slot in rows]


def _options(session: Session, lines: Sequence[OrderLine]) -> dict[int, list[DishOption]]:
    """Line id → its options as they are now."""
    known = options_by_id(session, {o for line in lines for o in line.option_ids})
    return {line.id: [known[o] for o in line.option_ids if o in known] for line in lines}


def _bagged(line: OrderLine, content: DishContent, slot: Slot) -> Contents:
    """What a closed bag holds: what was said of it, and what its batches are known to contain."""
    said = Contents(
        contains=tuple(code for code in line.allergens.split(",") if code),
        may_contain=tuple(code for code in (line.may_contain or "").split(",") if code),
        is_vegetarian=line.is_vegetarian is not False,
    )
    return united([said, content.served(slot.starts_at) or content.ahead])


def _describe(line: OrderLine, inside: Contents, meats: str | None) -> ContentNotice | None:
    """Write what is in a line, and return what is new in it; None when nothing is."""
    had, has = set(line.allergens.split(",")) - {""}, set(inside.contains)
    notice = ContentNotice(
        line=line,
        new_allergens=codes(has - had),
        gone_allergens=codes(had - has),
        meat_changed=None not in (line.meats, meats) and line.meats != meats,
        vegetarian_lost=bool(line.is_vegetarian) and not inside.is_vegetarian,
    )
    line.describe(inside, line.meats if meats is None else meats)
    is_touched = notice.is_to_tell or bool(notice.gone_allergens)
    return notice if is_touched else None


def codes(chosen: Iterable[str]) -> str:
    """Codes of allergens, comma-separated in the order of the regulation."""
    here = set(chosen)
    return ",".join(code for code in ALLERGENS if code in here)


def notices_of(session: Session, change: ContentChange) -> list[ContentNotice]:
    """The lines that a change touches, the next to be served first."""
    return list(
        session.scalars(
            select(ContentNotice)
            .join(OrderLine, OrderLine.id == ContentNotice.order_line_id)
            .join(Order, Order.id == OrderLine.order_id)
            .join(Slot, Slot.id == Order.slot_id)
            .where(ContentNotice.change_id == change.id)
            .order_by(Slot.starts_at, Order.number, OrderLine.id)
        )
    )


def tell_of_change(session: Session, change: ContentChange, text: str, *, now: datetime) -> int:
    """Mail everyone who gets something new and has an address, once. Returns how many mails were
    written."""
    written = 0
    for notice in notices_of(session, change):
        order = notice.line.order
        if not notice.is_to_tell or not order.email:
            continue
        kind = f"content-{change.id}"
        written += queue_once(
            session, order_id=order.id, kind=kind, email=order.email, text=text, now=now
        )
        notice.told_at = notice.told_at or now
    session.flush()
    return written


def mark_told(session: Session, notice: ContentNotice, *, now: datetime) -> None:
    """Somebody called the customer."""
    notice.told_at = notice.told_at or now
    session.flush()


def mark_reprinted(session: Session, change: ContentChange, *, now: datetime) -> None:
    """The labels of the lines that a change touches are printed anew."""
    for notice in change.notices:
        notice.reprinted_at = notice.reprinted_at or now
    session.flush()


def see_change(session: Session, change: ContentChange, *, now: datetime) -> None:
    """Somebody in the kitchen saw a change; the screens show it no longer."""
    unseen = update(ContentChange).where(
        ContentChange.id == change.id, ContentChange.seen_at.is_(None)
    )
    if guarded(session, unseen.values(seen_at=now)):
        touch(session, change.service_id)


def changes_of(session: Session, service: Service, *, unseen: bool = False) -> list[ContentChange]:
    """The changes of a service's dishes, the latest first; only those nobody has seen yet."""
    query = select(ContentChange).where(ContentChange.service_id == service.id)
    if unseen:
        query = query.where(ContentChange.seen_at.is_(None))
    return list(session.scalars(query.order_by(ContentChange.id.desc())))


def untold(session: Session, service: Service) -> int:
    """How many lines of a service's orders got something new that nobody has told of."""
    is_new = ContentNotice.meat_changed | ContentNotice.vegetarian_lost
    query = (
        select(func.count())
        .select_from(ContentNotice)
        .join(ContentChange)
        .where(
            ContentChange.service_id == service.id,
            ContentNotice.told_at.is_(None),
            is_new | (ContentNotice.new_allergens != ""),
        )
    )
    return session.scalar(query) or 0


def to_reprint(session: Session, service: Service) -> list[int]:
    """The numbers of the orders whose labels say something that is no longer true."""
    query = (
        select(Order.number)
        .join(OrderLine)
        .join(ContentNotice)
        .join(ContentChange)
        .where(ContentChange.service_id == service.id, ContentNotice.reprinted_at.is_(None))
    )
    return list(session.scalars(query.distinct().order_by(Order.number)))


def changes_to_reprint(session: Session, service: Service) -> list[int]:
    """The ids of the changes with labels that say something that is no longer true."""
    query = (
        select(ContentChange.id)
        .join(ContentNotice)
        .where(ContentChange.service_id == service.id, ContentNotice.reprinted_at.is_(None))
    )
    return list(session.scalars(query.distinct().order_by(ContentChange.id)))


def orders_touched(session: Session, change_id: int) -> set[int]:
    """The ids of the orders that a change touches."""
    query = (
        select(OrderLine.order_id)
        .join(ContentNotice, ContentNotice.order_line_id == OrderLine.id)
        .where(ContentNotice.change_id == change_id)
    )
    return set(session.scalars(query))


def wishes_undecided(session: Session, service: Service) -> list[Order]:
    """The open orders whose wish meets what is in their dishes."""
    wished = select(OrderLine.order_id).where(OrderLine.avoids != "")
    query = select(Order).where(
        Order.service_id == service.id, Order.id.in_(wished), Order.status.in_((*OPEN, Status.HELD))
    )
    return [order for order in session.scalars(query.order_by(Order.number)) if order.has_conflict]
