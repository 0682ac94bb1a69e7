"""The kitchen's papers: production, exceptions and label sheets, and the pack of all of them."""

from collections.abc import Callable

from flask import abort, flash, redirect, render_template, send_file, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..clock import local, now
from ..db import db
from ..door import audience
from ..language import language
from ..menu.allergen import ALLERGENS
from ..menu.menu import menu_of
from ..menu.origin import origins_of
from ..menu.views import claim_words
from ..ordering.order import OrderLine, orders_of
from ..queue import ask_worker
from ..service.service import Service
from . import production
from .label import labels
from .paper import FORMATS, PAPERS, last_pack, paper_of
from .views import Answer, _settings, room


def _inside(*lines: OrderLine) -> list[tuple[str, str]]:
    """Codes and names of the allergens in the lines, in the order of the regulation."""
    here = {code for line in lines for code in line.allergens.split(",")}
    return [(code, _(name)) for code, name in ALLERGENS.items() if code in here]


@room.get("/kitchen/<day>/production")
@audience("kitchen")
def production_sheet(day: str) -> str:
    """The production sheet, to print."""
    return paper_html(production.lunch_on(db.session(), day), "production")


@room.get("/kitchen/<day>/exceptions")
@audience("kitchen")
def exceptions_sheet(day: str) -> str:
    """What bags must not contain, to print."""
    return paper_html(production.lunch_on(db.session(), day), "exceptions")


@room.get("/kitchen/<day>/labels/<any(roll, a4):form>")
@audience("kitchen")
def label_sheet(day: str, form: str) -> str:
    """The labels of all bags, on a roll of 62 mm or on A4 sheets of eight."""
    return paper_html(production.lunch_on(db.session(), day), f"labels-{form}")


def _origins(service: Service) -> Callable[[OrderLine], str]:
    """What tells farm and harvest day of a line's dish, from the lots really in use."""
    plates = origins_of(db.session(), service.date, today=local(now()).date())
    menu = menu_of(db.session(), service.date) if plates else None
    dishes = {portion.id: portion.dish_id for portion in menu.portions} if menu else {}

    def told(line: OrderLine) -> str:
        plate = plates.get(dishes.get(line.portion_id, 0))
        return " · ".join(claim_words(origin) for origin in plate.origins) if plate else ""

    return told


def paper_html(service: Service, paper: str, *, is_pdf: bool = False) -> str:
    """A paper of the kitchen: "production", "exceptions", "labels-roll" or "labels-a4"."""
    orders = orders_of(db.session(), service)
    sheet = production.production_sheet(orders)
    return render_template(
        f"kitchen/{paper.partition('-')[0]}.html",
        service=service,
        sheet=sheet,
        form=paper.partition("-")[2],
        labels=labels(
            sheet.departures,
            contains=lambda line: [n for _c, n in _inside(line)],
            origin=_origins(service),
        ),
        inside=_inside,
        now=now(),
        is_pdf=is_pdf,
    )


@room.get("/kitchen/<day>/papers")
@audience("kitchen")
def papers(day: str) -> str:
    """The paper pack: all that is printed of a lunch, with one button for all of it."""
    service = production.lunch_on(db.session(), day)
    return render_template(
        "kitchen/papers.html",
        service=service,
        packs={form: last_pack(_settings().instance, service.date, form) for form in FORMATS},
        papers=PAPERS,
        now=now(),
    )


@room.post("/kitchen/<day>/papers")
@audience("kitchen")
def make_papers(day: str) -> Answer:
    """Ask the worker for a fresh pack."""
    service = production.lunch_on(db.session(), day)
    ask_worker("make_papers", service.id, language())
    flash(_("The papers are being made. They are here in a moment."))
    return redirect(url_for("kitchen.papers", day=service.date), 303)


@room.get("/kitchen/<day>/papers/<name>")
@audience("kitchen")
def paper_file(day: str, name: str) -> Response:
    """One file of the paper pack."""
    service = production.lunch_on(db.session(), day)
    path = paper_of(_settings().instance, service.date, name) or abort(404)
    return send_file(path, mimetype="application/pdf", download_name=name)
