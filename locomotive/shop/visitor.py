"""What the visitor's browser keeps: baskets, and an order by phone."""

from datetime import date

from flask import request
from flask import session as cookie
from flask_login import current_user

from ..core.clock import clock
from ..ordering.cart import not_before
from ..web.fields import parse_id


def kept_baskets() -> dict[str, dict[str, int]]:
    """The visitor's baskets of today and later: date → portion id → number."""
    return not_before(cookie.get("basket", {}), clock.today())


def is_late_call() -> bool:
    """Whether the manager takes an order by phone, which may come after the cut-off."""
    is_manager = current_user.is_authenticated and current_user.role == "manager"
    return is_manager and bool(cookie.get("phone_call"))


def typed_quantities() -> dict[int, str]:
    """What stands in the fields quantity-<portion id>."""
    fields = ((parse_id(n.removeprefix("quantity-")), text) for n, text in request.form.items())
    return {portion_id: text for portion_id, text in fields if portion_id is not None}


def basket_days() -> list[date]:
    """The days of the visitor's baskets, the next one first."""
    return [date.fromisoformat(day) for day in kept_baskets()]
