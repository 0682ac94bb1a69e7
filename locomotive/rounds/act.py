"""RoundAct: what the rider did at a stop, from the phone, from paper, late or twice.

A phone without network keeps its acts and sends them later, each with a key of its own, so that
what arrives twice counts once.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hmac import compare_digest
from typing import Any

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base, Key, insert_once
from ..core.clock import local, moment_of
from ..core.personal import PROOF, REMARK, personal
from ..core.refusal import N_, Invalid, Refusal
from ..core.status import IN_HOUSE, Status
from ..core.tokens import derived_token
from ..ordering.order import Order
from ..ordering.step import NEXT, move_on
from ..promise.promise import LATE_ACTS
from ..service.service import Service
from ..shipments.shipment import bring_to
from .round import Round, RoundStop

# What may happen at a stop, and the status that it brings the stop's orders to.
ACTS: dict[str, Status | None] = {
    "delivered": Status.HANDED_OVER,
    "collected": None,
    "absent": Status.NOT_DELIVERED,
    "problem": None,
}
ACT_WORDS: dict[str, str] = {
    "delivered": N_("delivered"),
    "collected": N_("collected"),
    "absent": N_("absent"),
    "problem": N_("problem"),
}
PROOF_WORDS: dict[str, str] = {"right": N_("code given"), "wrong": N_("wrong code")}
# A phone's clock may be wrong: no act is older than the round. By how far it is wrong shows when
# the phone says what time it is; a small difference cannot be told from a slow network.
EARLIEST = timedelta(minutes=30)
SLOW_NETWORK = timedelta(minutes=2)
MOST_BOXES = 500
# What an act says of a shipment: where it is fetched, and where it is brought.
STATES: dict[tuple[str, bool], str] = {
    ("collected", True): "loaded",
    ("absent", True): "missed",
    ("delivered", False): "delivered",
    ("absent", False): "missed",
}


class RoundAct(Base):
    """One act at one stop; the latest one counts."""

    __tablename__ = "round_act"

    id: Mapped[Key]
    key: Mapped[str] = mapped_column(String(64), unique=True)
    stop_id: Mapped[int] = mapped_column(ForeignKey("round_stop.id"), index=True)
    act: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]  # when it was done
    received_at: Mapped[datetime]
    boxes_back: Mapped[int | None]
    note: Mapped[str] = mapped_column(String(300), default="", info=personal(REMARK))
    # What the code said that the customer told the rider: a name of PROOF_WORDS, "" without one.
    proof: Mapped[str] = mapped_column(
        String(10), default="", server_default="", info=personal(PROOF)
    )


class RoundLinkUnknown(Refusal):
    message = N_("This link is no longer good. Scan the code of the latest sheet.")
    status = 404


class ActInvalid(Invalid):
    message = N_("Choose what happened at the stop: one of the buttons that stand there.")


class BoxesInvalid(Invalid):
    message = N_("Write how many boxes came back: a whole number from 0 to 500.")


@dataclass(frozen=True)
class Done:
    """What a phone or a sheet of paper says of one stop."""

    key: str
    stop_id: int
    act: str
    at: datetime
    boxes_back: int | None = None
    note: str = ""
    # What the stop carries, when the phone says so: a new sheet numbers its stops anew.
    orders: frozenset[int] = frozenset()
    collection_id: int | None = None
    code: str = ""  # as the customer told it
    end: str = ""  # which end of which shipment, as the planner names it
    sent_at: datetime | None = None  # by the clock that `at` was read from

    def happened_at(self, now: datetime) -> datetime:
        """When it was done by our clock: `now` less what has passed since on the phone's."""
        if self.sent_at is None or abs(now - self.sent_at) <= SLOW_NETWORK:
            return self.at
        try:
            return now - (self.sent_at - self.at)
        except OverflowError:
            return self.at


