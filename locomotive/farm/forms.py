"""Forms of the farm: suppliers, produce, packs, and what is corrected."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from ..web.fields import Form, MoneyField, SelectChoice, TypedField, WholeField, clean
from ..web.language import amount_words, month
from .lot import TEMPERATURES
from .produce import KINDS, SPECIES, STORAGES, Produce
from .supplier import Pack, Supplier
from .unit import MAXIMUM_AMOUNT, PACK_WORDS, UNITS, amount_of, range_of

MAXIMUM_PRICE = 1_000_000
LONG = Length(max=200, message=_("Shorten this: 200 letters at most."))
SHORT = Length(max=40, message=_("Shorten this: 40 letters at most."))


def choices_of(words: Iterable[tuple[Any, Any]]) -> list[Any]:
    """Choices of (value, label)."""
    return [SelectChoice(value, label) for value, label in words]


def named(words: dict[str, str], *, blank: str = "") -> list[Any]:
    """Choices of codes by their words; `blank` is what stands for none."""
    first = [("", blank)] if blank else []
    return choices_of([*first, *((code, gettext(name)) for code, name in words.items())])


class AmountField(TypedField):
    """A number with up to three decimals, in thousandths; comma or point."""

    def __init__(self, label: Any, *, most: int = MAXIMUM_AMOUNT, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.most = most

    def written(self, value: int) -> str:
        return amount_words(value)

    def read(self, text: str) -> int:
        amount = amount_of(text)
        if amount is None:
            raise ValueError(gettext("Write a quantity above zero, such as 12.5."))
        if amount > self.most:
            raise ValueError(
                gettext("Write a quantity of %(most)s at most.", most=amount_words(self.most))
            )
        return amount


class AboveZeroField(AmountField):
    """A number above zero with up to three decimals, in thousandths."""

    def read(self, text: str) -> int:
        amount = super().read(text)
        if not amount:
            raise ValueError(gettext("Write a quantity above zero, such as 12.5."))
        return amount


class RangeField(TypedField):
    """A quantity or a range, in thousandths: "20", "20 à 30", "20-30"."""

    def written(self, value: tuple[int, int]) -> str:
        low, high = value
        return amount_words(low) if low == high else f"{amount_words(low)}-{amount_words(high)}"

    def read(self, text: str) -> tuple[int, int]:
        found = range_of(text)
        if found is None or not found[0] or found[1] > MAXIMUM_AMOUNT:
            raise ValueError(gettext("Write a quantity such as 20, or a range such as 20-30."))
        return found


def tenths_of(text: str) -> int | None:
    """Tenths of a degree or of a per cent as people type them: "4,5", "-18", "−18.5 °C"."""
    found = re.fullmatch(r"\s*([-−]?)([0-9]{1,3})(?:[.,]([0-9]))?\s*(?:°C?|%)?\s*", text)
    if not found:
        return None
    tenths = int(found[2]) * 10 + int(found[3] or 0)
    return -tenths if found[1] else tenths


class TenthsField(TypedField):
    """Degrees Celsius with one decimal, in tenths; may be below zero."""

    def written(self, value: int) -> str:
        return amount_words(value * 100)

    def read(self, text: str) -> int:
        tenths = tenths_of(text)
        if tenths is None or not TEMPERATURES[0] <= tenths <= TEMPERATURES[1] + 700:
            raise ValueError(gettext("Write a temperature such as 3.5."))
        return tenths


class SupplierForm(Form):
    """A supplier."""

    name = StringField(
        _("Name"), [DataRequired(_("Write the name of the supplier.")), LONG], filters=[clean]
    )
    is_neighbour = BooleanField(_("This is the neighbouring farm"))
    street = StringField(_("Street"), [LONG], filters=[clean])
    town = StringField(_("Town"), [LONG], filters=[clean])
    distance_m = AmountField(_("Distance in km"), most=2_000_000, validators=[Optional()])
    contact = StringField(_("Whom to call"), [LONG], filters=[clean])
    phone = StringField(
        _("Phone"),
        [SHORT],
        filters=[clean],
    )
    email = StringField(_("E-mail"), [LONG], filters=[clean])
    is_active = BooleanField(_("In use"), default=True)

    def fill(self, supplier: Supplier) -> None:
        """Write what was typed onto the supplier."""
        for name in (
            "name", "is_neighbour", "street", "town", "distance_m", "contact", "phone", "email",
            "is_active",
        ):  # fmt: skip
            setattr(supplier, name, self[name].data)


class PackForm(Form):
    """How a supplier sells one produce."""

    produce_id = SelectField(_("Produce"), coerce=int)
    unit = SelectField(_("His unit"))
    amount = AboveZeroField(_("One of it holds"))
    price_cents = MoneyField(
        _("Price of one, in euros"), most=MAXIMUM_PRICE, validators=[Optional()]
    )

    def __init__(self, produce: Sequence[tuple[int, str, str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        units = {code: gettext(name) for code, name in UNITS.items()}
        self.produce_id.choices = choices_of(
            (id_, f"{name} ({units[unit]})") for id_, name, unit in produce
        )
        self.unit.choices = named(PACK_WORDS)

    def pack(self, supplier: Supplier) -> Pack:
        """The pack that was typed."""
        return Pack(
            supplier_id=supplier.id,
            produce_id=self.produce_id.data,
            unit=self.unit.data,
            amount=self.amount.data,
            price_cents=self.price_cents.data,
        )


class PackChangeForm(Form):
    """A pack that is there already: what one holds, and its price."""

    amount = AboveZeroField(_("One of it holds"))
    price_cents = MoneyField(
        _("Price of one, in euros"), most=MAXIMUM_PRICE, validators=[Optional()]
    )
    labels = StringField(_("Quality labels"), [LONG], filters=[clean])


class ProduceForm(Form):
    """A produce, but for its allergens (see `produce_form`)."""

    name = StringField(
        _("Name"),
        [DataRequired(_("Write the name of the produce, such as: leeks.")), LONG],
        filters=[clean],
    )
    kind = SelectField(_("Kind"))
    species = SelectField(_("Animal, for meat"), default="")
    unit = RadioField(_("Counted in"), [InputRequired(_("Choose the unit it is counted in."))])
    unit_grams = WholeField(_("Weight of one litre or piece in grams"), least=1, most=50_000)
    is_vegetarian = BooleanField(_("Vegetarian"), default=True)
    storage = SelectField(_("Kept"))
    shelf = StringField(_("Shelf"), [SHORT], filters=[clean])
    season_from = SelectField(_("Season from"), coerce=lambda v: int(v) if v else None)
    season_to = SelectField(_("until"), coerce=lambda v: int(v) if v else None)
    the_rest_is_no = BooleanField(_("I have read the label: what is left as unknown is not in it"))
    is_archived = BooleanField(_("Put away"))
    sure = BooleanField(_("Yes, this weight is right"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = named(KINDS)
        self.species.choices = named(SPECIES, blank="–")
        self.unit.choices = named(UNITS)
        self.storage.choices = named(STORAGES)
        months = [("", gettext("all year")), *((i, month(i)) for i in range(1, 13))]
        self.season_from.choices = self.season_to.choices = choices_of(months)

    def allergen_fields(self) -> list[tuple[str, str, Any]]:
        """(code, name, field) of the fourteen allergens."""
        return [
            (name.removeprefix("allergen-"), str(field.label.text), field)
            for name, field in self._fields.items()
            if name.startswith("allergen-")
        ]

    @property
    def allergens(self) -> dict[str, str]:
        """Code → level of the allergens that are not "no"."""
        passed = ("no", "unknown") if self.the_rest_is_no.data else ("no",)
        levels = {code: field.data for code, _name, field in self.allergen_fields()}
        return {code: level for code, level in levels.items() if level not in passed}

    def fill(self, produce: Produce) -> None:
        """Write what was typed onto the produce."""
        for name in (
            "name", "kind", "species", "unit", "unit_grams", "is_vegetarian", "storage",
            "shelf", "season_from", "season_to", "is_archived",
        ):  # fmt: skip
            setattr(produce, name, self[name].data)


LEVELS: dict[str, Any] = {
    "no": _("no"),
    "contains": _("contains"),
    "may contain": _("may contain"),
    "unknown": _("unknown"),
}


def produce_form(produce: Produce | None, allergens: dict[str, str]) -> ProduceForm:
    """The form of a produce (None: a new one); `allergens` are the codes with their words."""
    fields = {
        f"allergen-{code}": RadioField(
            _(name),
            choices=choices_of(LEVELS.items()),
            default="no" if produce else "unknown",
        )
        for code, name in allergens.items()
    }
    levels = {f"allergen-{a.code}": a.level for a in produce.allergens} if produce else {}
    usual: dict[str, Any] = {} if produce else {"unit": "kg", "unit_grams": 1000}
    form: ProduceForm = type("_ProduceForm", (ProduceForm,), fields)(
        obj=produce, data={**usual, **levels}
    )
    return form


class MovementForm(Form):
    """What was counted of a lot, or thrown away."""

    kind = RadioField(_("What happened"), [InputRequired(_("Choose what happened."))])
    quantity = AmountField(_("Quantity"))
    reason = StringField(
        _("Reason"), [DataRequired(_("Write the reason in a few words.")), LONG], filters=[clean]
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind.choices = choices_of(
            [
                ("wasted", gettext("thrown away")),
                ("corrected", gettext("counted: write what is there")),
            ]
        )
