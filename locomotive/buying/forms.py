"""The forms of what comes in: purchases, delivery notes, offers and what was received."""

from collections.abc import Mapping, Sequence
from datetime import date
from io import BytesIO
from typing import IO, Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import Optional

from ..farm.forms import (
    LONG,
    MAXIMUM_PRICE,
    SHORT,
    AboveZeroField,
    AmountField,
    RangeField,
    TenthsField,
    choices_of,
    named,
)
from ..farm.lot import COUNTRIES, Lot
from ..farm.produce import Produce
from ..farm.supplier import Pack, Supplier
from ..farm.unit import ONE, PACK_WORDS
from ..farm.unit_page import measured
from ..web.fields import DayField, Form, MoneyField, WholeField, clean
from ..web.language import short_day
from .note import DeliveryNote, NoteLine
from .offer import SupplyOffer
from .purchase import MAXIMUM_PACKS, DeliveryPast, Purchase, Terms
from .receipt import Arrival, Count, Unannounced


class ArrivalForm(Form):
    """What arrived without a delivery note."""

    supplier_id = SelectField(_("Supplier"), coerce=int)
    produce_id = SelectField(_("Produce"), coerce=int)
    unit = SelectField(_("Unit"))
    holds = AboveZeroField(_("One of it holds"), validators=[Optional()])
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
        self.supplier_id.choices = choices_of((s.id, s.name) for s in suppliers)
        self.produce_id.choices = choices_of((p.id, p.name) for p in produce)
        self.unit.choices = named(PACK_WORDS)
        for name in ("born_in", "reared_in", "slaughtered_in"):
            self[name].choices = named(COUNTRIES, blank="–")

    def came(self) -> Unannounced:
        """What was typed."""
        return Unannounced(
            supplier_id=self.supplier_id.data,
            produce_id=self.produce_id.data,
            unit=self.unit.data,
            arrival=self._arrival(),
            holds=self.holds.data,
        )

    def _arrival(self) -> Arrival:
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


class NoteForm(Form):
    """A delivery note being received; the fields of each line end with its id."""

    sure = BooleanField(_("Yes, these quantities are right"))
    stays_owed = BooleanField(_("What is missing of the order still comes"))
    purchase_id = SelectField(_("The order that it answers"), default="")

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
            refused_packs=typed("refused_packs"),
            pack_id=int(typed("replaced") or 0) or None,
        )

    def count(self, note: DeliveryNote) -> Count:
        """What was found of the whole note."""
        answers = self.purchase_id.data if "purchase_id" in self._fields else ""
        return Count(
            self.arrivals(note),
            purchase_id=int(answers or 0) or None,
            is_sure=self.sure.data,
            is_closed=not self.stays_owed.data,
        )


def note_form(
    note: DeliveryNote,
    packs: Sequence[Pack] = (),
    orders: Sequence[Purchase] = (),
    *,
    sent: Mapping[str, str] | None = None,
) -> NoteForm:
    """The form that receives a note: what was `sent`, else what the note says. `packs` may have
    come instead, `orders` may be what it answers."""
    by_id = {str(pack.id): pack for pack in packs}
    instead = choices_of([("", "–"), *((key, pack_words(pack)) for key, pack in by_id.items())])
    fields: dict[str, Any] = {}
    for line in note.lines:
        other = by_id.get((sent or {}).get(f"replaced-{line.id}", ""))
        found = _count_fields(line) | _check_fields(other.produce if other else line.produce)
        if packs:
            words = _("Replaced by, instead of %(produce)s", produce=line.produce.name)
            found["replaced"] = SelectField(words, choices=instead, default="")
        fields |= {f"{name}-{line.id}": field for name, field in found.items()}
    formdata = {"formdata": None} if sent is None else {}
    form: NoteForm = type("_NoteForm", (NoteForm,), fields)(**formdata)
    if not orders:
        del form.purchase_id
        return form
    form.purchase_id.choices = choices_of(
        [("", gettext("none of them"))]
        + [
            (str(p.id), gettext("no. %(number)s, %(day)s", number=p.id, day=short_day(p.for_day)))
            for p in orders
        ]
    )
    return form


