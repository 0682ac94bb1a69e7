"""Keeping: how a slot comes to be promised, for an order that is placed and for one that changes.

Ask whether it can be kept, take what it needs, and ask again when another promise came first.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Lock
from typing import TypeVar

from sqlalchemy.orm import Session

from routing import load_in_background

from ..accounts.rate import check_tries, count_try
from ..core.actor import STAFF, Actor
from ..core.clock import Clock
from ..core.db import write_tx
from ..core.refusal import Refusal
from ..core.settings import Settings
from ..core.tasks import ANSWER_INQUIRIES, ask_worker
from ..ordering.cart import Basket
from ..ordering.order import Order, order_of_token
from ..ordering.request import Request, order_of_key
from ..ordering.shown import Facts
from ..service.service import KINDS, service_of
from ..service.slot import Slot, SlotUnknown, slots_of
from .answer import Evidence, NoRoom, NotSureYet, SlotAnswer, Wish, refusal_of
from .change import Change, basket_of_order, change_order, is_as_asked
from .inquiry import inquire
from .promise import note_refused, promise_order
from .proposal import check_proposal, cost_of, open_proposal, take_other
from .question import FULL, QUICK, ask_slots, subject_of
from .tentative_plan import PlanMoved, is_decided

T = TypeVar("T")
F = TypeVar("F")
PROMISE_TRIES = 3
# Questions of one service gain nothing side by side: one after the other, fewer answers are
# outdated. Those of different services, and whoever reads, do not wait for each other.
one_question_at_a_time: defaultdict[int, Lock] = defaultdict(Lock)


@dataclass(frozen=True)
class House:
    """What every answer depends on: the house's settings and its clock."""

    settings: Settings
    clock: Clock


@dataclass(frozen=True)
class Asked:
    """What a page asks for: a basket in a slot; `key` is the page's. Without a wish no evidence
    is needed."""

    basket: Basket
    slot_id: int
    key: str
    wish: Wish | None = None


def keep_promise(
    session: Session,
    house: House,
    ask: Callable[[], Asked],
    take: Callable[[Session, Basket, Evidence | None], T],
) -> T:
    """Promise a slot: ask whether it can be kept, then take it while the answer still holds.

    `ask` reads what is wanted as it stands now. The question is answered outside any transaction
    by a plan in which every promise holds, the evidence. `take` writes everything in one
    transaction, and nothing when another promise came first (PlanMoved): then all of it is done
    again, PROMISE_TRIES times at most. Raises SlotRefused, NothingPossible, PlanMoved, and what
    `take` raises.
    """

    def find() -> tuple[Basket, Evidence | None]:
        asked = ask()
        return asked.basket, find_evidence(session, house, asked)

    return take_while_it_holds(session, find, lambda writing, found: take(writing, *found))


def take_while_it_holds(
    session: Session, find: Callable[[], F], take: Callable[[Session, F], T]
) -> T:
    """Find an answer outside any transaction, and write what follows from it in one; when another
    promise came first (PlanMoved), all of it is done again, PROMISE_TRIES times at most."""
    tries = 0
    while True:
        found = find()
        # What was read is set apart, so that the writer's turn is short.
        session.expunge_all()
        tries += 1
        try:
            with write_tx() as writing:
                return take(writing, found)
        except PlanMoved:
            if tries == PROMISE_TRIES:
                raise


def place_with_promise(
    session: Session,
    house: House,
    request: Request,
    basket_now: Callable[[], Basket],
    *,
    sender: str,
) -> Order:
    """Place an order in the slot that it asks for; a repeated send gives the order that stands.

    `sender` is a network address, which may order so often. Raises TooOften, what `keep_promise`
    and what `promise_order` raise.
    """

    def ask() -> Asked:
        basket, wish = basket_now(), None
        # Only a delivery needs evidence, and a send that is repeated none: its order stands.
        day = basket.day if request.kind == "delivery" else None
        service = service_of(session, day) if day else None
        if service and not order_of_key(session, request.key):
            late = request.is_late_call
            wish = Wish(service, request.kind, basket, request.address, is_late_call=late)
        return Asked(basket, request.slot_id, request.key, wish)

    def take(writing: Session, basket: Basket, evidence: Evidence | None) -> Order:
        count_sender(writing, house, "order", sender)
        secret, now = house.settings.secret_key, house.clock.now()
        return promise_order(writing, request, basket, evidence, secret=secret, now=now)

    try:
        return keep_promise(session, house, ask, take)
    except Refusal:
        # What was counted was rolled back with the refused order: a refused try counts, too.
        with write_tx() as writing:
            count_sender(writing, house, "order", sender)
        raise


def change_with_promise(
    session: Session,
    house: House,
    token: str,
    change: Change,
    *,
    actor: Actor = Actor.CUSTOMER,
) -> None:
    """Change the order of a customer's link, through the same promise as a new one; one that is
    so already stays. Staff may do so for a caller after the cut-off too.

    Raises OrderUnknown, what `keep_promise` and what `change_order` raise.
    """

    def ask() -> Asked:
        order = order_of_token(session, token)
        basket, wish = change.basket, None
        if basket.lines:
            address = change.address
            wish = Wish(
                order.service,
                change.kind,
                basket,
                address,
                instead_of=order,
                is_late_call=actor in STAFF,
            )
        return Asked(basket, change.slot_id, order.idempotency_key, wish)

    def take(writing: Session, _basket: Basket, evidence: Evidence | None) -> None:
        order, now = order_of_token(writing, token), house.clock.now()
        if is_as_asked(order, change):
            return
        change_order(writing, order, change, evidence, actor=actor, now=now)

    keep_promise(session, house, ask, take)


