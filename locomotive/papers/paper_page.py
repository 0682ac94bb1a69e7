"""The kitchen's papers as pages."""

from collections import Counter
from collections.abc import Callable, Iterable

from flask import render_template
from flask_babel import gettext as _

from ..core.clock import clock
from ..core.db import db
from ..farm.allergen import ALLERGENS
from ..kitchen import production
from ..menu.menu import keeping_of, menu_of
from ..ordering.content_change import orders_touched
from ..ordering.lunch import lunch_on
from ..ordering.order import Order, OrderLine, codes_of, orders_of
from ..origins.origin import origins_of
from ..origins.origin_page import claim_words
from ..practice.copy import copied_lunch
from ..practice.copy_page import copy_name, page_session
from ..printers.printer import Printer
from ..service.service import Service
from ..web.view import settings
from .edition import Changes, changes_since
from .label import Label, LabelLine, labels
from .paper import last_pack, pack_folder


def page_lunch(day: str) -> Service:
    """The lunch of an address; in practice the copied one."""
    copied = copied_lunch(page_session()) if copy_name() else None
    return copied or lunch_on(db.session(), day)


def contained(allergens: str) -> str:
    """The names of a line's allergens, in the order of the regulation."""
    return ", ".join(_names(codes_of(allergens)))


def _names(codes: Iterable[str]) -> tuple[str, ...]:
    here = set(codes)
    return tuple(str(_(name)) for code, name in ALLERGENS.items() if code in here)


def _writer(service: Service) -> Callable[[OrderLine], LabelLine]:
    """What makes of an order's line what a label says of it."""
    keeping = keeping_of(db.session(), service.date)

    def written(line: OrderLine) -> LabelLine:
        return LabelLine(
            line.quantity,
            line.name,
            line.dish_family,
            contains=_names(codes_of(line.allergens)),
            may_contain=_names(codes_of(line.may_contain)),
            avoids=tuple(codes_of(line.avoids)),
            eater=line.eater,
            station=line.station,
            keeping=keeping.get(line.portion_id, ""),
        )

    return written


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
        usual=_usual(sheet),
        changes=_changes(service, sheet) if paper == "production" else None,
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


def _usual(sheet: production.Board) -> dict[str, str]:
    """Dish → the allergens that most of its lines name: said once, not beside each bag."""
    met: dict[str, Counter[str]] = {}
    for departure in sheet.departures:
        for line in (line for order in departure.orders for line in order.lines):
            met.setdefault(line.dish_name, Counter())[line.allergens] += line.quantity
    return {name: counted.most_common(1)[0][0] for name, counted in met.items()}


def _changes(service: Service, sheet: production.Board) -> Changes | None:
    """What is another than in the latest pack."""
    printed = last_pack(settings().files, service.date, "pack")
    if not printed:
        return None
    name, at = printed
    return changes_since(pack_folder(settings().files, service.date) / name, at, sheet)


def _labels(service: Service, sheet: production.Board, *, on_roll: bool) -> list[Label]:
    written, origin = _writer(service), line_origins(service)
    return labels(sheet.departures, written=written, origin=origin, on_roll=on_roll)
