"""What the visitor's browser keeps and sends: baskets, an order by phone, the place."""

from datetime import date

from flask import request
from flask import session as cookie
from flask_login import current_user

from ..core.clock import clock
from ..core.db import db
from ..core.refusal import Invalid
from ..ordering.cart import not_before
from ..ordering.request import address_of
from ..places.address import Address
from ..places.zone import OutsideZone
from ..promise.keeping import House
from ..web.fields import parse_id, show_refusal
from ..web.view import settings
from .forms import HandoverForm


def kept_baskets() -> dict[str, dict[str, int]]:
    """The visitor's baskets of today and later: date → portion id → number."""
    return not_before(cookie.get("basket", {}), clock.today())


def is_late_call() -> bool:
    """Whether the manager takes an order by phone, which may come after the cut-off."""
    is_manager = current_user.is_authenticated and current_user.role == "manager"
    return is_manager and bool(cookie.get("phone_call"))


def typed_quantities() -> dict[int, str]:
    """What stands in the fields quantity-<portion id>."""
    return typed_numbers("quantity-")


def typed_numbers(lead: str) -> dict[int, str]:
    """Portion id → what stands in the field of this lead and id."""
    fields = ((parse_id(n.removeprefix(lead)), text) for n, text in request.form.items())
    return {portion_id: text for portion_id, text in fields if portion_id is not None}


def basket_days() -> list[date]:
    """The days of the visitor's baskets, the next one first."""
    return [date.fromisoformat(day) for day in kept_baskets()]


def house() -> House:
    """What the house answers with."""
    return House(settings(), clock)


def is_look() -> bool:
    """Whether the form was sent only to see what is possible, and what it would cost."""
    return "look" in request.form


def looks_at_place() -> bool:
    """Whether what is possible at the form's place was asked for, and not only the total."""
    return is_look() and request.form["look"] != "total"


def template_of(page: str, part: str) -> str:
    """The page's template; only the part that may have changed when htmx looks."""
    return part if is_look() and "HX-Request" in request.headers else page


def found_address(form: HandoverForm) -> Address | None:
    """The address that the form names; what is wrong with it stands at its field."""
    depot, zone_km = settings().depot, settings().zone_km
    try:
        return address_of(db.session(), form.destination(), depot=depot, zone_km=zone_km)
    except Invalid as refusal:
        form.code = show_refusal(form, refusal)
        form.is_outside = isinstance(refusal, OutsideZone)
        form.suggest(refusal.values.get("suggestions", []))
    return None
