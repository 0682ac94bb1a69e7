"""Set menus of a day: made, changed, ended."""

from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from ..core.db import db, write_tx
from ..menu.menu import menu_of
from ..web.audience import audience
from ..web.view import Page, answered, day_or_404, found
from .forms import set_menu_form
from .set_menu import SetMenu, save_set_menu, set_menus_of

room = Blueprint("set_menus", __name__)


@room.route("/office/menu/<day>/set-menus", methods=["GET", "POST"])
@audience("manager")
def set_menus(day: str) -> Page:
    """The set menus of a day, and a new one."""
    return _edit(day_or_404(day), None)


@room.route("/office/set-menus/<key:set_menu_id>", methods=["GET", "POST"])
@audience("manager")
def edit_set_menu(set_menu_id: int) -> Page:
    """Change a set menu; orders keep what they chose, at its price."""
    known = found(SetMenu, set_menu_id)
    return _edit(known.menu.date, known)


@room.post("/office/set-menus/<key:set_menu_id>/end")
@audience("manager")
def end_set_menu(set_menu_id: int) -> Page:
    """Offer a set menu no more; orders that have it keep it."""
    known = found(SetMenu, set_menu_id)
    with write_tx():
        known.is_ended = True
    flash(_("%(name)s is offered no more.", name=known.name))
    return redirect(url_for("set_menus.set_menus", day=known.menu.date), 303)


def _edit(day: date, known: SetMenu | None) -> Page:
    menu = menu_of(db.session(), day) or abort(404)
    form = set_menu_form(menu.portions, known)
    if form.validate_on_submit():
        with answered(form) as session:
            save_set_menu(session, menu, form.draft(), known=known)
        if not form.errors:
            flash(_("%(name)s is saved.", name=form.name.data))
            return redirect(url_for("set_menus.set_menus", day=day), 303)
    return render_template(
        "choices/set_menus.html",
        day=day,
        menu=menu,
        known=known,
        set_menus=set_menus_of(db.session(), day),
        form=form,
    ), form.code
