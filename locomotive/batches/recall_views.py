"""From lots to everyone who ate of them, and back; recalls and their exercises."""

from collections.abc import Iterator

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.tasks import SEND_MAILS, ask_worker
from ..farm.lot import Lot
from ..ordering.order import STATUS_WORDS, Order
from ..web.audience import audience, proved
from ..web.fields import parse_id
from ..web.language import clock_time
from ..web.spreadsheet import table
from ..web.view import ONCE, Page, answered, found, is_first
from .forms import LiftForm, RecallForm
from .recall import (
    Recall,
    Told,
    begin_recall,
    close_recall,
    find_lots,
    lift_recall,
    recalls,
    tell_everyone,
)
from .trace import Trace, lots_of_order, trace

room = Blueprint("recalls", __name__)
LOT = "/farm/lots/<key:lot_id>"
RECALL = "/farm/recalls/<key:recall_id>"


@room.get("/farm/recalls/")
@audience("manager")
def overview() -> str:
    """All recalls and exercises, and lots to begin one with: the latest, or those looked for."""
    asked = request.args.get("find", "")[:60]
    return render_template(
        "batches/recalls.html",
        recalls=recalls(db.session()),
        lots=find_lots(db.session(), asked),
        asked=asked,
    )


@room.get("/farm/recalls/lots")
@audience("manager")
def chosen() -> Page:
    """To the trace of the lots that were ticked."""
    asked = _asked_lots()
    if not asked:
        flash(_("Tick at least one lot."), "error")
        return redirect(url_for("recalls.overview", find=request.args.get("find")), 303)
    return redirect(url_for("recalls.trace_page", lot_id=asked[0], lot=asked[1:]), 303)


def _asked_lots() -> list[int]:
    numbers = (parse_id(text) for text in request.values.getlist("lot"))
    return list(dict.fromkeys(number for number in numbers if number))


def _lots(lot_id: int) -> list[Lot]:
    """The lot of the address, and those named beside it."""
    return [found(Lot, id_) for id_ in dict.fromkeys([lot_id, *_asked_lots()])]


@room.get(f"{LOT}/trace")
@audience("manager")
def trace_page(lot_id: int) -> Page:
    """Where lots went: batches, dishes, days, orders, contacts."""
    return _trace_page(_lots(lot_id))


def _trace_page(lots: list[Lot], form: RecallForm | None = None) -> Page:
    ids = [lot.id for lot in lots]
    text = _(
        "Please do not eat the dish named below any more, and call us. One of its ingredients, "
        "%(produce)s, is recalled.",
        produce=", ".join(dict.fromkeys(lot.produce.name for lot in lots)),
    )
    return render_template(
        "batches/trace.html",
        lots=lots,
        trace=trace(db.session(), ids),
        recalls=recalls(db.session(), ids),
        form=form or RecallForm(formdata=None, data={"text": text, "is_exercise": True}),
        status_words=STATUS_WORDS,
    ), form.code if form else 200


@room.get(f"{LOT}/trace.csv")
@audience("manager")
@proved
def trace_csv(lot_id: int) -> Response:
    """The recall list as a table."""
    lots = _lots(lot_id)
    name = "-".join(lot.name for lot in lots[:3])
    return table(f"recall-{name}.csv", _rows(trace(db.session(), [lot.id for lot in lots])))


def _rows(traced: Trace) -> Iterator[list[object]]:
    yield [
        _("Day"), _("Time"), _("Order"), _("First name"), _("Phone"), _("E-mail"), _("Dish"),
        _("Portions"), _("Where"), _("Round"),
    ]  # fmt: skip
    for reached in traced.reached:
        where = reached.place_name or reached.street or _("take-away")
        for quantity, name in reached.dishes:
            yield [
                reached.day, clock_time(reached.starts_at), reached.number, reached.first_name,
                reached.phone, reached.email, name, quantity, where, reached.round_number or "",
            ]  # fmt: skip


@room.get(f"{LOT}/recall-list")
@audience("manager")
def recall_list(lot_id: int) -> str:
    """The recall list, to print and tick off."""
    lots = _lots(lot_id)
    traced = trace(db.session(), [lot.id for lot in lots])
    return render_template("batches/recall_list.html", lots=lots, trace=traced, now=clock.now())


@room.post(f"{LOT}/recall")
@audience("manager")
def begin(lot_id: int) -> Page:
    """Begin a recall, which blocks lots, batches and bags, or an exercise."""
    lots, form = _lots(lot_id), RecallForm()
    if not form.validate():
        return _trace_page(lots, form)
    told = Told(form.reason.data or "", form.text.data or "", form.is_exercise.data)
    with answered(form) as session:
        if not is_first(session):
            flash(ONCE)
            return redirect(url_for("recalls.overview"), 303)
        recall = begin_recall(session, lots, told, today=clock.today(), now=clock.now())
    if form.errors:
        return _trace_page(lots, form)
    return redirect(url_for("recalls.recall_page", recall_id=recall.id), 303)


@room.get(RECALL)
@audience("manager")
def recall_page(recall_id: int) -> Page:
    """A recall under way: whom to tell, and how long it takes."""
    return _recall_page(found(Recall, recall_id))


def _recall_page(recall: Recall, form: LiftForm | None = None) -> Page:
    end = recall.closed_at or clock.now()
    return render_template(
        "batches/recall.html",
        recall=recall,
        trace=trace(db.session(), recall.lot_ids),
        seconds=int((end - recall.began_at).total_seconds()),
        form=form or LiftForm(formdata=None),
        status_words=STATUS_WORDS,
    ), form.code if form else 200


@room.post(f"{RECALL}/lift")
@audience("manager")
def lift(recall_id: int) -> Page:
    """Lift the block, with a reason."""
    recall, form = found(Recall, recall_id), LiftForm()
    if form.validate():
        with answered(form) as session:
            reason = form.reason.data or ""
            lift_recall(session, recall, reason=reason, today=clock.today(), now=clock.now())
        if not form.errors:
            flash(_("The block is lifted."))
            return redirect(url_for("recalls.recall_page", recall_id=recall_id), 303)
    return _recall_page(recall, form)


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
