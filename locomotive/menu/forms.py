"""Forms of dishes and menus."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import IO, Any

from flask_babel import gettext, pgettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from ..farm.allergen import ALLERGENS, LEVELS
from ..farm.forms import AmountField
from ..farm.produce import Produce
from ..farm.unit import ONE, UNITS
from ..web.fields import MoneyField, WholeField, clean
from ..web.language import percent
from .dish import FAMILIES, MAXIMUM_PRICE, MOST_WORK, Dish
from .menu import MAXIMUM_PORTIONS
from .recipe import Recipe


def _choices(words: Mapping[Any, Any]) -> list[Any]:
    return [SelectChoice(value, label) for value, label in words.items()]


class DishForm(FlaskForm):
    """A dish, but for its allergens (see `dish_form`) and its photo."""

    name = StringField(
        _("Name"),
        [
            DataRequired(_("Write the name of the dish, such as: Flemish stew.")),
            Length(max=200, message=_("Shorten the name: 200 letters at most.")),
        ],
        filters=[clean],
    )
    family = RadioField(_("Family"), [InputRequired(_("Choose the family: it gives the drawing."))])
    description = TextAreaField(
        _("Description"),
        [Length(max=500, message=_("Shorten the description: 500 letters at most."))],
        filters=[clean],
    )
    price_cents = MoneyField(_("Price in euros, VAT included"), most=MAXIMUM_PRICE)
    vat_bp = SelectField(_("VAT"), coerce=int)
    work_seconds = WholeField(_("Work for one portion, in seconds"), most=MOST_WORK, blank=0)
    is_hot = RadioField(_("Served"), coerce=lambda value: str(value) in ("True", "hot", "1"))
    is_vegetarian = BooleanField(_("Vegetarian"))
    meat_origin = StringField(
        _("Origin of the meat"),
        [Length(max=200, message=_("Shorten the origin: 200 letters at most."))],
        filters=[clean],
    )
    allergens_are_known = BooleanField(_("I have checked the fourteen allergens"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.family.choices = _choices(dict(self.families()))
        self.vat_bp.choices = _choices(
            {
                1000: f"{percent(1000)} – {gettext('meals to eat at once')}",
                550: f"{percent(550)} – {gettext('food packed to keep')}",
                2000: f"{percent(2000)} – {gettext('alcohol')}",
            }
        )
        self.is_hot.choices = _choices(
            {True: pgettext("dish", "hot"), False: pgettext("dish", "cold")}
        )

    def families(self) -> list[tuple[str, str]]:
        """(code, name) of the families."""
        return [(code, gettext(name)) for code, name in FAMILIES.items()]

    def allergen_fields(self) -> list[tuple[str, str, Any]]:
        """(code, name, field) of the fourteen allergens."""
        return [(code, gettext(name), self[f"allergen-{code}"]) for code, name in ALLERGENS.items()]

    @property
    def allergens(self) -> dict[str, str]:
        """Code → level of the allergens that are not "no"."""
        levels = {code: field.data for code, _name, field in self.allergen_fields()}
        return {code: level for code, level in levels.items() if level in LEVELS}

    def fill(self, dish: Dish) -> None:
        """Write what was typed onto the dish."""
        for name in (
            "name", "family", "description", "price_cents", "vat_bp", "is_hot",
            "is_vegetarian", "meat_origin", "allergens_are_known", "work_seconds",
        ):  # fmt: skip
            setattr(dish, name, self[name].data)


def _level_field(name: str) -> RadioField:
    return RadioField(
        _(name),
        choices=_choices(
            {"no": _("no"), "contains": _("contains"), "may contain": _("may contain")}
        ),
        default="no",
    )


_DishForm = type(
    "_DishForm",
    (DishForm,),
    {f"allergen-{code}": _level_field(name) for code, name in ALLERGENS.items()},
)


def dish_form(dish: Dish | None, *, sent: bool = True) -> DishForm:
    """The form of a dish (None: a new one): what was `sent` just now, else what stands."""
    levels = {f"allergen-{a.code}": a.level for a in dish.allergens} if dish else {}
    usual = {} if dish else {"is_hot": True, "vat_bp": 1000}
    formdata = {} if sent else {"formdata": None}
    form: DishForm = _DishForm(obj=dish, data={**usual, **levels}, **formdata)
    return form


class PhotoForm(FlaskForm):
    """A photo of a dish."""

    photo = FileField(_("Photo"))

    def file(self) -> IO[bytes]:
        """What was sent; empty when nothing was chosen."""
        return self.photo.data.stream if self.photo.data else BytesIO()


class VoiceForm(FlaskForm):
    """A recording of a dish's name."""

    voice = FileField(_("Recording"))

    def file(self) -> IO[bytes]:
        """What was sent; empty when nothing was chosen."""
        return self.voice.data.stream if self.voice.data else BytesIO()


