"""Secondary use-by dates on the kitchen's tablet: what is open, a new label, how one ended."""

from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.tasks import MAKE_USE_BY_LABEL, PRINT_PAPERS, ask_worker
from ..farm.produce import Produce
from ..menu.dish import Dish
from ..printers.job import open_questions, print_again
from ..printers.printer import Printer, label_printer, printers_at_work
from ..web.audience import audience
from ..web.fields import parse_id
from ..web.language import language
from ..web.paper import paper
from ..web.view import Page, answered, found, is_first
from .forms import DaysForm, EndForm, OpenForm, days_form
from .label_page import label_html, label_path
from .opened import ENDINGS, OpenedFood, end_food, open_food, open_foods
from .rule import RULES, SAMPLE, days_by_kind, set_days

room = Blueprint("use_by", __name__)


@room.get("/kitchen/use-by/")
@audience("kitchen")
def foods() -> str:
    """What is open, what must go first."""
    session = db.session()
    return render_template(
        "use_by/foods.html",
        foods=open_foods(session),
        questions=[job for job in open_questions(session) if job.food_id],
        rules=RULES,
        today=clock.today(),
    )


@room.route("/kitchen/use-by/new", methods=["GET", "POST"])
@audience("kitchen")
def new_food() -> Page:
    """A label for what was opened or prepared; where there is a label printer it prints it."""
    form = OpenForm()
    if not form.validate_on_submit():
        return _new_page(form)
    food: OpenedFood | None = None
    printer: Printer | None = None
    with answered(form) as session:
        if is_first(session):
            kind, what = form.kind.data or "", form.what.data or ""
            food = open_food(session, kind, what, now=clock.now())
            if printer := label_printer(session):
                print_again(session, printer, None, food_id=food.id, now=clock.now())
    if form.errors:
        return _new_page(form)
    if food and not printer:
        return redirect(url_for("use_by.label", food_id=food.id), 303)
    return _printed(printer)


def _printed(printer: Printer | None) -> Page:
    """Back to what is open; the worker prints."""
    if printer:
        ask_worker(PRINT_PAPERS)
        flash(_("The label goes to the printer %(name)s.", name=printer.name))
    return redirect(url_for("use_by.foods"), 303)


def _new_page(form: OpenForm) -> Page:
    names = [*db.session.scalars(select(Dish.name)), *db.session.scalars(select(Produce.name))]
    page = render_template(
        "use_by/new.html",
        form=form,
        rules=RULES,
        days=days_by_kind(db.session()),
        names=sorted(set(names)),
    )
    return page, form.code


@room.get("/kitchen/use-by/<key:food_id>")
@audience("kitchen")
def food(food_id: int) -> Page:
    """How it ended; the label's QR code leads here."""
    return _food_page(found(OpenedFood, food_id), EndForm(formdata=None))


@room.post("/kitchen/use-by/<key:food_id>")
@audience("kitchen")
def end(food_id: int) -> Page:
    """Used up, or thrown away with its kilos."""
    ours, form = found(OpenedFood, food_id), EndForm()
    if not form.validate():
        return _food_page(ours, form)
    with answered(form) as session:
        if is_first(session):
            ending = form.ending.data or ""
            end_food(session, ours, ending, form.kilos.data or None, now=clock.now())
    if form.errors:
        return _food_page(found(OpenedFood, food_id), form)
    flash(_("%(what)s: the label is ended.", what=ours.what))
    return redirect(url_for("use_by.foods"), 303)


def _food_page(food: OpenedFood, form: EndForm) -> Page:
    page = render_template(
        "use_by/food.html",
        food=food,
        form=form,
        endings={k: v for k, v in ENDINGS.items() if food.kind != SAMPLE or k != "used"},
        today=clock.today(),
        printers=printers_at_work(db.session(), prints="labels"),
    )
    return page, form.code


@room.post("/kitchen/use-by/<key:food_id>/print")
@audience("kitchen")
def print_label(food_id: int) -> Page:
    """Print the label once more on a `printer`."""
    ours = found(OpenedFood, food_id)
    printer = found(Printer, parse_id(request.form.get("printer")) or 0)
    with write_tx() as session:
        if is_first(session):
            print_again(session, session.merge(printer), None, food_id=ours.id, now=clock.now())
    return _printed(printer)


@room.get("/kitchen/use-by/<key:food_id>/label")
@audience("kitchen")
def label(food_id: int) -> str:
    """The label, to print on the roll."""
    return label_html(found(OpenedFood, food_id), is_pdf=False)


@room.get("/kitchen/use-by/<key:food_id>/label.pdf")
@audience("kitchen")
def label_pdf(food_id: int) -> Page:
    """The label's PDF; the worker makes it, meanwhile the label itself is shown."""
    ours = found(OpenedFood, food_id)
    path = label_path(ours, language())
    return paper(
        path,
        path.name,
        meanwhile=lambda _is_possible: label_html(ours, is_pdf=False),
        ask=partial(ask_worker, MAKE_USE_BY_LABEL, ours.id, language()),
    )


@room.route("/office/use-by", methods=["GET", "POST"])
@audience("manager")
def edit_days() -> Page:
    """For how many days each kind is good."""
    form = days_form(days_by_kind(db.session()))
    if not form.validate_on_submit():
        return _days_page(form)
    with answered(form) as session:
        set_days(session, form.days())
    if form.errors:
        return _days_page(form)
    flash(_("The days are saved. Labels that are printed keep theirs."))
    return redirect(url_for("use_by.edit_days"), 303)


def _days_page(form: DaysForm) -> Page:
    return render_template("use_by/days.html", form=form, rules=RULES), form.code