def other_times(session: Session, house: House, order: Order) -> list[Slot]:
    """The times that a customer may take instead of the one proposed, the kindest first: one to be
    delivered in and one to come in, if they are possible; each was asked for just now."""
    proposal = open_proposal(session, order)
    if proposal is None or is_decided(session, order):
        return []
    promised, wish = proposal.old_slot, _wish_again(session, order)
    answers = all_answers(session, house, wish.by(promised.kind))
    ready = order.ready_at
    free = [
        a.slot
        for a in answers
        if a.is_possible and a.slot.id != proposal.new_slot_id
        # What is late is no sooner there to be fetched; for a ride, the question sees to it.
        if a.slot.kind == "delivery" or ready is None or ready <= a.slot.starts_at
    ]
    free.sort(key=lambda slot: (cost_of(order, promised, slot), slot.starts_at))
    kinds = dict.fromkeys(slot.kind for slot in free)
    return [next(slot for slot in free if slot.kind == kind) for kind in kinds]


def choose_other(
    session: Session, house: House, token: str, slot_id: int, *, shown: Facts | None = None
) -> None:
    """Promise a customer another time than the proposed one, through the same question as any.

    `shown` is what the page showed of the proposal; None when it comes from no page.
    Raises OrderUnknown, SlotUnknown, ProposalAnswered, StepImpossible, RoundDecided, SlotFull,
    ShownChanged, and what `keep_promise` raises.
    """

    def ask() -> Asked:
        order = order_of_token(session, token)
        slot = session.get(Slot, slot_id)
        if slot is None or slot.service_id != order.service_id:
            raise SlotUnknown(field="slot")
        wish = replace(_wish_again(session, order), kind=slot.kind)
        return Asked(wish.basket, slot_id, order.idempotency_key, wish)

    def take(writing: Session, _basket: Basket, evidence: Evidence | None) -> None:
        order, slot = order_of_token(writing, token), writing.get_one(Slot, slot_id)
        check_proposal(writing, order, shown)
        take_other(writing, order, slot, evidence, now=house.clock.now())

    keep_promise(session, house, ask, take)


def _wish_again(session: Session, order: Order) -> Wish:
    """What the order asks for; no cut-off binds it, for it was we who took a promise back."""
    basket = basket_of_order(session, order, order.numbers)
    return Wish(
        order.service,
        order.kind,
        basket,
        order.known_address,
        instead_of=order,
        is_late_call=True,
    )


def find_evidence(session: Session, house: House, asked: Asked) -> Evidence | None:
    """The evidence that a delivery can be promised; take-away needs none.

    Raises SlotRefused or NothingPossible, with the nearest possible slots. What else is wrong is
    said when the order is placed.
    """
    wish = asked.wish
    if wish is None or wish.kind != "delivery" or wish.address is None:
        return None
    slots = slots_of(session, wish.service, wish.kind)
    slot = next((s for s in slots if s.id == asked.slot_id), None)
    if slot is None:
        return None
    answer = answers_for(session, house, wish, [slot], iterations=FULL)[0]
    if isinstance(answer.reason, NoRoom):
        others = answers_for(session, house, wish, [s for s in slots if s is not slot])
        refusal = refusal_of([answer, *others], slot)
        with write_tx() as writing:
            note_refused(writing, asked.key, [answer], now=house.clock.now())
        look_further(session, house, wish, [answer])
        raise refusal
    return answer.evidence


def answers_for(
    session: Session,
    house: House,
    wish: Wish,
    slots: Sequence[Slot],
    *,
    iterations: int = QUICK,
) -> list[SlotAnswer]:
    """Answer for each slot, of one service one question at a time; see `ask_slots`."""
    if house.settings.compiled_answers:
        load_in_background()
    depot, now = house.settings.depot, house.clock.now()
    with one_question_at_a_time[wish.service.id]:
        return ask_slots(session, slots, wish, depot=depot, now=now, iterations=iterations)


def look_further(
    session: Session, house: House, wish: Wish, answers: Sequence[SlotAnswer]
) -> tuple[int, ...]:
    """Let the worker look for the slots that are not sure yet; return the inquiries' ids."""
    unsure = [answer.slot.id for answer in answers if isinstance(answer.reason, NotSureYet)]
    if not unsure:
        return ()
    subject = subject_of(session, wish)
    with write_tx() as writing:
        asked = inquire(writing, subject, unsure, now=house.clock.now())
    ask_worker(ANSWER_INQUIRIES)
    return asked


def all_answers(session: Session, house: House, wish: Wish) -> list[SlotAnswer]:
    """Answer for each slot of the wish's service, of both kinds; without an address, as far as is
    known."""
    slots, answers = slots_of(session, wish.service), []
    for kind in KINDS:
        of_kind = [slot for slot in slots if slot.kind == kind]
        answers += answers_for(session, house, wish.by(kind), of_kind)
    return answers


def check_sender(session: Session, house: House, what: str, sender: str) -> None:
    """Raises TooOften when a network address has ordered, or looked, too often already."""
    most, hour = house.settings.orders_per_hour, timedelta(hours=1)
    check_tries(session, f"{what}:{sender}", limit=most, period=hour, now=house.clock.now())


def count_sender(session: Session, house: House, what: str, sender: str) -> None:
    """Count one order or one look of a network address. Raises TooOften."""
    most, hour = house.settings.orders_per_hour, timedelta(hours=1)
    count_try(session, f"{what}:{sender}", limit=most, period=hour, now=house.clock.now())
