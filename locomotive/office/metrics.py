"""Metrics: how the next lunch and its machine stand, in Prometheus' text format.

Counted from the database at each scrape, so that several web programs tell the same.
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..accounts.device import alive, devices
from ..core.status import Status
from ..dispatch.planning import Planning, last_planning
from ..ordering.message import STATE_WORDS, Message
from ..ordering.order import Order
from ..places.travel_time import Point
from ..promise.promise import RefusedSlot
from ..promise.risk import promises_of
from ..service.service import Service
from ..service.slot import Slot
from ..version import VERSION
from .home import service_at


class Scrape:
    """One answer to Prometheus."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()

    def gauge(self, name: str, meaning: str, value: float) -> None:
        """One number."""
        Gauge(f"locomotive_{name}", meaning, registry=self._registry).set(value)

    def gauges(
        self, name: str, meaning: str, label: str, values: Iterable[tuple[str, float]]
    ) -> None:
        """One number for each value of a label."""
        gauge = Gauge(f"locomotive_{name}", meaning, [label], registry=self._registry)
        for of_what, value in values:
            gauge.labels(of_what).set(value)

    def text(self) -> bytes:
        """The answer's body."""
        return generate_latest(self._registry)


def scraped(session: Session, *, depot: Point, screens: Path, now: datetime) -> bytes:
    """Everything that is told of the lunch that the office looks at, of mails and of screens."""
    scrape = Scrape()
    scrape.gauges("version", "The version that runs", "version", [(VERSION, 1)])
    service = service_at(session, now)
    if service is not None:
        _tell_orders(scrape, session, service)
        _tell_promises(scrape, session, service, depot=depot, now=now)
    _tell_mails(scrape, session, now=now)
    _tell_screens(scrape, session, screens, now=now)
    return scrape.text()


def _tell_orders(scrape: Scrape, session: Session, service: Service) -> None:
    rows = session.execute(
        select(Order.status, func.count())
        .where(Order.service_id == service.id)
        .group_by(Order.status)
    )
    counts = dict.fromkeys(Status, 0) | {Status(status): n for status, n in rows}
    orders = [(status.value, count) for status, count in counts.items()]
    scrape.gauges("orders", "Orders of the next lunch", "status", orders)


def _tell_promises(
    scrape: Scrape, session: Session, service: Service, *, depot: Point, now: datetime
) -> None:
    refused = session.execute(
        select(RefusedSlot.reason, func.count())
        .join(Slot, Slot.id == RefusedSlot.slot_id)
        .where(Slot.service_id == service.id)
        .group_by(RefusedSlot.reason)
    )
    scrape.gauges(
        "refused_slots",
        "Slots of the next lunch asked for in vain",
        "reason",
        [(reason, count) for reason, count in refused],
    )
    promises = promises_of(session, service, depot=depot, now=now)
    scrape.gauge("promises", "Promises given for the next lunch", promises.given)
    scrape.gauge("promises_at_risk", "Promises for which no plan was found", len(promises.at_risk))
    planning = last_planning(session, service)
    if planning is not None:
        _tell_planning(scrape, planning, now=now)


def _tell_planning(scrape: Scrape, planning: Planning, *, now: datetime) -> None:
    scrape.gauge("planning_seconds", "What the last plan of the rounds took", planning.elapsed)
    has_failed = planning.has_failed(now)
    scrape.gauge("planning_failed", "1 when the last plan of the rounds failed", has_failed)


def _tell_mails(scrape: Scrape, session: Session, *, now: datetime) -> None:
    unsent = select(Message.state, func.count()).where(Message.state != "sent")
    counts = dict.fromkeys((state for state in STATE_WORDS if state != "sent"), 0)
    for state, count in session.execute(unsent.group_by(Message.state)):
        counts[state] = count
    scrape.gauges("mails", "Mails that did not go", "state", counts.items())
    due = session.scalar(select(func.min(Message.due_at)).where(Message.state == "queued"))
    overdue = max(0.0, (now - due).total_seconds()) if due else 0.0
    scrape.gauge("mails_overdue_seconds", "For how long a mail has waited past its time", overdue)


def _tell_screens(scrape: Scrape, session: Session, screens: Path, *, now: datetime) -> None:
    seen = alive(screens, session)
    silent = [
        (device.name, (now - seen[device.id][0]).total_seconds())
        for device in devices(session)
        if device.id in seen and device.revoked_at is None
    ]
    scrape.gauges("screen_silent_seconds", "Since when a screen was silent", "screen", silent)
