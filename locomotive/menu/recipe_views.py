"""Recipes: what a dish is made of, and the parts that several dishes share."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import Refusal
from ..farm.allergen import ALLERGENS
from ..farm.produce import produce_list
from ..farm.unit import ONE
from ..web.audience import audience
from ..web.fields import show_refusal
from .dish import Dish, dishes
from .dish_page import _dish
from .forms import RecipeForm, recipe_form
from .origin import origins_of
from .recipe import Recipe, contents_of, parts, recipe_of, remove_recipe, save_recipe

room = Blueprint("recipes", __name__)


@room.get("/office/recipes/")
@audience("manager")
def recipes() -> str:
    """All dishes with what their recipes give: allergens, the farm's share, cost."""
    today = clock.today()
    found = dishes(db.session())
    return render_template(
        "menu/recipes.html",
        dishes=found,
        contents=contents_of(db.session(), found, today),
        plates=origins_of(db.session(), today, today=today),
        parts=parts(db.session()),
        ALLERGENS=ALLERGENS,
    )


@room.route("/office/dishes/<key:dish_id>/recipe", methods=["GET", "POST"])
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


@room.route("/office/recipes/<key:recipe_id>", methods=["GET", "POST"])
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
    return redirect(url_for("recipes.recipes"), 303)


def _recipe_page(
    recipe: Recipe, dish: Dish | None, form: RecipeForm, *, status: int
) -> tuple[str, int]:
    page = render_template("menu/recipe.html", recipe=recipe, dish=dish, form=form)
    return page, status


@room.post("/office/recipes/<key:recipe_id>/remove")
@audience("manager")
def remove(recipe_id: int) -> Answer:
    """Take a recipe away; its dish is then what its card declares."""
    found = db.session.get(Recipe, recipe_id) or abort(404)
    with write_tx() as session:
        remove_recipe(session, found)
    flash(_("The recipe is taken away."))
    return redirect(url_for("recipes.recipes"), 303)
