"""Whether all is well today: figures and concerns."""

from dataclasses import dataclass
from datetime import datetime

from flask import abort, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from ..batches.swap import untold
from ..buying.note import notes_to_receive
from ..buying.purchase import purchases_unsent
from ..core.clock import day_of, local
from ..core.status import LIVE, OPEN
from ..dispatch.planning import last_planning, unassigned_of
from ..menu.menu import Menu
from ..ordering.message import Message
from ..ordering.order import Order
from ..promise.standing import Promises
from ..rounds.round import Round
from ..service.service import Service, service_of, services_from
from ..service.slot import Slot


@dataclass(frozen=True)
class Concern:
    """Something that is not well: a sentence, and the page where it is mended."""

    sentence: str
    url: str
    link: str
    is_urgent: bool = True


@dataclass(frozen=True)
class Figures:
    """The counts of one service's day."""

    orders: int
    total_cents: int
    deliveries: int
    in_no_round: int
    unassigned: list[tuple[Order, str]]
    rounds: int
    released: int
    mails_stuck: int


def _service(session: Session, at: datetime) -> Service | None:
    """The service of `?day=`, else today's until its last slot ends, else the next one."""
    if "day" in request.args:
        day = day_of(request.args["day"]) or abort(404)
        return service_of(session, day) or abort(404)
    coming = services_from(session, local(at).date())
    if len(coming) > 1 and coming[0].date == local(at).date():
        ends = session.scalar(select(func.max(Slot.ends_at)).where(Slot.service_id == coming[0].id))
        return coming[1] if ends is not None and ends < at else coming[0]
    return coming[0] if coming else None


def figures_of(session: Session, service: Service) -> Figures:
    """Count the day in a handful of queries, however many orders there are."""
    is_live = and_(Order.service_id == service.id, Order.status.in_(LIVE))
    orders, cents = session.execute(
        select(func.count(), func.coalesce(func.sum(Order.total_cents), 0)).where(is_live)
    ).one()
    to_deliver = and_(is_live, Order.kind == "delivery")
    rounds, released = session.execute(
        select(func.count(), func.count(Round.released_at)).where(Round.service_id == service.id)
    ).one()
    planning = last_planning(session, service)
    return Figures(
        orders=orders,
        total_cents=int(cents),
        deliveries=_count(session, to_deliver),
        in_no_round=_count(
            session, and_(to_deliver, Order.status.in_(OPEN), Order.round_number.is_(None))
        ),
        unassigned=unassigned_of(session, planning) if planning else [],
        rounds=rounds,
        released=released,
        mails_stuck=session.scalar(select(func.count(Message.id)).where(_is_stuck())) or 0,
    )


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count(Order.id)).where(condition)) or 0


def _is_stuck() -> ColumnElement[bool]:
    """Mails that failed, or are not out after more than one try."""
    return or_(Message.state == "failed", and_(Message.state != "sent", Message.tries > 1))


def concerns(
    service: Service, menu: Menu | None, slots: list[Slot], figures: Figures, *, now: datetime
) -> list[Concern]:
    """What is not well, the most urgent first; empty when all is well."""
    return [
        *_selling_concerns(service, menu, slots, now=now),
        *_riding_concerns(service, figures, now=now),
        *_mail_concerns(figures),
    ]


def promise_concerns(service: Service, promises: Promises) -> list[Concern]:
    """The deliveries that no plan found can keep any more."""
    if not promises.at_risk:
        return []
    words = ngettext(
        "%(num)s promise cannot be kept as things stand: %(names)s.",
        "%(num)s promises cannot be kept as things stand: %(names)s.",
        len(promises.at_risk),
        names=", ".join(f"{o.first_name} ({o.number})" for o in promises.at_risk),
    )
    return [Concern(words, url_for("service_day.edit", day=service.date), _("Go to the service"))]


def farm_concerns(session: Session, service: Service) -> list[Concern]:
    """Swapped ingredients that nobody has told, orders whose mail is stuck, goods at the door."""
    found = []
    lines = untold(session, service.date)
    if lines:
        words = ngettext(
            "An ingredient was swapped: %(num)s order line is not told yet.",
            "An ingredient was swapped: %(num)s order lines are not told yet.",
            lines,
        )
        page = url_for("batches.batches", day=service.date)
        found.append(Concern(words, page, _("Go to the batches")))
    if purchases_unsent(session):
        words = _("The mail of an order to a supplier does not go: call the supplier.")
        found.append(Concern(words, url_for("buying.purchases_page"), _("Go to the purchases")))
    for note in notes_to_receive(session):
        words = _("%(supplier)s has announced a delivery.", supplier=note.supplier.name)
        page = url_for("notes.receive", note_id=note.id)
        found.append(Concern(words, page, _("Receive it"), is_urgent=False))
    return found


def _selling_concerns(
    service: Service, menu: Menu | None, slots: list[Slot], *, now: datetime
) -> list[Concern]:
    menu_page = url_for("menu.edit_menu", day=service.date)
    found = []
    if menu is None or menu.published_at is None:
        words = _("The menu is not published: nobody can order.")
        found.append(Concern(words, menu_page, _("Go to the menu")))
    elif now < service.last_cutoff() and not any(p.remaining for p in menu.portions):
        words = _("Everything is sold out.")
        found.append(Concern(words, menu_page, _("Go to the menu"), is_urgent=False))
    if now >= service.last_cutoff():
        return found
    service_page = url_for("service_day.edit", day=service.date)
    if not service.is_open:
        words = _("The lunch is closed: it takes no orders.")
        found.append(Concern(words, service_page, _("Go to the service")))
    elif not any(slot.free for slot in slots):
        words = _("Every slot is full.")
        found.append(Concern(words, service_page, _("Go to the service"), is_urgent=False))
    return found


def _riding_concerns(service: Service, figures: Figures, *, now: datetime) -> list[Concern]:
    page = url_for("dispatch.plan", day=service.date)
    is_late = now >= service.delivery_cutoff
    found = []
    if figures.unassigned:
        number = len(figures.unassigned)
        words = ngettext(
            "%(num)s delivery found no place in the rounds.",
            "%(num)s deliveries found no place in the rounds.",
            number,
        )
        found.append(Concern(words, page, _("Go to the rounds")))
    waiting = figures.in_no_round - len(figures.unassigned)
    if is_late and waiting > 0:
        words = ngettext(
            "%(num)s delivery is in no round yet.",
            "%(num)s deliveries are in no round yet.",
            waiting,
        )
        found.append(Concern(words, page, _("Go to the rounds")))
    held_back = figures.rounds - figures.released
    if is_late and held_back:
        words = ngettext(
            "%(num)s round is not released yet.",
            "%(num)s rounds are not released yet.",
            held_back,
        )
        found.append(Concern(words, page, _("Go to the rounds"), is_urgent=False))
    return found


def _mail_concerns(figures: Figures) -> list[Concern]:
    if not figures.mails_stuck:
        return []
    words = ngettext(
        "%(num)s mail is stuck: call the customer.",
        "%(num)s mails are stuck: call the customers.",
        figures.mails_stuck,
    )
    return [Concern(words, url_for("mails.mails"), _("Go to the mails"))]
