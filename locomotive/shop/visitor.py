"""What the visitor's browser keeps and sends: baskets, an order by phone, the place."""

from datetime import date

from flask import request
from flask import session as cookie
from flask_babel import gettext
from flask_login import current_user

from ..accounts.rate import network_of
from ..addresses.words import plain
from ..choices.choice import item_of
from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import Invalid
from ..farm.allergen import ALLERGENS, SAID
from ..ordering.cart import not_before
from ..ordering.request import LineWish, address_of
from ..places.address import Address
from ..places.zone import OutsideZone
from ..promise.keeping import House, check_sender, count_sender
from ..web.fields import clean, show_refusal
from ..web.view import settings
from .forms import HandoverForm


def kept_baskets() -> dict[str, dict[str, int]]:
    """The visitor's baskets of today and later: date → portion id → number."""
    return not_before(cookie.get("basket", {}), clock.today())


def remember_order(token: str, day: date) -> None:
    """Keep the link of the visitor's order until its day is over, for the head of each page."""
    cookie["order"] = [token, day.isoformat()]


def forget_order(token: str) -> None:
    """The order is over: its link leaves the head."""
    if cookie.get("order", [""])[0] == token:
        cookie.pop("order")


def live_order() -> str | None:
    """The token of the visitor's latest order, until its day is over."""
    token, day = cookie.get("order", [None, ""])
    return token if day >= clock.today().isoformat() else None


def is_late_call() -> bool:
    """Whether the manager takes an order by phone, which may come after the cut-off."""
    is_manager = current_user.is_authenticated and current_user.role == "manager"
    return is_manager and bool(cookie.get("phone_call"))


def typed_quantities() -> dict[str, str]:
    """What stands in the fields quantity-<item>."""
    return typed_numbers("quantity-")


def typed_numbers(lead: str) -> dict[str, str]:
    """Item → what stands in the field of this lead and item."""
    fields = (
        (n.removeprefix(lead), text) for n, text in request.form.items() if n.startswith(lead)
    )
    return {item: text for item, text in fields if item_of(item)}


def typed_wishes() -> dict[str, LineWish]:
    """What stands in the fields avoid-<line> and eater-<line>; what is no code of an allergen was
    not ticked on our page."""
    found = {}
    for name in request.form:
        if name.startswith("avoid-"):
            line, ticked = name.removeprefix("avoid-"), request.form.getlist(name)
            eater = clean(request.form.get(f"eater-{line}"))[:60]
            found[line] = LineWish(tuple(c for c in ALLERGENS if c in ticked), eater)
    return found


def named_allergens(text: str) -> list[str]:
    """The codes of the allergens that a text names, in the language in use."""
    said = plain(text).split()
    if not said:
        return []
    names = {
        code: {plain(word) for word in gettext(words).split(",")} for code, words in SAID.items()
    }
    return [c for c, known in names.items() if any({w, w.rstrip("s")} & known for w in said)]


def basket_days() -> list[date]:
    """The days of the visitor's baskets, the next one first."""
    return [date.fromisoformat(day) for day in kept_baskets()]


def house() -> House:
    """What the house answers with."""
    return House(settings(), clock)


def sender() -> str:
    """Whose orders and looks are counted together."""
    return network_of(request.remote_addr)


def check_tried(what: str) -> None:
    """Before any work: a sender who is refused costs us next to nothing. Raises TooOften."""
    check_sender(db.session(), house(), what, sender())


def count_tried(what: str) -> None:
    """Count what is answered by a page and no order. Raises TooOften."""
    with write_tx() as session:
        count_sender(session, house(), what, sender())


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
