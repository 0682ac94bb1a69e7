"""Promising: how a shipment comes to be promised, and how its partner cancels it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..accounts.rate import check_tries, count_try
from ..core.base import insert_once
from ..core.db import write_tx
from ..core.refusal import N_, Refusal
from ..ordering.order import touch
from ..places.travel_time import keep_legs, streets_in_force
from ..promise.answer import Evidence
from ..promise.keeping import House, one_question_at_a_time, take_while_it_holds
from ..promise.tentative_plan import replace_plan
from ..rounds.round import Round, RoundStop
from ..shipments.news import queue_news
from ..shipments.partner import Partner
from ..shipments.shipment import (
    GIVEN_UP,
    TO_FETCH,
    Shipment,
    ShipmentDecided,
    ShipmentOver,
    ShipmentUnknown,
    Window,
    bring_to,
    code_of,
    shipment_by_code,
)
from .question import ShipmentQuestion
from .request import KeyReused

ASKS_PER_HOUR = 60


class ShipmentRefused(Refusal):
    """No plan was found; `possible` are the nearest windows that can be had."""

    message = N_(
        "Between %(start)s and %(end)s it cannot be promised beside what is promised already. "
        "Possible: %(possible)s."
    )

    def __init__(self, wanted: Window, windows: Sequence[Window]) -> None:
        self.windows = tuple(windows)
        times = [one.starts_at for one in windows]
        super().__init__(field="starts", start=wanted.starts_at, end=wanted.ends_at, possible=times)


class NoWindow(ShipmentRefused):
    message = N_(
        "Between %(start)s and %(end)s it cannot be promised beside what is promised already, and "
        "at no other time near. Call us."
    )


class Wanted(Protocol):
    """A shipment that is asked for, under a key of the partner's own."""

    @property
    def key(self) -> str: ...

    @property
    def content_hash(self) -> str: ...

    def shipment(self, session: Session, house: House, partner: Partner) -> Shipment:
        """The shipment, not written yet. Raises what is wrong with it."""


def promise_shipment(session: Session, house: House, partner: Partner, asked: Wanted) -> Shipment:
    """Promise a shipment, or offer it, if every promise of its day holds together with it; a
    request that comes twice gives the shipment that stands.

    Raises KeyReused, TooOften, ShipmentRefused, NoWindow, PlanMoved, and what `asked.shipment`
    raises.
    """
    standing = _standing(session, partner, asked)
    if standing is not None:
        return standing
    _count(session, house, partner)
    partner_id = partner.id

    def find() -> tuple[Shipment, Evidence] | Shipment:
        mine = session.get_one(Partner, partner_id)
        return _standing(session, mine, asked) or _answered(session, house, mine, asked)

    def take(writing: Session, found: tuple[Shipment, Evidence] | Shipment) -> Shipment:
        if isinstance(found, Shipment):
            return found
        return _take(writing, *found, now=house.clock.now())

    return take_while_it_holds(session, find, take)


def _standing(session: Session, partner: Partner, asked: Wanted) -> Shipment | None:
    found = shipment_by_code(session, partner, code_of(partner, asked.key))
    if found is not None and found.content_hash != asked.content_hash:
        raise KeyReused
    return found


def _count(session: Session, house: House, partner: Partner) -> None:
    """Count one question, in a transaction of its own: what is refused counts, too."""
    name, hour, now = f"shipments:{partner.id}", timedelta(hours=1), house.clock.now()
    check_tries(session, name, limit=ASKS_PER_HOUR, period=hour, now=now)
    with write_tx() as writing:
        count_try(writing, name, limit=ASKS_PER_HOUR, period=hour, now=now)


def _answered(
    session: Session, house: House, partner: Partner, asked: Wanted
) -> tuple[Shipment, Evidence]:
    """The shipment with the evidence that it can be promised. Raises ShipmentRefused, NoWindow."""
    wanted = asked.shipment(session, house, partner)
    window = Window(wanted.starts_at, wanted.ends_at, wanted.brings_at)
    with one_question_at_a_time[wanted.service_id]:
        question = ShipmentQuestion(
            session, wanted, depot=house.settings.depot, now=house.clock.now()
        )
        evidence = question.answer(window)
        # The time of a meal that another restaurant has promised is what it is.
        is_bound = evidence is not None or wanted.offer_ends_at is not None
        windows = [] if is_bound else question.nearest(window)
    if evidence is None:
        raise (ShipmentRefused if windows else NoWindow)(window, windows)
    wanted.margin_minutes, wanted.plan_version = evidence.margin_minutes, evidence.seen + 1
    return wanted, evidence


def _take(session: Session, wanted: Shipment, evidence: Evidence, *, now: datetime) -> Shipment:
    """Write the promise and put its plan in force, all or nothing. Raises PlanMoved, KeyReused."""
    columns = [column.name for column in Shipment.__table__.columns if column.name != "id"]
    row = {name: getattr(wanted, name) for name in columns}
    is_ours = insert_once(session, Shipment, row, unique=["code"])
    same = select(Shipment).where(Shipment.code == wanted.code)
    found = session.scalars(same).one()
    if not is_ours:
        if found.content_hash != wanted.content_hash:
            raise KeyReused
        return found
    queue_news(session, found.id, found.state, partner_id=found.partner_id, now=now)
    replace_plan(session, found.service_id, evidence.plan, seen=evidence.seen)
    for end in found.ends:
        keep_legs(session, end.point, evidence.others, streets_in_force(session))
    touch(session, found.service_id)
    return found


def cancel_shipment(
    session: Session, partner: Partner, code: str, *, now: datetime, by_us: bool = False
) -> Shipment:
    """Cancel a partner's shipment that is still to be fetched; once it is cancelled it stays so.

    Raises ShipmentUnknown, ShipmentOver, and ShipmentDecided when a rider has it on a sheet and it
    is not us who cancel.
    """
    shipment = shipment_by_code(session, partner, code)
    if shipment is None:
        raise ShipmentUnknown
    if shipment.state == GIVEN_UP:
        return shipment
    if not by_us and _is_decided(session, shipment):
        raise ShipmentDecided
    is_early = shipment.state in TO_FETCH
    if not is_early or not bring_to(session, shipment, GIVEN_UP, now=now):
        raise ShipmentOver
    touch(session, shipment.service_id)
    return shipment


def _is_decided(session: Session, shipment: Shipment) -> bool:
    """Whether a released round carries it."""
    released = select(RoundStop.id).join(Round).where(
        RoundStop.shipment_id == shipment.id, Round.released_at.is_not(None)
    )  # fmt: skip
    return session.scalar(released.limit(1)) is not None
