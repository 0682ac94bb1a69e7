"""Recipes: what a dish is made of, and the parts that several dishes share."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from ..core.db import db, write_tx
from ..core.tasks import content_changed
from ..farm.produce import produce_for
from ..web.audience import audience
from ..web.view import Page, answered, found
from .dish import Dish
from .recipe import Recipe, parts, recipe_of, remove_recipe, save_recipe
from .recipe_forms import recipe_form

room = Blueprint("recipes", __name__)


@room.route("/office/dishes/<key:dish_id>/recipe", methods=["GET", "POST"])
@audience("manager")
def dish_recipe(dish_id: int) -> Page:
    """The recipe of a dish; from then on its allergens are computed."""
    dish = found(Dish, dish_id)
    recipe = recipe_of(db.session(), dish.id) or Recipe(dish_id=dish.id, name=dish.name)
    return _edit(recipe, dish)


@room.route("/office/recipes/new", methods=["GET", "POST"])
@audience("manager")
def new_part() -> Page:
    """A recipe that is part of others: a stock, a sauce, a dough."""
    return _edit(Recipe(name=""))


@room.route("/office/recipes/<key:recipe_id>", methods=["GET", "POST"])
@audience("manager")
def part(recipe_id: int) -> Page:
    """Change a part; every dish made with it changes at once."""
    recipe = found(Recipe, recipe_id)
    return _edit(recipe, found(Dish, recipe.dish_id) if recipe.dish_id else None)


def _edit(recipe: Recipe, dish: Dish | None = None) -> Page:
    inside = {line.produce_id for line in recipe.lines if line.produce_id}
    form = recipe_form(recipe, produce_for(db.session(), inside), parts(db.session()))
    if form.validate_on_submit() and form.check_lines():
        with answered(form) as session:
            form.fill(recipe)
            save_recipe(session, recipe, form.lines())
            content_changed(session, "recipe", recipe.name)
        if not form.errors:
            flash(_("%(name)s is saved.", name=recipe.name))
            return redirect(url_for("origins.recipes"), 303)
    return render_template("menu/recipe.html", recipe=recipe, dish=dish, form=form), form.code


@room.post("/office/recipes/<key:recipe_id>/remove")
@audience("manager")
def remove(recipe_id: int) -> Page:
    """Take a recipe away; its dish is then what its card declares."""
    recipe = found(Recipe, recipe_id)
    with write_tx() as session:
        remove_recipe(session, recipe)
        content_changed(session, "recipe", recipe.name)
    flash(_("The recipe is taken away."))
    return redirect(url_for("origins.recipes"), 303)
