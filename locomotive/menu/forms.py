"""Forms of dishes and menus."""

from collections.abc import Sequence
from io import BytesIO
from typing import IO, Any, TypeVar

from flask_babel import gettext, pgettext
from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from ..farm.allergen import ALLERGENS, LEVELS
from ..farm.forms import choices_of
from ..web.fields import Form, MoneyField, WholeField, clean
from ..web.language import percent
from .dish import FAMILIES, LONGEST_KEEPING, MAXIMUM_PRICE, MOST_WORK, Dish
from .menu import MAXIMUM_PORTIONS

AnyForm = TypeVar("AnyForm", bound="AllergensForm")


def _yes_or_no(value: object) -> bool | None:
    return {"True": True, "False": False}.get(str(value))


def meat_fields() -> tuple[RadioField, StringField]:
    """Whether there is meat in it (a form sets `meat_choices` for it), and where it comes from."""
    has_meat = RadioField(_("Meat"), coerce=_yes_or_no, validate_choice=False)
    too_long = _("Shorten the origin: 200 letters at most.")
    origin = StringField(_("Origin of the meat"), [Length(max=200, message=too_long)], [clean])
    return has_meat, origin


def meat_choices() -> list[Any]:
    """Whether there is meat in it."""
    return choices_of([(False, gettext("no meat in it")), (True, gettext("meat in it"))])


def _may_be_unanswered(_form: Form, field: RadioField) -> None:
    """Refuse what is no choice; nobody makes the choice for the answerer."""
    if field.data is not None and field.data not in [option.data for option in field]:
        raise ValidationError(gettext("Choose one of the answers."))


class AllergensForm(Form):
    """What is said of the fourteen allergens; its fields come from `with_allergens`."""

    the_rest_is_no = BooleanField(_("I have read all labels: none of the others is in it"))

    def allergen_fields(self) -> list[tuple[str, str, Any]]:
        """(code, name, field) of the fourteen allergens."""
        return [(code, gettext(name), self[f"allergen-{code}"]) for code, name in ALLERGENS.items()]

    @property
    def are_all_answered(self) -> bool:
        """Whether each of the fourteen was answered, or all that were left in one gesture."""
        return self.the_rest_is_no.data or all(f.data for _c, _n, f in self.allergen_fields())

    @property
    def allergens(self) -> dict[str, str]:
        """Code → level; "no" only while some answer is missing."""
        kept = LEVELS if self.are_all_answered else (*LEVELS, "no")
        levels = {code: field.data for code, _name, field in self.allergen_fields()}
        return {code: level for code, level in levels.items() if level in kept}


class DishForm(AllergensForm):
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
    keeping = StringField(
        _("How to keep and heat it, until when to eat it"),
        [Length(max=LONGEST_KEEPING, message=_("Shorten it: 160 letters at most."))],
        [clean],
    )
    is_hot = RadioField(_("Served"), coerce=lambda value: str(value) in ("True", "hot", "1"))
    is_vegetarian = BooleanField(_("Vegetarian"))
    has_meat, meat_origin = meat_fields()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.family.choices = choices_of(self.families())
        self.vat_bp.choices = choices_of(
            [
                (1000, f"{percent(1000)} – {gettext('meals to eat at once')}"),
                (550, f"{percent(550)} – {gettext('food packed to keep')}"),
                (2000, f"{percent(2000)} – {gettext('alcohol')}"),
            ]
        )
        self.is_hot.choices = choices_of(
            [(True, pgettext("dish", "hot")), (False, pgettext("dish", "cold"))]
        )
        self.has_meat.choices = meat_choices()

    def families(self) -> list[tuple[str, str]]:
        """(code, name) of the families."""
        return [(code, gettext(name)) for code, name in FAMILIES.items()]

    def fill(self, dish: Dish) -> None:
        """Write what was typed onto the dish."""
        for name in (
            "name", "family", "description", "price_cents", "vat_bp", "is_hot",
            "is_vegetarian", "has_meat", "meat_origin", "work_seconds", "keeping",
        ):  # fmt: skip
            setattr(dish, name, self[name].data)
        dish.allergens_are_known = self.are_all_answered


def _level_field(name: str) -> RadioField:
    return RadioField(
        _(name),
        [_may_be_unanswered],
        validate_choice=False,
        choices=choices_of(
            [("no", _("no")), ("contains", _("contains")), ("may contain", _("may contain"))]
        ),
    )


def with_allergens(form: type[AnyForm]) -> type[AnyForm]:
    """The form with a field for each of the fourteen allergens."""
    fields = {f"allergen-{code}": _level_field(name) for code, name in ALLERGENS.items()}
    return type(f"_{form.__name__}", (form,), fields)


_DishForm = with_allergens(DishForm)


def dish_form(dish: Dish | None, *, sent: bool = True) -> DishForm:
    """The form of a dish (None: a new one): what was `sent` just now, else what stands."""
    levels = {}
    if dish and dish.allergens_are_known:
        levels = {f"allergen-{code}": "no" for code in ALLERGENS}
    levels |= {f"allergen-{a.code}": a.level for a in dish.allergens} if dish else {}
    usual = {} if dish else {"is_hot": True, "vat_bp": 1000}
    formdata = {} if sent else {"formdata": None}
    form: DishForm = _DishForm(obj=dish, data={**usual, **levels}, **formdata)
    return form


class PhotoForm(Form):
    """A photo of a dish."""

    photo = FileField(_("Photo"))

    def file(self) -> IO[bytes]:
        """What was sent; empty when nothing was chosen."""
        return self.photo.data.stream if self.photo.data else BytesIO()


class VoiceForm(Form):
    """A recording of a dish's name."""

    voice = FileField(_("Recording"))

    def file(self) -> IO[bytes]:
        """What was sent; empty when nothing was chosen."""
        return self.voice.data.stream if self.voice.data else BytesIO()


class PortionsForm(Form):
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
