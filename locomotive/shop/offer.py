"""Offer: on which days and in which slots a customer may order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session, lazyload

from ..addresses.street import Street
from ..core.clock import local
from ..menu.menu import Menu, Portion
from ..ordering.shown import Facts, facts_of_slots
from ..places.address import KnownAddress, Place
from ..promise.answer import NoSlot, SlotAnswer, nearest_possible
from ..service.fleet import Shift
from ..service.service import DAYS_AHEAD, KINDS, Service
from ..service.slot import Slot


@dataclass(frozen=True)
class SlotOffer:
    """A slot as the checkout shows it: why it cannot be had, and what else is possible."""

    slot: Slot
    reason: NoSlot | None = None
    nearest: tuple[Slot, ...] = ()

    @property
    def is_possible(self) -> bool:
        return self.reason is None


@dataclass(frozen=True)
class KindOffer:
    """Take-away or delivery with its slots; none is possible after the cut-off."""

    kind: str
    cutoff: datetime
    is_open: bool
    slots: tuple[SlotOffer, ...] = ()
    # Whether the answers know the place; until then no slot of a delivery is called free.
    is_judged: bool = True
    lacks: str = ""  # what a delivery lacks on that day; see `lacks_for_delivery`

    @property
    def facts(self) -> Facts:
        """What the page says of the slots that can be chosen."""
        return facts_of_slots(offer.slot for offer in self.listed if offer.is_possible)

    @property
    def listed(self) -> tuple[SlotOffer, ...]:
        """The slots to show: all once they are judged, or when none is possible anywhere."""
        return self.slots if self.is_judged or not self.is_possible else ()

    @property
    def is_possible(self) -> bool:
        return self.is_open and any(offer.is_possible for offer in self.slots)


# The service rides at all; a slot is delivered meanwhile; some place can be named.
_IS_SHIFT = and_(Shift.service_id == Service.id, Shift.is_off.is_(False))
_RIDES = exists().where(_IS_SHIFT)
_MEETS = exists().where(
    _IS_SHIFT,
    Slot.service_id == Service.id,
    Slot.kind == "delivery",
    Slot.ends_at > Shift.starts_at,
    Slot.starts_at < Shift.ends_at,
)
_IS_KNOWN = or_(
    exists().where(Place.is_active), exists(select(KnownAddress.id)), exists(select(Street.id))
)
_HAS = (_RIDES, _MEETS, _IS_KNOWN)


def lacks_for_delivery(session: Session, service: Service) -> str:
    """What no delivery can do without and the house has not: "tricycle" (none rides in this
    service), "slot" (none is delivered during a shift), "place" (none is named, and no address
    is known); else nothing."""
    row = session.execute(select(*_HAS).where(Service.id == service.id)).one()
    return _lacks(*row)


def _lacks(*has: bool) -> str:
    needs = ("tricycle", "slot", "place")
    return next((need for need, is_there in zip(needs, has, strict=True) if not is_there), "")


def offer_of(
    service: Service,
    answers: Sequence[SlotAnswer],
    *,
    now: datetime,
    is_judged: bool,
    lacks: str = "",
    is_late_call: bool = False,
) -> list[KindOffer]:
    """What the service offers of each kind; refused slots name the nearest possible ones, which
    are take-away ones outside the zone. `is_judged` and `lacks` are those of a delivery."""
    return [
        KindOffer(
            kind=kind,
            cutoff=service.cutoff(kind),
            is_open=service.is_open
            and (is_late_call or now < service.cutoff(kind))
            and not (lacks and kind == "delivery"),
            is_judged=is_judged or kind != "delivery",
            lacks=lacks if kind == "delivery" else "",
            slots=tuple(
                SlotOffer(a.slot, a.reason, tuple(nearest_possible(answers, a)))
                for a in answers
                if a.slot.kind == kind
            ),
        )
        for kind in KINDS
    ]


def last_day(now: datetime) -> date:
    """The last day for which orders are open."""
    return local(now).date() + timedelta(days=DAYS_AHEAD)


@dataclass(frozen=True)
class Lunch:
    """A service with its published menu."""

    service: Service
    menu: Menu
    lacks: str = ""  # what a delivery lacks; see `lacks_for_delivery`
    is_sold_out: bool = False

    @property
    def date(self) -> date:
        return self.service.date

    def takes_orders(self, now: datetime) -> bool:
        """Whether some kind of order is still possible, or possible already."""
        return self.service.takes_orders(now) and self.date <= last_day(now)


_IS_LEFT = exists().where(
    Portion.menu_id == Menu.id, Portion.remaining > 0, Portion.stopped_because == ""
)
# Built once: it is asked for by every visitor of the first page.
_LUNCHES = (
    select(Service, Menu, _IS_LEFT, *_HAS)
    .join(Menu, Menu.date == Service.date)
    .options(lazyload(Menu.portions))
    .where(
        Menu.published_at.is_not(None),
        Service.date >= bindparam("first"),
        Service.date <= bindparam("last"),
    )
    .order_by(Service.date)
)


def lunches(session: Session, first: date, last: date) -> list[Lunch]:
    """The lunches of some days whose menu is published, by date."""
    rows = session.execute(_LUNCHES, {"first": first, "last": last})
    return [
        Lunch(service, menu, _lacks(*has), is_sold_out=not is_left)
        for service, menu, is_left, *has in rows
    ]


def lunches_on_offer(session: Session, *, now: datetime) -> list[Lunch]:
    """The lunches from today to the last day for which orders are open."""
    return lunches(session, local(now).date(), last_day(now))


def first_open(days: list[Lunch], *, now: datetime) -> Lunch | None:
    """The first lunch that still takes orders, else the first one, which shows its menu."""
    return next((lunch for lunch in days if lunch.takes_orders(now)), days[0] if days else None)
