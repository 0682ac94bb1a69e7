"""The addresses that are offered while somebody types."""

from flask import Blueprint, current_app, render_template, request

from ..db import db
from ..door import audience
from ..settings import Settings
from .search import suggestions

room = Blueprint("places", __name__)

FEWEST_LETTERS = 3


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


@room.get("/addresses")
@audience("public")
def addresses() -> str:
    """The addresses that what was typed so far may mean: the list under the field."""
    typed = request.args.get("address", "")[:200]
    found = []
    if len(typed.strip()) >= FEWEST_LETTERS:
        found = suggestions(db.session(), typed, centre=_settings().depot)
    return render_template("places/_suggestions.html", suggestions=found)
