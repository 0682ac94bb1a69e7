"""The addresses that are offered while somebody types."""

from flask import Blueprint, render_template, request

from ..core.db import db
from ..web.audience import audience
from ..web.view import settings
from .search import suggestions

room = Blueprint("addresses", __name__)
FEWEST_LETTERS = 3


@room.get("/addresses")
@audience("public")
def addresses() -> str:
    """The addresses that what was typed so far may mean: the list under the field."""
    typed = request.args.get("address", "")[:200]
    found = []
    if len(typed.strip()) >= FEWEST_LETTERS:
        found = suggestions(db.session(), typed, centre=settings().depot)
    return render_template("addresses/_suggestions.html", suggestions=found)