def _count_fields(line: NoteLine) -> dict[str, Any]:
    """What is counted and read of every line."""
    return {
        "quantity": AmountField(
            _("Received: %(produce)s", produce=line.produce.name), default=line.packs
        ),
        "price": MoneyField(
            _("Price of one: %(produce)s", produce=line.produce.name),
            most=MAXIMUM_PRICE,
            default=line.price_cents,
            validators=[Optional()],
        ),
        "harvested_on": DayField(
            _("Harvested or made on"), default=line.harvested_on, validators=[Optional()]
        ),
        "use_by": DayField(_("Use by"), default=line.use_by, validators=[Optional()]),
        "mark": StringField(
            _("The supplier's lot number"), [LONG], filters=[clean], default=line.mark
        ),
        "refused": StringField(_("Refused because"), [LONG], filters=[clean], default=""),
        "refused_packs": AmountField(_("How much of it goes back"), validators=[Optional()]),
    }


def _check_fields(produce: Produce) -> dict[str, Any]:
    """What is measured of cold produce and read of meat."""
    fields: dict[str, Any] = {}
    if produce.needs_temperature:
        fields["tenths"] = TenthsField(_("Temperature on arrival, °C"), validators=[Optional()])
    if produce.kind == "meat":
        words = {"born_in": _("Born in"), "reared_in": _("Reared in")}
        words["slaughtered_in"] = _("Slaughtered in")
        for name, label in words.items():
            fields[name] = SelectField(label, choices=named(COUNTRIES, blank="–"), default="")
    return fields


class OfferForm(Form):
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
        self.pack_id.choices = choices_of((pack.id, pack_words(pack)) for pack in packs)
        self.from_day.choices = choices_of((day.isoformat(), words) for day, words in days)

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
    holds = measured(pack.amount, pack.produce.unit)
    return str(
        gettext(
            "%(produce)s, %(unit)s of %(amount)s",
            produce=pack.produce.name,
            unit=unit,
            amount=holds,
        )
    )


class BringForm(Form):
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

    def note_lines(self, purchase: Purchase) -> list[NoteLine]:
        """The lines of the delivery note: what is brought of each line of the order."""
        return [
            NoteLine(
                produce_id=line.produce_id,
                purchase_line_id=line.id,
                unit=line.unit,
                pack_amount=line.pack_amount,
                packs=number * ONE,
                price_cents=line.price_cents,
                harvested_on=self.harvested_on.data,
            )
            for line in purchase.lines
            if (number := self[f"packs-{line.id}"].data)
        ]


def bring_form(purchase: Purchase) -> BringForm:
    """The form with which a supplier answers an order or sends its note."""
    fields = {
        f"packs-{line.id}": WholeField(
            line.produce.name,
            most=MAXIMUM_PACKS,
            default=line.packs if line.answered_packs is None else line.answered_packs,
        )
        for line in purchase.lines
    }
    form: BringForm = type("_BringForm", (BringForm,), fields)()
    return form


class NeedsForm(Form):
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

    def terms(self, *, today: date) -> Terms:
        """For which day, with what remark. Raises DeliveryPast."""
        if self.for_day.data < today:
            raise DeliveryPast(field="for_day")
        return Terms(self.for_day.data, self.remark.data or "", is_sure=self.sure.data)


def needs_form(proposed: Mapping[int, list[tuple[Pack, int]]], for_day: date) -> NeedsForm:
    """The form of the needs: for each produce the packs that may bring it, with their numbers."""
    fields = {
        f"packs-{pack.id}": WholeField(
            pack_words(pack), most=MAXIMUM_PACKS, blank=0, default=number
        )
        for rows in proposed.values()
        for pack, number in rows
    }
    form: NeedsForm = type("_NeedsForm", (NeedsForm,), fields)(data={"for_day": for_day})
    return form


class NotePhotoForm(Form):
    """A photo of a paper note."""

    photo = FileField(_("Photo of the note"))

    def file(self) -> IO[bytes]:
        """What was sent; empty when nothing was chosen."""
        return self.photo.data.stream if self.photo.data else BytesIO()


class DeclineForm(Form):
    """Why a whole note goes back."""

    because = StringField(_("Reason"), [LONG], filters=[clean])


def lot_words(lot: Lot) -> str:
    """A lot as it is offered for use: its number, supplier and date."""
    date_words = f" · {lot.use_by:%d/%m}" if lot.use_by else ""
    return f"{lot.name} · {lot.supplier.name}{date_words}"
