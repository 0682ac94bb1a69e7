"""Offer: on which days and in which slots a customer may order."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, lazyload

from ..clock import local
from ..menu.menu import Menu
from ..service.service import DAYS_AHEAD, KINDS, Service
from ..service.slot import Slot

NEAREST = 2


@dataclass(frozen=True)
class SlotOffer:
    """A slot as the checkout shows it: with what else is possible when it is full."""

    slot: Slot
    nearest: tuple[Slot, ...] = ()

    @property
    def is_possible(self) -> bool:
        return self.slot.free > 0


@dataclass(frozen=True)
class KindOffer:
    """Take-away or delivery with its slots; none is possible after the cut-off."""

    kind: str
    cutoff: datetime
    is_open: bool
    slots: tuple[SlotOffer, ...] = ()

    @property
    def is_possible(self) -> bool:
        return self.is_open and any(offer.is_possible for offer in self.slots)


def offer_of(service: Service, slots: Iterable[Slot], *, now: datetime) -> list[KindOffer]:
    """What the service offers of each kind; full slots name the nearest free ones."""
    grid = list(slots)
    return [
        KindOffer(
            kind=kind,
            cutoff=service.cutoff(kind),
            is_open=service.is_open and now < service.cutoff(kind),
            slots=_slot_offers([s for s in grid if s.kind == kind]),
        )
        for kind in KINDS
    ]


def _slot_offers(slots: list[Slot]) -> tuple[SlotOffer, ...]:
    free = [s for s in slots if s.free > 0]
    return tuple(SlotOffer(s, () if s.free > 0 else _nearest(s, free)) for s in slots)


def _nearest(slot: Slot, free: list[Slot]) -> tuple[Slot, ...]:
    near = sorted(free, key=lambda s: abs(s.starts_at - slot.starts_at))[:NEAREST]
    return tuple(sorted(near, key=lambda s: s.starts_at))


def last_day(now: datetime) -> date:
    """The last day for which orders are open."""
    return local(now).date() + timedelta(days=DAYS_AHEAD)


@dataclass(frozen=True)
class Lunch:
    """A service with its published menu."""

    service: Service
    menu: Menu

    @property
    def date(self) -> date:
        return self.service.date

    def takes_orders(self, now: datetime) -> bool:
        """Whether some kind of order is still possible, or possible already."""
        return self.service.takes_orders(now) and self.date <= last_day(now)


# Built once: it is asked for by every visitor of the first page.
_LUNCHES = (
    select(Service, Menu)
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
    return [Lunch(service, menu) for service, menu in rows]


def lunches_on_offer(session: Session, *, now: datetime) -> list[Lunch]:
    """The lunches from today to the last day for which orders are open."""
    return lunches(session, local(now).date(), last_day(now))


def first_open(days: list[Lunch], *, now: datetime) -> Lunch | None:
    """The first lunch that still takes orders, else the first one, which shows its menu."""
    return next((lunch for lunch in days if lunch.takes_orders(now)), days[0] if days else None)
