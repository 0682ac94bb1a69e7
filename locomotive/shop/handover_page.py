"""What the checkout's page and that of a change share: the house's answers, and the place."""

from flask import request

from ..core.clock import clock
from ..core.db import db
from ..core.refusal import Invalid
from ..ordering.destination import address_of
from ..places.address import Address
from ..places.zone import OutsideZone
from ..promise.keeping import House
from ..web.fields import show_refusal
from ..web.view import settings
from .forms import HandoverForm


def house() -> House:
    """What the house answers with."""
    return House(settings(), clock)


def is_look() -> bool:
    """Whether the form was sent only to see what is possible at its address."""
    return "look" in request.form


def template_of(page: str) -> str:
    """The page's template; only the part on the delivery when htmx looks."""
    is_fragment = is_look() and "HX-Request" in request.headers
    return "shop/_delivery.html" if is_fragment else page


def found_address(form: HandoverForm) -> Address | None:
    """The address that the form names; what is wrong with it stands at its field."""
    depot, zone_km = settings().depot, settings().zone_km
    try:
        return address_of(db.session(), form.destination(), depot=depot, zone_km=zone_km)
    except Invalid as refusal:
        form.status = show_refusal(form, refusal)
        form.is_outside = isinstance(refusal, OutsideZone)
        form.suggest(refusal.values.get("suggestions", []))
    return None
