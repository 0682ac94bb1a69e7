"""The kitchen's papers as pages."""

from collections.abc import Callable, Iterable

from flask import render_template
from flask_babel import gettext as _

from ..core.clock import clock
from ..core.db import db
from ..farm.allergen import ALLERGENS
from ..kitchen import production
from ..menu.menu import menu_of
from ..ordering.content_change import orders_touched
from ..ordering.order import Order, OrderLine, codes_of, orders_of
from ..origins.origin import origins_of
from ..origins.origin_page import claim_words
from ..printers.printer import Printer
from ..service.service import Service
from .label import Label, LabelLine, labels


def contained(*lines: OrderLine) -> list[tuple[str, str]]:
    """Codes and names of the allergens in the lines, in the order of the regulation."""
    here = {code for line in lines for code in line.allergens.split(",")}
    return [(code, _(name)) for code, name in ALLERGENS.items() if code in here]


def _names(codes: Iterable[str]) -> tuple[str, ...]:
    here = set(codes)
    return tuple(str(_(name)) for code, name in ALLERGENS.items() if code in here)


def _written(line: OrderLine) -> LabelLine:
    """A line of an order as a label says it."""
    return LabelLine(
        line.quantity,
        line.dish_name,
        line.dish_family,
        contains=_names(codes_of(line.allergens)),
        may_contain=_names(codes_of(line.may_contain)),
        avoids=tuple(codes_of(line.avoids)),
        eater=line.eater,
        station=line.station,
    )


def line_origins(service: Service) -> Callable[[OrderLine], str]:
    """The words about farm and harvest day of a line's dish, from the lots really in use."""
    plates = origins_of(db.session(), service.date, today=clock.today())
    menu = menu_of(db.session(), service.date) if plates else None
    dishes = {portion.id: portion.dish_id for portion in menu.portions} if menu else {}

    def words(line: OrderLine) -> str:
        plate = plates.get(dishes.get(line.portion_id, 0))
        return " · ".join(claim_words(origin) for origin in plate.origins) if plate else ""

    return words


def paper_html(
    service: Service, paper: str, *, is_pdf: bool = False, change_id: int | None = None
) -> str:
    """A paper of the kitchen: "production", "exceptions", "labels-roll" or "labels-a4"; only of
    the orders that a change of content touches when one is named."""
    orders = orders_of(db.session(), service)
    if change_id is not None:
        touched = orders_touched(db.session(), change_id)
        orders = [order for order in orders if order.id in touched]
    sheet = production.production_sheet(orders)
    return render_template(
        f"papers/{paper.partition('-')[0]}.html",
        service=service,
        sheet=sheet,
        form=paper.partition("-")[2],
        labels=_labels(service, sheet, on_roll=paper == "labels-roll"),
        inside=contained,
        now=clock.now(),
        is_pdf=is_pdf,
    )


def order_html(order: Order, *, station: str = "") -> str:
    """The label of one order for a roll, or the ticket of one station; empty when the station has
    nothing to make of it."""
    sheet = production.production_sheet([order])
    made = [label.of_station(station) for label in _labels(order.service, sheet, on_roll=True)]
    if not any(label.lines for label in made):
        return ""
    return render_template(
        "papers/labels.html", service=order.service, form="roll", labels=made, is_pdf=True
    )


def trial_html(printer: Printer) -> str:
    """What a printer prints to show that it works."""
    return render_template("papers/trial.html", printer=printer, now=clock.now(), is_pdf=True)


def _labels(service: Service, sheet: production.Board, *, on_roll: bool) -> list[Label]:
    return labels(sheet.departures, written=_written, origin=line_origins(service), on_roll=on_roll)
