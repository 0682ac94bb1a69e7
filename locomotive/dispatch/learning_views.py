"""What finished rounds taught, and the boxes that are out."""

from functools import partial

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import format_decimal
from flask_babel import gettext as _

from ..core.db import db, write_tx
from ..core.refusal import Refusal
from ..rounds.box import balances
from ..rounds.learning import accept_lesson, lessons
from ..web.audience import audience
from ..web.language import sentence
from ..web.view import Page

room = Blueprint("learning", __name__)


@room.get("/delivery/learned")
@audience("manager")
def learned() -> Page:
    """What the rounds that came back say."""
    return _page()


def _page(refused: str = "") -> str:
    session = db.session()
    riding, doors = lessons(session)
    return render_template(
        "dispatch/learned.html",
        tricycles=riding,
        doors=doors,
        boxes=balances(session),
        factor=partial(format_decimal, format="0.00"),
        refused=refused,
    )


@room.post("/delivery/learned/<any(tricycle, place):kind>/<key:subject_id>")
@audience("manager")
def accept(kind: str, subject_id: int) -> Page:
    """Use what was learned."""
    try:
        with write_tx() as session:
            name = accept_lesson(session, kind, subject_id)
    except Refusal as refusal:
        return _page(sentence(refusal)), refusal.status
    flash(_("The next plans use what %(name)s taught.", name=name))
    return redirect(url_for("learning.learned"), 303)
