"""The papers of the kitchen: production, exceptions, labels and the pack."""

from collections import Counter

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core.clock import clock
from ..core.db import db
from ..core.tasks import MAKE_PAPERS, ask_worker
from ..ordering.content_change import changes_to_reprint, to_reprint
from ..ordering.lunch import lunch_on
from ..practice.copy_page import both, copy_name, follow_copy, page_session
from ..practice.exercise import exercise_of
from ..printers.job import OPEN_QUESTIONS, UNDER_WAY, PrintState, jobs_of
from ..printers.printer import printers_at_work
from ..web.audience import audience
from ..web.fields import parse_id
from ..web.language import language
from ..web.view import Page, settings
from .paper import FORMATS, PAPERS, last_pack, paper_of
from .paper_page import page_lunch, paper_html

room = Blueprint("papers", __name__)
follow_copy(room)


@room.get("/kitchen/<day>/production")
@audience("kitchen")
def production_sheet(day: str) -> str:
    """The production sheet, to print."""
    return paper_html(lunch_on(db.session(), day), "production")


@room.get("/kitchen/<day>/exceptions")
@audience("kitchen")
def exceptions_sheet(day: str) -> str:
    """What bags must not contain, to print."""
    return paper_html(lunch_on(db.session(), day), "exceptions")


@room.get("/kitchen/<day>/labels/<any(roll, a4):form>")
@audience("kitchen")
def label_sheet(day: str, form: str) -> str:
    """The labels of all bags (`change`: of those that it touches), on a roll of 62 mm or on A4
    sheets of eight."""
    service = lunch_on(db.session(), day)
    return paper_html(service, f"labels-{form}", change_id=parse_id(request.args.get("change")))


@both(room, "/<day>/papers")
@audience("kitchen")
def papers(day: str) -> str:
    """The paper pack: all that is printed of a lunch, with one button for all of it; in practice
    what a printer prints."""
    session, service = page_session(), page_lunch(day)
    jobs = jobs_of(session, service)
    return render_template(
        "papers/papers.html",
        service=service,
        packs={form: last_pack(settings().files, service.date, form) for form in FORMATS},
        papers=PAPERS,
        to_reprint=to_reprint(session, service),
        changes_to_print=changes_to_reprint(session, service),
        printers=printers_at_work(session),
        exercise=exercise_of(session) if copy_name() else None,
        questions=[job for job in jobs if job.state in OPEN_QUESTIONS],
        printed=Counter(job.printer_id for job in jobs if job.state == PrintState.PRINTED),
        waiting=Counter(job.printer_id for job in jobs if job.state in UNDER_WAY),
        now=clock.now(),
    )


@room.post("/kitchen/<day>/papers")
@audience("kitchen")
def make_papers(day: str) -> Page:
    """Ask the worker for a fresh pack."""
    service = lunch_on(db.session(), day)
    ask_worker(MAKE_PAPERS, service.id, language())
    flash(_("The papers are being made. They are here in a moment."))
    return redirect(url_for("papers.papers", day=service.date), 303)


@room.get("/kitchen/<day>/papers/<name>")
@audience("kitchen")
def paper_file(day: str, name: str) -> Response:
    """One file of the paper pack."""
    service = lunch_on(db.session(), day)
    path = paper_of(settings().files, service.date, name) or abort(404)
    return send_file(path, mimetype="application/pdf", download_name=name)
