"""The office's pages of dishes and menus, and the photos that all pages show."""

from datetime import date, timedelta
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    send_from_directory,
    url_for,
)
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from ..clock import day_of, local, now
from ..db import db, write_tx
from ..door import audience
from ..farm.lot import COUNTRIES
from ..farm.produce import SPECIES, produce_list
from ..farm.unit import ONE
from ..fields import show_refusal
from ..language import short_day
from ..refusal import Refusal
from ..settings import Settings
from .allergen import ALLERGENS
from .dish import Dish, dishes
from .forms import (
    DishForm,
    PhotoForm,
    PortionsForm,
    RecipeForm,
    VoiceForm,
    dish_form,
    portions_form,
    recipe_form,
)
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
from .origin import MeatOrigin, Origin, origins_of
from .photo import MAXIMUM_BYTES, PhotoTooLarge, is_photo_name, keep_photo
from .recipe import Recipe, contents_of, parts, recipe_of, remove_recipe, save_recipe
from .voice import is_voice_name, keep_voice, type_of

room = Blueprint("menu", __name__)

DAYS_SHOWN = 14
# The form around a photo adds a little to its bytes.
PHOTO_BODY = MAXIMUM_BYTES + 20_000
PHOTO_ENDPOINT = "menu.add_photo"


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


