"""Asking for slots from a request."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from threading import Lock
from typing import TypeVar

from flask import request
from sqlalchemy.orm import Session

from routing import load_in_background

from ..accounts.rate import count_try
from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import Invalid
from ..ordering.destination import address_of
from ..places.address import Address
from ..places.zone import OutsideZone
from ..promise.answer import Evidence, NoRoom, SlotAnswer, Wish, refusal_of
from ..promise.promise import note_refused
from ..promise.question import ALL_SLOTS, ONE_SLOT, ask_slots
from ..promise.tentative_plan import PlanMoved
from ..service.service import Service
from ..service.slot import Slot, slots_of
from ..web.fields import show_refusal
from ..web.view import settings
from .forms import HandoverForm

T = TypeVar("T")
PROMISE_TRIES = 3
# Questions in Python gain nothing side by side; one after the other, fewer answers are outdated.
one_question_at_a_time = Lock()


def found_address(form: HandoverForm) -> Address | None:
    """The address that the form names; what is wrong with it stands at its field."""
    house = settings()
    try:
        return address_of(
            db.session(), form.destination(), depot=house.depot, zone_km=house.zone_km
        )
    except Invalid as refusal:
        show_refusal(form, refusal)
        form.is_outside = isinstance(refusal, OutsideZone)
        form.suggest(refusal.values.get("suggestions", []))
    return None


def kept_promise(act: Callable[[], T]) -> T:
    """Do what needs a promise; do it again when another promise was given in between."""
    for _ in range(PROMISE_TRIES - 1):
        try:
            return act()
        except PlanMoved:
            db.session.rollback()
    return act()


def ask(
    service: Service,
    slots: Sequence[Slot],
    wish: Wish,
    *,
    seconds: float = ALL_SLOTS,
    is_late_call: bool = False,
) -> list[SlotAnswer]:
    """Ask for the slots one question at a time; see `ask_slots`."""
    if settings().compiled_answers:
        load_in_background()
    with one_question_at_a_time:
        return ask_slots(
            db.session(),
            service,
            slots,
            wish,
            depot=settings().depot,
            now=clock.now(),
            seconds=seconds,
            is_late_call=is_late_call,
        )


def count_once(session: Session, what: str) -> None:
    """Count one order or one look of this network address. Raises TooOften."""
    count_try(
        session,
        f"{what}:{request.remote_addr}",
        limit=settings().orders_per_hour,
        period=timedelta(hours=1),
        now=clock.now(),
    )


def evidence_for(
    service: Service, slot_id: int, wish: Wish, key: str, is_late_call: bool = False
) -> Evidence | None:
    """The evidence that a delivery can be promised; take-away needs none.

    Raises SlotRefused or NothingPossible, with the nearest possible slots. What else is wrong is
    said when the order is placed.
    """
    if wish.kind != "delivery" or wish.address is None:
        return None
    slots = slots_of(db.session(), service, wish.kind)
    slot = next((s for s in slots if s.id == slot_id), None)
    if slot is None:
        return None

    answer = ask(service, [slot], wish, seconds=ONE_SLOT, is_late_call=is_late_call)[0]
    if isinstance(answer.reason, NoRoom):
        others = [s for s in slots if s is not slot]
        refusal = refusal_of([answer, *ask(service, others, wish)], slot)
        with write_tx() as session:
            note_refused(session, key, [answer], now=clock.now())
        raise refusal
    return answer.evidence
