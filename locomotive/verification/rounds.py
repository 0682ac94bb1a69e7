"""Rounds: their stops in order and in time, every order aboard where it says and where it lives."""

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from ..ordering.order import Order
from ..rounds.round import Carried, Round, RoundStop
from ..service.service import Service

SAME_PLACE = 0.0001  # degrees: ten metres


def wrong_rounds(session: Session) -> list[str]:
    """What rounds say that does not agree with itself or with their orders."""
    return [
        *_positions(session),
        *_times(session),
        *_aboard_elsewhere(session),
        *_numbers(session),
        *_places(session),
    ]


def _positions(session: Session) -> list[str]:
    count, last = func.count(RoundStop.id), func.max(RoundStop.position)
    rows = session.execute(
        select(Round.number, Service.date, count)
        .join(Service, Service.id == Round.service_id)
        .join(RoundStop, RoundStop.round_id == Round.id)
        .group_by(Round.id, Round.number, Service.date)
        .having(
            or_(
                func.min(RoundStop.position) != 1,
                last != count,
                func.count(RoundStop.position.distinct()) != count,
            )
        )
    )
    return [
        f"round {number} of {day}: its {stops} stops are not numbered 1 to {stops}"
        for number, day, stops in rows
    ]


def _times(session: Session) -> list[str]:
    before = func.lag(RoundStop.leaves_at).over(
        partition_by=RoundStop.round_id, order_by=RoundStop.position
    )
    stops = select(
        RoundStop.round_id,
        RoundStop.position,
        RoundStop.arrives_at,
        RoundStop.serves_at,
        RoundStop.leaves_at,
        before.label("before"),
    ).subquery()
    came_from = func.coalesce(stops.c.before, Round.departs_at)
    rows = session.execute(
        select(Round.number, Service.date, stops.c.position)
        .join(Service, Service.id == Round.service_id)
        .join(stops, stops.c.round_id == Round.id)
        .where(
            or_(
                stops.c.arrives_at < came_from,
                stops.c.serves_at < stops.c.arrives_at,
                stops.c.leaves_at < stops.c.serves_at,
                stops.c.leaves_at > Round.returns_at,
            )
        )
    )
    return [
        f"round {number} of {day}: stop {position} is not between the one before it and the return"
        for number, day, position in rows
    ]


def _aboard_elsewhere(session: Session) -> list[str]:
    rows = session.execute(
        select(Order.number, Service.date)
        .join(Service, Service.id == Order.service_id)
        .join(Carried, Carried.order_id == Order.id)
        .join(RoundStop, RoundStop.id == Carried.stop_id)
        .join(Round, and_(Round.id == RoundStop.round_id, Round.service_id != Order.service_id))
    )
    return [f"order {number} of {day}: it is aboard on another day" for number, day in rows]


def _numbers(session: Session) -> list[str]:
    aboard = (
        select(Carried.order_id, Round.number)
        .join(RoundStop, RoundStop.id == Carried.stop_id)
        .join(Round, Round.id == RoundStop.round_id)
        .subquery()
    )
    rows = session.execute(
        select(Order.number, Service.date, Order.round_number)
        .join(Service, Service.id == Order.service_id)
        .outerjoin(
            aboard,
            and_(aboard.c.order_id == Order.id, aboard.c.number == Order.round_number),
        )
        .where(Order.round_number.is_not(None), aboard.c.order_id.is_(None))
    )
    return [
        f"order {number} of {day}: it says round {told}, which does not carry it"
        for number, day, told in rows
    ]


def _places(session: Session) -> list[str]:
    is_away = or_(
        func.abs(RoundStop.latitude - Order.latitude) > SAME_PLACE,
        func.abs(RoundStop.longitude - Order.longitude) > SAME_PLACE,
    )
    rows = session.execute(
        select(Order.number, Service.date, Round.number, RoundStop.position)
        .join(Service, Service.id == Order.service_id)
        .join(Carried, Carried.order_id == Order.id)
        .join(RoundStop, RoundStop.id == Carried.stop_id)
        .join(Round, Round.id == RoundStop.round_id)
        .where(Order.latitude.is_not(None), is_away)
    )
    return [
        f"order {number} of {day}: stop {position} of round {round_} is not where it lives"
        for number, day, round_, position in rows
    ]
