"""The store by shelf: counted on a tablet, or on paper."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from ..core.clock import clock
from ..core.db import db
from ..core.tasks import content_changed
from ..farm.lot import Lot
from ..farm.produce import STORAGES
from ..web.audience import audience
from ..web.fields import clean, parse_id
from ..web.view import ONCE, Page, answered, is_first, shown_facts
from .counting import Sent, count_shelf
from .forms import CountForm, count_form
from .shelf import Shelf, counted_last, lots_on, shelves

room = Blueprint("shelves", __name__)


@room.app_context_processor
def know_storages() -> dict[str, object]:
    """Give templates the words of how produce is kept."""
    return {"STORAGES": STORAGES}


@room.get("/farm/shelves/")
@audience("kitchen")
def overview() -> str:
    """The shelves to count, and what was found otherwise than the books said."""
    session = db.session()
    return render_template(
        "shelves/shelves.html", shelves=shelves(session), counted=counted_last(session)
    )


@room.route("/farm/shelves/<storage>", methods=["GET", "POST"])
@audience("kitchen")
def shelf(storage: str) -> Page:
    """Count what stands on a shelf."""
    here, page, now = _shelf(storage), _number(), clock.now()
    lots, pages = lots_on(db.session(), here, page, now=now)
    form = count_form(lots)
    if form.validate_on_submit():
        with answered(form) as session:
            if not is_first(session):
                flash(ONCE)
                return redirect(url_for("shelves.overview"), 303)
            counted = count_shelf(session, form.found(lots), _how(form), now=now)
            changed = [one.lot.name for one in counted if one.difference]
            if changed:
                content_changed(session, "lot", ", ".join(changed)[:200])
        if not form.errors:
            flash(_said(len(counted), len(changed)))
            return redirect(url_for("shelves.overview"), 303)
    return _page(form, here, lots, page, pages), form.code


def _how(form: CountForm) -> Sent:
    """What the page had shown, and whether what is odd was counted."""
    return Sent(shown_facts().get("lots", {}), is_sure=form.sure.data)


def _page(form: CountForm, here: Shelf, lots: list[Lot], page: int, pages: int) -> str:
    for lot in lots if form.errors else ():
        db.session.refresh(lot)  # another may have taken of it meanwhile
    return render_template(
        "shelves/shelf.html",
        form=form,
        shelf=here,
        lots=lots,
        books={str(lot.id): lot.stock for lot in lots},
        page=page,
        pages=pages,
    )


@room.get("/farm/shelves/<storage>/sheet")
@audience("kitchen")
def sheet(storage: str) -> str:
    """The same on paper, without what the books say."""
    here, page, now = _shelf(storage), _number(), clock.now()
    lots, pages = lots_on(db.session(), here, page, now=now)
    return render_template(
        "shelves/sheet.html", shelf=here, lots=lots, page=page, pages=pages, printed_at=now
    )


def _shelf(storage: str) -> Shelf:
    return Shelf(storage, clean(request.args.get("name"))) if storage in STORAGES else abort(404)


def _number() -> int:
    return max(1, parse_id(request.args.get("page")) or 1)


def _said(counted: int, changed: int) -> str:
    lots = ngettext("%(num)s lot is counted.", "%(num)s lots are counted.", counted)
    if not changed:
        return f"{lots} {_('All is as the books say.')}"
    differ = ngettext(
        "%(num)s differed from the books.", "%(num)s differed from the books.", changed
    )
    return f"{lots} {differ}"
