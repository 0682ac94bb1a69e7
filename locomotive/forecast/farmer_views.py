"""The farmer's forecast: what the kitchen will need of his, and the calendar of his produce."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from ..core.clock import clock
from ..core.db import db
from ..farm.supplier import Supplier, supplier_of_token
from ..menu.recipe import read_book
from ..web.audience import audience
from ..web.view import Page, answered
from .forms import SeasonForm, season_form
from .outlook import outlook_from
from .season import LEVELS, produce_of, save_season, season_of

room = Blueprint("season", __name__)


def _farmer(token: str) -> Supplier:
    return supplier_of_token(db.session(), token, now=clock.now())


@room.get("/f/<token>/forecast")
@audience("public")
def page(token: str) -> Page:
    """Ranges by week and produce, and his months."""
    return _page(token, _farmer(token))


def _page(token: str, supplier: Supplier, sent: tuple[int, SeasonForm] | None = None) -> Page:
    session, today = db.session(), clock.today()
    said = season_of(session, supplier)
    forms = {produce_id: season_form(levels) for produce_id, levels in said.items()}
    if sent is not None:
        forms[sent[0]] = sent[1]
    return render_template(
        "forecast/farmer.html",
        token=token,
        supplier=supplier,
        produce=produce_of(supplier),
        outlook=outlook_from(session, read_book(session), today),
        season=said,
        LEVELS=LEVELS,
        forms=forms,
        sent=sent[0] if sent else None,
        today=today,
    ), sent[1].code if sent else 200


@room.post("/f/<token>/seasons/<key:produce_id>")
@audience("public")
def save(token: str, produce_id: int) -> Page:
    """The farmer says in which months he has how much of one produce."""
    supplier = _farmer(token)
    levels = season_of(db.session(), supplier).get(produce_id) or abort(404)
    form = season_form(levels, is_sent=True)
    if form.validate():
        with answered(form) as session:
            save_season(session, supplier, produce_id, form.levels())
        if not form.errors:
            flash(_("Your calendar is noted. Thank you."))
            page = url_for("season.page", token=token, _anchor=f"season-{produce_id}")
            return redirect(page, 303)
    return _page(token, supplier, (produce_id, form))
