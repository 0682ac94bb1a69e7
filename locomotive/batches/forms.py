"""Forms of batches, swaps, leftovers and recalls."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from ..buying.forms import lot_words
from ..farm.forms import AmountField, TenthsField
from ..farm.lot import Lot
from ..farm.produce import Produce
from ..menu.dish import Dish
from ..origins.batch import MAXIMUM_PORTIONS, Batch
from ..web.fields import Form, SelectChoice, WholeField, clean
from ..web.language import clock_time
from .leftover import MAXIMUM_PORTIONS as MAXIMUM_LEFT
from .leftover import Leftover

LONG = Length(max=200, message=_("Shorten this: 200 letters at most."))


class BatchForm(Form):
    """A cooking; one field a lot that could go in."""

    portions = WholeField(_("Portions"), least=1, most=MAXIMUM_PORTIONS)
    core_tenths = TenthsField(_("Temperature at the core, °C"), validators=[Optional()])
    serves_from = SelectField(_("Serves from"))
    serves_until = SelectField(_("until"))
    sure = BooleanField(_("Yes, we cook more than the menu offers"))

    def amounts(self) -> dict[int, int]:
        """Lot id → amount."""
        return {
            int(name.removeprefix("lot-")): field.data or 0
            for name, field in self._fields.items()
            if name.startswith("lot-")
        }

    def batch(self, day: date, dish_id: int) -> Batch:
        """The cooking that is asked for; an end without a slot is open."""
        start, end = self.serves_from.data, self.serves_until.data
        return Batch(
            day=day,
            dish_id=dish_id,
            portions=self.portions.data,
            core_tenths=self.core_tenths.data,
            serves_from=datetime.fromisoformat(start) if start else None,
            serves_until=datetime.fromisoformat(end) if end else None,
        )


def batch_form(
    proposal: dict[int, list[tuple[Lot, int]]],
    slots: Sequence[datetime],
    *,
    portions: int,
    sent: bool,
) -> BatchForm:
    """The form of a batch: what was `sent` just now, else what is proposed."""
    fields = {
        f"lot-{lot.id}": AmountField(lot_words(lot), default=amount, validators=[Optional()])
        for lots in proposal.values()
        for lot, amount in lots
    }
    times = [SelectChoice("", _("all day"))]
    times += [SelectChoice(at.isoformat(), clock_time(at)) for at in slots]
    made = type("_BatchForm", (BatchForm,), fields)
    form: BatchForm = made() if sent else made(formdata=None, data={"portions": portions})
    form.serves_from.choices = form.serves_until.choices = times
    return form


class ReadingForm(Form):
    """The temperature of a batch that is held hot."""

    tenths = TenthsField(_("Temperature, °C"))


class SwapForm(Form):
    """One produce stands in for another."""

    out_id = SelectField(_("Instead of"), coerce=int)
    in_id = SelectField(_("we take"), coerce=int)

    def __init__(
        self, inside: Sequence[tuple[int, str]], produce: Sequence[Produce], **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.out_id.choices = [SelectChoice(id_, name) for id_, name in inside]
        self.in_id.choices = [SelectChoice(p.id, p.name) for p in produce]


class TextForm(Form):
    """The text of a mail to those whom something touches."""

    text = TextAreaField(
        _("Message"),
        [
            DataRequired(_("Write what the customers must know.")),
            Length(max=2000, message=_("Shorten the message: 2000 letters at most.")),
        ],
    )


class RecallForm(TextForm):
    """A recall of a lot, or an exercise."""

    reason = StringField(
        _("Reason"), [DataRequired(_("Write the reason in a few words.")), LONG], filters=[clean]
    )
    is_exercise = BooleanField(_("This is an exercise: no mail goes out, the lot stays in use"))


class LiftForm(Form):
    """Why the block of a recall is lifted."""

    reason = StringField(
        _("Reason"), [DataRequired(_("Write the reason in a few words.")), LONG], filters=[clean]
    )


class LeftoverForm(Form):
    """What became of the portions that were left; three fields a dish."""

    given_to = StringField(_("Given to"), [LONG], filters=[clean])
    given_tenths = TenthsField(_("Temperature when it was given, °C"), validators=[Optional()])

    def leftover(self, day: date, dish_id: int, *, grams_each: int) -> Leftover:
        """What became of a dish's portions."""
        numbers = {name: self[f"{name}-{dish_id}"].data for name in ("unsold", "given", "wasted")}
        is_given = bool(numbers["given"])
        return Leftover(
            day=day,
            dish_id=dish_id,
            given_to=self.given_to.data if is_given else "",
            given_tenths=self.given_tenths.data if is_given else None,
            grams_each=grams_each,
            **numbers,
        )


def leftover_form(dishes: Sequence[Dish], noted: Sequence[Leftover]) -> LeftoverForm:
    """The form of a day's leftovers, with what is noted already."""
    numbers = {x.dish_id: (x.unsold, x.given, x.wasted) for x in noted}
    given = next((x for x in noted if x.given_to), None)
    gift = {"given_to": given.given_to, "given_tenths": given.given_tenths} if given else {}
    fields: dict[str, Any] = {}
    for dish in dishes:
        now = numbers.get(dish.id, (0, 0, 0))
        labels = (
            ("unsold", _("Left over: %(dish)s", dish=dish.name)),
            ("given", _("Given: %(dish)s", dish=dish.name)),
            ("wasted", _("Thrown away: %(dish)s", dish=dish.name)),
        )
        for (name, label), number in zip(labels, now, strict=True):
            fields[f"{name}-{dish.id}"] = WholeField(
                label, most=MAXIMUM_LEFT, blank=0, default=number
            )
    form: LeftoverForm = type("_LeftoverForm", (LeftoverForm,), fields)(data=gift)
    return form
