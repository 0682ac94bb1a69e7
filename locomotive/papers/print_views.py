"""Printing by hand: the papers of a lunch on a printer of the kitchen."""

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from ..core.clock import clock
from ..core.db import db
from ..core.tasks import PRINT_PAPERS, ask_worker
from ..kitchen.production import production_sheet
from ..ordering.content_change import orders_touched
from ..ordering.order import Order, orders_of
from ..practice.copy_page import both, copy_name, follow_copy, page_session, page_tx
from ..practice.made_up import print_at_once
from ..printers.job import print_again, queue_prints
from ..printers.printer import Printer
from ..service.service import Service
from ..web.audience import audience
from ..web.fields import parse_id
from ..web.view import Page, is_first
from .paper_page import page_lunch

room = Blueprint("prints", __name__)
follow_copy(room)


@both(room, "/<day>/print", methods=["POST"])
@audience("kitchen")
def print_bags(day: str) -> Page:
    """Print on a `printer` what was never printed; or once more the bag of a `number`, or the
    bags that a `change` of content touches."""
    service = page_lunch(day)
    printer_id = parse_id(request.form.get("printer"))
    again = bool(request.form.get("number") or request.form.get("change"))
    orders = _chosen(service)
    with page_tx() as session:
        printer = session.get(Printer, printer_id) if printer_id else None
        printer = printer or abort(404)
        made = 0
        if is_first(session) and again:
            made = len([print_again(session, printer, o, now=clock.now()) for o in orders])
        elif not again:
            made = queue_prints(session, printer, orders, now=clock.now())
        if copy_name():
            print_at_once(session)
    if not copy_name():
        ask_worker(PRINT_PAPERS)
    flash(_said(made) if orders else _("There is no such bag in this lunch."))
    return redirect(url_for("papers.papers", day=service.date), 303)


def _said(made: int) -> str:
    if not made:
        words = _("All was printed, or waits. To print a bag again, write its number.")
    else:
        words = ngettext(
            "%(num)s paper goes to the printer.", "%(num)s papers go to the printer.", made
        )
    return str(words)


def _chosen(service: Service) -> list[Order]:
    """The orders that are asked for, in the order in which bags are packed."""
    number, change = request.form.get("number"), parse_id(request.form.get("change"))
    sheet = production_sheet(orders_of(page_session(), service))
    orders = [order for departure in sheet.departures for order in departure.orders]
    if number:
        return [order for order in orders if order.number == parse_id(number)]
    if change is not None:
        touched = orders_touched(db.session(), change)
        return [order for order in orders if order.id in touched]
    return orders
