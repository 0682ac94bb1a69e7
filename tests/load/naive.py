"""The control: the same application with read-then-write in place of the guarded updates."""

from threading import local
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from locomotive.core.db import db
from locomotive.menu.menu import Portion, SoldOut
from locomotive.promise import promise
from locomotive.service.slot import Slot, SlotFull
from locomotive.shop import checkout_views
from wsgi import app as app

seen = local()


def take_naively(session: Session, quantities: dict[int, int]) -> None:
    for portion_id, quantity in quantities.items():
        if seen.left[portion_id] < quantity:
            raise SoldOut(dish="", left=seen.left[portion_id], portion_id=portion_id)
        session.execute(
            update(Portion)
            .where(Portion.id == portion_id)
            .values(remaining=seen.left[portion_id] - quantity)
        )


def take_slot_naively(session: Session, slot_id: int, **more: Any) -> None:
    if seen.used >= seen.capacity:
        raise SlotFull(field="slot", slot_id=slot_id)
    session.execute(update(Slot).where(Slot.id == slot_id).values(used=seen.used + 1))


order_from, rule = checkout_views.order_from, promise.place_order


def look_first(form: Any, *more: Any) -> Any:
    slot = db.session.get_one(Slot, int(form.slot.data))
    seen.used, seen.capacity = slot.used, slot.capacity
    return order_from(form, *more)


def place_naively(session: Session, request: Any, basket: Any, **more: Any) -> Any:
    seen.left = {line.portion.id: line.portion.remaining for line in basket.lines}
    return rule(session, request, basket, **more)


# `rule` finds what it takes with among the names of its own module.
rule.__globals__.update(take_portions=take_naively, take_slot=take_slot_naively)
checkout_views.order_from, promise.place_order = look_first, place_naively