def read_done(sent: Mapping[str, Any], *, now: datetime) -> Done:
    """An act as a form or a phone sends it; one without a readable time is of now.

    Raises ActInvalid when it is none.
    """
    stop, boxes = str(sent.get("stop", "")), str(sent.get("boxes_back") or "").strip()
    if not _is_number(stop, digits=9) or not sent.get("key"):
        raise ActInvalid(field="act")
    return Done(
        key=str(sent["key"])[:64],
        stop_id=int(stop),
        act=str(sent.get("act", "")),
        at=moment_of(sent.get("at")) or now,
        boxes_back=(int(boxes) if _is_number(boxes, digits=5) else -1) if boxes else None,
        note=" ".join(str(sent.get("note") or "").split()),
        orders=frozenset(_ids(sent.get("orders"))),
        collection_id=next(iter(_ids(sent.get("collection"))), None),
        code="".join(str(sent.get("code") or "").split())[:10],
        end=str(sent.get("end") or "")[:40],
        sent_at=moment_of(sent.get("sent_at")),
    )


def _is_number(text: str, *, digits: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= digits


def _ids(text: object) -> list[int]:
    """The numbers of rows as a page writes them: "12 14"; anything else names none."""
    return [int(word) for word in str(text or "").split() if _is_number(word, digits=9)]


def round_token(secret: str, round_: Round) -> str:
    """The token of a released round's page; a round that is planned anew has another."""
    return derived_token(secret, "round", f"{round_.id} {round_.stamp} {round_.released_at}")


def round_of_late_acts(session: Session, token: str, *, secret: str, now: datetime) -> Round:
    """The round of a link for acts of its own day, which a phone without battery or network may
    send a week later. Raises RoundLinkUnknown."""
    return round_of_token(session, token, secret=secret, today=local(now).date() - LATE_ACTS)


def check_own_day(session: Session, round_: Round, done: Done, *, now: datetime) -> None:
    """Raise RoundLinkUnknown for an act of a later day than the round's."""
    day = session.get_one(Service, round_.service_id).date
    if day < local(now).date() and local(done.happened_at(now)).date() > day:
        raise RoundLinkUnknown


def round_of_token(session: Session, token: str, *, secret: str, today: date) -> Round:
    """The round of a link, until the midnight after its lunch. Raises RoundLinkUnknown."""
    released = select(Round).join(Service).where(
        Service.date >= today, Round.released_at.is_not(None)
    )  # fmt: skip
    for round_ in session.scalars(released):
        if compare_digest(round_token(secret, round_).encode(), token.encode()):
            return round_
    raise RoundLinkUnknown


def acts_at(stop: RoundStop) -> tuple[str, ...]:
    """What may happen at a stop, the usual one first."""
    return ("collected" if stop.is_fetched else "delivered", "absent", "problem")


def proof_code(order: Order, *, secret: str) -> str:
    """Four digits that only the order's own page says, to be told at the door."""
    return f"{int.from_bytes(derived_token(secret, 'proof', str(order.id)).encode()) % 10_000:04}"


def _proof(orders: Sequence[Order], code: str, secret: str) -> str:
    """A name of PROOF_WORDS for a code that was told; a wrong one is noted, for the meal is there
    and the phone may be without a network."""
    if not code or not secret:
        return ""
    is_right = any(compare_digest(proof_code(one, secret=secret), code) for one in orders)
    return "right" if is_right else "wrong"


def note_act(
    session: Session, round_: Round, done: Done, *, device: str, now: datetime, secret: str = ""
) -> bool:
    """Write down one act and bring the stop's orders to where it leads; tell whether it was new.

    With a secret, the code that was told at the door is looked at.

    Raises ActInvalid, BoxesInvalid, RoundLinkUnknown for a stop of another round.
    """
    stop = _stop_of(round_, done)
    orders = _locked(session, stop)
    before = _deciding_act(session, stop)
    at = min(max(done.happened_at(now), round_.departs_at - EARLIEST), now)
    row = {
        "key": done.key,
        "stop_id": stop.id,
        "act": done.act,
        "at": at,
        "received_at": now,
        "boxes_back": done.boxes_back,
        "note": done.note[:300],
        "proof": _proof(orders, done.code, secret),
    }
    if not insert_once(session, RoundAct, row, unique=["key"]):
        return False
    if stop.shipment is not None:
        _follow(session, stop, done, at=at)
        return True
    target = ACTS[done.act]
    if target is None or (before is not None and not _decides(done.act, at, before)):
        return True
    for order in orders:
        bring(session, order, target, device=device, now=at, reason=done.note[:200])
    return True


def _follow(session: Session, stop: RoundStop, done: Done, *, at: datetime) -> None:
    """Bring a stop's shipment to where its latest act leads."""
    state = STATES.get((done.act, stop.is_pickup))
    later = select(RoundAct.id).where(
        RoundAct.stop_id == stop.id,
        RoundAct.at > at,
        RoundAct.act != "problem",
    )
    if state is None or stop.shipment is None or session.scalar(later.limit(1)) is not None:
        return
    # What was noted of the delivery already says more than the pick-up of before.
    if state == "loaded" and stop.shipment.delivered_at is not None:
        return
    bring_to(session, stop.shipment, state, now=at, reason=done.note)


def _stop_of(round_: Round, done: Done) -> RoundStop:
    """The stop of an act that may happen there."""
    stop = next((s for s in round_.stops if _is_meant(s, done)), None)
    if stop is None:
        raise RoundLinkUnknown
    if done.act not in acts_at(stop):
        raise ActInvalid(field="act")
    if done.boxes_back is not None and not 0 <= done.boxes_back <= MOST_BOXES:
        raise BoxesInvalid(field="boxes_back")
    return stop


def _is_meant(stop: RoundStop, done: Done) -> bool:
    """Whether an act is about a stop: by what it carries, else by its number."""
    if done.orders:
        return not done.orders.isdisjoint(carried.order_id for carried in stop.carried)
    if done.end:
        return stop.end is not None and stop.end.planner_id == done.end
    if done.collection_id is not None:
        return stop.collection_id == done.collection_id
    return stop.id == done.stop_id


def _locked(session: Session, stop: RoundStop) -> list[Order]:
    """The stop's live orders, so that two acts at one stop come one after the other."""
    session.scalar(select(RoundStop.id).where(RoundStop.id == stop.id).with_for_update())
    ids = [carried.order_id for carried in stop.carried]
    query = select(Order).where(Order.id.in_(ids)).order_by(Order.id).with_for_update(of=Order)
    orders = session.scalars(query.execution_options(populate_existing=True))
    return [order for order in orders if order.status != Status.CANCELLED]


def _decides(act: str, at: datetime, before: RoundAct) -> bool:
    """Whether an act says something else than the one that counted, and is not older."""
    return at >= before.at and act != before.act


def bring(
    session: Session, order: Order, target: Status, *, device: str, now: datetime, reason: str = ""
) -> None:
    """Bring an order to a status by the shortest way of NEXT; one that has no way there stays.

    The rider has the bag in hand: what nobody pressed before counts as done now.
    """
    for status in _way(order.status, target):
        why = reason if status is Status.NOT_DELIVERED else ""
        move_on(session, order, to=status, seen=order.status, device=device, now=now, reason=why)


def _way(start: Status, target: Status) -> list[Status]:
    if start == target:
        return []
    before: dict[Status, Status] = {}
    ahead = deque([start])
    while ahead and target not in before:
        here = ahead.popleft()
        for following in NEXT[here]:
            if following not in before and following not in (start, Status.CANCELLED):
                before[following] = here
                ahead.append(following)
    if target not in before:
        return []
    way = [target]
    while before[way[0]] != start:
        way.insert(0, before[way[0]])
    # A bag on the bicycle is on its way, whatever the kitchen pressed.
    if Status.LEFT not in (*way, start) and start in IN_HOUSE:
        way.insert(len(way) - 1, Status.LEFT)
    return way


def _deciding_act(session: Session, stop: RoundStop) -> RoundAct | None:
    """The latest act at a stop that says where its orders are."""
    deciding = [act for act, target in ACTS.items() if target is not None]
    query = select(RoundAct).where(RoundAct.stop_id == stop.id, RoundAct.act.in_(deciding))
    return session.scalar(query.order_by(RoundAct.at.desc(), RoundAct.id.desc()).limit(1))


def acts_of(session: Session, round_: Round) -> dict[int, RoundAct]:
    """The latest act of each stop, by the stop's id."""
    query = select(RoundAct).where(RoundAct.stop_id.in_([stop.id for stop in round_.stops]))
    rows = session.scalars(query.order_by(RoundAct.at, RoundAct.id))
    return {act.stop_id: act for act in rows}
