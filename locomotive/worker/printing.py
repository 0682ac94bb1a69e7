"""Printing: what is due goes to the printers, one paper after the other."""

import logging
from contextlib import nullcontext

from flask import current_app
from flask_babel import force_locale
from PIL.Image import Image

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.status import IN_HOUSE
from ..kitchen.production import departures
from ..ordering.order import Order, orders_of, touch
from ..papers.paper import pack_folder
from ..papers.paper_page import order_html, trial_html
from ..pdf.pdf import roll_pdf
from ..printers.job import PrintJob, PrintState, claim_job, note_end, queue_prints
from ..printers.line import FolderLine, open_line
from ..printers.picture import one_below_the_other, pictures
from ..printers.printer import Condition, printers_at_work, where_is
from ..printers.printing import Outcome, print_picture, speech_of
from ..rounds.round import rounds_of
from ..service.service import Service, service_of
from ..use_by.label_page import label_html
from ..use_by.opened import OpenedFood
from ..web.view import settings

log = logging.getLogger(__name__)
MARGIN = 1.0  # mm at each side of what a printer can print


def print_all() -> bool:
    """Print whatever is due on every printer that answers; a printer that does not is left alone
    for a while, and holds nobody up."""
    queue_settled()
    while True:
        with write_tx() as session:
            job = claim_job(session, now=clock.now())
        if job is None:
            return True
        state, condition = _print(job)
        with write_tx() as session:
            ours = session.get_one(PrintJob, job.id)
            if note_end(session, ours, state, condition, now=clock.now()):
                _tell_screens()


def queue_settled() -> None:
    """Let printers that print by themselves print the bags whose departure is settled now."""
    service = service_of(db.session(), clock.today())
    working = [p for p in printers_at_work(db.session()) if p.is_automatic]
    orders = settled_orders(service) if service and working else []
    if orders:
        with write_tx() as session:
            for printer in working:
                queue_prints(session, printer, orders, now=clock.now())


def settled_orders(service: Service) -> list[Order]:
    """The orders whose bag has its last departure: take-away from its cut-off on, a delivery as
    soon as its round is released or another restaurant brings it; in the order in which bags are
    packed."""
    is_takeaway_settled = service.takeaway_cutoff <= clock.now()
    released = {r.number for r in rounds_of(db.session(), service) if r.released_at}
    orders = [o for o in orders_of(db.session(), service) if _may_be_printed(o)]
    return [
        order
        for departure in departures(orders)
        for order in departure.orders
        if order.carried_by_id is not None
        or (departure.round_number in released if order.is_delivery else is_takeaway_settled)
    ]


def _may_be_printed(order: Order) -> bool:
    """One that must stay may get another content before it leaves."""
    return order.status in IN_HOUSE and not order.must_stay


def _tell_screens() -> None:
    """Let the kitchen's screens of today show how the printers are."""
    service = service_of(db.session(), clock.today())
    if service:
        touch(db.session(), service.id)


def _print(job: PrintJob) -> Outcome:
    printer = job.printer
    before = Condition(printer.condition)
    try:
        pages = _pages(job)
    except Exception:  # one paper that cannot be made must not hold back the others
        log.exception("a paper for a printer could not be made")
        return PrintState.FAILED, before
    if not pages:
        return PrintState.DROPPED, before
    whole = one_below_the_other(pages)
    if printer.is_folder:
        path = pack_folder(settings().files, clock.today()) / f"print-{job.id}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        whole.save(path.with_suffix(".png"))
        return print_picture(whole, speech_of(printer), lambda: nullcontext(FolderLine(path)))
    place = where_is(printer.address)
    return print_picture(whole, speech_of(printer), lambda: open_line(place))


def _pages(job: PrintJob) -> list[Image]:
    """What a job prints, in French; nothing when a station has nothing to make of the order."""
    printer = job.printer
    with (
        current_app.test_request_context(base_url=settings().public_url),
        force_locale("fr"),
    ):
        html = _html(job)
    medium = printer.medium
    return pictures(roll_pdf(html, width=medium.width, margin=MARGIN), medium) if html else []


def _html(job: PrintJob) -> str:
    if job.order is not None:
        return order_html(job.order, station=job.printer.station)
    if job.food_id is not None:
        return label_html(db.session.get_one(OpenedFood, job.food_id), is_pdf=True)
    return trial_html(job.printer)
