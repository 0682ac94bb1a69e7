"""Answers to the question whether a slot can be promised, and their reasons."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import routing

from ..core.refusal import N_, Refusal
from ..ordering.cart import Basket
from ..ordering.order import Order
from ..places.address import Address
from ..places.travel_time import Point
from ..service.service import Service
from ..service.slot import Slot


class NoSlot(Refusal):
    """Why a slot cannot be had; `code` is the reason as data."""

    code = ""


class NoRoom(NoSlot):
    """The tricycles cannot keep it together with what is promised, or nobody is sure."""


class AfterCutoff(NoSlot):
    code, message = "after_cut_off", N_("orders are closed")


class PortionsGone(NoSlot):
    code, message = "sold_out", N_("%(dish)s: not enough portions left")


class KitchenFull(NoSlot):
    code, message = "kitchen_full", N_("the kitchen is full")


class SlotClosed(NoSlot):
    code, message = "closed", N_("closed")


class TricycleFull(NoRoom):
    code, message = "tricycle_full", N_("the tricycle is full")


class NotSureYet(NoRoom):
    """No plan was found with little work; the worker looks further."""

    code, message = "not_sure_yet", N_("not sure yet")


class TooFarInTime(NoRoom):
    code, message = "too_far_in_time", N_("too far to arrive in time")


class NoRoad(NoRoom):
    code, message = "no_road", N_("no street that a tricycle can ride leads there")


class NoTricycle(NoRoom):
    code, message = "no_tricycle", N_("no tricycle rides")


class NotInZone(NoRoom):
    code, message = "outside_zone", N_("outside the area of the tricycles")


class NotSure(NoRoom):
    code, message = "not_sure", N_("not sure: call us")


# What a reason's code says; the sold-out dish is not named here.
SENTENCES: dict[str, str] = {
    one.code: one.message
    for one in (
        AfterCutoff,
        KitchenFull,
        SlotClosed,
        TricycleFull,
        NotSureYet,
        TooFarInTime,
        NoRoad,
        NoTricycle,
        NotInZone,
        NotSure,
    )
} | {PortionsGone.code: N_("not enough portions left")}


class SlotRefused(Refusal):
    """The slot cannot be had; `possible` are the nearest ones that can."""

    message = N_("%(time)s: %(reason)s. Possible: %(possible)s, or come for it: choose take-away.")


class NothingPossible(Refusal):
    message = N_("%(time)s: %(reason)s. No other time is possible: choose take-away, or call us.")


@dataclass(frozen=True)
class Wish:
    """What somebody wants handed over at a lunch: the way, the basket, the place.

    `reserve` are boxes beside the basket's, or, below 0, those that are reserved for it already.
    `instead_of` is the order that it would replace. A place outside the zone has no address, but
    is known to be so. A late call, which staff take by phone, may come after the cut-off.
    """

    service: Service
    kind: str
    basket: Basket
    address: Address | None = None
    instead_of: Order | None = None
    is_outside: bool = False
    is_late_call: bool = False
    reserve: int = 0

    @property
    def boxes(self) -> int:
        """How many boxes more the house would carry."""
        return self.basket.count + self.reserve

    @property
    def places(self) -> int:
        """How many places of the slot it takes: one, and one for each box that is reserved."""
        return self.reserve + bool(self.basket.lines)

    @property
    def own_quantities(self) -> dict[int, int]:
        """Portions (id → number) that the replaced order gives back."""
        return self.instead_of.quantities if self.instead_of else {}

    def by(self, kind: str) -> "Wish":
        """The same by one way of handing over; for what is fetched the place says nothing."""
        if kind == "delivery":
            return replace(self, kind=kind)
        return replace(self, kind=kind, address=None, is_outside=False)


@dataclass(frozen=True)
class Evidence:
    """A plan in which all promises hold together with a new one, and what it was asked of."""

    plan: routing.Plan
    seen: int
    margin_minutes: int
    point: Point
    others: tuple[Point, ...]


@dataclass(frozen=True)
class SlotAnswer:
    """Whether a slot can be had: the reason why not, or the evidence of a delivery.

    A reason of the tricycles is proven, or all that could be tried was tried in vain.
    """

    slot: Slot
    reason: NoSlot | None = None
    evidence: Evidence | None = None
    is_proven: bool = True

    @property
    def is_possible(self) -> bool:
        return self.reason is None


def nearest_possible(answers: Sequence[SlotAnswer], answer: SlotAnswer) -> list[Slot]:
    """The two possible slots nearest to a refused one, by time; outside the zone, those in which
    the meal can be fetched."""
    slot = answer.slot
    kind = "take-away" if isinstance(answer.reason, NotInZone) else slot.kind
    free = [a.slot for a in answers if a.is_possible and a.slot.kind == kind]
    near = sorted(free, key=lambda s: abs(s.starts_at - slot.starts_at))[:2]
    return sorted(near, key=lambda s: s.starts_at)


def refusal_of(answers: Sequence[SlotAnswer], slot: Slot) -> Refusal:
    """What a customer reads who asked for a slot that cannot be had."""
    answer = next(a for a in answers if a.slot.id == slot.id)
    times = [s.starts_at for s in nearest_possible(answers, answer)]
    kind = SlotRefused if times else NothingPossible
    return kind(field="slot", time=slot.starts_at, reason=answer.reason, possible=times)
