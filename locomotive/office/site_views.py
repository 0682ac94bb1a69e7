"""The pages of the site that belong to no room: notices, and the machine's checks."""

from flask import Blueprint, render_template
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolIsEmpty

from ..core.clock import clock
from ..core.db import db
from ..core.mark import is_worker_silent
from ..privacy.inventory import kinds
from ..version import VERSION
from ..web.audience import audience
from ..web.schema import Schema, schema_of
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
    """Whether all is well; 503 when this program cannot serve, 200 with a word for the rest."""
    try:
        schema = schema_of(db.session.connection())
        if schema is not Schema.CURRENT:
            return _health(schema.value, 503)
        is_silent = is_worker_silent(db.session(), now=clock.now())
    except (DBAPIError, PoolIsEmpty):
        return _health("database away", 503)
    return _health("worker silent" if is_silent else "ok", 200)


def _health(status: str, code: int) -> tuple[dict[str, str], int]:
    return {"status": status, "version": VERSION}, code
