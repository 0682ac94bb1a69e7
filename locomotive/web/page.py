"""What every page knows: the restaurant, drawings, the staff's navigation."""

from functools import cache
from pathlib import Path
from time import monotonic

from flask import Flask, current_app, g, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup, escape

from ..core.actor import Role
from ..core.db import db
from ..core.mark import DEMONSTRATION, is_marked
from ..core.settings import MEANS, Settings
from ..core.tokens import new_token
from .view import sealed

DRAWINGS = Path(__file__).parents[1] / "static" / "drawings"


def add_globals(app: Flask, settings: Settings) -> None:
    """Give templates what all of them use."""
    app.jinja_env.globals.update(
        restaurant={
            "name": settings.restaurant_name,
            "address": settings.restaurant_address,
            "phone": settings.restaurant_phone,
            "email": settings.restaurant_email,
            "company": settings.restaurant_company,
            "host": settings.restaurant_host,
            "means": [MEANS[code] for code in settings.restaurant_means],
            "mediator": settings.restaurant_mediator,
        },
        public_url=settings.public_url,
        drawing=drawing,
        is_demonstration=is_demonstration,
        staff_pages=staff_pages,
        new_token=new_token,
        sealed=sealed,
    )


def is_demonstration() -> bool:
    """Whether the database is a demonstration; once it is, it stays one, and one that is not is
    looked at again after a minute."""
    if current_app.extensions["settings"].is_production:  # which does not start with one
        return False
    is_one, until = _marks().get(DEMONSTRATION, (False, 0.0))
    if not is_one and monotonic() >= until:
        is_one = is_marked(db.session(), DEMONSTRATION)
        _marks()[DEMONSTRATION] = (is_one, monotonic() + 60)
    return is_one


def was_demonstration() -> bool:
    """Whether an earlier page found a demonstration; asks the database nothing."""
    return _marks().get(DEMONSTRATION, (False, 0.0))[0]


def _marks() -> dict[str, tuple[bool, float]]:
    found: dict[str, tuple[bool, float]]
    found = current_app.extensions.setdefault("locomotive_marks", {})
    return found


@cache
def _drawing_file(name: str) -> str:
    return (DRAWINGS / f"{name}.svg").read_text().strip()


def drawing(name: str, label: str | None = None, size: int | None = None) -> Markup:
    """One of our line drawings inline; `label` is read aloud, without one it is decoration."""
    meaning = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    scale = f' width="{size}" height="{size}"' if size else ""
    svg = _drawing_file(name)
    return Markup(svg.replace("<svg", f'<svg class="drawing" {meaning}{scale}', 1))


# Who finds which page in the staff's navigation, the manager all; what else lies below the page.
STAFF_PAGES: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("office.home", (), ()),
    ("desk.orders", (), ("/office/slots/",)),
    ("menu.office", (), ("/office/dishes/", "/office/recipes/")),
    ("stock.office", (), ()),
    ("service.office", (), ("/office/closed-days",)),
    ("places.office", (), ("/office/map/", "/office/passages/", "/office/zone", "/office/town")),
    ("fleet.fleet", (), ()),
    ("kitchen.board", ("kitchen",), ()),
    ("batches.today", ("kitchen",), ()),
    ("hygiene_office.points", (), ()),
    ("dispatch.today", ("rider",), ("/office/partners",)),
    ("figures.overview", (Role.ACCOUNTANT,), ()),
    ("screens.screens", (), ("/office/printers/",)),
    ("staff.staff", (), ("/office/trail",)),
    ("mails.mails", (), ()),
    ("own.page", (Role.KITCHEN, Role.RIDER, Role.ACCOUNTANT), ()),
)


def staff_pages() -> list[tuple[str, str, bool]]:
    """(label, address, whether it is shown now) for whoever is signed in."""
    labels = {
        "office.home": _("Today"),
        "desk.orders": _("Orders"),
        "menu.office": _("Dishes and menu"),
        "stock.office": _("Farm"),
        "service.office": _("Service"),
        "places.office": _("Places"),
        "fleet.fleet": _("Tricycles"),
        "kitchen.board": _("Kitchen"),
        "batches.today": _("Batches"),
        "hygiene_office.points": _("Food safety"),
        "dispatch.today": _("Rounds"),
        "screens.screens": _("Screens"),
        "mails.mails": _("Mails"),
        "figures.overview": _("Figures"),
        "staff.staff": _("Accounts"),
        "own.page": _("My account"),
    }
    if not current_user.is_authenticated:
        return []
    role, shown = current_user.role, _shown_page()
    return [
        (labels[endpoint], url_for(endpoint), endpoint == shown)
        for endpoint, roles, _below in STAFF_PAGES
        if role in roles or (role == Role.MANAGER and roles != (Role.ACCOUNTANT,))
        if endpoint != "own.page" or current_user.staff_id
    ]


def known_staff_pages() -> list[tuple[str, str, bool]]:
    """The navigation of whoever this request has found already; asks the database nothing."""
    # Flask-Login keeps the visitor here once it has looked for one.
    return staff_pages() if "_login_user" in g else []


def _shown_page() -> str | None:
    """The navigation's page to which the staff page shown now belongs."""
    view = current_app.view_functions.get(request.endpoint or "")
    if "public" in getattr(view, "audience", {"public"}):
        return None
    if request.endpoint == "office.home":
        return "office.home"
    above = [
        (len(start), endpoint)
        for endpoint, _roles, below in STAFF_PAGES
        for start in (url_for(endpoint), *below)
        # Every office page lies below the first one: that says nothing.
        if endpoint != "office.home" and request.path.startswith(start)
    ]
    return max(above)[1] if above else None
