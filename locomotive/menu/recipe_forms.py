"""The form of a recipe: its name, what it makes, and a line for each ingredient."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional

from ..farm.forms import AboveZeroField, AmountField, choices_of
from ..farm.produce import Produce
from ..farm.unit import ONE, UNITS
from ..web.fields import Form, clean
from .recipe import Recipe

USUAL_PORTIONS = 10
FEWEST_LINES = 8
EMPTY_LINES = 4  # below those that are filled in


class RecipeForm(Form):
    """A recipe; two fields for each of its lines (see `recipe_form`)."""

    name = StringField(
        _("Name"),
        [
            DataRequired(_("Write the name of the recipe, such as: brown stock.")),
            Length(max=200, message=_("Shorten the name: 200 letters at most.")),
        ],
        filters=[clean],
    )
    makes = AboveZeroField(_("The list makes"))
    asks_temperature = BooleanField(_("The temperature at the core is measured"))

    @property
    def rows(self) -> int:
        """How many lines the form has."""
        return sum(name.startswith("ingredient-") for name in self._fields)

    def lines(self) -> list[tuple[int | None, int | None, int]]:
        """(produce id, part id, amount) of the lines that are filled in."""
        found: list[tuple[int | None, int | None, int]] = []
        for i in range(self.rows):
            chosen, amount = self[f"ingredient-{i}"].data, self[f"amount-{i}"].data
            if chosen and amount:
                id_ = int(chosen[1:])
                found.append((id_, None, amount) if chosen[0] == "p" else (None, id_, amount))
        return found

    def check_lines(self) -> bool:
        """Say at its field what a line lacks: an ingredient without a quantity, or the reverse."""
        for i in range(self.rows):
            chosen, amount = self[f"ingredient-{i}"], self[f"amount-{i}"]
            if chosen.data and not amount.data and not amount.errors:
                amount.errors = [gettext("Write how much of it goes in.")]
            if amount.data and not chosen.data:
                chosen.errors = [gettext("Choose the ingredient of this quantity.")]
        return not self.errors

    def fill(self, recipe: Recipe) -> None:
        """Write what was typed onto the recipe, but for its lines."""
        recipe.name = self.name.data or ""
        recipe.asks_temperature = self.asks_temperature.data
        made = self.makes.data
        recipe.makes = max(1, made // ONE) if recipe.dish_id else made


def recipe_form(recipe: Recipe, produce: Sequence[Produce], parts: Sequence[Recipe]) -> RecipeForm:
    """The form of a recipe: what was sent just now, else what it is, with empty lines below."""
    choices = _ingredients(recipe, produce, parts)
    lines = [
        (f"p{line.produce_id}" if line.produce_id else f"r{line.part_id}", line.amount)
        for line in recipe.lines
    ]
    fields: dict[str, Any] = {}
    for i in range(max(FEWEST_LINES, len(lines) + EMPTY_LINES)):
        chosen, amount = lines[i] if i < len(lines) else ("", None)
        fields[f"ingredient-{i}"] = SelectField(
            _("Ingredient %(number)s", number=i + 1), choices=choices, default=chosen
        )
        fields[f"amount-{i}"] = AmountField(
            _("Quantity %(number)s", number=i + 1), default=amount, validators=[Optional()]
        )
    makes = recipe.makes or USUAL_PORTIONS * ONE
    form: RecipeForm = type("_RecipeForm", (RecipeForm,), fields)(
        data={
            "name": recipe.name,
            "makes": makes * ONE if recipe.id and recipe.dish_id else makes,
            "asks_temperature": bool(recipe.asks_temperature),
        }
    )
    return form


def _ingredients(recipe: Recipe, produce: Sequence[Produce], parts: Sequence[Recipe]) -> list[Any]:
    """What a recipe may be made of: produce, and parts other than itself."""
    return choices_of(
        [
            ("", "–"),
            *((f"p{p.id}", f"{p.name} ({gettext(UNITS[p.unit])})") for p in produce),
            *((f"r{p.id}", f"{p.name} ({gettext('kg')})") for p in parts if p.id != recipe.id),
        ]
    )
