"""The sheet of names that lies in a group's bag."""

from flask import Blueprint, render_template

from ..core.db import db
from ..ordering.group import groups_of, orders_of_group
from ..ordering.lunch import lunch_on
from ..web.audience import audience

room = Blueprint("names", __name__)


@room.get("/kitchen/<day>/groups")
@audience("kitchen")
def names(day: str) -> str:
    """The sheets of names of all groups of a lunch, one page each, to print."""
    session, service = db.session(), lunch_on(db.session(), day)
    groups = groups_of(session, service)
    sheets = [(group, orders_of_group(session, group)) for group in groups]
    return render_template("groups/names.html", service=service, sheets=sheets)
