"""Promising: how a shipment comes to be promised, and how its partner cancels it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..accounts.rate import check_tries, count_try
from ..core.base import insert_once
from ..core.db import write_tx
from ..core.refusal import N_, Refusal
from ..ordering.order import touch
from ..places.travel_time import keep_legs, streets_in_force
from ..places.zone import zone_of
from ..promise.answer import Evidence
from ..promise.keeping import House, one_question_at_a_time, take_while_it_holds
from ..promise.tentative_plan import replace_plan
from ..rounds.round import Round, RoundStop
from ..shipments.partner import Partner
from ..shipments.shipment import (
    Shipment,
    ShipmentDecided,
    ShipmentOver,
    ShipmentUnknown,
    bring_to,
    code_of,
    shipment_by_code,
)
from .question import ShipmentQuestion, Window
from .request import Asked, KeyReused, Located, locate

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


def promise_shipment(session: Session, house: House, partner: Partner, asked: Asked) -> Shipment:
    """Promise a shipment, if every promise of its day holds together with it; a request that comes
    twice gives the shipment that stands.

    Raises KeyReused, TooOften, ShipmentRefused, NoWindow, PlanMoved, and what `locate` raises.
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


def _standing(session: Session, partner: Partner, asked: Asked) -> Shipment | None:
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
    session: Session, house: House, partner: Partner, asked: Asked
) -> tuple[Shipment, Evidence]:
    """The shipment with the evidence that it can be promised. Raises ShipmentRefused, NoWindow."""
    depot, now = house.settings.depot, house.clock.now()
    zone = zone_of(session, depot=depot, zone_km=house.settings.zone_km)
    located = locate(session, asked, zone=zone, now=now)
    window = Window(*asked.window)
    wanted = _shipment(partner, located, now)
    with one_question_at_a_time[located.service.id]:
        question = ShipmentQuestion(session, wanted, depot=depot, now=now)
        evidence = question.answer(window)
        windows = [] if evidence else question.nearest(window)
    if evidence is None:
        raise (ShipmentRefused if windows else NoWindow)(window, windows)
    wanted.margin_minutes, wanted.plan_version = evidence.margin_minutes, evidence.seen + 1
    return wanted, evidence


def _shipment(partner: Partner, located: Located, now: datetime) -> Shipment:
    asked, start, end = located.asked, located.start, located.end
    starts_at, ends_at = asked.window
    return Shipment(
        code=code_of(partner, asked.key),
        partner_id=partner.id,
        service_id=located.service.id,
        service=located.service,
        content_hash=asked.content_hash,
        goods=asked.goods,
        crates=asked.crates,
        kilos=asked.kilos,
        starts_at=starts_at,
        ends_at=ends_at,
        from_name=start.name or start.street,
        from_street=start.street,
        from_town=start.town,
        from_latitude=start.latitude,
        from_longitude=start.longitude,
        from_note=start.access_note,
        to_name=end.name or end.street,
        to_street=end.street,
        to_town=end.town,
        to_latitude=end.latitude,
        to_longitude=end.longitude,
        to_note=end.access_note,
        stop_cents=partner.stop_cents,
        kilo_cents=partner.kilo_cents,
        state="promised",
        promised_at=now,
        reason="",
        left_out="",
    )


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
    replace_plan(session, found.service_id, evidence.plan, seen=evidence.seen)
    for end in found.ends:
        keep_legs(session, end.point, evidence.others, streets_in_force(session))
    touch(session, found.service_id)
    return found


def cancel_shipment(
    session: Session, partner: Partner, code: str, *, now: datetime, by_us: bool = False
) -> Shipment:
    """Cancel a partner's shipment that is still promised; once it is cancelled it stays so.

    Raises ShipmentUnknown, ShipmentOver, and ShipmentDecided when a rider has it on a sheet and it
    is not us who cancel.
    """
    shipment = shipment_by_code(session, partner, code)
    if shipment is None:
        raise ShipmentUnknown
    if shipment.state == "cancelled":
        return shipment
    if not by_us and _is_decided(session, shipment):
        raise ShipmentDecided
    if shipment.state != "promised" or not bring_to(session, shipment, "cancelled", now=now):
        raise ShipmentOver
    touch(session, shipment.service_id)
    return shipment


def _is_decided(session: Session, shipment: Shipment) -> bool:
    """Whether a released round carries it."""
    released = select(RoundStop.id).join(Round).where(
        RoundStop.shipment_id == shipment.id, Round.released_at.is_not(None)
    )  # fmt: skip
    return session.scalar(released.limit(1)) is not None
