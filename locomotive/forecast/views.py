"""The office's forecast: what the coming weeks need, and menus of what will be plentiful."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from ..core.clock import clock, day_of
from ..core.db import db, write_tx
from ..menu.dish import Dish
from ..menu.menu import Menu, offered, start_menu
from ..menu.recipe import read_book
from ..web.audience import audience
from ..web.view import Page, day_or_404
from .aim import AIMS, Aim, Outcome, choose_aim, chosen_aim, outcome_of
from .outlook import WEEK, WEEKS_AHEAD, monday_of, outlook_from
from .past import pace_at, past_lunches
from .portions import Demand, spreads
from .suggestion import first_portions, menus_for

room = Blueprint("forecast", __name__)


class Proposed(NamedTuple):
    """Portions proposed on a day's menu by dish, whether its orders count in them, and what each
    aim would come to; no outcomes while no lunch is known or nothing is on the menu."""

    numbers: dict[int, int | None]
    with_orders: bool
    aim: Aim
    outcomes: list[Outcome]

    @property
    def first(self) -> Mapping[int, int]:
        """Dish id → what is cooked first of it, where the aim is to cook in two rounds."""
        ours = [o for o in self.outcomes if o.aim is self.aim and o.aim.is_in_two_rounds]
        return ours[0].first if ours else {}


@room.app_template_global()
def portions_proposed(day: date, menu: Menu | None, dishes: Iterable[Dish]) -> Proposed:
    """Portions for a day's dishes at the aim that the house chose: of those on the menu
    together, of others as they usually sell; menus do not know what was ordered."""
    session, today = db.session(), clock.today()
    demand = Demand(past_lunches(session, min(day, today)), day)
    offers = {d: n for d, n in offered(session, menu).items() if n}
    pace = pace_at(session, day, today=today, now=clock.now()) if offers and day >= today else None
    left = {p.dish_id: p.remaining for p in menu.portions} if menu else {}
    ordered = {d: n - left[d] for d, n in offers.items()}
    here = spreads(demand, offers, ordered=ordered, pace=pace)
    aim = chosen_aim(session)
    numbers = {d: spread.quantile(aim.offer) for d, spread in here.items()}
    proposed = {d.id: numbers.get(d.id, demand.usual(d.id)) for d in dishes}
    outcomes = [outcome_of(here, one) for one in AIMS.values()] if here else []
    return Proposed(proposed, pace is not None, aim, outcomes)


@room.post("/office/menu/<day>/aim")
@audience("manager")
def aim_at(day: str) -> Page:
    """Choose what the portions proposed aim at, on this menu and all others."""
    wanted = day_or_404(day)
    with write_tx() as session:
        choose_aim(session, request.form.get("aim", ""))
    flash(_("The proposals of all menus aim at this from now on."))
    return redirect(url_for("menu.edit_menu", day=wanted, _anchor="aim"), 303)


@room.get("/farm/forecast")
@audience("manager")
def office() -> str:
    """What eight weeks will need as ranges, and menus suggested for one of them."""
    session, today = db.session(), clock.today()
    book = read_book(session)
    weeks = [monday_of(today) + n * WEEK for n in range(1, WEEKS_AHEAD + 1)]
    asked = day_of(request.args.get("week", ""))
    week = asked if asked in weeks else weeks[0]
    ahead = outlook_from(session, book, today)
    shown = [book.ingredients[id_] for id_ in ahead.produce_ids]
    return render_template(
        "forecast/office.html",
        outlook=ahead,
        produce=sorted(shown, key=lambda i: i.name),
        weeks=weeks,
        week=week,
        menus=menus_for(session, book, week),
        one_week=WEEK,
        one_day=timedelta(days=1),
    )


@room.post("/farm/forecast/menus/<day>")
@audience("manager")
def start(day: str) -> Page:
    """Write the menu suggested for a day, unpublished, and open it."""
    wanted, today = day_or_404(day), clock.today()
    if not today < wanted < monday_of(today) + (WEEKS_AHEAD + 1) * WEEK:
        abort(404)
    read = db.session()
    menus = menus_for(read, read_book(read), monday_of(wanted))
    here = next((menu for menu in menus if menu.day == wanted), None)
    numbers = first_portions(read, here, today=today) if here else {}
    with write_tx() as session:
        is_made = start_menu(session, wanted, numbers, now=clock.now())
    if is_made:
        flash(_("The menu is written. Check the numbers, then publish it."))
    else:
        flash(_("Nothing was written: this day has a menu already, or nothing fits."), "warning")
    return redirect(url_for("menu.edit_menu", day=wanted), 303)
