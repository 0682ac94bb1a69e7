"""Cooking by totals: how many of each dish are still to do, by departure, and finishing them."""

from collections.abc import Collection, Container, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..core.base import guarded
from ..core.refusal import N_
from ..core.status import TO_COOK, UNPAID, Status
from ..ordering.order import Order, OrderLine, touch
from ..ordering.step import StepImpossible, move_on
from ..service.service import Service
from .production import Departure, Turn, departures, to_do, turn


class ShareChanged(StepImpossible):
    """Another screen, or a new order, was faster: the numbers are not those of the page."""

    message = N_("Another screen was faster. Here is how it stands now.")


@dataclass(frozen=True)
class Share:
    """One dish of one departure, or of one exception: what is finished with one touch.

    `done` counts what is cooked or bagged already; a press names it, so that a second press on
    the same number changes nothing.
    """

    key: str  # the departure's, or "order-12" for an exception
    portion_id: int
    departure: Departure
    portions: int
    done: int
    can_take_back: int
    waiting: int  # bags that cannot be closed without it
    order: Order | None = None  # of an exception
    options: tuple[tuple[str, int], ...] = ()  # of how many that are left, and which

    @property
    def left(self) -> int:
        return self.portions - self.done

    @property
    def facts(self) -> Hashable:
        """All that a screen shows of it."""
        bag = self.order and (self.order.id, self.order.number, self.order.must_not_contain)
        wishes = self.order and self.order.wishes
        at = self.departure.at
        return self.key, at, self.portion_id, self.portions, self.done, self.options, bag, wishes


@dataclass(frozen=True)
class DishToCook:
    """One dish at one station, with its shares by departure, the next one first."""

    portion_id: int
    name: str
    family: str
    station: str
    shares: tuple[Share, ...]

    @property
    def portions(self) -> int:
        return sum(share.portions for share in self.shares)

    @property
    def left(self) -> int:
        return sum(share.left for share in self.shares)

    def share_of(self, departure: Departure) -> Share | None:
        """What is still to do for a departure, None when nothing is."""
        return next((s for s in self.shares if s.left and s.departure.key == departure.key), None)

    def left_after(self, departures: Collection[Departure]) -> int:
        """How many portions are still to do for other departures."""
        keys = {departure.key for departure in departures}
        return sum(share.left for share in self.shares if share.departure.key not in keys)

    def facts(self, departures: Sequence[Departure]) -> Hashable:
        """All that a screen shows of it for departures."""
        shares = tuple((d.key, s and s.facts) for d in departures for s in [self.share_of(d)])
        # The row of a single departure says nothing of the others.
        later = self.left_after(departures) if len(departures) > 1 else None
        return self.portion_id, self.name, self.family, shares, later

    @property
    def last_done(self) -> Share | None:
        """The share of which a portion can be taken back: the latest that is begun."""
        return next((s for s in reversed(self.shares) if s.can_take_back), None)


@dataclass(frozen=True)
class CookingBoard:
    """What the cook's screen shows. Exceptions are never part of a dish's number."""

    turn: Turn
    dishes: tuple[DishToCook, ...]
    exceptions: tuple[tuple[DishToCook, Share], ...]

    def dishes_of(self, departures: Sequence[Departure]) -> list[DishToCook]:
        """The dishes that departures wait for: the first departure's first, and of its dishes
        first what the most bags wait for."""
        shares = [(dish, [dish.share_of(d) for d in departures]) for dish in self.dishes]
        wanted = [(dish, found) for dish, found in shares if any(found)]
        wanted.sort(key=lambda pair: [-share.waiting if share else 0 for share in pair[1]])
        return [dish for dish, _found in wanted]

    def exceptions_of(
        self, departure: Departure
    ) -> list[tuple[Order, list[tuple[DishToCook, Share]]]]:
        """The exceptions of a departure that are still to cook."""
        found: dict[Order, list[tuple[DishToCook, Share]]] = {}
        for dish, share in self.exceptions:
            if share.order and share.left and share.departure.key == departure.key:
                found.setdefault(share.order, []).append((dish, share))
        return list(found.items())

    def facts(self, departure: Departure) -> Hashable:
        """All that a screen shows of a departure that is cooked later."""
        dishes = tuple(dish.facts([departure]) for dish in self.dishes_of([departure]))
        exceptions = tuple(
            (dish.name, dish.family, share.facts)
            for dish, share in self.exceptions
            if share.departure.key == departure.key
        )
        return departure.key, departure.at, departure.kind, dishes, exceptions

    @property
    def begun(self) -> list[tuple[DishToCook, Share]]:
        """What can be taken back: of each dish the latest share that is begun."""
        latest = [(dish, share) for dish in self.dishes if (share := dish.last_done)]
        return [*latest, *((dish, s) for dish, s in self.exceptions if s.can_take_back)]


