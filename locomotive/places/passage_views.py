"""Passages that are closed or slow for the tricycles."""

import json

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.tasks import MAKE_ROADS, ask_worker
from ..web.audience import audience
from ..web.view import Page, answered
from .dataset import last_dataset
from .forms import PassageForm
from .map_page import here, map_facts
from .roads import mark_passage, passages, take_passage_away

room = Blueprint("passages", __name__)


@room.route("/office/passages/", methods=["GET", "POST"])
@audience("manager")
def passages_page() -> Page:
    """The marks on the map, and a new one."""
    form = PassageForm()
    if form.validate_on_submit():
        with answered(form) as session:
            mark_passage(session, form.passage(at=clock.now()), zone=here())
        if not form.errors:
            ask_worker(MAKE_ROADS)
            flash(_("The mark is on the map. The ways are measured anew within a minute."))
            return redirect(url_for("passages.passages_page"), 303)
    return _passages(form)


def _passages(form: PassageForm) -> Page:
    session = db.session()
    found = passages(session, day=clock.today())
    made = last_dataset(session, "roads")
    facts = map_facts() | {"marks": [[p.longitude, p.latitude, int(p.is_closed)] for p in found]}
    return render_template(
        "places/passages.html",
        form=form,
        passages=found,
        made=made,
        is_pending=bool(made and found and found[0].marked_at > made.made_at),
        facts=json.dumps(facts),
    ), form.code


@room.post("/office/passages/<key:passage_id>/gone")
@audience("manager")
def passage_gone(passage_id: int) -> Page:
    """Take a mark away: the passage is open again."""
    with write_tx() as session:
        take_passage_away(session, passage_id)
    ask_worker(MAKE_ROADS)
    flash(_("The passage is open again. The ways are measured anew within a minute."))
    return redirect(url_for("passages.passages_page"), 303)
