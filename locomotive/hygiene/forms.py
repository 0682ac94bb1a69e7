"""Forms of the manager: what is looked at, and the limits."""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional

from ..farm.forms import TenthsField, named, tenths_of
from ..web.fields import Form, SelectChoice, TypedField, WholeField, clean
from ..web.language import amount_words
from .limit import LIMITS, Limit
from .point import KINDS, MOST_DAYS, SURFACES, ControlPoint


class PointForm(Form):
    """One more thing that is looked at; empty days and limit are those of its kind."""

    name = StringField(
        _("Name"),
        [
            DataRequired(_("Write the name that stands on it.")),
            Length(max=40, message=_("Shorten this: 40 letters at most.")),
        ],
        filters=[clean],
    )
    kind = SelectField(_("What is it?"))
    surface = SelectField(_("Picture, of what is cleaned"))
    every_days = WholeField(_("Every so many days"), most=MOST_DAYS, blank=0, default=0)
    own_limit = TenthsField(_("A limit of its own, °C"), validators=[Optional()])

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind.choices = named({code: kind.words for code, kind in KINDS.items()})
        self.surface.choices = [SelectChoice("", "–"), *named(SURFACES)]

    def point(self) -> ControlPoint:
        """What is asked for; the day on which it begins is the caller's."""
        kind = KINDS[self.kind.data]
        is_cleaning = self.kind.data == "cleaning"
        return ControlPoint(
            kind=self.kind.data,
            name=self.name.data,
            surface=self.surface.data if is_cleaning else "",
            every_days=self.every_days.data or kind.every_days,
            own_limit=None if is_cleaning else self.own_limit.data,
        )


class LimitField(TypedField):
    """The value of one limit: tenths, or whole units."""

    def __init__(self, label: Any, *, limit: Limit, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.limit = limit

    def written(self, value: int) -> str:
        return amount_words(value * 1000 // self.limit.scale)

    def read(self, text: str) -> int:
        tenths = tenths_of(text)
        whole, rest = divmod(tenths or 0, 10 // self.limit.scale)
        if tenths is None or rest:
            raise ValueError(
                gettext("Write a number such as %(near)s.", near=self.written(self.limit.default))
            )
        return whole


class LimitsForm(Form):
    """All limits; one field each."""

    def values(self) -> dict[str, int]:
        """Code → value."""
        return {code: self[code].data for code in LIMITS}


def limits_form(values: dict[str, int]) -> LimitsForm:
    """The form of the limits with their values in force."""
    fields = {
        code: LimitField(gettext(limit.words), limit=limit, default=values[code])
        for code, limit in LIMITS.items()
    }
    form: LimitsForm = type("_LimitsForm", (LimitsForm,), fields)()
    return form
