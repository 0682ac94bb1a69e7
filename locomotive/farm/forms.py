"""Forms of the farm: suppliers, produce, packs, offers, what arrives and what is corrected."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from ..fields import DayField, MoneyField, TypedField, WholeField, clean
from ..language import amount_words, month
from .lot import COUNTRIES, TEMPERATURES, Lot
from .offer import SupplyOffer
from .produce import KINDS, SPECIES, STORAGES, Produce
from .purchase import DeliveryNote, Purchase
from .receipt import Arrival
from .supplier import Pack, Supplier
from .unit import MAXIMUM_AMOUNT, PACK_WORDS, UNITS, amount_of, range_of

MAXIMUM_PRICE = 1_000_000
LONG = Length(max=200, message=_("Shorten this: 200 letters at most."))
SHORT = Length(max=40, message=_("Shorten this: 40 letters at most."))


def _choices(words: Iterable[tuple[Any, Any]]) -> list[Any]:
    return [SelectChoice(value, label) for value, label in words]


def named(words: dict[str, str], *, blank: str = "") -> list[Any]:
    """Choices of codes by their words; `blank` is what stands for none."""
    first = [("", blank)] if blank else []
    return _choices([*first, *((code, gettext(name)) for code, name in words.items())])


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


class SignedField(AmountField):
    """A number that may be below zero: -2,5."""

    def read(self, text: str) -> int:
        found = re.fullmatch(r"\s*([+−-]?)\s*(.+)", text)
        amount = super().read(found[2] if found else text)
        return -amount if found and found[1] in ("-", "−") else amount


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


class TenthsField(TypedField):
    """Degrees Celsius with one decimal, in tenths; may be below zero."""

    def written(self, value: int) -> str:
        return amount_words(value * 100)

    def read(self, text: str) -> int:
        found = re.fullmatch(r"\s*([-−]?)([0-9]{1,3})(?:[.,]([0-9]))?\s*(?:°C?)?\s*", text)
        tenths = int(found[2]) * 10 + int(found[3] or 0) if found else 0
        tenths = -tenths if found and found[1] else tenths
        if not found or not TEMPERATURES[0] <= tenths <= TEMPERATURES[1] + 700:
            raise ValueError(gettext("Write a temperature such as 3.5."))
        return tenths


class SupplierForm(FlaskForm):
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


class PackForm(FlaskForm):
    """How a supplier sells one produce."""

    produce_id = SelectField(_("Produce"), coerce=int)
    unit = SelectField(_("His unit"))
    amount = AmountField(_("One of it holds"))
    price_cents = MoneyField(
        _("Price of one, in euros"), most=MAXIMUM_PRICE, validators=[Optional()]
    )

    def __init__(self, produce: Sequence[Produce], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.produce_id.choices = _choices(
            (p.id, f"{p.name} ({gettext(UNITS[p.unit])})") for p in produce
        )
        self.unit.choices = named(PACK_WORDS)


class PriceForm(FlaskForm):
    """The price of a pack that is there already."""

    price_cents = MoneyField(_("Price of one, in euros"), most=MAXIMUM_PRICE)


class ProduceForm(FlaskForm):
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
    season_from = SelectField(_("Season from"), coerce=lambda v: int(v) if v else None)
    season_to = SelectField(_("until"), coerce=lambda v: int(v) if v else None)
    the_rest_is_no = BooleanField(_("I have read the label: what is left as unknown is not in it"))
    is_archived = BooleanField(_("Put away"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = named(KINDS)
        self.species.choices = named(SPECIES, blank="–")
        self.unit.choices = named(UNITS)
        self.storage.choices = named(STORAGES)
        months = [("", gettext("all year")), *((i, month(i)) for i in range(1, 13))]
        self.season_from.choices = self.season_to.choices = _choices(months)

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
            "season_from", "season_to", "is_archived",
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
            choices=_choices(LEVELS.items()),
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


class MovementForm(FlaskForm):
    """A correction of a lot's stock, or what was thrown away."""

    kind = RadioField(_("What happened"), [InputRequired(_("Choose what happened."))])
    quantity = SignedField(_("Quantity"))
    reason = StringField(
        _("Reason"), [DataRequired(_("Write the reason in a few words.")), LONG], filters=[clean]
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind.choices = _choices(
            [
                ("wasted", gettext("thrown away")),
                ("corrected", gettext("counted again: write +2 or -2")),
            ]
        )


class ArrivalForm(FlaskForm):
    """What arrived without a delivery note."""

    supplier_id = SelectField(_("Supplier"), coerce=int)
    produce_id = SelectField(_("Produce"), coerce=int)
    unit = SelectField(_("Unit"))
    quantity = AmountField(_("Quantity"))
    price_cents = MoneyField(
        _("Price of one, in euros"), most=MAXIMUM_PRICE, validators=[Optional()]
    )
    harvested_on = DayField(_("Harvested or made on"), validators=[Optional()])
    use_by = DayField(_("Use by"), validators=[Optional()])
    tenths = TenthsField(_("Temperature on arrival, °C"), validators=[Optional()])
    born_in = SelectField(_("Born in"), default="")
    reared_in = SelectField(_("Reared in"), default="")
    slaughtered_in = SelectField(_("Slaughtered in"), default="")
    mark = StringField(_("The supplier's lot number"), [LONG], filters=[clean])
    sure = BooleanField(_("Yes, this quantity is right"))

    def __init__(
        self, suppliers: Sequence[Supplier], produce: Sequence[Produce], **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.supplier_id.choices = _choices((s.id, s.name) for s in suppliers)
        self.produce_id.choices = _choices((p.id, p.name) for p in produce)
        self.unit.choices = named(PACK_WORDS)
        for name in ("born_in", "reared_in", "slaughtered_in"):
            self[name].choices = named(COUNTRIES, blank="–")

    def arrival(self) -> Arrival:
        """What was typed."""
        return Arrival(
            packs=self.quantity.data,
            price_cents=self.price_cents.data,
            harvested_on=self.harvested_on.data,
            use_by=self.use_by.data,
            tenths=self.tenths.data,
            countries=(
                self.born_in.data or "",
                self.reared_in.data or "",
                self.slaughtered_in.data or "",
            ),
            mark=self.mark.data or "",
        )


class NoteForm(FlaskForm):
    """A delivery note being received; the fields of each line end with its id."""

    sure = BooleanField(_("Yes, these quantities are right"))

    def arrivals(self, note: DeliveryNote) -> dict[int, Arrival]:
        """Line id → what was found at the door."""
        return {line.id: self._arrival(line.id) for line in note.lines}

    def _arrival(self, line_id: int) -> Arrival:
        def typed(name: str) -> Any:
            key = f"{name}-{line_id}"
            return self[key].data if key in self._fields else None

        return Arrival(
            packs=typed("quantity") or 0,
            price_cents=typed("price"),
            harvested_on=typed("harvested_on"),
            use_by=typed("use_by"),
            tenths=typed("tenths"),
            countries=(
                typed("born_in") or "",
                typed("reared_in") or "",
                typed("slaughtered_in") or "",
            ),
            mark=typed("mark") or "",
            refused_because=typed("refused") or "",
        )


def note_form(note: DeliveryNote) -> NoteForm:
    """The form that receives a note: what was sent just now, else what the note says."""
    fields: dict[str, Any] = {}
    for line in note.lines:
        key, name = f"-{line.id}", line.produce.name
        fields |= {
            f"quantity{key}": AmountField(
                _("Received: %(produce)s", produce=name), default=line.packs
            ),
            f"price{key}": MoneyField(
                _("Price of one: %(produce)s", produce=name),
                most=MAXIMUM_PRICE,
                default=line.price_cents,
                validators=[Optional()],
            ),
            f"harvested_on{key}": DayField(
                _("Harvested or made on"), default=line.harvested_on, validators=[Optional()]
            ),
            f"use_by{key}": DayField(_("Use by"), default=line.use_by, validators=[Optional()]),
            f"mark{key}": StringField(
                _("The supplier's lot number"), [LONG], filters=[clean], default=line.mark
            ),
            f"refused{key}": StringField(_("Refused because"), [LONG], filters=[clean], default=""),
        }
        if line.produce.needs_temperature:
            fields[f"tenths{key}"] = TenthsField(
                _("Temperature on arrival, °C"), validators=[Optional()]
            )
        if line.produce.kind == "meat":
            words = {"born_in": _("Born in"), "reared_in": _("Reared in")}
            words["slaughtered_in"] = _("Slaughtered in")
            for part, label in words.items():
                fields[f"{part}{key}"] = SelectField(
                    label, choices=named(COUNTRIES, blank="–"), default=""
                )
    form: NoteForm = type("_NoteForm", (NoteForm,), fields)()
    return form


class OfferForm(FlaskForm):
    """What a supplier has: on his own page."""

    pack_id = SelectField(_("What"), coerce=int)
    quantity = RangeField(_("How much"))
    from_day = SelectField(_("From which day"), coerce=date.fromisoformat)
    price_cents = MoneyField(
        _("Price of one, in euros"), most=MAXIMUM_PRICE, validators=[Optional()]
    )
    remark = StringField(_("Remark"), [LONG], filters=[clean])
    sure = BooleanField(_("Yes, this quantity is right"))

    def __init__(
        self, packs: Sequence[Pack], days: Sequence[tuple[date, str]], **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.pack_id.choices = _choices((pack.id, pack_words(pack)) for pack in packs)
        self.from_day.choices = _choices((day.isoformat(), words) for day, words in days)

    def offer(self) -> SupplyOffer:
        """What was typed."""
        low, high = self.quantity.data
        return SupplyOffer(
            pack_id=self.pack_id.data,
            low=low,
            high=high,
            from_day=self.from_day.data,
            price_cents=self.price_cents.data,
            remark=self.remark.data,
        )


def pack_words(pack: Pack) -> str:
    """A pack as people say it: "carrots, crate of 10 kg"."""
    unit = gettext(PACK_WORDS[pack.unit])
    if pack.unit == pack.produce.unit:
        return f"{pack.produce.name} ({unit})"
    holds = f"{amount_words(pack.amount)} {gettext(UNITS[pack.produce.unit])}"
    return str(
        gettext(
            "%(produce)s, %(unit)s of %(amount)s",
            produce=pack.produce.name,
            unit=unit,
            amount=holds,
        )
    )


class BringForm(FlaskForm):
    """The supplier's answer to an order, or his delivery note; one field a line."""

    number = StringField(
        _("Number of the note"),
        [SHORT],
        filters=[clean],
    )
    harvested_on = DayField(_("Harvested on"), validators=[Optional()])

    def numbers(self, purchase: Purchase) -> dict[int, int]:
        """Line id → packs."""
        return {line.id: self[f"packs-{line.id}"].data for line in purchase.lines}


def bring_form(purchase: Purchase) -> BringForm:
    """The form with which a supplier answers an order or sends its note."""
    fields = {
        f"packs-{line.id}": WholeField(
            line.produce.name,
            most=999,
            default=line.packs if line.answered_packs is None else line.answered_packs,
        )
        for line in purchase.lines
    }
    form: BringForm = type("_BringForm", (BringForm,), fields)()
    return form


class NeedsForm(FlaskForm):
    """What the manager orders of each need: a number of packs and who brings them."""

    for_day = DayField(_("To be delivered on"))
    remark = StringField(_("Remark for the supplier"), [LONG], filters=[clean])
    sure = BooleanField(_("Yes, these quantities are right"))

    def packs(self) -> dict[int, int]:
        """Pack id → number."""
        return {
            int(name.removeprefix("packs-")): field.data
            for name, field in self._fields.items()
            if name.startswith("packs-") and field.data
        }


def needs_form(packs: dict[int, tuple[Pack, int]], for_day: date) -> NeedsForm:
    """The form of the needs; `packs` are the proposed packs (by id) with their numbers."""
    fields = {
        f"packs-{pack_id}": WholeField(pack_words(pack), most=999, blank=0, default=number)
        for pack_id, (pack, number) in packs.items()
    }
    form: NeedsForm = type("_NeedsForm", (NeedsForm,), fields)(data={"for_day": for_day})
    return form


class NotePhotoForm(FlaskForm):
    """A photo of a paper note."""

    photo = FileField(_("Photo of the note"))


class IntakeForm(FlaskForm):
    """A supplier's file: a price list or a delivery note; `kept` names it once it was seen."""

    supplier_id = SelectField(_("Supplier"), coerce=int)
    kind = RadioField(_("What it is"), [InputRequired(_("Choose what the file holds."))])
    number = StringField(
        _("Number of the note"),
        [SHORT],
        filters=[clean],
    )
    day = DayField(_("Delivered on"))
    file = FileField(_("File"))
    kept = HiddenField()

    def __init__(self, suppliers: Sequence[Supplier], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supplier_id.choices = _choices((s.id, s.name) for s in suppliers)
        self.kind.choices = _choices(
            [("prices", gettext("price list")), ("note", gettext("delivery note"))]
        )


def lot_words(lot: Lot) -> str:
    """A lot as it is offered for use: its number, supplier and date."""
    date_words = f" · {lot.use_by:%d/%m}" if lot.use_by else ""
    return f"{lot.name} · {lot.supplier.name}{date_words}"
