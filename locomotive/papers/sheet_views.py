"""The rider's sheet, as page and PDF."""

from functools import partial

from flask import Blueprint, render_template
from flask_babel import gettext as _

from ..core.db import db
from ..core.tasks import MAKE_SHEET, ask_worker
from ..ordering.lunch import lunch_on
from ..rounds.round import ROUND_PATH, round_of
from ..web.audience import audience
from ..web.language import language
from ..web.paper import paper
from ..web.view import Page, settings
from .sheet import sheet_path
from .sheet_page import sheet_html, turns_of

room = Blueprint("sheet", __name__)
room.add_app_template_global(turns_of)


@room.get(f"{ROUND_PATH}/sheet")
@audience("rider")
def sheet(day: str, number: int) -> str:
    """The rider's sheet, to print."""
    service = lunch_on(db.session(), day)
    return sheet_html(round_of(db.session(), service.date, number), is_pdf=False)


@room.get(f"{ROUND_PATH}/sheet.pdf")
@audience("rider")
def sheet_pdf(day: str, number: int) -> Page:
    """The sheet's PDF; the worker makes it, meanwhile a page says so."""
    service = lunch_on(db.session(), day)
    round_ = round_of(db.session(), service.date, number)
    path = sheet_path(settings().files, round_, language())
    return paper(
        path,
        _("round-%(number)s-%(date)s.pdf", number=number, date=service.date),
        meanwhile=lambda is_possible: render_template(
            "papers/paper.html", day=day, number=number, is_possible=is_possible
        ),
        ask=partial(ask_worker, MAKE_SHEET, round_.id, language()),
    )
