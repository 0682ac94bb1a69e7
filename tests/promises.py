"""The checkout without its pages, and what must hold after each act on a lunch's promises."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import routing
from locomotive.core.db import db, write_tx
from locomotive.core.status import LIVE
from locomotive.menu.menu import Portion
from locomotive.ordering.cart import Basket, BasketLine
from locomotive.ordering.counter import wrong_counters
from locomotive.ordering.order import Order, orders_of
from locomotive.ordering.request import Customer, Request
from locomotive.promise.answer import Evidence, SlotAnswer, Wish
from locomotive.promise.hold import hold_order
from locomotive.promise.problem import exactly, is_to_carry
from locomotive.promise.promise import promise_of, promise_order
from locomotive.promise.question import ask_slots
from locomotive.promise.tentative_plan import current_plan, delivery_of
from locomotive.service.service import Service
from locomotive.service.slot import Slot
from routing import timed
from tests.service_day import DISHES, SECRET, Day, address_of


@dataclass(frozen=True)
class Asked:
    """What somebody wants in which slot, and what the house answered."""

    wish: Wish
    slot_id: int
    reason: str  # empty when the slot can be had
    evidence: Evidence | None


class Desk:
    """Asks and orders by the rules that the checkout calls."""

    def __init__(self, day: Day) -> None:
        self.day = day
        self.sent = 0

    @property
    def depot(self) -> tuple[float, float]:
        found: tuple[float, float] = self.day.app.extensions["settings"].depot
        return found

    def basket(self, **dishes: int) -> Basket:
        """A basket of the cast's dishes."""
        portions = {p.dish.name: p for p in db.session.scalars(select(Portion))}
        lines = [BasketLine(portions[DISHES[name][0]], n) for name, n in dishes.items() if n]
        return Basket(tuple(lines))

    def slot(self, kind: str, hour: int, minute: int) -> Slot:
        starts_at = self.day.at(hour, minute)
        return db.session.scalars(
            select(Slot).where(Slot.kind == kind, Slot.starts_at == starts_at)
        ).one()

    def ask(
        self,
        slot: tuple[int, int] = (12, 0),
        *,
        to: str | None = None,
        instead_of: Order | None = None,
        now: datetime | None = None,
        is_late_call: bool = False,
        **dishes: int,
    ) -> Asked:
        """Ask whether a basket can be had in a slot; `to` is a place of the cast."""
        db.session.rollback()
        db.session.expire_all()
        kind = "delivery" if to else "take-away"
        address = address_of(to) if to else None
        wish = Wish(
            self.day.service,
            kind,
            self.basket(**(dishes or {"carbonade": 1})),
            address,
            instead_of,
            is_late_call=is_late_call,
        )
        asked = self.slot(kind, *slot)
        (answer,) = ask_slots(
            db.session(),
            [asked],
            wish,
            depot=self.depot,
            now=now or self.day.at(8),
        )
        return Asked(wish, asked.id, _code(answer), answer.evidence)

    def accept(
        self,
        asked: Asked,
        *,
        first_name: str = "Nadia",
        phone: str = "",
        is_held: bool = False,
        now: datetime | None = None,
        is_late_call: bool = False,
    ) -> Order:
        """Order what was asked, on the evidence that was found then."""
        self.sent += 1
        request = Request(
            key=f"desk-{self.sent}",
            kind=asked.wish.kind,
            slot_id=asked.slot_id,
            customer=Customer(first_name, phone=phone or f"06 39 98 {self.sent:05d}"),
            address=asked.wish.address,
            is_late_call=is_late_call,
        )
        place = hold_order if is_held else promise_order
        with write_tx() as session:
            return place(
                session,
                request,
                asked.wish.basket,
                asked.evidence,
                secret=SECRET,
                now=now or self.day.at(8),
            )

    def order(self, slot: tuple[int, int] = (12, 0), **wanted: object) -> Order:
        """Ask and accept at once."""
        asked = self.ask(slot, **wanted)  # type: ignore[arg-type]
        assert asked.reason == "", asked.reason
        return self.accept(asked)


def _code(answer: SlotAnswer) -> str:
    return answer.reason.code if answer.reason else ""


def broken(day: Day) -> list[str]:
    """What does not hold in a lunch: counters that do not add up, portions or places below
    nothing, deliveries that the tentative plan does not keep."""
    db.session.rollback()
    db.session.expire_all()
    session = db.session()
    service = day.service
    below = [p.id for p in session.scalars(select(Portion)) if p.remaining < 0]
    wrong = wrong_counters(session) + [f"portion {id_} is below nothing" for id_ in below]
    return wrong + unkept(session, service, day.app.extensions["settings"].depot)


def unkept(session: Session, service: Service, depot: tuple[float, float]) -> list[str]:
    """The promised deliveries that the tentative plan does not keep, one sentence each.

    The stops of the plan that are gone are left out, and its trips get the times that they need
    today; `routing.violations` judges the rest.
    """
    given_up = {o.id for o in orders_of(session, service) if not _is_promised(session, o)}
    orders = [o for o in orders_of(session, service) if o.id not in given_up]
    delivery = delivery_of(session, service, depot, orders=orders)
    problem = delivery.problem
    standing = current_plan(session, service).plan
    locks = [lock for lock in problem.locks if isinstance(lock, routing.Frozen)]
    left = {visit.stop for lock in locks for visit in lock.trip.visits}
    known = {stop.id for stop in problem.stops} - left
    trips: dict[str, list[list[str]]] = {}
    for vehicle, trip in standing.trips():
        stops = [visit.stop for visit in trip.visits if visit.stop in known]
        if stops:
            trips.setdefault(vehicle, []).append(stops)
    plan = timed(problem, trips)
    missing = [
        f"stop {name} is in no trip" for name in delivery.orders if name not in plan.served()
    ]
    return missing + [
        sentence
        for sentence in routing.violations(exactly(problem), plan)
        if "neither served nor unassigned" not in sentence
    ]


def _is_promised(session: Session, order: Order) -> bool:
    """Whether a delivery's slot still stands: it was not broken for want of another one."""
    if order.status not in LIVE or not is_to_carry(order):
        return True
    promise = promise_of(session, order)
    return promise is None or promise.is_kept is not False or promise.slot_id != order.slot_id
