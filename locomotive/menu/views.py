"""The menu of a day."""

from datetime import date, timedelta

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from ..core.clock import clock
from ..core.db import db, write_tx
from ..farm.allergen import ALLERGENS
from ..web.audience import audience
from ..web.view import Page, answered, day_or_404
from .dish import Dish, dishes
from .forms import PortionsForm, portions_form
from .menu import Menu, menu_of, menus_between, offered, publish, set_portions, withdraw
from .recipe import contents_of

room = Blueprint("menu", __name__)
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
            set_portions(session, wanted, form.numbers(), now=clock.now())
        if not form.errors:
            flash(_("The portions are saved."))
            return redirect(url_for("menu.edit_menu", day=wanted), 303)
    return _menu_page(wanted, form)


@room.post("/office/menu/<day>/publish")
@audience("manager")
def publish_menu(day: str) -> Page:
    """Save the portions and show the menu to customers."""
    wanted, now = day_or_404(day), clock.now()
    form = _portions_form(wanted)
    if form.validate_on_submit():
        with answered(form) as session:
            publish(session, set_portions(session, wanted, form.numbers(), now=now), now=now)
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
        form=form,
        today=clock.today(),
        one_day=timedelta(days=1),
    ), form.code
