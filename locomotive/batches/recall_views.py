"""From a lot to everyone who ate of it, and back; recalls and their exercises."""

from collections.abc import Iterator

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.tasks import SEND_MAILS, ask_worker
from ..farm.lot import Lot
from ..ordering.order import STATUS_WORDS, Order
from ..web.audience import audience
from ..web.language import clock_time
from ..web.spreadsheet import table
from ..web.view import Page, answered, found
from .forms import RecallForm
from .recall import (
    Recall,
    Trace,
    begin_recall,
    close_recall,
    lots_of_order,
    recalls,
    tell_everyone,
    trace,
)

room = Blueprint("recalls", __name__)
LOT = "/farm/lots/<key:lot_id>"
RECALL = "/farm/recalls/<key:recall_id>"


@room.get("/farm/recalls/")
@audience("manager")
def overview() -> str:
    """All recalls and exercises, and the latest lots to begin one with."""
    lots = db.session.scalars(select(Lot).order_by(Lot.id.desc()).limit(50)).all()
    return render_template("batches/recalls.html", recalls=recalls(db.session()), lots=lots)


@room.get(f"{LOT}/trace")
@audience("manager")
def trace_page(lot_id: int) -> Page:
    """Where a lot went: batches, dishes, days, orders, contacts."""
    return _trace_page(found(Lot, lot_id))


def _trace_page(lot: Lot, form: RecallForm | None = None) -> Page:
    text = _(
        "Please do not eat the dish named below any more, and call us. One of its ingredients, "
        "%(produce)s, is recalled.",
        produce=lot.produce.name,
    )
    return render_template(
        "batches/trace.html",
        lot=lot,
        trace=trace(db.session(), [lot.id]),
        recalls=recalls(db.session(), lot.id),
        form=form or RecallForm(formdata=None, data={"text": text, "is_exercise": True}),
        status_words=STATUS_WORDS,
    ), form.code if form else 200


@room.get(f"{LOT}/trace.csv")
@audience("manager")
def trace_csv(lot_id: int) -> Response:
    """The recall list as a table."""
    lot = found(Lot, lot_id)
    return table(f"recall-{lot.name}.csv", _rows(trace(db.session(), [lot.id])))


def _rows(traced: Trace) -> Iterator[list[object]]:
    yield [
        _("Day"), _("Time"), _("Order"), _("First name"), _("Phone"), _("E-mail"), _("Dish"),
        _("Portions"), _("Where"),
    ]  # fmt: skip
    for reached in traced.reached:
        order = reached.order
        where = order.place_name or order.street or _("take-away")
        for quantity, name in reached.dishes:
            yield [
                order.service.date, clock_time(order.slot.starts_at), order.number,
                order.first_name, order.phone, order.email, name, quantity, where,
            ]  # fmt: skip


@room.get(f"{LOT}/recall-list")
@audience("manager")
def recall_list(lot_id: int) -> str:
    """The recall list, to print and tick off."""
    lot = found(Lot, lot_id)
    return render_template(
        "batches/recall_list.html", lot=lot, trace=trace(db.session(), [lot.id]), now=clock.now()
    )


@room.post(f"{LOT}/recall")
@audience("manager")
def begin(lot_id: int) -> Page:
    """Begin a recall, which blocks the lot, or an exercise."""
    lot, form = found(Lot, lot_id), RecallForm()
    if not form.validate():
        return _trace_page(lot, form)
    with answered(form) as session:
        recall = begin_recall(
            session,
            lot,
            reason=form.reason.data or "",
            message=form.text.data or "",
            is_exercise=form.is_exercise.data,
            now=clock.now(),
        )
    if form.errors:
        return _trace_page(lot, form)
    return redirect(url_for("recalls.recall_page", recall_id=recall.id), 303)


@room.get(RECALL)
@audience("manager")
def recall_page(recall_id: int) -> str:
    """A recall under way: whom to tell, and how long it takes."""
    recall = found(Recall, recall_id)
    traced = trace(db.session(), [recall.lot_id])
    end = recall.closed_at or clock.now()
    seconds = int((end - recall.began_at).total_seconds())
    return render_template("batches/recall.html", recall=recall, trace=traced, seconds=seconds)


@room.post(f"{RECALL}/mails")
@audience("manager")
def send(recall_id: int) -> Page:
    """Mail everyone who has an address; the others are called."""
    recall = found(Recall, recall_id)
    with write_tx() as session:
        written = tell_everyone(session, recall, now=clock.now())
    ask_worker(SEND_MAILS)
    flash(ngettext("%(num)s mail goes out.", "%(num)s mails go out.", written))
    return redirect(url_for("recalls.recall_page", recall_id=recall.id), 303)


@room.post(f"{RECALL}/close")
@audience("manager")
def close(recall_id: int) -> Page:
    """Everyone was told: stop the clock."""
    recall = found(Recall, recall_id)
    with write_tx() as session:
        close_recall(session, recall, now=clock.now())
    flash(_("The recall is closed."))
    return redirect(url_for("recalls.recall_page", recall_id=recall.id), 303)


@room.get("/farm/orders/<key:order_id>/trace")
@audience("manager")
def order_trace(order_id: int) -> str:
    """From an order back to the lots that went into it."""
    order = found(Order, order_id)
    lines = lots_of_order(db.session(), order)
    return render_template("batches/order_trace.html", order=order, lines=lines)