class PortionsForm(FlaskForm):
    """How many portions of each dish a menu offers; one field a dish."""

    def numbers(self) -> dict[int, int]:
        """Dish id → portions, of the fields that were sent or stand."""
        return {
            int(name.removeprefix("portions-")): field.data
            for name, field in self._fields.items()
            if name.startswith("portions-") and field.data is not None
        }


def portions_form(dishes: Sequence[Dish], offered: dict[int, int]) -> PortionsForm:
    """The form of a day's menu."""
    fields = {
        f"portions-{dish.id}": WholeField(
            _("Portions: %(dish)s", dish=dish.name),
            most=MAXIMUM_PORTIONS,
            blank=0,
            default=offered.get(dish.id),
        )
        for dish in dishes
    }
    form: PortionsForm = type("_PortionsForm", (PortionsForm,), fields)()
    return form


class RecipeForm(FlaskForm):
    """A recipe; two fields for each of its lines (see `recipe_form`)."""

    name = StringField(
        _("Name"),
        [
            DataRequired(_("Write the name of the recipe, such as: brown stock.")),
            Length(max=200, message=_("Shorten the name: 200 letters at most.")),
        ],
        filters=[clean],
    )
    makes = AmountField(_("The list makes"))
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


def recipe_form(
    recipe: Recipe | None,
    *,
    name: str,
    produce: Sequence[Produce],
    parts: Sequence[Recipe],
    portions: int = 10,
) -> RecipeForm:
    """The form of a recipe: what was sent just now, else what stands, with empty lines below."""
    choices = [SelectChoice("", "–")]
    choices += [SelectChoice(f"p{p.id}", f"{p.name} ({gettext(UNITS[p.unit])})") for p in produce]
    choices += [
        SelectChoice(f"r{part.id}", f"{part.name} ({gettext('kg')})")
        for part in parts
        if recipe is None or part.id != recipe.id
    ]
    standing = [
        (f"p{line.produce_id}" if line.produce_id else f"r{line.part_id}", line.amount)
        for line in (recipe.lines if recipe else ())
    ]
    fields: dict[str, Any] = {}
    for i in range(max(8, len(standing) + 4)):
        chosen, amount = standing[i] if i < len(standing) else ("", None)
        fields[f"ingredient-{i}"] = SelectField(
            _("Ingredient %(number)s", number=i + 1), choices=choices, default=chosen
        )
        fields[f"amount-{i}"] = AmountField(
            _("Quantity %(number)s", number=i + 1), default=amount, validators=[Optional()]
        )
    makes = portions * ONE
    if recipe:
        makes = recipe.makes * ONE if recipe.dish_id else recipe.makes
    form: RecipeForm = type("_RecipeForm", (RecipeForm,), fields)(
        data={
            "name": recipe.name if recipe else name,
            "makes": makes,
            "asks_temperature": recipe.asks_temperature if recipe else False,
        }
    )
    return form