@room.url_value_preprocessor
def let_photos_in(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Give a photo's route its larger body before anything reads the form."""
    if endpoint != PHOTO_ENDPOINT or getattr(current_user, "role", "") != "manager":
        return
    request.max_content_length = PHOTO_BODY
    sent = request.content_length or 0
    if sent > PHOTO_BODY:
        # Read on for a while: a browser that is cut off would show no answer at all.
        left = min(sent, 10 * PHOTO_BODY)
        while left > 0 and (chunk := request.environ["wsgi.input"].read(min(left, 65536))):
            left -= len(chunk)
        raise PhotoTooLarge(field="photo")


@room.errorhandler(PhotoTooLarge)
def refuse_photo(refusal: PhotoTooLarge) -> tuple[Response, int]:
    """Show the dish again with the sentence; raised for a signed-in manager only."""
    dish = _dish((request.view_args or {})["dish_id"])
    photo_form = PhotoForm(formdata=None)
    status = show_refusal(photo_form, refusal)
    return _dish_page(dish, dish_form(dish, sent=False), photo_form=photo_form, status=status)


@room.post("/office/dishes/<int(max=2147483647):dish_id>/photo")
@audience("manager")
def add_photo(dish_id: int) -> Answer | tuple[Response, int]:
    """Give a dish a photo."""
    dish, photo_form = _dish(dish_id), PhotoForm()
    settings: Settings = current_app.extensions["settings"]
    try:
        name = keep_photo(photo_form.file(), settings.instance / "photos")
    except Refusal as refusal:
        status = show_refusal(photo_form, refusal)
        return _dish_page(dish, dish_form(dish, sent=False), photo_form=photo_form, status=status)
    with write_tx():
        dish.photo = name
    flash(_("%(dish)s has a new photo.", dish=dish.name))
    return redirect(url_for("menu.edit_dish", dish_id=dish.id), 303)


@room.post("/office/dishes/<int(max=2147483647):dish_id>/photo/remove")
@audience("manager")
def remove_photo(dish_id: int) -> Answer:
    """Show the drawing again instead of the photo."""
    dish = _dish(dish_id)
    with write_tx():
        dish.photo = None
    flash(_("%(dish)s shows its drawing again.", dish=dish.name))
    return redirect(url_for("menu.edit_dish", dish_id=dish.id), 303)


@room.post("/office/dishes/<int(max=2147483647):dish_id>/voice")
@audience("manager")
def add_voice(dish_id: int) -> Answer | tuple[Response, int]:
    """Keep a recording of a dish's name."""
    dish, voice_form = _dish(dish_id), VoiceForm()
    settings: Settings = current_app.extensions["settings"]
    try:
        name = keep_voice(voice_form.file(), settings.instance / "voices")
    except Refusal as refusal:
        status = show_refusal(voice_form, refusal)
        return _dish_page(dish, dish_form(dish, sent=False), voice_form=voice_form, status=status)
    with write_tx():
        dish.voice = name
    flash(_("The name of %(dish)s can be heard now.", dish=dish.name))
    return redirect(url_for("menu.edit_dish", dish_id=dish.id, _anchor="spoken"), 303)


@room.post("/office/dishes/<int(max=2147483647):dish_id>/voice/remove")
@audience("manager")
def remove_voice(dish_id: int) -> Answer:
    """Let the screens' own voice read the name again."""
    dish = _dish(dish_id)
    with write_tx():
        dish.voice = None
    flash(_("The recording of %(dish)s is removed.", dish=dish.name))
    return redirect(url_for("menu.edit_dish", dish_id=dish.id, _anchor="spoken"), 303)


@room.get("/voices/<name>")
@audience("kitchen")
def voice(name: str) -> Response:
    """A recording; its name is its digest, so it never changes."""
    if not is_voice_name(name):
        abort(404)
    settings: Settings = current_app.extensions["settings"]
    return send_from_directory(
        settings.instance / "voices", name, mimetype=type_of(name), max_age=31_536_000
    )


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


@room.get("/photos/<name>")
@audience("public")
def photo(name: str) -> Response:
    """A dish's photo; its name is its digest, so it never changes."""
    if not is_photo_name(name):
        abort(404)
    settings: Settings = current_app.extensions["settings"]
    response = send_from_directory(
        settings.instance / "photos", name, mimetype="image/webp", max_age=31_536_000
    )
    response.cache_control.public, response.cache_control.immutable = True, True
    response.cache_control.no_cache = None
    return response


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


@room.get("/office/recipes/")
@audience("manager")
def recipes() -> str:
    """All dishes with what their recipes give: allergens, the farm's share, cost."""
    today = local(now()).date()
    found = dishes(db.session())
    return render_template(
        "menu/recipes.html",
        dishes=found,
        contents=contents_of(db.session(), found, today),
        plates=origins_of(db.session(), today, today=today),
        parts=parts(db.session()),
        ALLERGENS=ALLERGENS,
    )


@room.route("/office/dishes/<int(max=2147483647):dish_id>/recipe", methods=["GET", "POST"])
@audience("manager")
def dish_recipe(dish_id: int) -> Answer | tuple[str, int]:
    """The recipe of a dish; from then on its allergens are computed."""
    dish = _dish(dish_id)
    standing = recipe_of(db.session(), dish.id)
    return _recipe(standing or Recipe(dish_id=dish.id, name=dish.name), dish=dish)


@room.route("/office/recipes/new", methods=["GET", "POST"])
@audience("manager")
def new_part() -> Answer | tuple[str, int]:
    """A recipe that is part of others: a stock, a sauce, a dough."""
    return _recipe(Recipe(name=""))


@room.route("/office/recipes/<int(max=2147483647):recipe_id>", methods=["GET", "POST"])
@audience("manager")
def part(recipe_id: int) -> Answer | tuple[str, int]:
    """Change a part; every dish made with it changes at once."""
    found = db.session.get(Recipe, recipe_id) or abort(404)
    return _recipe(found, dish=db.session.get(Dish, found.dish_id) if found.dish_id else None)


def _recipe(recipe: Recipe, dish: Dish | None = None) -> Answer | tuple[str, int]:
    session = db.session()
    form = recipe_form(
        recipe if recipe.id else None,
        name=recipe.name,
        produce=produce_list(session),
        parts=parts(session),
    )
    if not form.is_submitted():
        return _recipe_page(recipe, dish, form, status=200)
    if not (form.validate() and form.check_lines()):
        return _recipe_page(recipe, dish, form, status=422)
    try:
        with write_tx() as writing:
            recipe.name = form.name.data or ""
            recipe.asks_temperature = form.asks_temperature.data
            recipe.makes = max(1, form.makes.data // ONE) if dish else form.makes.data
            save_recipe(writing, recipe, form.lines())
    except Refusal as refusal:
        return _recipe_page(recipe, dish, form, status=show_refusal(form, refusal))
    flash(_("%(name)s is saved.", name=recipe.name))
    return redirect(url_for("menu.recipes"), 303)


def _recipe_page(
    recipe: Recipe, dish: Dish | None, form: RecipeForm, *, status: int
) -> tuple[str, int]:
    page = render_template("menu/recipe.html", recipe=recipe, dish=dish, form=form)
    return page, status


@room.post("/office/recipes/<int(max=2147483647):recipe_id>/remove")
@audience("manager")
def remove(recipe_id: int) -> Answer:
    """Take a recipe away; its dish is then what its card declares."""
    found = db.session.get(Recipe, recipe_id) or abort(404)
    with write_tx() as session:
        remove_recipe(session, found)
    flash(_("The recipe is taken away."))
    return redirect(url_for("menu.recipes"), 303)
