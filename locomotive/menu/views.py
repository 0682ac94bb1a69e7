"""The office's pages of dishes and menus, and the photos that all pages show."""

from datetime import date, timedelta

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from ..clock import day_of, local, now
from ..db import db, write_tx
from ..door import audience
from ..farm.lot import COUNTRIES
from ..farm.produce import SPECIES
from ..fields import show_refusal
from ..language import short_day
from ..refusal import Refusal
from .allergen import ALLERGENS
from .dish import Dish, dishes
from .forms import DishForm, PhotoForm, PortionsForm, VoiceForm, dish_form, portions_form
from .menu import (
    Menu,
    change_dish,
    menu_of,
    menus_between,
    offered,
    publish,
    set_portions,
    withdraw,
)
from .origin import MeatOrigin, Origin
from .recipe import contents_of

room = Blueprint("menu", __name__)

DAYS_SHOWN = 14


@room.get("/office/menu/")
@audience("manager")
def office() -> str:
    """The dishes, and the menus of the coming days."""
    today = local(now()).date()
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


@room.app_template_filter("meat")
def meat_words(meat: MeatOrigin) -> str:
    """The countries of a meat, worded as decree 2002-1465 (changed by 2025-141) wants them."""
    countries = [str(_(COUNTRIES[c])) if c in COUNTRIES else c for c in _countries(meat)]
    values = {
        "species": _(SPECIES.get(meat.species, meat.species)),
        "country": countries[-2],
        "born": countries[0],
        "slaughtered": countries[-1],
    }
    if len(set(countries)) == 1:
        words = _("%(species)s: origin: %(country)s", **values)
    elif meat.species == "beef" and countries[0] == countries[1]:
        words = _(
            "%(species)s: born and reared: %(country)s, slaughtered: %(slaughtered)s", **values
        )
    elif meat.species == "beef":
        words = _(
            "%(species)s: born: %(born)s, reared: %(country)s, slaughtered: %(slaughtered)s",
            **values,
        )
    else:
        words = _("%(species)s: reared: %(country)s, slaughtered: %(slaughtered)s", **values)
    return str(words)


def _countries(meat: MeatOrigin) -> list[str]:
    countries = [meat.born_in, meat.reared_in, meat.slaughtered_in]
    return countries if meat.species == "beef" else countries[1:]


@room.app_template_filter("claim")
def claim_words(origin: Origin) -> str:
    """Where produce comes from, as it stands on the dish and the label."""
    words = f"{_('%(kind)s:', kind=', '.join(origin.produce))} {origin.farm}"
    if origin.kilometres is not None:
        words += _(", %(distance)s km", distance=origin.kilometres)
    first, last = origin.first_harvest, origin.last_harvest
    if first and first == last:
        words += _(", harvested %(day)s", day=short_day(first))
    elif first and last:
        words += _(
            ", harvested from %(first)s to %(last)s", first=short_day(first), last=short_day(last)
        )
    return words


@room.route("/office/dishes/new", methods=["GET", "POST"])
@audience("manager")
def new_dish() -> Answer | tuple[Response, int]:
    """Describe a dish that is not on the list yet."""
    form = dish_form(None)
    if form.validate_on_submit():
        try:
            with write_tx() as session:
                dish = Dish()
                form.fill(dish)
                change_dish(session, dish, allergens=form.allergens, today=local(now()).date())
        except Refusal as refusal:
            return _dish_page(None, form, status=show_refusal(form, refusal))
        flash(_("%(dish)s is on the list. You may add a photo.", dish=dish.name))
        return redirect(url_for("menu.edit_dish", dish_id=dish.id), 303)
    return _dish_page(None, form, status=422 if form.errors else 200)


@room.route("/office/dishes/<int(max=2147483647):dish_id>", methods=["GET", "POST"])
@audience("manager")
def edit_dish(dish_id: int) -> Answer | tuple[Response, int]:
    """Change a dish; orders already taken keep what it was."""
    dish = _dish(dish_id)
    form = dish_form(dish)
    if form.validate_on_submit():
        try:
            with write_tx() as session:
                form.fill(dish)
                change_dish(session, dish, allergens=form.allergens, today=local(now()).date())
        except Refusal as refusal:
            return _dish_page(dish, form, status=show_refusal(form, refusal))
        flash(_("%(dish)s is saved.", dish=dish.name))
        return redirect(url_for("menu.office"), 303)
    return _dish_page(dish, form, status=422 if form.errors else 200)


def _dish(dish_id: int) -> Dish:
    return db.session.get(Dish, dish_id) or abort(404)


def _dish_page(
    dish: Dish | None,
    form: DishForm,
    *,
    photo_form: PhotoForm | None = None,
    voice_form: VoiceForm | None = None,
    status: int = 200,
) -> tuple[Response, int]:
    page = make_response(
        render_template(
            "menu/dish.html",
            dish=dish,
            form=form,
            photo_form=photo_form or PhotoForm(formdata=None),
            voice_form=voice_form or VoiceForm(formdata=None),
        )
    )
    # The one page on which the team records; everywhere else the microphone stays shut.
    page.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(self)"
    return page, status


@room.post("/office/dishes/<int(max=2147483647):dish_id>/archive")
@audience("manager")
def archive_dish(dish_id: int) -> Answer:
    """Put a dish away, or take it back (`archived` is "no"); nothing is lost."""
    dish = _dish(dish_id)
    with write_tx():
        dish.is_archived = request.form.get("archived") != "no"
    said = _("%(dish)s is put away.") if dish.is_archived else _("%(dish)s is back on the list.")
    flash(said % {"dish": dish.name})
    return redirect(url_for("menu.office"), 303)


@room.route("/office/menu/<day>", methods=["GET", "POST"])
@audience("manager")
def edit_menu(day: str) -> Answer | tuple[str, int]:
    """Say how many portions of which dishes a day's menu offers."""
    wanted = day_of(day) or abort(404)
    form = _portions_form(wanted)
    if form.validate_on_submit():
        try:
            with write_tx() as session:
                set_portions(session, wanted, form.numbers(), now=now())
        except Refusal as refusal:
            return _menu_page(wanted, form, status=show_refusal(form, refusal))
        flash(_("The portions are saved."))
        return redirect(url_for("menu.edit_menu", day=wanted), 303)
    return _menu_page(wanted, form, status=422 if form.errors else 200)


@room.post("/office/menu/<day>/publish")
@audience("manager")
def publish_menu(day: str) -> Answer | tuple[str, int]:
    """Save the portions and show the menu to customers."""
    wanted = day_of(day) or abort(404)
    form = _portions_form(wanted)
    if not form.validate_on_submit():
        return _menu_page(wanted, form, status=422)
    try:
        with write_tx() as session:
            publish(session, set_portions(session, wanted, form.numbers(), now=now()), now=now())
    except Refusal as refusal:
        return _menu_page(wanted, form, status=show_refusal(form, refusal))
    flash(_("The menu is published."))
    return redirect(url_for("menu.edit_menu", day=wanted), 303)


@room.post("/office/menu/<day>/withdraw")
@audience("manager")
def withdraw_menu(day: str) -> Answer:
    """Hide a menu from customers; orders already taken stand."""
    menu = menu_of(db.session(), day_of(day) or abort(404)) or abort(404)
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


def _menu_page(day: date, form: PortionsForm, *, status: int) -> tuple[str, int]:
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
        today=local(now()).date(),
        one_day=timedelta(days=1),
    ), status
