"""The streets and addresses in force, and fetching them anew."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import Refusal
from ..core.tasks import SET_UP_TOWN, ask_worker
from ..places.dataset import last_dataset
from ..web.audience import audience
from ..web.language import sentence
from ..web.view import Page, settings
from .download import name_of
from .setup import IN_FORCE, begin_setup, last_proof, last_setup, sources_of

room = Blueprint("town", __name__)


@room.get("/office/town")
@audience("manager")
def town() -> str:
    """What is in force and how old, what spoke for it, and how far fetching is."""
    session, house = db.session(), settings()
    return render_template(
        "town/town.html",
        in_force=[(IN_FORCE[kind], last_dataset(session, kind)) for kind in IN_FORCE],
        files=[(name_of(source.url), source.url) for source in sources_of(house)],
        last=last_setup(session),
        proven=last_proof(session),
        days=house.town_days,
        now=clock.now(),
    )


@room.get("/office/town/progress")
@audience("manager")
def progress() -> str:
    """How far fetching is: the part of the page that renews itself."""
    return render_template("town/_progress.html", last=last_setup(db.session()), now=clock.now())


@room.post("/office/town")
@audience("manager")
def fetch_town() -> Page:
    """Ask the worker to fetch streets and addresses anew."""
    try:
        with write_tx() as session:
            setup_id = begin_setup(session, now=clock.now()).id
    except Refusal as refusal:
        flash(sentence(refusal))
    else:
        ask_worker(SET_UP_TOWN, setup_id)
        flash(_("Streets and addresses are being fetched. Those in force stay until then."))
    return redirect(url_for("town.town"), 303)
