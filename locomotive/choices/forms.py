"""Forms of options and set menus."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, RadioField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from ..farm.allergen import ALLERGENS
from ..farm.forms import choices_of
from ..menu.dish import MAXIMUM_PRICE
from ..menu.forms import AllergensForm, meat_choices, meat_fields, with_allergens
from ..menu.menu import Portion
from ..web.fields import Form, MoneyField, WholeField, clean
from .option import KINDS, MOST_EXTRA, DishOption
from .set_menu import MOST_COURSES, SetMenu, SetMenuDraft


class CheckboxesField(SelectMultipleField):
    """Several of a list, each with a box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class DifferenceField(MoneyField):
    """An amount in cents that may lie below 0: "+2", "-1,50"."""

    def written(self, value: int) -> str:
        return f"-{super().written(-value)}" if value < 0 else super().written(value)

    def read(self, text: str) -> int:
        plain = text.strip().replace("−", "-")
        cents = super().read(plain.lstrip("+-"))
        return -cents if plain.startswith("-") else cents


class OptionForm(AllergensForm):
    """An option of a dish; see `option_form`."""

    name = StringField(
        _("Name"),
        [
            DataRequired(_("Write the name of the option, such as: large.")),
            Length(max=60, message=_("Shorten the name: 60 letters at most.")),
        ],
        filters=[clean],
    )
    kind = RadioField(_("Kind"), [InputRequired(_("Choose the kind of the option."))])
    price_cents = DifferenceField(_("Difference in price, in euros"), most=MAXIMUM_PRICE)
    portions = WholeField(_("Portions of the dish in one"), least=1, most=MOST_EXTRA + 1, blank=1)
    is_vegetarian = BooleanField(_("A vegetarian dish stays vegetarian with it"))
    has_meat, meat_origin = meat_fields()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = choices_of([(code, gettext(name)) for code, name in KINDS.items()])
        self.has_meat.choices = meat_choices()

    def validate_the_rest_is_no(self, _field: BooleanField) -> None:
        if not self.are_all_answered:
            raise ValidationError(
                gettext("Say of each allergen whether the option adds it, or tick this box.")
            )

    def fill(self, option: DishOption) -> None:
        """Write what was typed onto the option."""
        option.name, option.kind = self.name.data or "", self.kind.data
        option.price_cents = self.price_cents.data
        option.is_vegetarian = self.is_vegetarian.data
        option.has_meat, option.meat_origin = self.has_meat.data, self.meat_origin.data or ""
        if option.extra_portions != self.portions.data - 1:
            option.extra_portions = self.portions.data - 1
        option.contains = self._codes("contains")
        option.may_contain = self._codes("may contain")

    def _codes(self, level: str) -> str:
        return ",".join(code for code, said in self.allergens.items() if said == level)


_OptionForm = with_allergens(OptionForm)


def option_form(option: DishOption | None) -> OptionForm:
    """The form of an option (None: a new one); a new one has no allergen answered."""
    if option is None:
        form: OptionForm = _OptionForm(data={"price_cents": 0, "portions": 1})
        return form
    inside = option.inside
    levels = {f"allergen-{code}": "no" for code in ALLERGENS}
    levels |= {f"allergen-{code}": "contains" for code in inside.contains}
    levels |= {f"allergen-{code}": "may contain" for code in inside.may_contain}
    known: OptionForm = _OptionForm(
        obj=option, data={"portions": option.extra_portions + 1, **levels}
    )
    return known


class SetMenuForm(Form):
    """A set menu, but for its courses (see `set_menu_form`)."""

    name = StringField(
        _("Name"),
        [
            DataRequired(_("Write the name of the set menu, such as: lunch of the day.")),
            Length(max=100, message=_("Shorten the name: 100 letters at most.")),
        ],
        filters=[clean],
    )
    price_cents = MoneyField(_("Price in euros, VAT included"), most=MAXIMUM_PRICE)

    def course_fields(self) -> list[tuple[Any, Any]]:
        """(name, dishes) of each course."""
        return [(self[f"course-{i}"], self[f"dishes-{i}"]) for i in range(MOST_COURSES)]

    def draft(self) -> SetMenuDraft:
        """The set menu that was asked for."""
        courses = tuple(
            (name.data or "", tuple(dishes.data or ())) for name, dishes in self.course_fields()
        )
        return SetMenuDraft(self.name.data or "", self.price_cents.data, courses)


def set_menu_form(portions: Sequence[Portion], known: SetMenu | None) -> SetMenuForm:
    """The form of a set menu (None: a new one) of the dishes on a day's menu."""
    fields: dict[str, Any] = {}
    for place in range(MOST_COURSES):
        number = place + 1
        fields[f"course-{place}"] = StringField(
            _("Course %(number)s", number=number),
            [Length(max=60, message=_("Shorten the name: 60 letters at most."))],
            filters=[clean],
        )
        fields[f"dishes-{place}"] = CheckboxesField(
            _("Dishes of course %(number)s", number=number),
            coerce=int,
            choices=choices_of([(p.dish_id, p.dish.name) for p in portions]),
        )
    form: SetMenuForm = type("_SetMenuForm", (SetMenuForm,), fields)(
        obj=known, data=_kept(known) if known else {}
    )
    return form


def _kept(known: SetMenu) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for place, course in enumerate(known.courses):
        found |= {f"course-{place}": course.name, f"dishes-{place}": course.dish_ids}
    return found
