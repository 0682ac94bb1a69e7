"""Turn: what is said to the other restaurant next, and what follows from its answer.

Each turn is said outside of transactions, may be lost before or after the other has heard it, and
is then said again: the other answers the same.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ..core.clock import moment_of
from ..core.settings import Settings
from ..core.status import Status
from ..ordering.order import Order
from ..ordering.step import StepImpossible
from ..promise.problem import READY_BEFORE
from ..rounds.act import bring
from ..shipments.signature import Signed
from .relay import LOOK, Relay, give_back, go, hand_over
from .speech import Answer

# What their state of it makes of our order.
FOLLOWS = {
    "loaded": Status.LEFT,
    "delivered": Status.HANDED_OVER,
    "missed": Status.NOT_DELIVERED,
}
KEPT = ("promised", *FOLLOWS)
SAID_FOR = timedelta(hours=6)  # after the meal's time, to whoever does not answer


def next_request(relay: Relay, house: Settings, *, goods: str) -> Signed:
    """What is said next; `goods` are the words for what is carried."""
    path = f"/api/rides/{relay.code}"
    if relay.step == "asked":
        body = json.dumps(wanted(relay, house, goods=goods), ensure_ascii=False).encode()
        return Signed("POST", "/api/rides", body)
    if relay.step == "accepted":
        return Signed("POST", f"{path}/confirm", b"")
    if relay.step == "ending":
        return Signed("POST", f"{path}/cancel", b"")
    return Signed("GET", path, b"")


def wanted(relay: Relay, house: Settings, *, goods: str) -> dict[str, object]:
    """The order as the other has to know it: where from, where to, when, for whom at the door."""
    order = relay.order
    return {
        "key": relay.key,
        "goods": goods,
        "boxes": order.boxes,
        "starts_at": (order.slot.starts_at - READY_BEFORE).isoformat(),
        "brings_at": order.slot.starts_at.isoformat(),
        "ends_at": order.slot.ends_at.isoformat(),
        "from": {
            "name": house.restaurant_name,
            "street": house.restaurant_address,
            "latitude": house.latitude,
            "longitude": house.longitude,
            "note": house.restaurant_phone,
        },
        "to": _door(order),
    }


def _door(order: Order) -> dict[str, object]:
    whom = " ".join(one for one in (order.first_name, order.phone) if one)
    return {
        "name": order.place_name,
        "street": order.street,
        "town": order.town,
        "latitude": order.latitude,
        "longitude": order.longitude,
        "note": " · ".join(one for one in (whom, order.access_note) if one)[:280],
    }


def is_due_to_end(relay: Relay, *, now: datetime) -> bool:
    """Whether there is nothing more to ask: its order is another by now, or its time is over."""
    ends_at = relay.order.slot.ends_at
    if relay.step == "carried":
        return relay.order.is_cancelled
    if relay.step == "ending":
        return ends_at + SAID_FOR <= now
    return ends_at <= now or not relay.is_asked_about


def heard(session: Session, relay: Relay, answer: Answer, *, now: datetime) -> None:
    """Write what follows from an answer, all of it or nothing."""
    relay.heard_at = now
    session.flush()
    {"asked": _offered, "accepted": _confirmed, "carried": _followed, "ending": _ended}[relay.step](
        session, relay, answer, now
    )


Heard = Callable[[Session, Relay, Answer, datetime], None]


def _offered(session: Session, relay: Relay, answer: Answer, now: datetime) -> None:
    state, code = answer.facts.get("state"), str(answer.facts.get("code", ""))
    if not answer.is_yes or state not in ("offered", *KEPT) or not 0 < len(code) <= 40:
        go(session, relay, "refused", now=now, why=answer.words)
        return
    price = answer.facts.get("price_cents")
    relay.code, relay.price_cents = code, price if type(price) is int else None
    relay.offer_ends_at = moment_of(answer.facts.get("offer_ends_at")) or now
    session.flush()
    go(session, relay, "offered", now=now)


def _confirmed(session: Session, relay: Relay, answer: Answer, now: datetime) -> None:
    if not answer.is_yes or answer.facts.get("state") not in KEPT:
        go(session, relay, "refused", now=now, why=answer.words)
    elif hand_over(session, relay):
        go(session, relay, "carried", now=now, wait=LOOK)
    else:
        go(session, relay, "ending", now=now)


def _followed(session: Session, relay: Relay, answer: Answer, now: datetime) -> None:
    """What became of it; what they no longer keep, or know, is ours again."""
    state = str(answer.facts.get("state", ""))
    if not answer.is_yes or state not in KEPT:
        if go(session, relay, "returned", now=now, why=answer.words):
            give_back(session, relay)
        return
    relay.brought_at = moment_of(answer.facts.get("brought_about"))
    session.flush()
    if state in FOLLOWS:
        _bring(session, relay, FOLLOWS[state], now)
    if state in ("delivered", "missed"):
        go(session, relay, "done", now=now)
    else:
        relay.state, relay.tries, relay.due_at, relay.why = "queued", 0, now + LOOK, ""


def _bring(session: Session, relay: Relay, status: Status, now: datetime) -> None:
    try:
        with session.begin_nested():
            bring(session, relay.order, status, device=relay.partner.name, now=now)
    except StepImpossible:  # a bag that must stay, or that somebody moved meanwhile
        session.refresh(relay.order)


def _ended(session: Session, relay: Relay, answer: Answer, now: datetime) -> None:
    """They need not bring it; what they refuse to end is under way, or unknown to them."""
    go(session, relay, "ended", now=now, why="" if answer.is_yes else answer.words)
