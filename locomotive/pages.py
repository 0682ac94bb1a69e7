"""What every page knows, and the pages that belong to no room: notices, the machine's checks."""

from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, current_app, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup, escape
from sqlalchemy import func, select, text

from .db import db
from .door import audience
from .house import DEMONSTRATION, is_marked
from .ordering.message import Message
from .ordering.order import Order
from .settings import Settings
from .version import VERSION

room = Blueprint("pages", __name__)

DRAWINGS = Path(__file__).parent / "static" / "drawings"


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
        },
        public_url=settings.public_url,
        drawing=drawing,
        is_demonstration=is_demonstration,
        staff_pages=staff_pages,
    )


def is_demonstration() -> bool:
    """Whether the database is a demonstration; once it is, it stays one."""
    known: dict[str, bool] = current_app.extensions.setdefault("locomotive_marks", {})
    if not known.get(DEMONSTRATION):
        known[DEMONSTRATION] = is_marked(db.session(), DEMONSTRATION)
    return known[DEMONSTRATION]


@cache
def _drawing_file(name: str) -> str:
    return (DRAWINGS / f"{name}.svg").read_text().strip()


def drawing(name: str, label: str | None = None, size: int | None = None) -> Markup:
    """One of our line drawings inline; `label` is read aloud, without one it is decoration."""
    meaning = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    scale = f' width="{size}" height="{size}"' if size else ""
    svg = _drawing_file(name)
    return Markup(svg.replace("<svg", f'<svg class="drawing" {meaning}{scale}', 1))


# Who finds which page in the staff's navigation; the manager finds all.
STAFF_PAGES = (
    ("office.home", ()),
    ("menu.office", ()),
    ("farm.office", ()),
    ("service.office", ()),
    ("places.office", ()),
    ("service.fleet", ()),
    ("kitchen.board", ("kitchen",)),
    ("cooking.today", ("kitchen",)),
    ("delivery.today", ("rider",)),
    ("accounts.screens", ()),
    ("ordering.mails", ()),
)


def staff_pages() -> list[tuple[str, str, bool]]:
    """(label, address, whether it is shown now) for whoever is signed in."""
    labels = {
        "office.home": _("Today"),
        "menu.office": _("Dishes and menu"),
        "farm.office": _("Farm"),
        "service.office": _("Service"),
        "places.office": _("Places"),
        "service.fleet": _("Tricycles"),
        "kitchen.board": _("Kitchen"),
        "cooking.today": _("Batches"),
        "delivery.today": _("Rounds"),
        "accounts.screens": _("Screens"),
        "ordering.mails": _("Mails"),
    }
    if not current_user.is_authenticated:
        return []
    role = current_user.role
    return [
        (labels[endpoint], url_for(endpoint), endpoint == _shown_page())
        for endpoint, roles in STAFF_PAGES
        if role == "manager" or role in roles
    ]


def _shown_page() -> str | None:
    """The navigation's page to which the staff page shown now belongs."""
    view = current_app.view_functions.get(request.endpoint or "")
    if "public" in getattr(view, "audience", {"public"}):
        return None
    pages = [e for e, _roles in STAFF_PAGES]
    same_room = [e for e in pages if e.split(".")[0] == request.blueprint]
    # Every office page lies below the first one: that says nothing.
    above = [
        e
        for e in pages
        if request.path.startswith(url_for(e)) and (e in same_room or e != "office.home")
    ]
    return max(above or same_room[:1], key=lambda e: len(url_for(e)), default=None)


@room.get("/legal")
@audience("public")
def legal() -> str:
    """Who we are, and the terms of sale."""
    return render_template("pages/legal.html")


@room.get("/privacy")
@audience("public")
def privacy() -> str:
    """What we keep of a customer, and for how long."""
    return render_template("pages/privacy.html")


@room.get("/accessibility")
@audience("public")
def accessibility() -> str:
    """How the site can be used, and whom to tell when it cannot."""
    return render_template("pages/accessibility.html")


@room.get("/healthz")
@audience("public")
def healthz() -> tuple[dict[str, str], int]:
    """Whether the database answers."""
    db.session.execute(text("SELECT 1"))
    return {"status": "ok", "version": VERSION}, 200


@room.get("/metrics")
@audience("manager")
def metrics() -> Any:
    """Counts for the machine, in Prometheus' text format."""
    rows = db.session.execute(select(Order.status, func.count()).group_by(Order.status))
    lines = [f'locomotive_orders{{status="{status}"}} {count}' for status, count in rows]
    mails = db.session.execute(select(Message.state, func.count()).group_by(Message.state))
    lines += [f'locomotive_mails{{state="{state}"}} {count}' for state, count in mails]
    return current_app.response_class("\n".join(lines) + "\n", mimetype="text/plain")
