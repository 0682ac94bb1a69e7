"""History: everything that happened to one order, in the words of whoever reads it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..accounts.signin import SignIn
from ..accounts.visitor_page import ACTORS
from ..core.actor import Actor, Role
from ..core.refusal import N_
from ..core.status import Status
from ..farm.allergen import ALLERGENS
from ..ordering.content_change import CAUSES, ContentNotice
from ..ordering.message import STATE_WORDS, Message
from ..ordering.order import STATUS_WORDS, WEB, Order, OrderEvent, codes_of
from ..promise.change import OrderChange
from ..promise.proposal import Proposal
from ..service.slot import Slot
from ..web.language import clock_time

ACTOR_WORDS: dict[Actor, str] = {
    Actor.CUSTOMER: N_("customer"),
    Actor.KITCHEN: N_("kitchen"),
    Actor.OFFICE: N_("office"),
    Actor.RIDER: N_("rider"),
    Actor.WORKER: N_("the program"),
}
# Labels of what is no signed-in device.
LABELS: dict[str, Actor] = {
    WEB: Actor.CUSTOMER,
    "hold": Actor.WORKER,
    "practice": Actor.WORKER,
    "office": Actor.OFFICE,
    "phone": Actor.RIDER,
}
# What the house notes as a code; other reasons were typed.
REASON_WORDS: dict[str, str] = {
    "customer": N_("The customer asked"),
    "mistake": N_("A mistake"),
    "kitchen": N_("We cannot cook it"),
    "wish": N_("The manager decided about what it must not contain"),
    "proposal declined": N_("The other time did not suit"),
}
MAIL_WORDS: dict[str, str] = {
    Status.PLACED.value: N_("Mail: the order is noted"),
    "changed": N_("Mail: the order is changed"),
    "proposed": N_("Mail: another time is proposed"),
    Status.CANCELLED.value: N_("Mail: the order is cancelled"),
    "content": N_("Mail: a dish has changed"),
    "swap": N_("Mail: a dish has changed"),
    "recall": N_("Mail: a dish is recalled"),
    "message": N_("Mail from the office"),
}
ANSWER_WORDS: dict[str, str] = {
    "accepted": N_("The other time is accepted"),
    "other": N_("A third time is chosen"),
    "declined": N_("The other time is declined"),
    "replaced": N_("The proposal is replaced by another one"),
}


@dataclass(frozen=True)
class Happened:
    """One thing that happened: who did it, on which device, what was before and after."""

    at: datetime
    who: str
    device: str
    what: str
    before: str = ""
    after: str = ""
    note: str = ""


def status_words(order: Order, status: Status | None = None) -> str:
    """An order's status, or another one that it had, in words."""
    status = status or order.status
    if order.reserved is None:
        return str(_(STATUS_WORDS[status]))
    if status is Status.HELD:
        return str(ngettext("%(num)s meal reserved", "%(num)s meals reserved", order.reserved))
    return str(_("given back: meals that nobody took"))


def history_of(session: Session, order: Order) -> list[Happened]:
    """All that happened to an order, the first thing first."""
    found = [
        *_steps(session, order),
        *_changes(session, order),
        *_proposals(session, order),
        *_contents(session, order),
        *_mails(session, order),
    ]
    return sorted(found, key=lambda one: one.at)


def _steps(session: Session, order: Order) -> Iterator[Happened]:
    before = None
    for event in order.events:
        who, device = _actor(session, event.device)
        yield Happened(
            event.at,
            who,
            device,
            _what(event, before),
            before=status_words(order, before.status) if before else "",
            after=status_words(order, event.status),
            note=_(REASON_WORDS[event.reason]) if event.reason in REASON_WORDS else event.reason,
        )
        before = event


def _what(event: OrderEvent, before: OrderEvent | None) -> str:
    if before is None:
        return str(_("Order"))
    return str(_("Decision") if before.status == event.status else _("Step"))


def _changes(session: Session, order: Order) -> Iterator[Happened]:
    rows = select(OrderChange).where(OrderChange.order_id == order.id)
    for row in session.scalars(rows.order_by(OrderChange.id)):
        who, device = _actor(session, row.device)
        slots = [session.get_one(Slot, id_) for id_ in (row.slot_before_id, row.slot_after_id)]
        times = [_time(slot) for slot in slots] if slots[0] is not slots[1] else ["", ""]
        numbers = row.difference()
        old = [*(f"{n} × {dish}" for dish, n, _new in numbers), times[0]]
        new = [*(f"{n} × {dish}" for dish, _old, n in numbers), times[1]]
        yield Happened(row.at, who, device, _("Change"), _joined(old), _joined(new))


def _proposals(session: Session, order: Order) -> Iterator[Happened]:
    rows = select(Proposal).where(Proposal.order_id == order.id)
    for row in session.scalars(rows.order_by(Proposal.id)):
        new = _time(row.new_slot) if row.new_slot else ""
        office, customer = _(ACTOR_WORDS[Actor.OFFICE]), _(ACTOR_WORDS[Actor.CUSTOMER])
        yield Happened(
            row.made_at,
            office,
            "",
            _("Another time is proposed"),
            _time(row.old_slot),
            new,
            row.reason,
        )
        if row.answered_at and row.answer in ANSWER_WORDS:
            who = office if row.answer == "replaced" else customer
            yield Happened(row.answered_at, who, "", _(ANSWER_WORDS[row.answer]))


def _contents(session: Session, order: Order) -> Iterator[Happened]:
    lines = {line.id: line.name for line in order.lines}
    rows = select(ContentNotice).where(ContentNotice.order_line_id.in_(lines))
    for row in session.scalars(rows):
        cause = _(CAUSES[row.change.cause], what=row.change.what)
        yield Happened(
            row.change.at,
            _(ACTOR_WORDS[Actor.OFFICE]),
            "",
            _("What is in it: %(dish)s", dish=lines[row.order_line_id]),
            _codes(row.gone_allergens),
            _codes(row.new_allergens),
            cause,
        )


def _mails(session: Session, order: Order) -> Iterator[Happened]:
    rows = select(Message).where(Message.order_id == order.id).order_by(Message.id)
    for row in session.scalars(rows):
        kind = row.kind.split("-")[0]
        yield Happened(
            row.sent_at or row.made_at,
            _(ACTOR_WORDS[Actor.WORKER]),
            "",
            _(MAIL_WORDS.get(kind, N_("Mail"))),
            after=_(STATE_WORDS[row.state]),
            note=row.text or row.error,
        )


def _actor(session: Session, device: str) -> tuple[str, str]:
    """Who acts with a device's label, and the label where it says more than that."""
    if device in LABELS:
        return _(ACTOR_WORDS[LABELS[device]]), ""
    named = select(SignIn.role).where(SignIn.label == device).order_by(SignIn.id.desc())
    role = session.scalar(named.limit(1))
    return _(ACTOR_WORDS[ACTORS[Role(role)]]) if role else "", device


def _time(slot: Slot) -> str:
    way = _("Take-away") if slot.kind == "take-away" else _("Delivery")
    return f"{way} {clock_time(slot.starts_at)}"


def _codes(text: str) -> str:
    return ", ".join(_(ALLERGENS[code]) for code in codes_of(text))


def _joined(parts: list[str]) -> str:
    return ", ".join(part for part in parts if part)
