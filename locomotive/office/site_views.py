"""The pages of the site that belong to no room: notices, and the machine's checks."""

from flask import Blueprint, render_template
from sqlalchemy import text

from ..core.db import db
from ..privacy.inventory import kinds
from ..version import VERSION
from ..web.audience import audience
from ..web.view import settings

room = Blueprint("site", __name__)


@room.get("/legal")
@audience("public")
def legal() -> str:
    """Who we are, and the terms of sale."""
    return render_template("office/legal.html")


@room.get("/privacy")
@audience("public")
def privacy() -> str:
    """What we keep of a customer, and for how long."""
    house = settings()
    keep = {"days": house.backup_days, "weeks": house.backup_weeks, "months": house.backup_months}
    return render_template("office/privacy.html", kinds=kinds(), backups=keep)


@room.get("/accessibility")
@audience("public")
def accessibility() -> str:
    """How the site can be used, and whom to tell when it cannot."""
    return render_template("office/accessibility.html")


@room.get("/healthz")
@audience("public")
def healthz() -> tuple[dict[str, str], int]:
    """Whether the database answers."""
    db.session.execute(text("SELECT 1"))
    return {"status": "ok", "version": VERSION}, 200
