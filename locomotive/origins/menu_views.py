"""The menu of a day."""

from datetime import date, timedelta

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from ..choices.set_menu import copy_set_menus, set_menus_of
from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.tasks import content_changed
from ..farm.allergen import ALLERGENS
from ..menu.dish import Dish, dishes
from ..menu.forms import PortionsForm, portions_form
from ..menu.menu import (
    Menu,
    copy_menu,
    last_menu,
    menu_of,
    menus_between,
    offered,
    set_portions,
    withdraw,
)
from ..menu.recipe import contents_of
from ..web.audience import audience
from ..web.view import Page, answered, day_or_404
from .sale import Unanswered, check_answered, open_sale, unanswered_between
from .sale_page import answer_page, off_sale_words

room = Blueprint("menu", __name__)
room.add_app_template_filter(off_sale_words, "off_sale")
room.add_app_template_filter(answer_page, "answer_page")
DAYS_SHOWN = 14


@room.get("/office/menu/")
@audience("manager")
def office() -> str:
    """The dishes, and the menus of the coming days."""
    today = clock.today()
    days = [today + timedelta(days=i) for i in range(DAYS_SHOWN)]
    return render_template(
        "menu/office.html",
        dishes=dishes(db.session()),
        archived=dishes(db.session(), archived=True),
        days=days,
        menus=menus_between(db.session(), days[0], days[-1]),
        contents=contents_of(db.session(), dishes(db.session()), today),
        ALLERGENS=ALLERGENS,
    )


@room.route("/office/menu/<day>", methods=["GET", "POST"])
@audience("manager")
def edit_menu(day: str) -> Page:
    """Say how many portions of which dishes a day's menu offers."""
    wanted = day_or_404(day)
    form = _portions_form(wanted)
    if form.validate_on_submit():
        with answered(form) as session:
            _set_portions(session, wanted, form)
        if not form.errors:
            flash(_("The portions are saved."))
            return redirect(url_for("menu.edit_menu", day=wanted), 303)
    return _menu_page(wanted, form)


@room.post("/office/menu/<day>/copy")
@audience("manager")
def copy(day: str) -> Page:
    """Copy the menu of the latest day before onto a day that has none."""
    wanted = day_or_404(day)
    with write_tx() as session:
        source = last_menu(session, wanted)
        is_copied = source is not None and _copy(session, source, wanted)
    if is_copied:
        flash(_("The menu is copied. Check the numbers, then publish it."))
    else:
        flash(
            _("Nothing was copied: this day has dishes already, or no day before has."), "warning"
        )
    return redirect(url_for("menu.edit_menu", day=wanted), 303)


@room.post("/office/menu/week")
@audience("manager")
def plan_week() -> Page:
    """Copy each day's menu onto the same day of the week after, where there is none yet."""
    first = clock.today() + timedelta(days=1)
    with write_tx() as session:
        days = [first + timedelta(days=ahead) for ahead in range(7)]
        copied = sum(_copy(session, day - timedelta(days=7), day) for day in days)
    flash(
        ngettext(
            "%(num)s menu is copied from the week before.",
            "%(num)s menus are copied from the week before.",
            copied,
        )
    )
    return redirect(url_for("menu.office"), 303)


def _copy(session: Session, source: date, day: date) -> bool:
    """Copy a day's menu with its set menus; whether something was copied."""
    is_copied = copy_menu(session, source, day, now=clock.now())
    if is_copied:
        copy_set_menus(session, source, day)
    return is_copied


def _set_portions(session: Session, day: date, form: PortionsForm) -> None:
    """Write the portions; a dish that a published menu did not offer yet must be known."""
    before = offered(session, menu_of(session, day))
    menu = set_portions(session, day, form.numbers(), now=clock.now())
    if menu.published_at is not None:
        known = [dish_id for dish_id, number in before.items() if number]
        check_answered(session, menu, today=clock.today(), besides=known)
        content_changed(session, "menu")


@room.post("/office/menu/<day>/publish")
@audience("manager")
def publish_menu(day: str) -> Page:
    """Save the portions and show the menu to customers."""
    wanted, now = day_or_404(day), clock.now()
    form = _portions_form(wanted)
    if form.validate_on_submit():
        with answered(form) as session:
            menu = set_portions(session, wanted, form.numbers(), now=now)
            open_sale(session, menu, today=clock.today(), now=now)
            content_changed(session, "menu")
        if not form.errors:
            flash(_("The menu is published."))
            return redirect(url_for("menu.edit_menu", day=wanted), 303)
    return _menu_page(wanted, form)


@room.post("/office/menu/<day>/withdraw")
@audience("manager")
def withdraw_menu(day: str) -> Page:
    """Hide a menu from customers; orders already taken stand."""
    menu = menu_of(db.session(), day_or_404(day)) or abort(404)
    with write_tx():
        withdraw(menu)
    flash(_("The menu is withdrawn: customers do not see it any more."))
    return redirect(url_for("menu.edit_menu", day=menu.date), 303)


def _shown_dishes(menu: Menu | None) -> list[Dish]:
    """The dishes to choose from: those in use, and those that the menu has already."""
    in_use = dishes(db.session())
    known = {dish.id for dish in in_use}
    return in_use + [p.dish for p in menu.portions if p.dish_id not in known] if menu else in_use


def _portions_form(day: date) -> PortionsForm:
    menu = menu_of(db.session(), day)
    return portions_form(_shown_dishes(menu), offered(db.session(), menu))


def _unanswered(menu: Menu | None) -> dict[int, Unanswered]:
    """Dish id → what takes it off sale."""
    if menu is None or menu.published_at is None:
        return {}
    today = min(clock.today(), menu.date)
    return unanswered_between(db.session(), today, menu.date).get(menu.date, {})


def _menu_page(day: date, form: PortionsForm) -> Page:
    menu = menu_of(db.session(), day)
    return render_template(
        "menu/menu.html",
        day=day,
        menu=menu,
        dishes=_shown_dishes(menu),
        portions={p.dish_id: p for p in menu.portions} if menu else {},
        offered=offered(db.session(), menu),
        contents=contents_of(db.session(), _shown_dishes(menu), day),
        unanswered=_unanswered(menu),
        set_menus=set_menus_of(db.session(), day),
        form=form,
        today=clock.today(),
        one_day=timedelta(days=1),
    ), form.code
