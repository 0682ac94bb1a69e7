"""What changed in ordered dishes: whom it touches, what to tell, what to print anew."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.tasks import SEND_MAILS, ask_worker
from ..farm.allergen import ALLERGENS
from ..ordering.content_change import (
    CAUSES,
    ContentChange,
    ContentNotice,
    changes_of,
    mark_reprinted,
    mark_told,
    notices_of,
    see_change,
    tell_of_change,
)
from ..ordering.lunch import lunch_on
from ..ordering.order import Order
from ..ordering.step import decide_wish
from ..web.audience import audience
from ..web.view import Page, found
from .forms import TextForm

room = Blueprint("content", __name__)
CHANGE = "/kitchen/content/<key:change_id>"
SCREENS = ("board", "cook", "pack", "hand_over")


@room.app_template_filter("cause")
def cause_words(change: ContentChange) -> str:
    """What happened, in one sentence."""
    return str(_(CAUSES[change.cause], what=change.what))


@room.get("/kitchen/<day>/content")
@audience("kitchen")
def changes(day: str) -> str:
    """All that changed in the dishes of a lunch after they were ordered."""
    service = lunch_on(db.session(), day)
    found_changes = changes_of(db.session(), service)
    return render_template("batches/changes.html", service=service, changes=found_changes)


@room.get(CHANGE)
@audience("kitchen")
def change_page(change_id: int) -> str:
    """Everyone whom a change touches, with a proposed mail."""
    return _page(found(ContentChange, change_id))


def _page(change: ContentChange, form: TextForm | None = None) -> str:
    text = _(
        "What is in your dish has changed since you ordered. Please read on the page of your "
        "order what it contains now. Call us if this does not suit you: we find another dish, or "
        "you cancel."
    )
    return render_template(
        "batches/change.html",
        change=change,
        notices=notices_of(db.session(), change),
        form=form or TextForm(formdata=None, data={"text": text}),
        ALLERGENS=ALLERGENS,
    )


@room.post(f"{CHANGE}/mails")
@audience("manager")
def send_mails(change_id: int) -> Page:
    """Send the mail to everyone touched who has an address."""
    change, form = found(ContentChange, change_id), TextForm()
    if not form.validate():
        return _page(change, form), 422
    with write_tx() as session:
        written = tell_of_change(session, change, form.text.data or "", now=clock.now())
    ask_worker(SEND_MAILS)
    flash(ngettext("%(num)s mail goes out.", "%(num)s mails go out.", written))
    return redirect(url_for("content.change_page", change_id=change_id), 303)


@room.post(f"{CHANGE}/<key:line_id>/told")
@audience("kitchen")
def told(change_id: int, line_id: int) -> Page:
    """Somebody called the customer."""
    notice = db.session.get(ContentNotice, (change_id, line_id)) or abort(404)
    with write_tx() as session:
        mark_told(session, notice, now=clock.now())
    return redirect(url_for("content.change_page", change_id=change_id), 303)


@room.post(f"{CHANGE}/reprinted")
@audience("kitchen")
def reprinted(change_id: int) -> Page:
    """The labels are printed anew."""
    change = found(ContentChange, change_id)
    with write_tx() as session:
        mark_reprinted(session, change, now=clock.now())
    return redirect(url_for("content.change_page", change_id=change_id), 303)


@room.route("/kitchen/orders/<key:order_id>/wish", methods=["GET", "POST"])
@audience("manager")
def wish(order_id: int) -> Page:
    """A wish meets what is in its dish: the manager says that a way is found, or changes it."""
    order = found(Order, order_id)
    if request.method == "POST":
        with write_tx() as session:
            ours = session.get_one(Order, order_id, populate_existing=True)
            decide_wish(session, ours, device=current_user.label, now=clock.now())
        flash(_("Noted: the bag may be closed."))
        return redirect(url_for("office.home", day=order.service.date), 303)
    return render_template("batches/wish.html", order=order, ALLERGENS=ALLERGENS)


@room.post(f"{CHANGE}/seen")
@audience("kitchen")
def see(change_id: int) -> Page:
    """Somebody at a screen saw the change."""
    change = found(ContentChange, change_id)
    with write_tx() as session:
        see_change(session, change, now=clock.now())
    page = request.values.get("page", "")
    date = request.values.get("date") or None
    return redirect(url_for(f"kitchen.{page if page in SCREENS else 'board'}", date=date), 303)
