"""The control: the same application with read-then-write in place of the guarded update."""

from threading import local
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from locomotive.menu.menu import Portion, SoldOut
from locomotive.ordering import views
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


rule = views.place_order


def place_naively(session: Session, request: Any, basket: Any, **more: Any) -> Any:
    seen.left = {line.portion.id: line.portion.remaining for line in basket.lines}
    return rule(session, request, basket, **more)


# `rule` finds take_portions among the names of its own module.
rule.__globals__["take_portions"] = take_naively
views.place_order = place_naively