def cooking_board(orders: Sequence[Order], station: str = "") -> CookingBoard:
    """What is to cook at a station, or at all of them."""
    groups = departures(o for o in orders if o.status not in UNPAID)
    lines: dict[int, OrderLine] = {}
    shared: dict[int, list[Share]] = {}
    exceptions: list[Share] = []
    for departure in groups:
        separate = [o for o in departure.orders if o.is_exception]
        together = [o for o in departure.orders if not o.is_exception]
        for portion_id, share, line in _shares(departure, departure.key, together, None):
            lines.setdefault(portion_id, line)
            shared.setdefault(portion_id, []).append(share)
        for order in separate:
            for portion_id, share, line in _shares(departure, f"order-{order.id}", [order], order):
                lines.setdefault(portion_id, line)
                exceptions.append(share)
    here = {i: line for i, line in lines.items() if station in ("", line.station)}
    dishes = [_dish(here[i], tuple(s)) for i, s in shared.items() if i in here]
    return CookingBoard(
        turn=turn(groups, lambda departure: _waits(departure, here)),
        dishes=tuple(dishes),
        exceptions=tuple(
            (_dish(here[s.portion_id], (s,)), s)
            for s in exceptions
            if s.portion_id in here and (s.left or s.can_take_back)
        ),
    )


def _dish(line: OrderLine, shares: tuple[Share, ...]) -> DishToCook:
    return DishToCook(line.portion_id, line.dish_name, line.dish_family, line.station, shares)


def _waits(departure: Departure, here: Container[int]) -> bool:
    lines = ((line, order) for order in departure.orders for line in order.lines)
    return any(line.portion_id in here and to_do(line, order) for line, order in lines)


def _shares(
    departure: Departure, key: str, orders: Iterable[Order], order: Order | None
) -> list[tuple[int, Share, OrderLine]]:
    lines: dict[int, list[tuple[OrderLine, Order]]] = {}
    for one in orders:
        for line in one.lines:
            lines.setdefault(line.portion_id, []).append((line, one))
    return [
        (
            portion_id,
            Share(
                key=key,
                portion_id=portion_id,
                departure=departure,
                portions=sum(line.portions for line, _ in found),
                done=sum(line.portions - to_do(line, o) for line, o in found),
                can_take_back=sum(line.cooked for line, o in found if o.status in TO_COOK),
                waiting=sum(bool(to_do(line, o)) for line, o in found),
                order=order,
                options=_options(found),
            ),
            found[0][0],
        )
        for portion_id, found in lines.items()
    ]


def _options(lines: Iterable[tuple[OrderLine, Order]]) -> tuple[tuple[str, int], ...]:
    """(options in words, portions to do) of the lines that are not cooked as usual."""
    found: dict[str, int] = {}
    for line, order in lines:
        if line.options and to_do(line, order):
            found[line.options] = found.get(line.options, 0) + to_do(line, order)
    return tuple(found.items())


@dataclass(frozen=True)
class Finish:
    """One press of the cook: so many portions of a share are cooked, or taken back (below 0).

    `seen` is how many were done on the screen.
    """

    share: str
    portion_id: int
    portions: int
    seen: int


def finish(
    session: Session, service: Service, asked: Finish, *, device: str, now: datetime
) -> None:
    """Finish portions of one share, or take them back.

    Raises ShareChanged when another number is done by now, when there are not so many, or when
    what is taken back is in its bags already. An order is started with its first portion, and
    placed again without one.
    """
    found = _share(_locked(session, service), asked.share, asked.portion_id)
    wanted = asked.portions
    if found is None or found.done != asked.seen or not wanted:
        raise ShareChanged
    if not -found.can_take_back <= wanted <= found.left:
        raise ShareChanged
    is_forward = wanted > 0
    for line, order in _lines_of(found) if is_forward else reversed(_lines_of(found)):
        room = line.portions - line.cooked
        change = min(wanted, room) if is_forward else max(wanted, -line.cooked)
        if change:
            _cook(session, order, line, change, device=device, now=now)
            wanted -= change
    touch(session, service.id)


def _lines_of(share: Share) -> list[tuple[OrderLine, Order]]:
    """The lines of a share whose bags are still open."""
    orders = [share.order] if share.order else share.departure.orders
    return [
        (line, order)
        for order in orders
        if order.status in TO_COOK and (share.order is not None or not order.is_exception)
        for line in order.lines
        if line.portion_id == share.portion_id
    ]


def _locked(session: Session, service: Service) -> list[Order]:
    """The service's orders, locked in id order so that neither a cancellation nor another press
    comes between (SQLite has one writer anyway)."""
    query = select(Order).where(Order.service_id == service.id).order_by(Order.id)
    return list(
        session.scalars(query.with_for_update(of=Order).execution_options(populate_existing=True))
    )


def _share(orders: Sequence[Order], key: str, portion_id: int) -> Share | None:
    board = cooking_board(orders)
    shares = [s for dish in board.dishes for s in dish.shares]
    shares += [s for _, s in board.exceptions]
    return next((s for s in shares if (s.key, s.portion_id) == (key, portion_id)), None)


def _cook(
    session: Session, order: Order, line: OrderLine, change: int, *, device: str, now: datetime
) -> None:
    changed = guarded(
        session,
        update(OrderLine)
        .where(OrderLine.id == line.id, OrderLine.cooked == line.cooked)
        .values(cooked=line.cooked + change),
    )
    if not changed:
        raise ShareChanged
    session.refresh(line)
    is_begun = any(one.cooked for one in order.lines)
    to = Status.STARTED if is_begun else Status.PLACED
    if order.status != to:
        move_on(session, order, to=to, seen=order.status, device=device, now=now)
