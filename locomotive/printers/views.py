"""The printers, for the manager; and what somebody says of a print that was broken off."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.tasks import PRINT_PAPERS, ask_worker
from ..menu.dish import STATIONS
from ..web.audience import audience
from ..web.view import Page, answered, found, is_first
from .forms import PrinterForm
from .job import STATES, PrintJob, answer, open_questions, print_again
from .printer import CONDITIONS, PRINTS, TONGUES, Printer, printers, save_printer

room = Blueprint("printers", __name__)


@room.record_once
def know_words(state: BlueprintSetupState) -> None:
    """Give templates the words of codes; `_()` translates them."""
    state.app.jinja_env.globals.update(
        PRINTER_CONDITIONS=CONDITIONS,
        PRINTER_TONGUES=TONGUES,
        PRINTER_PRINTS=PRINTS,
        PRINT_STATES=STATES,
    )


@room.get("/office/printers/")
@audience("manager")
def office() -> str:
    """The printers, how each is, and what somebody must look at."""
    session = db.session()
    return render_template(
        "printers/office.html",
        printers=printers(session),
        questions=open_questions(session),
        STATIONS=STATIONS,
    )


@room.route("/office/printers/new", methods=["GET", "POST"])
@audience("manager")
def new_printer() -> Page:
    """Add a printer."""
    return _edit(None)


@room.route("/office/printers/<key:printer_id>", methods=["GET", "POST"])
@audience("manager")
def edit_printer(printer_id: int) -> Page:
    """Change a printer."""
    return _edit(found(Printer, printer_id))


def _edit(printer: Printer | None) -> Page:
    form = PrinterForm(obj=printer)
    if form.validate_on_submit():
        with answered(form) as session:
            saved = printer or Printer()
            form.fill(saved)
            save_printer(session, saved)
        if not form.errors:
            ask_worker(PRINT_PAPERS)
            flash(_("The printer %(name)s is saved.", name=saved.name))
            return redirect(url_for("printers.office"), 303)
    return render_template("printers/printer.html", printer=printer, form=form), form.code


@room.post("/office/printers/<key:printer_id>/trial")
@audience("manager")
def print_trial(printer_id: int) -> Page:
    """Let a printer print a trial page."""
    printer = found(Printer, printer_id)
    with write_tx() as session:
        if is_first(session):
            print_again(session, session.get_one(Printer, printer.id), None, now=clock.now())
    ask_worker(PRINT_PAPERS)
    flash(_("The printer %(name)s prints a trial page.", name=printer.name))
    return redirect(url_for("printers.office"), 303)


@room.post("/kitchen/prints/<key:job_id>")
@audience("kitchen")
def settle(job_id: int) -> Page:
    """Say of a print that was broken off that it is to be printed `again`, or need not be."""
    job = found(PrintJob, job_id)
    order, is_food = job.order, job.food_id is not None
    with write_tx() as session:
        answer(session, job_id, again=request.form.get("again") == "yes", now=clock.now())
    ask_worker(PRINT_PAPERS)
    if order is not None:
        return redirect(url_for("papers.papers", day=order.service.date), 303)
    return redirect(url_for("use_by.foods" if is_food else "printers.office"), 303)
